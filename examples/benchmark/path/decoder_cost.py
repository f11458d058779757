#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time of programs that decode an emission, and of the fields of own frames.

Each class sends alone in a made-up band, which is played in real time: to the path of labels, with
`wc` in place of a program of the shipped table, which counts the bytes of the same samples, and
with the program itself. What `wc` adds to this process is the cost of cutting, demodulation and
pacing; the CPU time of the program counts apart. Bands of classes whose frames are read here are
also played without and with their fields. The runs of a round take turns.
"""

from __future__ import annotations

import argparse
import resource
import sys
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
from gnuradio import blocks, gr
from gnuradio.rfattn import emission_decoder, signal_labeller
from gnuradio.rfattn.blocks.parts.message_sink import MessageSink
from gnuradio.rfattn.decoding.decoder import Decoder, read_decoders
from gnuradio.rfattn.inference import DEFAULT_EMISSION_MODEL
from gnuradio.rfattn.reporting import Progress, interval, table_of
from gnuradio.rfattn_station.cutting.cut import ArraySource
from gnuradio.rfattn_workshop.synthesis.scene import render
from gnuradio.rfattn_workshop.synthesis.scene_signal import SERVICE
from gnuradio.rfattn_workshop.synthesis.scene_truth import Emission, Scene

DECODED = {
    "direwolf": "afsk1200",
    "multimon-ng-afsk1200": "afsk1200",
    "multimon-ng-pocsag": "pocsag",
    "dsdccx": "dmr",
    "rtl_433": "ook_srd",
    "readsb": "mode_s",
}
"""Entries of the shipped table, and the class that each decodes here."""
READ = ("ais", "afsk1200", "mode_s")
"""Classes whose frames are read here."""
RATE, RATES = 250e3, {"mode_s": 2.4e6}
"""Of a band, Hz; of those of some classes."""
DRAWN_S = {"mode_s": 1.0}
"""Of a band, where not all of it is drawn: the rest repeats it."""
SNR_DB = 25.0
_COUNTER = ("wc", "-c")
_BYTES = {"s16": 2, "cs16": 4}


@dataclass(frozen=True)
class Cost:
    """CPU seconds of this process and of its children; messages of what was decoded."""

    own_s: float
    children_s: float
    messages: list[dict]


class Messages(MessageSink):
    """Keeps what was decoded."""

    TOPICS = ("decoded",)

    def __init__(self):
        self.kept: list[dict] = []
        MessageSink.__init__(self)

    def _receive(self, topic: str, message: dict) -> None:
        self.kept.append(message)


class Path(gr.top_block):
    """Samples in real time → `signal_labeller`, and `emission_decoder` with one decoder or none.

    Args:
        contents: whether frames are read.
    """

    def __init__(self, samples, rate: float, decoder: Decoder | None = None, contents=False):
        gr.top_block.__init__(self, "decoder cost")
        takes = decoder is not None
        self.labeller = signal_labeller(
            rate,
            model=DEFAULT_EMISSION_MODEL,
            threads=1,
            samples=takes,
            contents=contents,
            real_time=True,
        )
        self.decoder = emission_decoder(content=True, policy="drop") if takes else None
        self.messages = Messages()
        self.connect(
            ArraySource(samples),
            blocks.throttle(gr.sizeof_gr_complex, rate, True, round(rate / 1000)),
            self.labeller,
        )
        if contents:
            self.msg_connect(self.labeller, "decoded", self.messages, "decoded")
        if takes:
            self.decoder.decoders = (decoder,)
            for topic in self.decoder.TOPICS:
                self.msg_connect(self.labeller, topic, self.decoder, topic)
            self.msg_connect(self.decoder, "decoded", self.messages, "decoded")

    def measure(self) -> Cost:
        """Runs to the end of the samples and of the programs."""
        before = _cpu_s()
        self.run()
        self.labeller.drain()
        if self.decoder is not None:
            self.decoder.close()
        self.messages.close()
        own_s, children_s = (after - b for after, b in zip(_cpu_s(), before, strict=True))
        for block in (self.labeller, self.decoder):
            if block is not None and block.error is not None:
                raise block.error
        return Cost(own_s, children_s, self.messages.kept)


def _cpu_s() -> tuple[float, float]:
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    own, children = (one.ru_utime + one.ru_stime for one in used)
    return own, children


class Band:
    """A band in which a class sends: its samples, and runs of the path on it by what was added."""

    def __init__(self, label: str, seconds: float, seed: int):
        self.label, self.rate, self.seconds = label, RATES.get(label, RATE), seconds
        emission = Emission(SERVICE + label, seed, self.rate / 12, SNR_DB)
        drawn_s = min(seconds, DRAWN_S.get(label, seconds))
        part, _ = render(Scene(drawn_s, seed, (emission,)), self.rate)
        self._samples = np.resize(part, round(seconds * self.rate))
        self.costs: dict[str, list[Cost]] = {}

    def run(self, name: str, **options) -> None:
        """Adds a run of the path."""
        cost = Path(self._samples, self.rate, **options).measure()
        self.costs.setdefault(name, []).append(cost)

    def cores(self, name: str, part: str = "own_s") -> float:
        """CPU seconds for a second of the band, the median of the runs."""
        return median(getattr(cost, part) for cost in self.costs[name]) / self.seconds

    def ratios(self, name: str, base: str) -> list[float]:
        """How many times the CPU seconds of this process with ``base``, by round."""
        pairs = zip(self.costs[name], self.costs[base], strict=True)
        return [one.own_s / other.own_s for one, other in pairs]

    def lines(self, name: str, source: str) -> list[str]:
        """The texts that a source sent in the first run."""
        sent = self.costs[name][0].messages
        return [message["text"] for message in sent if message["source"] == source]


def measure(
    names: list[str], labels: list[str], rounds: int, seconds: float, seed: int, quiet: bool
) -> dict[str, Band]:
    """The bands by class, with all runs.

    Args:
        names: entries of the shipped table; labels: classes whose frames are read.
        rounds: of all runs; seconds: of each band; seed: of the bands; quiet: shows no progress.
    """
    decoders = {entry.name: entry for entry in read_decoders() if entry.name in names}
    wanted = dict.fromkeys([*(DECODED[name] for name in names), *labels])
    bands = {label: Band(label, seconds, seed) for label in wanted}
    with Progress(quiet, rounds) as progress:
        for done in range(rounds):
            progress.show("rounds", done)
            for band in bands.values():
                band.run("labels")
            for name, decoder in decoders.items():
                counter = replace(decoder, name="wc", command=_COUNTER, lines="")
                bands[DECODED[name]].run(f"wc for {name}", decoder=counter)
                bands[DECODED[name]].run(name, decoder=decoder)
            for label in labels:
                bands[label].run("fields", contents=True)
    return bands


def decoder_rows(bands: dict[str, Band], names: list[str]) -> list[dict]:
    """A row for each entry of the shipped table."""
    decoders = {entry.name: entry for entry in read_decoders()}
    rows = []
    for name in names:
        band, decoder, counted = bands[DECODED[name]], decoders[name], f"wc for {name}"
        second = decoder.sample_rate * _BYTES[decoder.sample_format]
        octets = sum(map(int, band.lines(counted, "wc")))
        rows.append(
            {
                "class": band.label,
                "program": name,
                "fed": octets / second / band.seconds,
                "lines": len(band.lines(name, name)),
                "labels": band.cores("labels"),
                "hand_over": band.cores(counted),
                "ratios": band.ratios(counted, "labels"),
                "with_program": band.cores(name),
                "program_cores": band.cores(name, "children_s"),
            }
        )
    return rows


def field_rows(bands: dict[str, Band], labels: list[str]) -> list[dict]:
    """A row for each class whose frames are read."""
    return [
        {
            "class": label,
            "frames": len(bands[label].costs["fields"][0].messages),
            "without": bands[label].cores("labels"),
            "with": bands[label].cores("fields"),
            "ratios": bands[label].ratios("fields", "labels"),
        }
        for label in labels
    ]


def ratio_cell(row: dict) -> str:
    """The median of the ratios of the rounds, the lowest and the highest."""
    ratios = row["ratios"]
    return f"{median(ratios):.2f} {interval(min(ratios), max(ratios), '.2f')}"


def decoder_table(rows: list[dict]) -> str:
    """The rows of `decoder_rows` as a Markdown table."""
    columns = {
        "class": lambda r: r["class"],
        "entry": lambda r: r["program"],
        "s fed a second": lambda r: f"{r['fed']:.2f}",
        "lines": lambda r: r["lines"],
        "labels": lambda r: f"{r['labels']:.3f}",
        "and hand-over": lambda r: f"{r['hand_over']:.3f}",
        "ratio": ratio_cell,
        "with the program": lambda r: f"{r['with_program']:.3f}",
        "the program": lambda r: f"{r['program_cores']:.3f}",
    }
    return table_of(columns, rows)


def field_table(rows: list[dict]) -> str:
    """The rows of `field_rows` as a Markdown table."""
    columns = {
        "class": lambda r: r["class"],
        "frames": lambda r: r["frames"],
        "without fields": lambda r: f"{r['without']:.3f}",
        "with fields": lambda r: f"{r['with']:.3f}",
        "ratio": ratio_cell,
    }
    return table_of(columns, rows)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--decoders", nargs="*", choices=DECODED, default=list(DECODED))
    parser.add_argument("--fields", nargs="*", choices=READ, default=list(READ))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each band")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    chosen = parser.parse_args(argv)
    installed = {entry.name for entry in read_decoders() if entry.is_installed()}
    for name in chosen.decoders:
        if name not in installed:
            print(f"decoder_cost: {name} is left out: not installed", file=sys.stderr)
    names = [name for name in chosen.decoders if name in installed]
    bands = measure(names, chosen.fields, chosen.rounds, chosen.seconds, chosen.seed, chosen.quiet)
    if names:
        print(decoder_table(decoder_rows(bands, names)))
    if chosen.fields:
        print(field_table(field_rows(bands, chosen.fields)), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
