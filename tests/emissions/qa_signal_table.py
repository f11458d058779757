# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What measurements of real signals are compatible with, and tables that are refused."""

import json
import subprocess
import sys

import pytest
from gnuradio.rfattn.catalogue.signal_table import DEFAULT_TABLE, MIN_SCORE, SignalTable

TABLE = SignalTable.load()
ENTRY = {
    "name": "Beacon",
    "family": "test",
    "modulation": "OOK",
    "frequency_hz": [[100e6, 100.1e6], [200e6, 300e6]],
    "width_hz": [[1e3, 1e3]],
    "continuous": False,
    "burst_s": [0.1, 0.2],
    "period_s": [10, 10],
}


def table_of(folder, *entries):
    path = folder / "table.json"
    path.write_text(json.dumps([ENTRY | entry for entry in entries]))
    return path


@pytest.mark.parametrize(
    "first, frequency, width, burst, period, duty",
    [
        ("NFM voice", 446.00625e6, 9e3, 3.0, None, 0.9),
        ("ADS-B, Mode S", 1090e6, 1.9e6, 112e-6, None, 0.01),
        ("AIS", 161.975e6, 13e3, 0.0267, None, 0.05),
        ("LoRa", 868.1e6, 126e3, 0.3, None, 0.02),
        ("DAB", 227.36e6, 1.54e6, 10.0, None, 1.0),
        ("FT8, FT4", 14.0752e6, 48.0, 12.6, 15.0, 0.84),
        ("FM broadcast", 98.1e6, 150e3, 10.0, None, 1.0),
        ("TETRA", 394.5e6, 21e3, 10.0, None, 1.0),
        ("GSM downlink", 935.2e6, 210e3, 10.0, None, 1.0),
        ("Airband voice", 124.3e6, 6.5e3, 4.0, None, 0.3),
        ("POCSAG", 466.075e6, 9e3, 3.0, None, 0.2),
        ("LTE downlink", 806e6, 9e6, 5.0, None, 1.0),
        ("Iridium", 1626e6, 32e3, 0.0085, 0.09, 0.1),
        ("OOK sensor", 433.92e6, 9e3, 0.1, 40.0, 0.005),
        ("Wi-Fi", 2437e6, 17e6, 0.001, 0.1, 0.03),
    ],
)
def test_real_signals(first, frequency, width, burst, period, duty):
    found = TABLE.nearest(frequency, width, burst, period, duty)
    assert found[0][0] == first
    assert 0.5 < found[0][1] <= 1.0 and len(found) <= 3
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True) and scores[-1] >= MIN_SCORE


def test_what_fits_nothing_is_compatible_with_nothing():
    assert TABLE.nearest(300e6, 2e6, 5.0, None, 1.0) == []
    assert TABLE.nearest(433.92e6, 200.0, 5.0, None, 1.0) == []


def test_without_a_frequency_the_width_and_the_times_decide():
    names = [name for name, _ in TABLE.nearest(None, 1.9e6, 112e-6)]
    assert names[0] == "ADS-B, Mode S"
    assert "DAB" in [name for name, _ in TABLE.nearest(None, 2e6, 5.0, None, 1.0)]


def scores(path, *measured, **more):
    return dict(SignalTable.load(path).nearest(*measured, **more))


def test_the_score_is_a_product_of_three_factors(tmp_path):
    path = table_of(tmp_path, {})
    exact = scores(path, 100.05e6, 1e3, 0.15, 10.0)["Beacon"]
    assert exact == pytest.approx(1.0)
    # a width off by half an octave; a burst off by one and a half: exp(-1/2)
    assert scores(path, 100.05e6, 1e3 * 2**0.5, 0.15)["Beacon"] == pytest.approx(0.6065, abs=1e-4)
    assert scores(path, 100.05e6, 1e3, 0.2 * 2**1.5)["Beacon"] == pytest.approx(0.6065, abs=1e-4)
    assert scores(path, 100.05e6, 1e3, 0.15, 10 * 2**1.5)["Beacon"] == (
        pytest.approx(0.6065, abs=1e-4)
    )
    assert scores(path, 250e6, 1e3, 0.15)["Beacon"] == pytest.approx(0.7)  # 1000 times 100 kHz
    assert scores(path, None, 1e3, 0.15)["Beacon"] == pytest.approx(0.5)
    assert scores(path, 100.05e6, 1e3)["Beacon"] == pytest.approx(0.7)
    assert scores(path, 400e6, 1e3, 0.15) == {}  # 0.05
    assert scores(path, 100.05e6, 5e3, 0.15) == {}
    far = scores(path, 100.05e6, 1e3, 1000.0)["Beacon"]
    assert far == pytest.approx(0.1)


def test_a_range_of_widths_tells_less_than_one(tmp_path):
    path = table_of(tmp_path, {"width_hz": [[1e3, 4e3]]})
    assert scores(path, 100.05e6, 2e3, 0.15)["Beacon"] == pytest.approx(0.9)


def test_a_burst_on_the_air_may_still_become_as_long(tmp_path):
    path = table_of(tmp_path, {})
    short = scores(path, 100.05e6, 1e3, 0.01)["Beacon"]
    assert short < 0.2
    assert scores(path, 100.05e6, 1e3, 0.01, is_on_air=True)["Beacon"] == pytest.approx(1.0)
    long = scores(path, 100.05e6, 1e3, 1.6, is_on_air=True)["Beacon"]
    assert long == pytest.approx(scores(path, 100.05e6, 1e3, 1.6)["Beacon"])


def test_a_continuous_signal_lasts_and_does_not_pause(tmp_path):
    path = table_of(tmp_path, {"continuous": True, "burst_s": None})
    assert scores(path, 100.05e6, 1e3, 5.0, duty=1.0)["Beacon"] == pytest.approx(1.0)
    assert scores(path, 100.05e6, 1e3, 0.01, duty=1.0, is_on_air=True)["Beacon"] == 1.0
    assert scores(path, 100.05e6, 1e3, 5.0, duty=0.25)["Beacon"] == pytest.approx(0.25)
    assert scores(path, 100.05e6, 1e3, 0.01, duty=1.0)["Beacon"] == pytest.approx(0.1)


def test_the_best_three_and_equals_in_the_order_of_the_table(tmp_path):
    path = table_of(tmp_path, *({"name": f"S{i}"} for i in range(5)))
    assert list(scores(path, 100.05e6, 1e3, 0.15)) == ["S0", "S1", "S2"]


def test_the_table_is_whole():
    signals = {signal.name: signal for signal in TABLE.signals}
    assert len(signals) == 60
    for signal in TABLE.signals:
        assert 0 < min(low for low, _ in signal.frequency_hz)
        assert max(high for _, high in signal.frequency_hz) < 6e9
        assert 5 < min(low for low, _ in signal.width_hz)
        assert max(high for _, high in signal.width_hz) <= 80e6
        assert signal.continuous or signal.burst_s[1] <= 150
    assert signals["DAB"].width_hz == ((1.536e6, 1.536e6),)
    assert signals["Iridium"].burst_s[0] == 0.00828
    assert max(map(len, signals)) <= 28  # readable over a waterfall
    assert max(len(line) for line in DEFAULT_TABLE.read_text().splitlines()) <= 100


@pytest.mark.parametrize(
    "change, text",
    [
        ({"name": ""}, "entry 1: name must be text, got ''"),
        ({"family": 3}, "entry 1: family must be text, got 3"),
        ({"frequency_hz": []}, r"entry 1: frequency_hz must be a list of ranges .*, got \[\]"),
        ({"frequency_hz": [[2, 1]]}, r"entry 1: frequency_hz must be a list .* got \[\[2, 1\]\]"),
        ({"width_hz": [[0, 1]]}, r"entry 1: width_hz must be .* with 0 < low <= high, got \[\[0"),
        ({"width_hz": [5]}, r"entry 1: width_hz must be a list of ranges .* got \[5\]"),
        ({"continuous": 1}, "entry 1: continuous must be true or false, got 1"),
        ({"burst_s": None}, "entry 1: burst_s must be a range, got None"),
        ({"burst_s": [True, 2]}, r"entry 1: burst_s must be null or a range .* got \[True, 2\]"),
        ({"period_s": [1]}, r"entry 1: period_s must be null or a range .* got \[1\]"),
        ({"more": 1}, "entry 1: a signal must have the keys name, .*, got .*'more'"),
        ({"name": "Beacon"}, "Beacon must be there once"),
    ],
)
def test_refusals(tmp_path, change, text):
    path = table_of(tmp_path, {}, {"name": "other"} | change)
    with pytest.raises(ValueError, match=f"^signal table: {path}: {text}"):
        SignalTable.load(path)


@pytest.mark.parametrize(
    "content, text",
    [(None, "No such file"), ("{", "not JSON: "), ("{}", "must be a list"), ("[]", "must be a")],
)
def test_files_that_are_refused(tmp_path, content, text):
    path = tmp_path / "table.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ValueError, match=f"^signal table: {path}: {text}"):
        SignalTable.load(path)


def test_needs_no_gnuradio():
    code = (
        "import sys; sys.modules['gnuradio.gr'] = sys.modules['pmt'] = None; "
        "from gnuradio.rfattn.catalogue.signal_table import SignalTable; SignalTable.load()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
