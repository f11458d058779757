# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pages name exists, what they list is complete, and each word is defined once."""

import argparse
import re
from dataclasses import fields
from importlib import import_module
from itertools import takewhile
from pathlib import Path

import pmt
import pytest
from gnuradio import rfattn
from gnuradio.rfattn.attention import ATTENTIONS
from gnuradio.rfattn.catalogue.classes import known_of
from gnuradio.rfattn.catalogue.formats import checked_formats, formats
from gnuradio.rfattn.cli import SUBCOMMANDS
from gnuradio.rfattn.inference import load_eager
from gnuradio.rfattn.messages.detection import Detection

from pages import PAGES, ROOT, anchors, links, without_fences

README = PAGES["README.md"]
README_LINES = 150
FIRST_SCREEN_LINES = 25
PACKAGE = Path(rfattn.__file__).parent
FOLDERS = r"(?:docs|examples|grc|include|lib|python|tests)/"
# Options that the pages mention of other programs than gr-rfattn.
OTHER_OPTIONS = {
    "--preload": "dask-scheduler",
    "--build": "cmake",
    "--tests": "bootstrap.sh",
    "--prefix": "cmake",
    "--system-site-packages": "python3 -m venv",
    "--speed": "examples/qt_live.py",
    "--batch-size": "python/rfattn_workshop/judges/study.py",
    "--seeds": "python/rfattn_workshop/judges/study.py",
    "--finished": "python/rfattn_workshop/judges/study.py",
    "--floors": "python/rfattn_workshop/judges/detection.py",
    "--noise": "python/rfattn_workshop/judges/detection.py",
    "--everyday": "python/rfattn_workshop/judges/labels.py",
    "--services": "python/rfattn_workshop/judges/labels.py",
    "--splits": "python/rfattn_workshop/judges/labels.py",
    "--takes": "python/rfattn_workshop/judges/labels_foreign.py",
    "--cache": "python/rfattn_workshop/judges/labels_foreign.py",
    "--final": "python/rfattn_workshop/judges/labels_foreign.py",
    "--strangers": "python/rfattn_workshop/judges/labels.py",
    "--undisturbed": "python/rfattn_workshop/judges/labels.py",
}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for target in links(PAGES[page]):
        name, _, anchor = target.partition("#")
        path = (ROOT / page).parent / name if name else ROOT / page
        assert path.exists(), f"{page}: {target}"
        if anchor:
            assert anchor in anchors(path.read_text()), f"{page}: {target}"


@pytest.mark.parametrize("page", PAGES)
def test_files_that_it_names_exist(page):
    for name in re.findall(rf"`({FOLDERS}[\w./-]*)`", PAGES[page]):
        assert (ROOT / name).exists(), f"{page}: {name}"


def test_every_page_is_linked_from_the_readme():
    linked = {target.partition("#")[0] for target in links(README)}
    assert set(PAGES) - {"README.md"} <= linked


def test_the_readme_is_short_and_begins_with_a_picture():
    lines = README.splitlines()
    assert len(lines) <= README_LINES
    assert any(line.startswith("![") for line in lines[:FIRST_SCREEN_LINES])


def table_rows(text: str, head: str) -> list[tuple[str, list[str]]]:
    """Of the table below ``head``: the first cell of each row, and the names in the second."""
    lines = text[text.index(head) :].splitlines()[2:]
    rows = [line.strip("| ").split(" | ") for line in takewhile(lambda x: x.startswith("|"), lines)]
    return [(first, re.findall(r"`(\w+)`", second)) for first, second in rows]


def test_the_readme_lists_every_class_of_emissions_once():
    names = [name for _, found in table_rows(README, "| signals | classes |") for name in found]
    assert sorted(names) == sorted(known_of("family"))


def options_of(command: str) -> set[str]:
    parser = argparse.ArgumentParser()
    import_module(f"{SUBCOMMANDS[command]}.cli.{command}").add_arguments(parser)
    return {option for action in parser._actions for option in action.option_strings}


def test_options_exist():
    known = {"--debug", "--version", "--help-all", *OTHER_OPTIONS}.union(
        *map(options_of, SUBCOMMANDS)
    )
    for page, text in PAGES.items():
        for code in re.findall(r"`([^`\n]+)`", without_fences(text)):
            for option in re.findall(r"(?<![\w-])--[a-z][\w-]*", code):
                assert option in known, f"{page}: {option}"


def test_the_page_of_checksums_lists_every_format_that_has_one():
    rows = re.findall(r"^\| `(\w+)` \| ([\w +-]+) \|$", PAGES["docs/station.md"], re.MULTILINE)
    assert sorted(rows) == sorted((formats()[name], name) for name in checked_formats())


def test_the_readme_lists_every_command_and_block():
    for name in SUBCOMMANDS:
        assert f"`{name}`" in README
    for name in set(rfattn.__all__) - {"__version__", "tags", "band_tagger", *rfattn._FUNCTIONS}:
        assert f"`{name}`" in README


def test_the_attentions_are_explained():
    for attention in ATTENTIONS:
        assert f"| `{attention}` |" in PAGES["docs/how-it-works.md"]


def test_the_classes_of_the_shipped_model_are_explained():
    for name in load_eager("rf14")[1]["classes"]:
        assert f"`{name}`" in PAGES["docs/models.md"]


def test_the_tags_and_their_entries_are_explained():
    made = PAGES["docs/blocks.md"].partition("## Stream tags")[2]
    text = PAGES["docs/tags-and-messages.md"] + made
    keys = {getattr(rfattn.tags, name) for name in dir(rfattn.tags) if name.isupper()}
    for key in sorted(keys):
        assert f"`{key}`" in text, key


def test_the_messages_are_explained():
    text = PAGES["docs/tags-and-messages.md"].partition("## ZMQ messages")[2]
    stats = pmt.to_python(rfattn.latency_probe(1).stats())
    optional = {"retunes", "overflows", "kv_bytes", "peak_temporary_bytes", "device_bytes"}
    inner = {key for value in stats.values() if isinstance(value, dict) for key in value}
    detection = {field.name for field in fields(Detection)}
    for key in stats.keys() | optional | inner | detection:
        assert re.search(rf"\b{key}\b", text), key


def test_the_metrics_are_explained():
    text = PAGES["docs/tags-and-messages.md"].partition("## Metrics")[2]
    code = "".join(path.read_text() for path in (PACKAGE / "telemetry").glob("*.py"))
    names = set(re.findall(r'"(rfattn_\w+)"', code))
    assert names
    for name in sorted(names):
        assert re.search(rf"`{name}(_total|_info)?[`{{]", text), name


def test_the_glossary_defines_each_word_once():
    words = re.findall(r"^\| \*\*(.+?)\*\* \|", PAGES["docs/glossary.md"], re.MULTILINE)
    assert len(words) > 50
    assert len(words) == len(set(words))
