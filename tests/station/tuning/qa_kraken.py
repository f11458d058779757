# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A KrakenSDR goes to an emission, by the file that its software reads again when it changes."""

import asyncio
import json
import os
import stat

import pytest
from gnuradio.rfattn_station.tuning.dial import Dial
from gnuradio.rfattn_station.tuning.kraken import Kraken
from gnuradio.rfattn_station.tuning.rigctl import RigError

from rig_server import SETTINGS, KrakenSoftware


def tune(path, frequency):
    asyncio.run(Kraken(path).tune(Dial(frequency)))


def problem_of(path, frequency=145_500_000):
    with pytest.raises(RigError) as found:
        tune(path, frequency)
    return str(found.value), found.value.is_refusal


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(SETTINGS, indent=2))
    path.chmod(0o640)
    return path


def test_receivers_and_direction_go_to_the_frequency_and_all_else_stays(path):
    software = KrakenSoftware(path)
    tune(path, 433_920_500)
    settings = json.loads(path.read_text())
    changed = {"center_freq": 433.9205, "vfo_freq_0": 433_920_500, "ext_upd_flag": True}
    assert settings == {**SETTINGS, **changed} and list(settings) == list(SETTINGS)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640 and os.listdir(path.parent) == [path.name]
    software.look()
    assert (software.center_hz, software.direction_hz) == (433_920_500, 433_920_500)
    assert json.loads(path.read_text()) == {**settings, "ext_upd_flag": False}


def test_a_file_of_older_software_gets_no_entry_that_it_lacks_but_the_flag(path):
    path.write_text('{"center_freq": 100, "uniform_gain": 1.4}')
    tune(path, 98_100_000)
    kept = {"center_freq": 98.1, "uniform_gain": 1.4, "ext_upd_flag": True}
    assert json.loads(path.read_text()) == kept


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (None, "No such file or directory; it must be settings.json of krakensdr_doa, in "),
        (b'{"center_freq": 1', "not JSON; it must be settings.json"),
        (b"\xff", "not JSON; it must be settings.json"),
        (b"[" * 100_000, "not JSON; it must be settings.json"),
        (b"[]", "no center_freq; it must be settings.json"),
        (b'{"freq": 1}', "no center_freq; it must be settings.json"),
    ],
)
def test_another_file_is_refused_and_stays(path, content, rule):
    path.unlink() if content is None else path.write_bytes(content)
    text, is_refusal = problem_of(path)
    assert text.startswith(f"{path}: {rule}") and not is_refusal
    with pytest.raises(RigError, match=rule):
        asyncio.run(Kraken(path).check())
    assert content is None or path.read_bytes() == content


@pytest.mark.parametrize("frequency", [23_999_999, 1_766_000_001])
def test_where_its_receivers_cannot_be_is_a_refusal(path, frequency):
    text, is_refusal = problem_of(path, frequency)
    assert text.startswith("a KrakenSDR receives 24 MHz to 1.766 GHz, got ") and is_refusal
    assert json.loads(path.read_text()) == SETTINGS
