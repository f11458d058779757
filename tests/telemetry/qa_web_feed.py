# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the web page is fed: messages by the hundred become a few updates."""

import pytest
from gnuradio.rfattn.telemetry.web.feed import Feed

from page_messages import BUCKETS, ENVELOPE, FIGURES, MODEL, SPECTRA, STATS, detection


def test_an_update_is_what_came_since_the_last():
    feed = Feed()
    assert feed.update() is None
    feed.add("spectra", SPECTRA)
    feed.add("stats", STATS)
    feed.add("model", MODEL)
    update = feed.update()
    assert update["rows"] == [
        {
            "time": 100.0,
            "peak_db": [-60.0, -20.0],
            "mean_db": [-70.0, None],
            "low": 2.585e9 - 0.96e6,
            "high": 2.585e9 + 0.96e6,
        }
    ]
    assert update["stats"][0]["latency"] == {q: FIGURES[q] for q in ("p50", "p95", "p99", "max")}
    assert update["stats"][0]["counts"] == BUCKETS["counts"]
    assert (update["latest"], update["model"]) == (STATS, MODEL["after"])
    assert feed.update() is None
    assert feed.snapshot()["rows"] == update["rows"]


@pytest.mark.parametrize(
    "known, edges",
    [
        ({"sides": "one"}, (0.0, 24e3)),
        ({"sides": "two"}, (-24e3, 24e3)),
        ({"sides": "one", "frequency": 7e6}, (7e6, 7.024e6)),
        ({"sides": "two", "frequency": 7e6, "sample_rate": None}, (None, None)),
    ],
)
def test_edges_of_the_band(known, edges):
    feed = Feed()
    row = {name: value for name, value in SPECTRA.items() if name != "frequency"}
    feed.add("spectra", {**row, "sample_rate": 48e3, **known})
    (row,) = feed.update()["rows"]
    assert (row["low"], row["high"]) == edges


def test_the_steps_of_a_tick_become_one_label_a_channel():
    feed = Feed()
    for label, confidence in (("ft8", 0.5), ("lte", 0.9), ("ft8", 0.7)):
        feed.add(
            "detections", detection(label, confidence, channel=1, time_unix_s=101.0, frequency=7e6)
        )
    feed.add("detections", detection("noise", 1.0, channel=0))
    update = feed.update()
    assert update["labels"] == [
        {
            "time": 100.0,
            "channel": 0,
            "frequency": None,
            "label": "noise",
            "steps": 1,
            "confidence": 1.0,
        },
        {
            "time": 101.0,
            "channel": 1,
            "frequency": 7e6,
            "label": "ft8",
            "steps": 2,
            "confidence": pytest.approx(0.6),
        },
    ]
    assert update["now"][1]["probabilities"]["ft8"] == pytest.approx(0.4)  # over all three steps


def test_the_figures_of_a_whole_run_are_no_interval():
    feed = Feed()
    for steps, interval in ((10, 10), (30, 20), (35, 35), (4, 4)):  # the third ends the run
        feed.add("stats", {**STATS, "steps": steps, "interval_steps": interval})
    assert [entry["steps"] for entry in feed.update()["stats"]] == [10, 30, 4]


def test_statistics_without_a_histogram_are_taken():
    feed = Feed()
    feed.add("stats", {key: value for key, value in STATS.items() if key != "latency_histogram"})
    assert feed.update()["stats"][0]["counts"] is None


def test_silence_losses_and_what_is_no_message():
    now = [50.0]
    feed = Feed(clock=lambda: now[0])
    assert feed.snapshot() == {"rows": [], "labels": [], "stats": [], "silent_s": None, "missed": 0}
    for sequence in (3, 6, 0):  # two are missing; a new start
        feed.add("stats", {**STATS, "seq": sequence})
    now[0] = 57.0
    assert (feed.snapshot()["silent_s"], feed.snapshot()["missed"]) == (7.0, 2)
    with pytest.raises(KeyError):
        feed.add("detections", ENVELOPE)
    feed.complain("what was that")
    assert feed.update()["problem"] == "what was that"
    feed.add("stats", STATS)
    assert feed.update()["problem"] is None


def test_what_is_kept_is_bounded():
    feed = Feed()
    for _ in range(300):
        feed.add("spectra", SPECTRA)
    assert len(feed.snapshot()["rows"]) == 240
