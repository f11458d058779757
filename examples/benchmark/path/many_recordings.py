#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What workers gain on an archive, what they cost to start, and whether kills change the result.

python3 many_recordings.py --recordings 1000 > many_recordings.md

Makes short recordings and labels some of them with gr-rfattn label --json FILE.jsonl: in one
process, and with one and two workers. The three take turns, in another order in each round, on the
same recordings, so that what else the machine does meets all of them. Then all recordings are
labelled in one process, while workers are killed at random, and while everything is killed and
--resume continues. Exit status 1 when a file differs from that of the one process by a byte.

Of each way the report has the processor's time for a recording, too. A worker runs the blocks of
its flowgraph in several threads, so one alone takes more than a core where there is one. With --pin
it gets one, as on a machine that has as many workers as cores.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
from gnuradio.rfattn.benchmark.machine import describe, summary
from gnuradio.rfattn.reporting import table

PROGRAM = "import sys; from gnuradio.rfattn.cli import main; sys.exit(main(sys.argv[1:]))"
WAYS = {"one process": (), "1 worker": ("--workers", "1"), "2 workers": ("--workers", "2")}
RATE = 250e3
POLL_S = 0.05


class Took(NamedTuple):
    """What a command took: time, and that of all processors for it and its workers; s."""

    wall: float
    cpu: float


def parse(arguments=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--recordings", type=int, default=1000)
    add("--samples", type=int, default=5000, help="of each, at 250 kS/s")
    add("--timed", type=int, default=400, help="recordings that are timed, in all rounds together")
    add("--rounds", type=int, default=4)
    add("--model", default="none", help="as of gr-rfattn label")
    add("--kill-s", type=float, default=5.0, help="mean time from one kill of a worker to the next")
    add("--stops", type=int, default=2, help="how often everything is killed")
    add("--pin", action="store_true", help="one core for each worker, and for the one process")
    add("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    if not options.rounds < options.timed < options.recordings:
        parser.error(
            "--rounds, --timed and --recordings must grow in this order, got "
            f"{options.rounds}, {options.timed} and {options.recordings}"
        )
    if options.pin and len(os.sched_getaffinity(0)) < 2:
        parser.error("--pin needs two cores, and this process may use one")
    return options


def main(arguments=None) -> int:
    options = parse(arguments)
    with tempfile.TemporaryDirectory() as place:
        found = run(options, Path(place))
    print(report(options, found))
    return 0 if found["same"] else 1


def run(options, place: Path) -> dict:
    """`Took` by way and round, of one recording and of a part; and what kills did."""
    *timed, rest = write_parts(place / "all", options)
    load = [os.getloadavg()[0]]
    one, whole, same = [], [], True
    for number, part in enumerate(timed):
        order = [*WAYS][number % 3 :] + [*WAYS][: number % 3]
        first = next(part.glob("*.sigmf-meta"))
        ones = {way: place / f"{number}_{way}_one.jsonl" for way in order}
        outs = {way: place / f"{number}_{way}.jsonl" for way in order}
        one.append({way: label(ones[way], first, way, options) for way in order})
        whole.append({way: label(outs[way], part, way, options) for way in order})
        same &= len({outs[way].read_bytes() for way in order}) == 1
    label(place / "rest.jsonl", rest, "one process", options)
    plain = [place / f"{number}_one process.jsonl" for number in range(len(timed))]
    expected = join([*plain, place / "rest.jsonl"])
    rng = random.Random(options.seed)
    killed = kill_workers(place / "killed.jsonl", place / "all", options, rng)
    same &= (place / "killed.jsonl").read_bytes() == expected
    stops = kill_all(place / "stopped.jsonl", place / "all", options)
    same &= (place / "stopped.jsonl").read_bytes() == expected
    load.append(os.getloadavg()[0])
    return {
        "one": one,
        "whole": whole,
        "same": same,
        "killed": killed,
        "stops": stops,
        "load": load,
    }


def write_parts(folder: Path, options) -> list[Path]:
    """A folder of recordings for each round, and one with the rest: noise with a burst of a
    carrier, each with another seed."""
    parts = [folder / f"part_{number:02}" for number in range(options.rounds + 1)]
    for part in parts:
        part.mkdir(parents=True)
    middle = slice(options.samples // 4, options.samples // 2)
    turns = np.exp(2j * np.pi * 0.125 * np.arange(middle.stop - middle.start))
    for number in range(options.recordings):
        rng = np.random.default_rng([options.seed, number])
        samples = 2.0 * (rng.standard_normal((options.samples, 2)) @ [1, 1j])
        samples[middle] += 20.0 * turns
        values = np.stack([samples.real, samples.imag], 1).round().astype(np.int8)
        stem = parts[min(number * options.rounds // options.timed, options.rounds)] / f"{number:06}"
        values.tofile(f"{stem}.sigmf-data")
        about = {"core:datatype": "ci8", "core:version": "1.2.6", "core:sample_rate": RATE}
        capture = {"core:sample_start": 0, "core:datetime": "2026-01-01T00:00:00Z"}
        meta = {"global": about, "captures": [capture], "annotations": []}
        Path(f"{stem}.sigmf-meta").write_text(json.dumps(meta))
    return parts


def start(out: Path, recordings: Path, way: str, options, *more: str) -> subprocess.Popen:
    """The command, in a process group of its own."""
    words = ["label", "--json", out, "--quiet", "--model", options.model, *WAYS[way], *more]
    command = [sys.executable, "-c", PROGRAM, *map(str, words), str(recordings)]
    if options.pin:
        cores = sorted(os.sched_getaffinity(0))[: 2 if way == "2 workers" else 1]
        command = ["taskset", "--cpu-list", ",".join(map(str, cores)), *command]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)


def label(out: Path, recordings: Path, way: str, options) -> Took:
    """Runs the command to its end."""
    began = time.monotonic()
    process = start(out, recordings, way, options)
    _, status, used = os.wait4(process.pid, 0)  # with the workers, for which the command waited
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise RuntimeError(f"gr-rfattn label ended with status {process.returncode}")
    return Took(time.monotonic() - began, used.ru_utime + used.ru_stime)


def join(outs: list[Path]) -> bytes:
    """The file of all parts: the settings once."""
    first, *rest = (out.read_bytes() for out in outs)
    return first + b"".join(text.partition(b"\n")[2] for text in rest)


def kill_workers(out: Path, folder: Path, options, rng: random.Random) -> int:
    """Labels all, kills workers at random meanwhile, and returns how many."""
    process, killed = start(out, folder, "2 workers", options), 0
    while process.poll() is None:
        until = time.monotonic() + rng.expovariate(1.0 / options.kill_s)
        while process.poll() is None and time.monotonic() < until:
            time.sleep(POLL_S)
        found = workers_of(process.pid)
        if found and summaries(out):  # not before the work has begun
            os.kill(rng.choice(found), signal.SIGKILL)
            killed += 1
    return killed


def kill_all(out: Path, folder: Path, options) -> int:
    """Labels all, kills everything ``options.stops`` times on the way, and returns how often."""
    for stop in range(options.stops):
        process = start(out, folder, "2 workers", options, "--resume")
        goal = options.recordings * (stop + 1) // (options.stops + 1)
        while process.poll() is None and summaries(out) < goal:
            time.sleep(POLL_S)
        if process.poll() is not None:
            return stop
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    start(out, folder, "2 workers", options, "--resume").wait()
    return options.stops


def summaries(out: Path) -> int:
    return out.read_bytes().count(b'"type": "summary"') if out.exists() else 0


def workers_of(pid: int) -> list[int]:
    """The worker processes that a command has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children") if children.exists() else ():
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:  # the thread has ended
            continue
    return [child for child in found if b"dask_worker" in command_line(child)]


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def report(options, found: dict) -> str:
    more = options.timed / options.rounds - 1
    rows, walls, cpus = [], {}, {}
    for way in WAYS:
        pairs = [
            (one[way], whole[way]) for one, whole in zip(found["one"], found["whole"], strict=True)
        ]
        walls[way] = [(whole.wall - one.wall) / more for one, whole in pairs]
        cpus[way] = [(whole.cpu - one.cpu) / more for one, whole in pairs]
        starts = [one for one, _ in pairs]
        rows.append(
            [
                way,
                f"{median(one.wall for one in starts):.1f}",
                f"{median(one.cpu for one in starts):.1f}",
                f"{1e3 * median(walls[way]):.0f} ({spread(walls[way], 1e3)})",
                f"{1e3 * median(cpus[way]):.0f} ({spread(cpus[way], 1e3)})",
            ]
        )
    pairs = zip(walls["1 worker"], walls["2 workers"], strict=True)
    ratios = [one / two for one, two in pairs if min(one, two) > 0.0]
    speed = (
        f"{median(ratios):.2f} times ({spread(ratios)})" if ratios else "not to be told how much"
    )
    cpu = median(two / one for one, two in zip(cpus["1 worker"], cpus["2 workers"], strict=True))
    text = [
        "# Many recordings",
        "",
        f"`{shlex.join(['many_recordings.py', *sys.argv[1:]])}`\n{summary(describe('cpu'))}, load "
        f"{found['load'][0]:.1f} at the start and {found['load'][1]:.1f} at the end.",
        "",
        f"{options.recordings} recordings of {options.samples / RATE * 1e3:g} ms, model "
        f"{options.model}. {options.timed} of them were timed, in {options.rounds} rounds. "
        + ("Each worker, and the one process, had one core. " if options.pin else "")
        + "The machine was shared with other programs, so only ratios say something.",
        "",
        table(
            [
                *("way", "the first recording, s", "processor's time for it, s"),
                *("a further one, ms (range of the rounds)", "processor's time for it, ms (range)"),
            ],
            rows,
        ),
        f"Two workers are {speed} as fast as one, in {len(ratios)} of {len(walls['1 worker'])} "
        f"rounds in which other programs left both enough time, and take {cpu:.2f} times the "
        "processor's time for a recording.",
        "",
        f"{found['killed']} workers were killed at random, and everything {found['stops']} times. "
        f"All files are {'' if found['same'] else 'NOT '}those of the one process, byte for byte.",
    ]
    return "\n".join(text)


def spread(values: list[float], scale: float = 1.0) -> str:
    form = ".0f" if scale > 1.0 else ".2f"
    return f"{scale * min(values):{form}} to {scale * max(values):{form}}"


if __name__ == "__main__":
    sys.exit(main())
