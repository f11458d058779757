# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One version everywhere, and what other programs rely on stays within a minor version."""

import copy
import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from gnuradio import rfattn

import promised
from pages import PAGES, ROOT

sys.path.insert(0, str(ROOT / "docs"))

from release_files import readme_words, version

MANIFEST = yaml.safe_load((ROOT / "MANIFEST.yml").read_text(encoding="utf-8"))
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
LIBRARIES = Path(rfattn.__file__).parents[3] / "lib"


def test_the_module_has_the_version_of_the_project():
    assert rfattn.__version__ == version()


def test_manifest_and_citation_repeat_version_and_words_of_the_readme():
    brief, words = readme_words(PAGES["README.md"])
    assert brief.startswith("The emissions in a band, live")
    assert (MANIFEST["version"], CITATION["version"]) == (version(), version())
    assert MANIFEST["brief"] == brief
    assert " ".join(MANIFEST["description"].split()) == " ".join(words)
    assert " ".join(CITATION["abstract"].split()) == " ".join(words)
    assert CITATION["keywords"] == MANIFEST["tags"]
    assert (CITATION["title"], CITATION["license"]) == (MANIFEST["title"], MANIFEST["license"])


def test_the_recipe_of_pybombs_agrees_with_the_manifest():
    recipe = yaml.safe_load((ROOT / "packaging" / "gr-rfattn.lwr").read_text(encoding="utf-8"))
    assert recipe["description"] == MANIFEST["brief"]
    assert (recipe["category"], recipe["inherit"]) == ("common", "cmake")
    assert {"gnuradio", "volk", "zeromq"} <= set(recipe["depends"])
    repo = MANIFEST.get("repo")
    assert recipe.get("source") == (repo and f"git+{repo}")


def test_manifest_and_citation_have_the_same_addresses():
    """None until there are some: then `repo` and `website` of MANIFEST.yml state them."""
    assert CITATION.get("repository-code") == MANIFEST.get("repo")
    assert CITATION.get("url") == MANIFEST.get("website")


def test_the_manifest_is_as_the_list_of_modules_joins_it():
    lists = "tags author copyright_owner gr_supported_version dependencies".split()
    assert all(isinstance(text, str) for name in lists for text in MANIFEST[name])
    assert isinstance(MANIFEST["description"], str) and MANIFEST["file_format"] == 1


def test_the_manifest_lists_what_the_module_needs():
    text = (ROOT / "bootstrap.sh").read_text()
    needed = re.findall(r"^(?:run|station)_packages=\((.*?)\)", text, re.S | re.M)
    named = [text.partition(" ")[0] for text in MANIFEST["dependencies"]]
    assert set(named) <= set(" ".join(needed).split())


def test_the_newest_release_of_the_changelog_is_this_version():
    released = re.findall(r"^## (\d+\.\d+\.\d+), (\S+)$", CHANGELOG, re.MULTILINE)
    assert released[:1] == [(version(), str(CITATION["date-released"]))]


@pytest.mark.skipif(not LIBRARIES.is_dir(), reason="the package is not in a build folder")
def test_the_library_is_named_by_the_minor_version():
    library = LIBRARIES / f"libgnuradio-rfattn.so.{version()}"
    header = subprocess.run(["readelf", "-d", library], capture_output=True, text=True, check=True)
    assert f"[libgnuradio-rfattn.so.{promised.MINOR}]" in header.stdout


_OF_BANDS = "band bench budget-ms capacity policy".split()
GOES = {
    "label": [*_OF_BANDS, "resume"],
    "live": [*_OF_BANDS, "bands", "learn"],
    "serve": ["learn"],
    "train": ["export"],
    "convert": ["export"],
}
"""Options that the next minor version has no more, by command; CHANGELOG lists them under Removed.
This is empty again with the release, whose version rises by it."""
ALSO_GOES = [
    "options of commands: birdies is gone",
    "options of commands: learn is gone",
    "parameters of blocks: example_keeper is gone",
    "message ports of blocks: example_keeper is gone",
    "message ports of blocks: emission_labels: out observations is gone",
    "message ports of blocks: signal_labeller: out observations is gone",
    "message ports of blocks: zmq_stats_sink: in observations is gone",
    "fields of messages: observations is gone",
    *(
        f"parameters of blocks: signal_labeller: {name} is gone"
        for name in ("record", "when", *(field.name for field in fields(rfattn.LabellerOptions)))
    ),
]
DEFAULTS = ["frame_sync is True, was False", "max_snr_db is 25.0, was 0.0"]
"""Of the extractor, which that version has for the shipped model."""


def test_nothing_is_gone_that_other_programs_rely_on():
    assert promised.FILE.exists(), f"write {promised.FILE.name} with tests/support/promised.py"
    old = json.loads(promised.FILE.read_text(encoding="utf-8"))
    options = "options of commands"
    gone = [f"{options}: {name}: --{o} is gone" for name in GOES for o in GOES[name]]
    gone += ALSO_GOES
    gone += [f"parameters of blocks: emission_extractor: {text}" for text in DEFAULTS]
    broken = promised.broken(old, promised.promised())
    assert sorted(broken) == sorted(gone), "docs/compatibility.md"


def test_what_counts_as_a_break():
    old = promised.promised()
    new = copy.deepcopy(old)
    new["formats"]["messages"] = 2
    blocks, fields = new["parameters of blocks"], new["fields of messages"]
    del blocks["rx_tagger"]
    blocks["band_splitter"] |= {"n_bands": "2", "attenuation_db": "50.0", "taps": "required"}
    blocks["latency_probe"]["added"] = "1"
    del fields["findings"]["frames"]
    fields["frames"]["added"] = promised.REQUIRED
    assert promised.broken(old, new) == [
        "messages: version 2, was 1",
        "parameters of blocks: rx_tagger is gone",
        "parameters of blocks: band_splitter: attenuation_db is 50.0, was 60.0",
        "parameters of blocks: band_splitter: taps is required, was absent",
        "fields of messages: findings: frames is gone",
        "fields of messages: frames: added is required, was absent",
    ]


def test_the_page_states_the_version_of_each_format():
    page = (ROOT / "docs" / "compatibility.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([\w ]+) \| `?([\w.]+)`? \|", page, re.MULTILINE))
    formats = promised.promised()["formats"]
    assert {name: rows.get(name) for name in formats} == {n: str(v) for n, v in formats.items()}
