# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the web page is fed: messages by the hundred become a few updates."""

import base64

import numpy as np
import pytest
from gnuradio.rfattn_station.web.feed import Feed, packed
from gnuradio.rfattn_station.web.history import Query

from page_messages import BUCKETS, EMISSION, ENVELOPE, FIGURES, MODEL, SPECTRA, STATS, detection


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
            "sample": 0,
            "low": 2.585e9 - 0.96e6,
            "high": 2.585e9 + 0.96e6,
            "is_absolute": True,
            "peak": packed([-60.0, -20.0]),
            "mean": packed([-70.0, None]),
        }
    ]
    assert update["stats"][0]["latency"] == {q: FIGURES[q] for q in ("p50", "p95", "p99", "max")}
    assert update["stats"][0]["counts"] == BUCKETS["counts"]
    assert (update["latest"], update["model"]) == (STATS, MODEL["after"])
    assert feed.update() is None
    assert feed.snapshot()["rows"] == update["rows"]


def test_the_steps_of_a_tick_become_one_label_a_stream():
    feed = Feed()
    known = {"stream": 1, "time_unix_s": 101.0, "frequency": 7e6}
    for sequence, share in enumerate((0.5, 0.4, 0.9)):
        shares = {"ft8": share, "lte": 1 - share}
        label = max(shares, key=shares.get)
        more = {"probabilities": shares, "seq": sequence, **known}
        feed.add("detections", detection(label, shares[label], **more))
    feed.add("detections", detection("noise", 1.0, seq=3))
    update = feed.update()
    assert update["labels"] == [
        {
            "time": 100.0,
            "stream": 0,
            "frequency": None,
            "label": "noise",
            "steps": 1,
            "confidence": 1.0,
        },
        {
            "time": 101.0,
            "stream": 1,
            "frequency": 7e6,
            "label": "ft8",
            "steps": 3,
            "confidence": pytest.approx(0.6),
        },
    ]
    # Label and share are those of the mean over all three steps, as the bars show it.
    probabilities = update["now"][1]["probabilities"]
    assert probabilities == pytest.approx({"ft8": 0.6, "lte": 0.4})


def test_the_figures_of_a_whole_run_are_no_interval():
    feed = Feed()
    spans = ((10, 10), (30, 20), (35, 35), (4, 4))  # the third ends the run
    for sequence, (steps, interval) in enumerate(spans):
        figures = {"seq": sequence, "steps": steps, "interval_steps": interval}
        feed.add("stats", {**STATS, **figures})
    assert [entry["steps"] for entry in feed.update()["stats"]] == [10, 30, 4]


def test_statistics_without_a_histogram_are_taken():
    feed = Feed()
    feed.add("stats", {key: value for key, value in STATS.items() if key != "latency_histogram"})
    assert feed.update()["stats"][0]["counts"] is None


def test_silence_losses_and_what_is_no_message():
    now = [50.0]
    feed = Feed(clock=lambda: now[0])
    nothing = {"rows": [], "labels": [], "stats": [], "emissions": []}
    counts = {"silent_s": None, "missed": 0, "refused": 0}
    ended = {"ended": feed.history.counts()}
    assert feed.snapshot() == {**nothing, **ended, **counts, "whole": True}
    for sequence in (3, 6):  # two are missing
        feed.add("stats", {**STATS, "seq": sequence})
    now[0] = 57.0
    assert (feed.snapshot()["silent_s"], feed.snapshot()["missed"]) == (7.0, 2)
    with pytest.raises(ValueError, match="detections: label is missing"):
        feed.add("detections", ENVELOPE)
    feed.complain("what was that")
    assert feed.update()["problem"] == "what was that"
    feed.add("stats", {**STATS, "seq": 7})
    assert feed.update()["problem"] is None


def test_a_stream_is_shown_until_it_is_silent_for_2_s():
    feed = Feed()

    def streams_after(number, when):
        message = detection("ft8", stream=number, time_unix_s=when)
        feed.add("detections", {**message, "seq": int(10 * when)})
        return [entry["stream"] for entry in feed.update()["now"]]

    assert streams_after(5, 100.0) == [5]
    assert streams_after(2, 101.5) == [2, 5]
    assert streams_after(2, 102.5) == [2]


def test_what_is_kept_is_bounded():
    feed = Feed()
    for sequence in range(350):
        feed.add("spectra", {**SPECTRA, "seq": sequence})
    assert len(feed.snapshot()["rows"]) == 300


def unpacked(values):
    steps = np.frombuffer(base64.b64decode(values["bytes"]), np.uint8)
    return values["low_db"] + values["step_db"] * steps


@pytest.mark.parametrize("span, error", [(100, 0.31), (200, 0.46)])  # half a step and rounding
def test_values_are_packed_to_half_a_db_or_a_255th_of_their_span(span, error):
    values = np.random.default_rng(1).uniform(-150, span - 150, 1024)
    text = packed(list(values))
    np.testing.assert_allclose(unpacked(text), values, atol=error)
    assert len(text["bytes"]) == 4 * -(-1024 // 3)


def test_values_that_are_absent_are_the_lowest():
    assert unpacked(packed([-20.0, None, -30.0])).tolist() == [-20.0, -30.0, -30.0]
    assert unpacked(packed([None, None])).tolist() == [0.0, 0.0]
    assert unpacked(packed([])).size == 0


def keys_of(entries):
    return [(entry["key"], entry["is_live"]) for entry in entries or []]


def emission(seq, **fields):
    return {**EMISSION, "seq": seq, "time_unix_s": 100.0 + seq, **fields}


def test_emissions_are_sent_when_they_change():
    feed = Feed()
    feed.add("emissions", emission(0, id=3))
    feed.add("emissions", emission(1, id=4))
    assert keys_of(feed.update()["emissions"]) == [("0.3", True), ("0.4", True)]
    assert feed.update() is None
    feed.add("emissions", emission(2, id=3, state="end", sample_now=200_000))
    update = feed.update()
    assert keys_of(update["emissions"]) == [("0.3", False)]
    times = [update["emissions"][0][name] for name in ("began", "heard")]
    assert times == [pytest.approx(100.0 - 0.15), 102.0]  # 150 000 samples at 1 MS/s
    assert keys_of(feed.snapshot()["emissions"]) == [("0.3", False), ("0.4", True)]
    feed.add("emissions", emission(3, id=4, state="new", sample_now=1000))  # another recording
    assert keys_of(feed.update()["emissions"]) == [("0.4", False), ("1.4", True)]
    feed.add("emissions", emission(0, id=9))  # the publisher started again
    assert keys_of(feed.update()["emissions"]) == [("2.9", True)]
    # What ended, or was there when the publisher went, is in the history.
    assert [feed.emission(key)["is_live"] for key in ("0.3", "0.4", "1.4", "2.9")] == [
        False
    ] * 3 + [True]
    assert feed.history.find(Query(sort="id"))["found"] == 3
    assert [feed.emission(key)["until"] for key in ("0.3", "2.9")] == [100.0, None]


def test_a_part_of_another_is_sent_and_not_in_the_history():
    feed = Feed()
    feed.add("emissions", emission(0, burst_count=0))
    assert keys_of(feed.update()["emissions"]) == [("0.1", True)]
    feed.add("emissions", emission(1, state="end", burst_count=0))
    assert keys_of(feed.update()["emissions"]) == [("0.1", False)]
    assert len(feed.history) == 0
    for seq, bursts, kept in ((2, 1, 1), (3, 0, 0)):  # it turned out so after its end
        feed.add("emissions", emission(seq, id=5, state="end", burst_count=bursts))
        assert feed.update()["ended"]["kept"] == len(feed.history) == kept


def test_bursts_that_a_row_cannot_tell_apart_are_one_span():
    """At 1 MS/s a row of 0.1 s has 100 000 samples."""
    feed = Feed()
    feed.add("emissions", emission(0, bursts=[0, 1000, 50_000, 1000, 300_000, 1000]))
    feed.add("emissions", emission(1, bursts=[301_500, 500, 500_000, 10]))
    (entry,) = feed.update()["emissions"]
    assert [tuple(span) for span in entry["spans"]] == [
        (0, 51_000),
        (300_000, 302_000),
        (500_000, 500_010),
    ]
    assert len(entry["bursts"]) == 5 and tuple(entry["bursts"][0]) == (0, 1000)


def test_edges_come_together_by_number():
    feed = Feed()
    for seq, (number, tokens) in enumerate(((4, 10), (2, 20), (4, 30))):
        feed.add("edges", {**ENVELOPE, "seq": seq, "edge": number, "tokens": tokens})
    edges = feed.update()["edges"]
    assert [(edge["edge"], edge["state"], edge["tokens"]) for edge in edges] == [
        (2, "connected", 20),
        (4, "connected", 30),
    ]
    assert feed.update() is None
    assert feed.snapshot()["edges"] == edges


def test_what_checksums_prove_comes_when_it_changes():
    feed = Feed()
    ended = {**EMISSION, "state": "end", "burst_count": 1, "sync": "AIS"}
    feed.add("emissions", {**EMISSION, **ENVELOPE})
    assert "proofs" not in feed.update()
    feed.add("emissions", {**ended, **ENVELOPE, "seq": 1, "label_without_frames": "dmr"})
    proofs = [
        {"name": "ais", "checked": 1, "confirmed": 0, "unnamed": 0, "refuted": 0},
        {"name": "dmr", "checked": 0, "confirmed": 0, "unnamed": 0, "refuted": 1},
    ]
    assert feed.update()["proofs"] == proofs
    feed.add("emissions", {**EMISSION, **ENVELOPE, "seq": 2, "id": 9})
    assert "proofs" not in feed.update()
    assert feed.snapshot()["proofs"] == proofs
    feed.add("emissions", {**ended, **ENVELOPE, "seq": 3})  # whose frames were none
    assert feed.update()["proofs"] == []
