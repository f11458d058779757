# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A receiver that gives nothing that it measured is noticed, and its return is."""

import pytest
from gnuradio.rfattn.flowgraph.receiver_watch import ReceiverWatch

RATE, STEP_S = 1000, 0.1


class Time:
    """A second on the clock is one on the timer."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def changes(*phases, silent_s=10.0):
    """(time, works, since, text without the hour) of each change, and the watch; a phase is what
    comes and for how many s."""
    timer = Time()
    watch = ReceiverWatch(RATE, silent_s, clock=lambda: 1e9 + timer.now, timer=timer)
    samples = absent = repeated = 0
    found = []
    for kind, seconds in phases:
        for _ in range(round(seconds / STEP_S)):
            timer.now += STEP_S
            block = 0 if kind == "nothing" else round(RATE * STEP_S)
            samples += block
            absent += block if kind == "equal" else 0
            repeated = repeated + block if kind == "repeated" else 0
            change = watch.look(samples, absent, repeated)
            if change is not None:
                text, _, moment = change.text.partition(" since ")
                found.append((round(timer.now, 1), change.works, change.since_unix_s - 1e9, text))
                assert bool(moment) != change.works
    return found, watch


@pytest.mark.parametrize(
    "kind, text",
    [
        ("nothing", "no samples"),
        ("equal", "samples that are all alike"),
        ("repeated", "the same samples again and again"),
    ],
)
def test_a_silence_and_its_end(kind, text):
    found, watch = changes(("noise", 5), (kind, 30), ("noise", 20))
    (told, works, since, said), (again, works_again, since_again, back) = found
    assert (works, works_again, said, back) == (False, True, text, "works again after 30 s")
    assert (told, since) == (pytest.approx(15.0, abs=0.11), pytest.approx(5.0, abs=0.11))
    assert again == pytest.approx(40.0, abs=0.3)
    assert since_again == pytest.approx(35.1, abs=0.11)
    assert watch.silences == 1
    assert watch.silent_s_in_all == pytest.approx(30.1, abs=0.11)


def test_short_silences_and_short_returns_are_no_change():
    found, _ = changes(*[("noise", 1), ("nothing", 9)] * 5)
    assert found == []
    found, watch = changes(("noise", 1), *[("equal", 12), ("noise", 4)] * 3)
    assert [works for _, works, _, _ in found] == [False]
    assert watch.silent_s_in_all == pytest.approx(44.0, abs=0.3)


def test_a_receiver_that_never_gives_a_sample():
    found, watch = changes(("nothing", 10.1))
    assert [(works, since) for _, works, since, _ in found] == [(False, pytest.approx(0, abs=0.11))]
    assert watch.measured == 0


def test_what_was_not_measured_is_not_listened_to():
    _, watch = changes(("noise", 2), ("equal", 3))
    assert watch.measured == 2 * RATE
