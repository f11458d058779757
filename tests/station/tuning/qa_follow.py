# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which emission a receiver follows."""

import pytest
from gnuradio.rfattn.emissions.condition import Condition
from gnuradio.rfattn.emissions.record import EmissionRecords
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn_station.tuning.follow import Follower, holding

from page_messages import emission

VOICE = {"label": "nfm_voice", "confidence": 0.9, "guess": "nfm_voice"}
DATA = {"label": "pocsag", "confidence": 0.9, "guess": "pocsag"}


class Air:
    """Emissions on the air, and the follower of those with voice."""

    def __init__(self):
        self.now, self.records = 0.0, EmissionRecords()
        self.follower = Follower(Condition.parse("label=nfm_voice"), lambda: self.now)

    def send(self, id, state="update", **more):
        self.records.add(schema.read("emissions", emission(id, state, **more)))

    def at(self, starts=0):
        """Id of the emission to be at."""
        record = self.follower.choose(self.records.live.values(), starts)
        return None if record is None else record.latest.id


@pytest.fixture
def air():
    return Air()


def test_it_stays_until_the_end_and_takes_the_strongest_next(air):
    air.send(1, "new")
    assert air.at() is None
    air.send(1, **VOICE)
    assert air.at() == 1
    air.send(2, "new", snr_db=20.0, **VOICE)
    air.send(3, "new", snr_db=30.0, **VOICE)
    air.send(4, "new", snr_db=40.0, **DATA)
    assert air.at() == 1
    air.send(1, "end", **VOICE)
    assert air.at() == 3
    air.send(2, "end", **VOICE)
    air.send(3, "end", **VOICE)
    assert air.at() is None and air.follower.passed == 1


def test_it_leaves_what_turns_out_to_be_data(air):
    air.send(1, "new", **VOICE)
    assert air.at() == 1
    air.send(1, **DATA)
    assert air.at() is None
    air.send(1, "end", **DATA)
    assert air.at() is None and air.follower.passed == 0


def test_where_the_receiver_cannot_be_it_does_not_return(air):
    air.send(1, "new", snr_db=30.0, **VOICE)
    air.send(2, "new", **VOICE)
    assert air.at() == 1
    air.follower.leave()
    assert air.at() == 2
    air.send(2, "end", **VOICE)
    assert air.at() is None and air.follower.passed == 0


def test_one_whose_last_message_was_lost_ends(air):
    air.send(1, "new", snr_db=30.0, **VOICE)
    air.send(2, "new", **VOICE)
    assert (air.at(), air.at()) == (1, 1)
    air.now = 4.0
    air.send(1, snr_db=30.0, **VOICE)
    assert air.at() == 1
    air.now = 8.9
    assert air.at() == 1
    air.now = 9.1
    assert air.at() == 2


def test_ids_of_another_publisher_are_others(air):
    air.send(1, "new", **VOICE)
    assert air.at() == 1
    air.send(2, "new", **VOICE)
    assert air.at() == 1
    air.records = EmissionRecords()
    air.send(2, "new", **DATA)
    air.send(1, "new", **VOICE)
    assert air.at(starts=1) == 1 and air.follower.passed == 1


def test_sidebands_and_ignored_ones_are_left_out(air):
    air.send(1, "new", flags=["sideband"], sideband_of=3, **VOICE)
    air.send(2, "new", flags=["ignored"], **VOICE)
    assert air.at() is None
    assert holding(air.records.live.values(), Condition()) == []
