# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every key of tags.h is in the module, under its name, and the messages use the same names."""

import re
from dataclasses import fields
from pathlib import Path

from gnuradio import rfattn
from gnuradio.rfattn.messages.detection import from_logits
from gnuradio.rfattn.messages.stats import Stats
from gnuradio.rfattn.rfattn_python import tags

HEADER = Path(__file__).resolve().parents[2] / "include" / "gnuradio" / "rfattn" / "tags.h"


def test_every_key_of_the_header():
    stated = dict(re.findall(r'constexpr char (\w+)\[\] = "(.*)";', HEADER.read_text()))
    names = [name for name in vars(rfattn.tags) if name.isupper()]
    assert {name: getattr(rfattn.tags, name) for name in names} == stated
    assert {"END", "KEY_STREAM", "KEY_FRONT_END", "KEY_ENDED", "KEY_BATCH"} < stated.keys()


def test_a_detection_takes_the_entries_of_a_step():
    step = {
        tags.KEY_STREAM: 3,
        tags.KEY_SEGMENT: 4,
        tags.KEY_SAMPLE_START: 50,
        tags.KEY_SAMPLE_COUNT: 60,
        tags.KEY_RX_TIME: (7, 0.5),
        tags.KEY_RX_RATE: 8e3,
        tags.KEY_RX_FREQ: 9e6,
        tags.KEY_ATTENTION: "gqa",
        tags.KEY_NORM: "rmsnorm",
    }
    found = from_logits([0.0, 1.0], step, ["a", "b"])
    where = (found.stream, found.segment, found.sample_start, found.sample_count)
    assert where == (3, 4, 50, 60)
    assert (found.time, found.sample_rate, found.frequency) == (7.5, 8e3, 9e6)
    assert (found.attention, found.norm) == ("gqa", "rmsnorm")


def test_the_statistics_have_the_names_of_the_entries_of_a_step():
    reported = {
        tags.KEY_TOKENS_IN,
        tags.KEY_DROPPED_TOKENS,
        tags.KEY_QUEUED_STEPS,
        tags.KEY_STREAMS,
        tags.KEY_EVICTIONS,
        tags.KEY_RETUNES,
        tags.KEY_OVERFLOWS,
        tags.KEY_KV_BYTES,
        tags.KEY_DEVICE_BYTES,
        tags.KEY_PEAK_TEMPORARY_BYTES,
    }
    assert reported <= {field.name for field in fields(Stats)}
