# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program that decodes: whatever it does, it is fed, read and ended within bounds."""

import errno
import os
import queue
import select
import signal
import sys
from pathlib import Path

import pytest
from gnuradio.rfattn.decoding.program import Limits, Program

FAKE = Path(__file__).resolve().parents[1] / "support" / "fake_decoder.py"
LIMITS = Limits(stall_s=0.3, grace_s=0.3, most_lost=1000)
PATIENT = Limits(most_lost=1000)


class Run:
    """A fake decoder, and what came of it."""

    def __init__(self, what: str, limits=PATIENT):
        self.lines, self.reasons, self.arrived = [], [], queue.Queue()
        command = [sys.executable, str(FAKE), what]
        self.program = Program(command, self._add, self.reasons.append, limits)

    def _add(self, line: str) -> None:
        self.lines.append(line)
        self.arrived.put(line)

    def end(self) -> list[str]:
        self.program.end_input()
        self.program.wait()
        return self.reasons


def has_ended(pid: int) -> bool:
    """Whether a process ends within 10 s."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    poll = select.poll()
    poll.register(process, select.POLLIN)
    try:
        return bool(poll.poll(10_000))
    finally:
        os.close(process)


def test_what_is_written_arrives_whole():
    run = Run("copy")
    assert run.program.write(bytes(1_000_000)) and run.program.write(b"abc")
    assert run.end() == [""]
    assert run.lines == ["began copy", "octets 1000003"]


def test_a_program_that_cannot_be_watched_is_ended_all_the_same(monkeypatch):
    def refuse(pid):
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patched:
        patched.setattr(os, "pidfd_open", refuse)
        run = Run("copy")
        run.program.wait()
    assert run.reasons == ["it cannot be watched: Too many open files"] and run.lines == []
    assert run.program._process.returncode == -signal.SIGKILL
    assert not run.program.write(bytes(10)) and run.end() == run.reasons
    assert not os.path.exists(run.program._folder.name)


def test_it_runs_in_an_empty_folder_and_a_group_of_its_own():
    run = Run("where")
    run.end()
    folder, listed, leads = run.lines[1].split(" ")
    assert (listed, leads) == ("[]", "True") and not os.path.exists(folder)


def test_one_that_takes_nothing_is_killed_with_its_children():
    run = Run("hang", LIMITS)
    assert run.arrived.get(timeout=60) == "began hang"
    child = int(run.arrived.get(timeout=60).split()[1])
    assert not run.program.write(bytes(1_000_000))
    assert run.end() == ["it did not take its samples within 0.3 s"]
    assert has_ended(child)


def test_one_that_does_not_end_is_killed():
    run = Run("stay", LIMITS)
    assert run.program.write(b"abc")
    assert run.end() == ["it did not end in time"]


def test_one_that_dies_takes_no_more():
    run = Run("die")
    run.program.wait()
    assert run.reasons == ["it ended with status 3"] and run.lines == ["began die"]
    assert not run.program.write(bytes(1_000_000))
    run.program.end_input()


def test_the_status_of_one_that_had_all_is_no_fault():
    """Decoders end with any status once their input has ended; before that it is a fault."""
    run = Run("reject")
    assert run.end() == [""] and run.lines == ["began reject", "octets 0"]


def test_nothing_stays_open():
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        Run("copy").end()
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("what", ["flood", "endless"])
def test_one_that_floods_is_killed(what):
    run = Run(what)
    run.program.wait()
    assert run.reasons == ["it wrote too many lines"] and run.program.lines.lost > 1000
    assert len(run.lines) <= 1100 and max(map(len, run.lines)) <= 500
    run.program.end_input()


def test_control_characters_are_escaped():
    run = Run("garbage")
    run.end()
    assert run.lines[-2:] == ["\\x1b]0;title\\x07", "octets 0"]
    assert all(line.isprintable() for line in run.lines)


def test_one_that_is_absent_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        Program([str(tmp_path / "absent")], print, print)
