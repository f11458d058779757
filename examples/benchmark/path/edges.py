#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many edges and one host over a network that is slow and breaks: are labels equal, what is lost?

python3 edges.py RECORDING.sigmf-meta [--edges 16] [--delay-ms 50] [--case NAME …]

Every edge is a process of its own (examples/edge.py) that sends the same recording; the host
(examples/edge_host.py) labels the emissions of all. They are compared with those of
signal_labeller, which has the samples at hand. Cases:

  loopback   nothing is in the way
  slow       each connection is slow (slow_link.py)
  breaks     and breaks every two seconds
  dies       one edge is killed and starts again, and one is stopped for some seconds
  restart    the host is killed and starts again; what it had is gone
  drop       edges drop instead of waiting, and the host is stopped for some seconds
"""

import argparse
import json
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from gnuradio import gr, rfattn
from gnuradio.rfattn.benchmark.machine import describe, summary

from slow_link import SlowLink

EXAMPLES = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(EXAMPLES))

import edge_host  # noqa: E402

CASES = ("loopback", "slow", "breaks", "dies", "restart", "drop")
CUT_S = 2.0
STOP_S = 4.0
TIME_LIMIT_S = 600
TOLERANCE = 1e-5
"""Of probabilities: sums are rounded differently where steps of other edges come with them."""
IQ_BYTES = {"cf32": 8, "cu8": 2}
"""Of a sample: as GNU Radio has it, and as an RTL-SDR sends it."""


@dataclass
class Outcome:
    """What a case came to."""

    case: str
    edges: int
    emissions: int = 0
    equal: int = 0
    expected: int = 0
    counts: list[dict] = field(default_factory=list)
    host: dict = field(default_factory=dict)
    cuts: int = 0
    seconds: float = 0.0

    def sum(self, name: str) -> int:
        return sum(edge[name] for edge in self.counts)

    def faults(self) -> list[str]:
        """What must never be: something uncounted, or another label where nothing is missing."""
        found = []
        for edge in self.counts:
            for kind in ("tokens", "messages"):
                parts = ("taken", "dropped", "lost", "waiting")
                if edge[f"{kind}_in"] != sum(edge[f"{kind}_{part}"] for part in parts):
                    found.append(f"{self.case}: {kind} do not add up: {edge}")
        lost = sum(
            self.sum(f"{k}_{x}") for k in ("tokens", "messages") for x in ("dropped", "lost")
        )
        if not lost and self.case not in ("dies", "restart") and self.equal != self.expected:
            found.append(f"{self.case}: {self.expected - self.equal} emissions differ")
        return found


def label_alone(recording: str) -> dict[int, dict]:
    """Each emission of the recording, by number, without a link."""
    found, source = {}, rfattn.sigmf_source(recording)
    labeller = rfattn.signal_labeller(source.recording.sample_rate, threads=1)

    def take(record):
        found[record.latest.id] = record.to_dict()

    sink = edge_host.Emissions(take, drops=False)
    top = gr.top_block()
    top.connect(source, labeller)
    top.msg_connect(labeller, "emissions", sink, "emissions")
    top.run()
    labeller.drain()
    sink.drain()
    sink.hand_on(0)
    return found


class Run:
    """The processes of a case."""

    def __init__(self, options, case: str, folder: Path, stack: ExitStack):
        self._options, self._case, self._folder = options, case, folder
        self.host, self.port = self._start_host("tcp://127.0.0.1:*")
        self.link = None
        if case in ("slow", "breaks"):
            self.link = SlowLink(self.port, options.delay_ms / 1000)
            stack.callback(self.link.close)
        self.edges = [self.start_edge(number) for number in range(options.edges)]
        stack.callback(self._kill)

    def _start_host(self, address: str):
        command = [sys.executable, EXAMPLES / "edge_host.py", "--listen", address, "--threads", "1"]
        command += ["--policy", "block", "--max-streams", str(64 * self._options.edges)]
        command += ["--ends-after", str(self._options.edges), "--json", self._folder / "found"]
        host = subprocess.Popen(
            [str(word) for word in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        listens = host.stderr.readline()
        return host, int(listens.rpartition(":")[2])

    def restart_host(self) -> None:
        self.host.kill()
        self.host.communicate()
        self.host, _ = self._start_host(f"tcp://127.0.0.1:{self.port}")

    def start_edge(self, number: int):
        port = self.port if self.link is None else self.link.port
        command = [sys.executable, str(EXAMPLES / "edge.py"), "--recording"]
        command += [self._options.recording, "--host", f"tcp://127.0.0.1:{port}"]
        command += ["--edge", str(number), "--throttle"]
        command += ["--policy", "drop" if self._case == "drop" else "block"]
        log = open(self._folder / f"edge{number}", "w")
        return subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)

    def is_over(self) -> bool:
        return all(edge.poll() is not None for edge in self.edges)

    def counts(self) -> list[dict]:
        """The last line of each edge."""
        files = [self._folder / f"edge{number}" for number in range(len(self.edges))]
        lines = [path.read_text().splitlines() for path in files]
        return [json.loads(next(x for x in reversed(text) if x.startswith("{"))) for text in lines]

    def emissions(self) -> list[dict]:
        return [json.loads(line) for line in (self._folder / "found").read_text().splitlines()]

    def _kill(self) -> None:
        for process in (self.host, *self.edges):
            process.kill()
            process.wait()


def disturb(case: str, run: Run, seconds: float) -> None:
    """What happens when all edges are on the air; ``seconds``: of the recording."""
    if case == "dies":
        run.edges[0].kill()
        run.edges[0].wait()
        run.edges[1].send_signal(signal.SIGSTOP)
        time.sleep(STOP_S)
        run.edges[1].send_signal(signal.SIGCONT)
        run.edges[0] = run.start_edge(0)
    elif case == "restart":
        time.sleep(seconds / 4)
        run.restart_host()
    elif case == "drop":
        run.host.send_signal(signal.SIGSTOP)
        time.sleep(STOP_S)
        run.host.send_signal(signal.SIGCONT)
    while case == "breaks" and not run.is_over():
        time.sleep(CUT_S)
        run.link.cut()


def measure(options, case: str, expected: dict[int, dict]) -> Outcome:
    outcome, begun = Outcome(case, options.edges), time.monotonic()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        run = Run(options, case, Path(folder), stack)
        _wait(lambda: all("connected" in _text(folder, i) for i in range(options.edges)))
        disturb(case, run, options.seconds)
        _wait(run.is_over)
        out, err = run.host.communicate(timeout=TIME_LIMIT_S)
        if run.host.returncode:
            raise RuntimeError(err)
        outcome.host = json.loads(out.splitlines()[-1])
        outcome.counts = run.counts()
        outcome.cuts = run.link.cuts if run.link else 0
        compare(outcome, run.emissions(), expected)
    outcome.seconds = time.monotonic() - begun
    return outcome


def _text(folder: str, number: int) -> str:
    return (Path(folder) / f"edge{number}").read_text()


def _wait(condition) -> None:
    end = time.monotonic() + TIME_LIMIT_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {TIME_LIMIT_S} s")
        time.sleep(0.1)


def compare(outcome: Outcome, found: list[dict], expected: dict[int, dict]) -> None:
    """Of each edge the run that came last, since a killed one has no end."""
    outcome.expected = outcome.edges * len(expected)
    outcome.emissions = len(found)
    newest = {}
    for emission in sorted(found, key=lambda emission: emission["id"]):
        newest[emission["edge"], emission["id"] % 10**9] = emission
    for (_, number), emission in newest.items():
        outcome.equal += number in expected and is_equal(emission, expected[number])


def is_equal(found: dict, expected: dict) -> bool:
    """Whether box and label are the same, and the probabilities to rounding."""
    exact = (
        "sample_start",
        "sample_count",
        "freq_lower",
        "freq_upper",
        "label",
        "family",
        "bursts",
    )
    if any(found[name] != expected[name] for name in exact):
        return False
    mine, other = found["probabilities"] or {}, expected["probabilities"] or {}
    return mine.keys() == other.keys() and all(
        abs(mine[name] - other[name]) <= TOLERANCE for name in other
    )


HEAD = (
    "| case | emissions | equal | tokens sent | dropped | lost | messages dropped, lost | "
    "kB/s an edge | share of cf32, cu8 |\n|---|---|---|---|---|---|---|---|---|"
)


def row(outcome: Outcome) -> str:
    seconds, samples = outcome.sum("seconds"), outcome.sum("samples")
    sent = outcome.sum("bytes_sent")
    shares = [f"1/{samples * size / sent:.0f}" for size in IQ_BYTES.values()]
    cells = [
        outcome.case + (f" ({outcome.cuts} times)" if outcome.cuts else ""),
        outcome.emissions,
        f"{outcome.equal} of {outcome.expected}",
        outcome.sum("tokens_in"),
        outcome.sum("tokens_dropped"),
        outcome.sum("tokens_lost"),
        f"{outcome.sum('messages_dropped')}, {outcome.sum('messages_lost')}",
        f"{sent / seconds / 1e3:.1f}",
        ", ".join(shares),
    ]
    return f"| {' | '.join(map(str, cells))} |"


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recording", help="SigMF recording")
    parser.add_argument("--edges", type=int, default=16)
    parser.add_argument("--delay-ms", type=float, default=50.0, help="of each direction")
    parser.add_argument("--case", action="append", choices=CASES, help="default: all")
    options = parser.parse_args(arguments)
    recording = rfattn.sigmf_source(options.recording).recording
    options.seconds = recording.n_samples / recording.sample_rate
    return options


def main(arguments=None) -> int:
    options = parse(arguments)
    expected = label_alone(options.recording)
    print(f"# Edges and a host (`edges.py`)\n\n    {shlex.join(sys.argv)}\n")
    print(f"{summary(describe('cpu'))}\n\n{HEAD}")
    faults = []
    for case in options.case or CASES:
        outcome = measure(options, case, expected)
        print(row(outcome), flush=True)
        faults += outcome.faults()
    print("\nFaults: " + ("; ".join(faults) or "none") + ".")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
