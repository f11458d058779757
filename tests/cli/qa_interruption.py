# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interrupts that Python would lose."""

import signal
import sys
import threading
import weakref

import pytest
from gnuradio.rfattn.interruption import Interruption, has_come, held


class Thing:
    pass


def test_an_interrupt_that_comes_in_a_callback_comes_again(capfd):
    hook = sys.unraisablehook
    with pytest.raises(KeyboardInterrupt), Interruption() as interruption:
        thing = Thing()
        watched = weakref.ref(thing, lambda _: signal.raise_signal(signal.SIGINT))
        del thing  # the callback's exception is ignored
        assert watched() is None and interruption.has_happened
        threading.Event().wait(20)
        pytest.fail("no interrupt came")
    assert sys.unraisablehook is hook
    assert "Traceback" not in capfd.readouterr().err


def test_other_exceptions_in_callbacks_are_shown_as_before(monkeypatch):
    seen = []
    monkeypatch.setattr(sys, "unraisablehook", seen.append)
    with Interruption():
        thing = Thing()
        watched = weakref.ref(thing, lambda _: 1 / 0)
        del thing
    assert watched() is None
    assert [event.exc_type for event in seen] == [ZeroDivisionError]


def test_a_held_signal_waits_for_the_end_of_a_step():
    with Interruption() as interruption:
        with held():
            signal.raise_signal(signal.SIGTERM)
            assert has_come()
        assert interruption.has_happened
    assert not has_come()
    with held(), pytest.raises(KeyboardInterrupt):  # without an interruption that is open
        signal.raise_signal(signal.SIGINT)
