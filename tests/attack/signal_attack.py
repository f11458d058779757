# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends SIGINT or SIGTERM to commands at random moments, and looks at what they leave."""

import json
import os
import random
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from attention_models import save_model
from command_line import N_STEPS, write_recording
from output_writers import USERS

SCRIPT = Path(__file__).resolve().parents[2] / "build" / "gr-rfattn"
LIMIT_S = 120
"""A command that has not ended so long after the signal hangs; on a busy machine it takes some."""
_STARTED_REGIONS = 50
"""Memory regions of a process whose Python has begun with the script."""
_TICKS = os.sysconf("SC_CLK_TCK")
_INTERRUPTED, _DONE = 130, 0
_FILES = {"out.json", "out.jsonl", "out.sigmf-meta"}


@dataclass
class Row:
    """What became of the signals that a command got."""

    name: str
    endings: Counter = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)


class Attack:
    """Commands, and what they read.

    Args:
        folder: empty, for all files.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        model = save_model(folder / "tiny.pt", takes="emission")
        recordings = folder / "recordings"
        recordings.mkdir()
        for name in "ab":
            write_recording(recordings / name, 1, "noise", 40 * N_STEPS * 256, rate=2e5)
        one = str(recordings / "a.sigmf-meta")
        options = ["--model", model, "--threads", "1"]
        self.out = folder / "out"
        self.commands = {
            "label": ["label", *options, "--json", f"{self.out}/out.json"]
            + ["--annotate", f"{self.out}/out.sigmf-meta", one],
            "label, archive": ["label", "--model", "none", "--json", f"{self.out}/out.jsonl"]
            + [str(recordings)],
            "live": ["live", *options, "--source", f"file={one}", "--stats"]
            + [f"ipc://{self.out}/socket", "--annotate", f"{self.out}/out.sigmf-meta"],
        }

    def run(self, name: str, draw: random.Random, row: Row) -> None:
        """One signal to one command."""
        self._prepare()
        number, cpu_s = draw.choice((signal.SIGINT, signal.SIGTERM)), 3.0 * draw.random()
        process = subprocess.Popen(
            [SCRIPT, *self.commands[name]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._await_moment(process, cpu_s)
        process.send_signal(number)
        try:
            shown = process.communicate(timeout=LIMIT_S)[0].decode()
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            row.failures.append(f"{number.name} at {cpu_s:.2f} s: does not end")
            return
        row.endings[process.returncode] += 1
        # Before main() runs, nothing handles SIGTERM, and there is nothing to leave behind.
        allowed = (_INTERRUPTED, _DONE, *([-number] if number == signal.SIGTERM else []))
        found = [] if process.returncode in allowed else [f"ended with {process.returncode}"]
        found += ["a traceback"] if "Traceback" in shown or "terminate" in shown else []
        found += self._left(process.pid)
        if found:
            text = f"{number.name} at {cpu_s:.2f} s: {'; '.join(found)}: {shown[-300:]!r}"
            row.failures.append(text)

    def _prepare(self) -> None:
        """The folder of the output has nothing but metadata with a user's annotations."""
        self.out.mkdir(exist_ok=True)
        for path in self.out.iterdir():
            path.unlink()
        meta = {"global": {"core:datatype": "ci16_le", "core:version": "1.2.6"}, "captures": []}
        (self.out / "out.sigmf-meta").write_text(json.dumps(meta | {"annotations": USERS}))

    def _await_moment(self, process, cpu_s: float) -> None:
        """Waits until the process has run for ``cpu_s`` since the script began, or has ended. It is
        the time of the processor, since that is what a busy machine stretches."""
        maps, began = Path(f"/proc/{process.pid}/maps"), None
        while process.poll() is None:
            if began is None and maps.read_bytes().count(b"\n") >= _STARTED_REGIONS:
                began = _cpu_s(process.pid)
            if began is not None and _cpu_s(process.pid) - began >= cpu_s:
                return
            time.sleep(0.005)

    def _left(self, group: int) -> list[str]:
        """What is wrong with the files and processes that the command left."""
        found = []
        try:
            os.killpg(group, 0)
            found.append("processes are left")
        except ProcessLookupError:
            pass
        for path in self.out.iterdir():
            if path.name not in _FILES:
                found.append(f"{path.name} is left")
            elif not _is_whole(path):
                found.append(f"{path.name} is cut or lost what a user wrote")
        return found


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _is_whole(path: Path) -> bool:
    data = path.read_bytes()
    try:
        if path.suffix == ".jsonl":
            return all(map(json.loads, data.splitlines()))
        message = json.loads(data)
    except Exception:
        return False
    if path.suffix == ".sigmf-meta":
        return all(annotation in message["annotations"] for annotation in USERS)
    return isinstance(message, dict)


def attack(folder: Path, seed: int, signals: int, name: str) -> Row:
    """Sends ``signals`` signals to a command."""
    found, row = Attack(folder), Row(name)
    for number in range(signals):
        found.run(name, random.Random(f"{seed} {name} {number}"), row)
    return row
