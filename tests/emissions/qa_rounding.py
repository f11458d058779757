# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The digits that JSON, MQTT and commands get."""

import json

from gnuradio.rfattn.emissions.facts import facts_of
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.emissions.rounding import rounded
from gnuradio.rfattn.messages import schema

from page_messages import emission

MEASURED = {
    "freq_lower": 434208501.91944027,
    "freq_upper": 434221001.5,
    "snr_db": 12.345678,
    "power_db": -0.02,
    "duty": 0.123456789,
    "period_s": 0.1234567891,
    "symbol_rate": 45.4545454545,
    "label": "mode_s",
    "guess": "mode_s",
    "confidence": 0.98765432,
    "basis": "proved",
    "probabilities": {"mode_s": 0.98765432, "ais": 0.00101, "vor": 0.00099, "cw": 1e-17},
    "nearest": [{"name": "ADS-B", "score": 0.7000000001}],
}


def message(**changes):
    return schema.read("emissions", emission(7, "end", **MEASURED | changes))


def test_a_record():
    record = EmissionRecord(message(rx_time=[1.7e9, 0.1234567]))
    found = rounded(record.to_dict())
    assert (
        found
        | {
            "freq_lower": 434208502,
            "freq_upper": 434221002,
            "snr_db": 12.3,
            "power_db": 0.0,
            "duty": 0.123457,
            "period_s": 0.123457,
            "symbol_rate": 45.455,
            "time_unix_s": 1_700_000_000.123457,
            "confidence": 0.9877,
            "basis": "proved",
            "probabilities": {"mode_s": 0.9877, "ais": 0.001},
            "nearest": [{"name": "ADS-B", "score": 0.7}],
        }
        == found
    )
    assert found.keys() == record.to_dict().keys()
    assert '"freq_lower": 434208502,' in json.dumps(found)
    assert record.latest.freq_lower == MEASURED["freq_lower"]  # what is computed on stays


def test_facts():
    found = rounded(facts_of(message(), 1.7e9))
    assert (found["frequency"], found["width"]) == (434214752, 12500)
    assert (found["duration_s"], found["time"]) == (1.0, "2023-11-14T22:13:20.000Z")
    assert (found["id"], found["label"], found["family"]) == (7, "mode_s", None)


def test_what_is_not_known_stays():
    nothing = {"period_s": None, "probabilities": None, "frequency": None, "nearest": []}
    assert rounded(nothing) == nothing


def test_statistics_and_other_values():
    stats = {
        "latency_seconds": {"count": 3, "mean": 0.0012345678, "p50": 1e-7},
        "latency_histogram": {"upper_seconds": [1e-4, 0.0001467799], "counts": [1, 2, 3]},
        "steps": 12,
    }
    found = rounded({"stats": stats, "sample_rate": 2e6 / 7, "file": "x", "seconds": 1 / 3})
    assert found == {
        "stats": {
            "latency_seconds": {"count": 3, "mean": 0.001235, "p50": 0.0},
            "latency_histogram": {"upper_seconds": [1e-4, 0.000147], "counts": [1, 2, 3]},
            "steps": 12,
        },
        "sample_rate": 2e6 / 7,
        "file": "x",
        "seconds": 0.333333,
    }
