# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The air of one station: what other projects send, through a receiver that is always the same."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from gnuradio.rfattn.emissions.evidence import Facts
from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn.recordings.front_end import CHANNEL_FRONT_END
from gnuradio.rfattn_station.cutting.cut import CutEmission, cut
from gnuradio.rfattn_station.cutting.cut_recording import LEAST_TOKENS, MOST_TOKENS
from gnuradio.rfattn_station.learning.cut_set import DIRECT, Cut
from gnuradio.rfattn_station.learning.emission_report import observe
from gnuradio.rfattn_station.learning.fit_decision import Observed
from gnuradio.rfattn_station.learning.own_model import Network
from gnuradio.rfattn_station.learning.rehearsal import network_sum

from ..foreign.labels_foreign_receiver import Chain, at_rate, choose_rate, place, receive
from ..foreign.labels_foreign_scenes import Received, Take, carrier_of, load, true_signal
from ..foreign.labels_foreign_sender import Rng
from ..naming.labels_rows import Row, main_row

SNR_DB = 8.0, 25.0
_PPM = 5.0, 40.0
_LINES = 3, 6
_LINE_DB = -40.0, -15.0
"""Power of a spurious line over the noise in the whole band."""


@dataclass(frozen=True)
class Station:
    """A receiver with its own filter, converter and lines, and a crystal that is off."""

    seed: int
    chain: Chain
    ppm: float
    """By which its sample rate and its frequencies are too high."""

    @classmethod
    def draw(cls, seed: int) -> Station:
        rng = np.random.default_rng([seed, 53])
        chain = Chain.draw(rng)
        lines = tuple(_line(rng) for _ in range(rng.integers(*_LINES, endpoint=True)))
        ppm = float(rng.choice([-1, 1]) * rng.uniform(*_PPM))
        return cls(seed, replace(chain, lines=lines), ppm)

    def receive(self, take: Take, cache: Path) -> Received | None:
        """The signal of a take alone in a band; None: no rate shows it."""
        rng = np.random.default_rng(take.seed(3))
        made = load(take, cache)
        rate = choose_rate(rng, made, take.sender.channel_hz)
        if rate is None:
            return None
        off = 1.0 + 1e-6 * self.ppm
        signal = at_rate(made, rate * off)
        (middle,) = place(rng, [signal], rate)
        carrier, snr_db = carrier_of(rng, take.sender), float(rng.uniform(*SNR_DB))
        samples, (boxes,) = receive(rng, [signal], [snr_db], [middle], rate, carrier, self.chain)
        true = (true_signal(take.sender, boxes),)
        return Received(samples, rate, (carrier - middle) / off, true)


def _line(rng: Rng) -> tuple[float, complex]:
    level_db, turn = rng.uniform(*_LINE_DB), rng.random()
    return float(rng.uniform(-0.45, 0.45)), 10 ** (level_db / 20) * np.exp(2j * np.pi * turn)


def observed_of(take: Take, station: Station, network: Network, cache: Path) -> Observed | None:
    """What a network makes of the main emission of a take, by the longest segment; None: there is
    none of at least `LEAST_TOKENS`. The folder keeps it for this station and network."""
    folder = cache / f"station_{station.seed}_{network_sum(network.model)[:16]}"
    path = folder / f"{take.path(cache).stem}.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        found = _observe(take, station, network, cache)
        replace_file(path, json.dumps(None if found is None else _to_dict(found)))
    stored = json.loads(path.read_text())
    if stored is None:
        return None
    return Observed(UNKNOWN, np.array(stored["logs"]), Facts.from_dict(stored["facts"]))


def _to_dict(one: Observed) -> dict:
    rate = one.facts.symbol_rate
    facts = replace(one.facts, symbol_rate=None if rate is None else float(rate))
    return {"logs": one.logs.tolist(), "facts": facts.to_dict()}


def _observe(take: Take, station: Station, network: Network, cache: Path) -> Observed | None:
    received = station.receive(take, cache)
    if received is None:
        return None
    emission = _main(received)
    segments = [] if emission is None else emission.segments
    tokens = max(segments, key=len, default=())
    if len(tokens) < LEAST_TOKENS:
        return None
    boxes = emission.boxes()
    middle = received.frequency + (boxes[0].freq_lower + boxes[0].freq_upper) / 2
    facts = replace(emission.facts, frequency_hz=middle).to_dict()
    about = UNKNOWN, take.name, "test", DIRECT, take.name, 0
    return observe(network.model, network.shape, [Cut(*about, tokens[:MOST_TOKENS], facts=facts)])[
        0
    ]


def _main(received: Received) -> CutEmission | None:
    """The emission that is the row of the signal."""
    found = cut(received.samples, received.rate, CHANNEL_FRONT_END)
    rows = {
        id(row): (row, one)
        for one in found
        if not one.record.latest.is_sideband
        for row in [Row(None, tuple(one.boxes()))]
    }
    main = main_row([row for row, _ in rows.values()], received.true[0])
    return None if main is None else rows[id(main)][1]
