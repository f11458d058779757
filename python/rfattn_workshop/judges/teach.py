#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures how well a class is recognised that was taught with a few examples.

A device is one made-up transmitter with fixed settings. Each take of it is another part of what it
sends, behind another receiver and noise, in another place of the band. Some takes teach, the others
are labelled: with the name (found) or not. Emissions of all other classes come from a folder of
cut sets that taught the model nothing, and from the other devices of the class.

    teach CUTS --devices ook_srd fsk_srd --out results.json
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
from gnuradio.rfattn.emissions.decision import Decision, Verdict
from gnuradio.rfattn.recordings.front_end import CHANNEL_FRONT_END
from gnuradio.rfattn.reporting import Progress, table
from gnuradio.rfattn_station.cutting.cut import cut
from gnuradio.rfattn_station.cutting.cut_recording import LEAST_TOKENS, MOST_TOKENS
from gnuradio.rfattn_station.learning.cut_set import DIRECT, Cut, read_folder
from gnuradio.rfattn_station.learning.emission_report import observe
from gnuradio.rfattn_station.learning.fit_decision import Observed
from gnuradio.rfattn_station.learning.own_model import Network
from gnuradio.rfattn_station.learning.rehearsal import read_rehearsal
from gnuradio.rfattn_station.learning.teach import Example, teach
from gnuradio.rfattn_station.learning.truth import TrueEmission, labels_of

from ..flowgraph.cut_training import boxes_in_band
from ..synthesis.scene import render
from ..synthesis.scene_noise import Receiver
from ..synthesis.scene_signal import add_kinds, prepared_signal
from ..synthesis.scene_truth import Emission, Scene
from ..synthesis.services import SERVICES
from ..synthesis.training_receivers import receivers_for

DEVICES = ("ook_srd", "fsk_srd", "tpms", "zwave", "lora", "pocsag", "radiosonde", "dmr")
MOST_SAMPLES = 6_000_000
"""Samples of what a device sends in all, and of a take."""
SNR_DB = 8.0, 35.0
TAUGHT, TESTED = 6, 8
"""Takes of a device that may teach, and that are labelled."""
COUNTS = 2, 6
"""Examples that teach."""
NAME = "taught"


def parse(words=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("cuts", help="folder of cut sets that taught the model nothing")
    parser.add_argument("--model", default="emissions", help="(default: %(default)s)")
    parser.add_argument("--devices", nargs="+", default=DEVICES, choices=SERVICES, metavar="CLASS")
    parser.add_argument("--each", type=int, default=2, help="devices of a class (default: 2)")
    parser.add_argument("--seed", type=int, default=1, help="of the devices (default: 1)")
    parser.add_argument("--out", default="", help="JSON file for the figures")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    return parser.parse_args(words)


def main(words=None) -> int:
    arguments = parse(words)
    network = Network.load(arguments.model)
    takes = draw_devices(network, arguments)
    cuts, _ = read_folder(arguments.cuts, arguments.quiet)
    cuts = [one for one in cuts if len(one.tokens) >= network.shape.block_size]
    others = [one for one in observe(network.model, network.shape, cuts) if not one.is_piece]
    rows = measure(network, takes, others)
    print(table(list(rows[0]), [[text(value) for value in row.values()] for row in rows]), end="")
    if arguments.out:
        Path(arguments.out).write_text(json.dumps(rows, indent=1) + "\n")
    return 0


def text(value) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def draw_devices(network: Network, arguments) -> dict[tuple[str, int], list[Observed]]:
    """The takes of each device as the network shows them, by class and number. Takes in which the
    detector found no emission of it do not count; of twice as many at most."""
    found = {}
    names = [(label, number) for label in arguments.devices for number in range(arguments.each)]
    with Progress(arguments.quiet, len(names)) as progress:
        for done, (label, number) in enumerate(names, 1):
            seed, seen = 1000 * arguments.seed + number, []
            for k in range(2 * (TAUGHT + TESTED)):
                one = take(network, label, seed, k)
                seen += [] if one is None else [one]
                if len(seen) == TAUGHT + TESTED:
                    break
            found[label, number] = seen
            progress.show(f"{label} {number}", done)
    return found


def take(network: Network, label: str, seed: int, number: int) -> Observed | None:
    """The strongest emission of a device in one take."""
    rng = np.random.default_rng([seed, number, 5])
    kind = device(label, seed)
    width_hz = prepared_signal(kind, number, 0.05, "").width_hz
    receivers = [(rate, s) for rate, s in receivers_for(label) if rate * s <= MOST_SAMPLES]
    rate, seconds = receivers[rng.integers(len(receivers))]
    room = max(0.0, 0.9 * rate - width_hz) / 2
    emission = Emission(kind, number, float(rng.uniform(-room, room)), float(rng.uniform(*SNR_DB)))
    scene = Scene(seconds, 1000 * seed + number, (emission,), Receiver.draw(rng))
    samples, bursts = render(scene, rate)
    prepared_signal.cache_clear()
    true = [TrueEmission(label, boxes_in_band(bursts, rate))]
    emissions = cut(samples.astype(np.complex64), rate, CHANNEL_FRONT_END)
    labels = labels_of([one.boxes() for one in emissions], true)
    cuts = [
        Cut(label, kind, "test", DIRECT, kind, number, tokens[:MOST_TOKENS], facts=facts)
        for one, name in zip(emissions, labels, strict=True)
        if name == label
        for facts in (one.facts.to_dict(),)
        for tokens in one.segments
        if len(tokens) >= LEAST_TOKENS
    ]
    cuts.sort(key=lambda one: len(one.tokens))
    return observe(network.model, network.shape, cuts[-1:])[0] if cuts else None


_makers: dict[str, object] = {}


def device(label: str, seed: int) -> str:
    """The kind of a scene's emissions that are any part of what one device sends."""
    kind = f"{label} {seed}"
    if kind not in _makers:
        service = SERVICES[label]
        rate = service(np.random.default_rng([seed, 7]), 0.5).rate
        whole = service(np.random.default_rng([seed, 7]), min(60.0, MOST_SAMPLES / rate))
        _makers[kind] = lambda rng, seconds: part_of(whole, rng, seconds)
        add_kinds({kind: _makers[kind]})
    return kind


def part_of(whole, rng: np.random.Generator, seconds: float):
    """So many seconds of a signal, any with something on the air."""
    count = round(seconds * whole.rate)
    if count >= len(whole.samples):
        return whole
    start, end = whole.spans[rng.integers(len(whole.spans))]
    middle = int(rng.integers(start, end))
    first = int(np.clip(middle - rng.integers(count), 0, len(whole.samples) - count))
    kept = [k for k, (a, b) in enumerate(whole.spans) if b > first and a < first + count]
    spans = tuple(
        (max(whole.spans[k][0] - first, 0), min(whole.spans[k][1] - first, count)) for k in kept
    )
    centres = tuple(whole.centres[k] for k in kept) if whole.centres else whole.centres
    samples = whole.samples[first : first + count].copy()
    return replace(whole, samples=samples, spans=spans, centres=centres)


def measure(network: Network, takes, others: list[Observed]) -> list[dict]:
    """A row for each class and number of examples, and the means of all devices."""
    decision = replace(Decision.of_contract(network.contract), taught=())
    kept = read_rehearsal(network.path, network.model, network.names)
    before = [by_model(network, decision, one) for one in others]
    rows = []
    for count in COUNTS:
        found = defaultdict(list)
        for (label, number), own in takes.items():
            if len(own) <= TAUGHT:
                continue
            alike = [one for one in others if one.label == label]
            alike += [
                one
                for (name, other), ones in takes.items()
                if name == label and other != number
                for one in ones
            ]
            start = time.monotonic()
            lesson = lesson_of(network, decision, kept, own[:count])
            seconds = time.monotonic() - start
            taught = replace(decision, taught=(lesson.taught,))
            named = [share(network, taught, ones) for ones in (own[TAUGHT:], alike)]
            changed = [
                refine(network, taught, one, verdict).label == NAME
                for one, verdict in zip(others, before, strict=True)
            ]
            found[label].append([*named, float(np.mean(changed)), seconds])
        rows += [row_of(label, count, values) for label, values in found.items()]
        rows.append(row_of("all", count, [row for values in found.values() for row in values]))
    return rows


def row_of(label: str, count: int, values: list[list[float]]) -> dict:
    keys = ("found", "same class so called", "others so called", "seconds")
    means = dict(zip(keys, np.mean(values, axis=0).round(4).tolist(), strict=True))
    return {"class": label, "examples": count, "devices": len(values), **means}


def lesson_of(network: Network, decision: Decision, kept, examples: list[Observed]):
    named = [Example(str(k), replace(one, label=NAME)) for k, one in enumerate(examples)]
    return teach(network.names, decision, kept, named, [NAME])[0]


def share(network: Network, decision: Decision, seen: list[Observed]) -> float:
    """Share of emissions that get the taught name."""
    labels = [
        refine(network, decision, one, by_model(network, decision, one)).label for one in seen
    ]
    return float(np.mean([label == NAME for label in labels]))


def refine(network: Network, decision: Decision, one: Observed, verdict: Verdict) -> Verdict:
    return decision.refine(verdict, network.names, one.logs, one.facts)


def by_model(network: Network, decision: Decision, one: Observed) -> Verdict:
    return decision.judge(network.names, one.logs, one.facts)[1]


if __name__ == "__main__":
    raise SystemExit(main())
