# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Qt examples on a screen that nobody sees, with small models."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from replay import PLUGINS, needs_soapy
from screen import missing, screen
from step_streams import save_model

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
SUPPORT = ROOT / "tests" / "support"
PICTURES = [EXAMPLES / "qt_live.png", EXAMPLES / "serve.png"]
TIME_LIMIT_S = 180
# Of the ports that the flowgraph states.
SHAPE = {"n_bins": 128, "block_size": 32, "n_classes": 15, "window": 64, "rope_period": 128}

needs_qt = pytest.mark.skipif(find_spec("PyQt5") is None, reason="no python3-pyqt5")
needs_screen = pytest.mark.skipif(bool(missing("Xvfb")), reason=missing("Xvfb"))


@pytest.fixture(scope="module")
def display():
    with screen() as name:
        yield name


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "small"
    folder.mkdir()
    for attention in ("flash", "gqa"):
        save_model(
            folder / f"{attention}_layernorm.pt", {"fft_size": 128}, attention=attention, **SHAPE
        )
    return str(folder)


def environment(display, folder):
    return {
        **os.environ,
        "DISPLAY": display,
        "XDG_RUNTIME_DIR": str(folder),
        "SOAPY_SDR_PLUGIN_PATH": str(PLUGINS),
    }


def report(printed):
    """The line of JSON; GNU Radio may log after it."""
    return json.loads(next(line for line in printed.splitlines() if line.startswith("{")))


def colours(picture):
    """How often each colour is in a PNG, of every third pixel."""
    from PyQt5 import QtGui

    image = QtGui.QImage(str(picture))
    assert not image.isNull()
    return Counter(
        image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)
    )


def assert_not_blank(picture):
    found = colours(picture)
    assert len(found) > 100
    assert found.most_common(1)[0][1] < 0.7 * found.total()


@needs_qt
@needs_screen
@pytest.mark.parametrize(
    "kind, frequency",
    [("recording", None), pytest.param("receiver", 2585e6, marks=needs_soapy)],
)
def test_a_hand_swaps_the_model_and_the_labels_go_on(
    display, family, made, tmp_path, kind, frequency
):
    device = f"driver=rfattn_replay,recording={made['lte_tdd']},speed=0.2"
    source = {
        "recording": ["--recording", made.meta("sat_fsk")],
        "receiver": ["--soapy", device, "--freq", "2585M"],
    }[kind]
    picture = tmp_path / "window.png"
    done = subprocess.run(
        [
            sys.executable,
            SUPPORT / "drive_qt_live.py",
            picture,
            "--band",
            "--model",
            family,
            *source,
        ],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        env=environment(display, tmp_path),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = report(done.stdout)
    assert {seen[name].get("frequency") for name in ("first", "swapped", "after refusal")} == {
        frequency
    }
    assert seen["first"]["attention"] == "flash" and seen["swapped"]["attention"] == "gqa"
    assert seen["swapped"]["sample_start"] > seen["first"]["sample_start"]
    assert seen["swap"] == {"notice": "", "box": "gqa"}
    assert "has no mla with layernorm; it has" in seen["refused"]["notice"]
    assert "\n" not in seen["refused"]["notice"] and seen["refused"]["box"] == "gqa"
    assert seen["after refusal"]["sample_start"] > seen["swapped"]["sample_start"]
    assert "no such file or folder" in seen["no model"]["notice"]
    assert seen["no model"]["box"] == family
    assert (seen["model"]["attention"], seen["model"]["norm"]) == ("gqa", "layernorm")
    assert seen["statistics"] > 0 and seen["error"] is None
    assert_not_blank(picture)


@needs_qt
@needs_screen
def test_the_flowgraph_of_the_companion_does_the_same(display, family, made, tmp_path):
    surroundings = environment(display, tmp_path) | {"GRC_BLOCKS_PATH": str(ROOT / "grc")}
    subprocess.run(
        ["grcc", "-o", tmp_path, EXAMPLES / "qt_live.grc"],
        env=surroundings,
        check=True,
        capture_output=True,
    )
    picture = tmp_path / "window.png"
    done = subprocess.run(
        [
            sys.executable,
            SUPPORT / "drive_qt_live_grc.py",
            tmp_path,
            made.meta("lte_tdd"),
            family,
            picture,
        ],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        env=surroundings,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = report(done.stdout)
    starts = [seen[name]["sample_start"] for name in ("first", "swapped", "after refusal")]
    assert starts == sorted(set(starts)) and seen["error"] is None
    assert "set_norm: model" in done.stdout + done.stderr
    assert "the old model keeps running" in done.stdout + done.stderr
    assert_not_blank(picture)


@needs_qt
@needs_screen
def test_ctrl_c_ends_it(display, family, made, tmp_path):
    process = subprocess.Popen(
        [
            sys.executable,
            EXAMPLES / "qt_live.py",
            "--recording",
            made.meta("sat_fsk"),
            "--band",
            "--model",
            family,
        ],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(display, tmp_path),
    )
    next(line for line in process.stdout if "running" in line)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=TIME_LIMIT_S)
    assert process.returncode == 0, err
    assert "Traceback" not in err


@needs_qt
@pytest.mark.parametrize(
    "options", [["MADE"], ["x_433.92M_250k.cu8"], ["x.cu8", "--rate", "250k"]], ids=lambda o: o[0]
)
def test_ctrl_c_before_the_first_event_ends_it_too(made, tmp_path, options):
    """Also with raw samples, whose rate is in their name or in an option."""
    name, *more = options
    recording = made.meta("sat_fsk") if name == "MADE" else tmp_path / name
    if name != "MADE":
        recording.write_bytes(bytes(50_000))
    early = (
        "import os, signal, sys, qt_live\n"
        "qt_live.print = lambda *_, **__: os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.exit(qt_live.main())"
    )
    surroundings = environment("", tmp_path) | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", early, "--recording", recording, *more],
        capture_output=True,
        text=True,
        cwd=EXAMPLES,
        timeout=TIME_LIMIT_S,
        env=surroundings,
    )
    assert done.returncode == 0, done.stderr


@needs_qt
@pytest.mark.parametrize(
    "options, text",
    [
        (["--band", "--recording", "MADE", "--model", "/no/model"], "no such file or folder"),
        (["--recording", "/no/recording"], "/no/recording"),
        (["--recording", "RAW"], "x.cu8: it states no sample rate"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(options, text, made, tmp_path):
    raw = tmp_path / "x.cu8"
    raw.write_bytes(bytes(50_000))
    paths = {"MADE": str(made.meta("sat_fsk")), "RAW": str(raw)}
    options = [paths.get(option, option) for option in options]
    done = subprocess.run(
        [sys.executable, EXAMPLES / "qt_live.py", *options],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        env={**environment("", tmp_path), "QT_QPA_PLATFORM": "offscreen"},
    )
    assert done.returncode == 1
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("qt_live: ")]
    assert text in line


@needs_qt
@pytest.mark.parametrize("options", [[], ["--recording", "x", "--soapy", "driver=rtlsdr"]])
def test_it_takes_a_recording_or_a_receiver(options):
    done = subprocess.run(
        [sys.executable, EXAMPLES / "qt_live.py", *options],
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )
    assert done.returncode == 2
    assert "--recording" in done.stderr.splitlines()[-1]


@needs_qt
@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.name)
def test_the_pictures_of_the_pages(picture):
    """docs/site/make_pictures.py makes them."""
    assert picture.stat().st_size < 400_000
    assert_not_blank(picture)
