# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""GNU Radio Companion itself, with every example and the properties of every block of ours."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from screen import missing, screen

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.grc"))
DESCRIPTIONS = {
    path.name.removesuffix(".block.yml"): yaml.safe_load(path.read_text())
    for path in sorted((ROOT / "grc").glob("*.block.yml"))
}
TIME_LIMIT_S = 200
PAGE = (1920, 800)  # pixels: what is beyond has to be scrolled to
# Names of files and folders, for which there is no default that fits.
TO_FILL_IN = {
    "rfattn_sigmf_source",
    "rfattn_sigmf_annotation_sink",
    "rfattn_emission_recorder",
}


def is_there(namespace, version):
    import gi

    try:
        gi.require_version(namespace, version)
    except ValueError:
        return False
    return True


reason = missing("Xvfb", "gnuradio-companion")
if not reason and (find_spec("gi") is None or not is_there("Gtk", "3.0")):
    reason = "not installed: gir1.2-gtk-3.0"
pytestmark = pytest.mark.skipif(bool(reason), reason=reason)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    return tmp_path_factory.mktemp("pictures")


def in_companion(home, script, *arguments):
    """What a script of tests/support printed that uses the companion on a screen of its own."""
    folders = ("HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")
    with screen() as display:
        done = subprocess.run(
            [sys.executable, ROOT / "tests" / "support" / script, *arguments],
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_S,
            env={
                **os.environ,
                **dict.fromkeys(folders, str(home)),
                "DISPLAY": display,
                "GRC_BLOCKS_PATH": str(ROOT / "grc"),
                "NO_AT_BRIDGE": "1",
                "GR_CONF_GRC_XTERM_EXECUTABLE": sys.executable,  # no dialog asks for a terminal
            },
        )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def seen(pictures, tmp_path_factory):
    return in_companion(tmp_path_factory.mktemp("home"), "open_grc.py", pictures, *EXAMPLES)


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.name)
def page(request, seen):
    shown = seen["pages"][request.param.name]
    if "osmosdr_source_0" in shown["missing"]:
        pytest.skip("no gr-osmosdr")
    return shown | {"graph": yaml.safe_load(request.param.read_text()), "path": request.param}


def test_it_opens_without_an_error(page):
    assert page["title"].startswith(page["path"].name)
    assert page["missing"] == [] and page["errors"] == []


def test_every_block_and_connection_is_there(page):
    names = {block["name"] for block in page["graph"]["blocks"]}
    assert set(page["rectangles"]) == names | {page["graph"]["options"]["parameters"]["id"]}
    assert page["connections"] == len(page["graph"]["connections"])


def test_no_block_lies_on_another_or_off_the_page(page):
    for (name, a), (other, b) in combinations(page["rectangles"].items(), 2):
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, f"{name} {a} and {other} {b}"
    for name, (left, top, right, bottom) in page["rectangles"].items():
        assert left >= 0 and top >= 0 and right <= PAGE[0] and bottom <= PAGE[1], name


def test_the_page_is_drawn(page, pictures):
    assert len((pictures / f"{page['path'].stem}.png").read_bytes()) > 20_000


@pytest.mark.parametrize("block", DESCRIPTIONS)
def test_properties(seen, block):
    shown, description = seen["dialogs"][block], DESCRIPTIONS[block]
    assert shown["tabs"] == ["General", "Advanced", "Documentation"]
    assert description["documentation"].strip() in shown["documentation"]
    choices = {p["id"] for p in description["parameters"] if "options" in p}
    assert set(shown["drop-downs"]) == choices
    errors = [text for text in shown["errors"] if "Port is not connected" not in text]
    assert len(errors) == (block in TO_FILL_IN), errors


@pytest.mark.skipif(bool(missing("xwininfo")), reason=missing("xwininfo"))
@pytest.mark.skipif(find_spec("PyQt5") is None, reason="no python3-pyqt5")
def test_an_example_runs_from_there(made, tmp_path):
    # Where the example looks for the recording of the quick start.
    examples, recordings = tmp_path / "examples", tmp_path / "build" / "quickstart" / "lte_tdd"
    examples.mkdir()
    recordings.mkdir(parents=True)
    for suffix in (".sigmf-meta", ".sigmf-data"):
        name = f"synthetic_lte_tdd_3_0000{suffix}"
        shutil.copy(f"{made['lte_tdd']}{suffix}", recordings / name)
    file = examples / "qt_live.grc"
    text = (ROOT / "examples" / "qt_live.grc").read_text()
    file.write_text(text.replace("tcp://127.0.0.1:5557", f"ipc://{tmp_path}/stats"))
    png = tmp_path / "screen.png"
    seen = in_companion(tmp_path, "run_grc.py", file, "Every emission in the band", png)
    assert seen["title"].startswith("qt_live.grc") and seen["ran"], seen["console"]
    assert "Traceback" not in seen["console"]
    assert len(png.read_bytes()) > 20_000


def test_every_block_has_been_looked_at(seen):
    assert set(seen["dialogs"]) == set(DESCRIPTIONS)
