# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes bands with one or two emissions of given kinds, and labels them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from gnuradio.rfattn.recordings.labelled_folder import OTHER
from gnuradio.rfattn_station.learning.truth import TrueEmission, labels_of

from ...flowgraph.cut_training import boxes_in_band
from ...synthesis.scene import render
from ...synthesis.scene_noise import Receiver
from ...synthesis.scene_signal import prepared_signal
from ...synthesis.scene_truth import Emission, Scene, bursts_of
from .labels_kinds import Kind
from .labels_path import Labeller, boxes_of
from .labels_rows import RowCounts, TrueSignal, rows_of
from .labels_score import Answer, decide

SHARE = 0.9
"""Share of a receiver's band in which emissions lie."""
DC_HZ = 5e3
"""A narrow emission keeps this far from the spike at 0 Hz."""
_NARROW_HZ = 50e3
_MOST_SAMPLES = 6_000_000
"""Samples of a signal at its own rate; wider signals last shorter."""
_LEAST_PRODUCT = 100.0
"""Time on the air times width below which a signal is drawn anew."""
_PROBE_S = 0.05
_TRIES = 20


@dataclass(frozen=True)
class Drawn:
    """A scene, its kinds, and the rates whose bands hold it."""

    scene: Scene
    kinds: tuple[Kind, ...]
    rates: tuple[float, ...]


@dataclass
class Stray:
    """Found emissions that are no true one."""

    spurious: int = 0
    """On none of the true ones."""
    spurious_labelled: int = 0
    pieces: int = 0
    """Parts of a true one, or two joined."""
    pieces_labelled: int = 0
    examples: list[str] = field(default_factory=list)

    def add(self, label: str | None, is_spurious: bool) -> None:
        is_labelled = label not in (None, "unknown")
        if is_spurious:
            self.spurious += 1
            self.spurious_labelled += is_labelled
        else:
            self.pieces += 1
            self.pieces_labelled += is_labelled


def bearable_s(kind: str, seed: int, seconds: float) -> float:
    """So many seconds of a signal, or fewer of one whose own rate is high."""
    rate = prepared_signal(kind, seed, _PROBE_S, "").signal.rate
    return min(seconds, max(0.1, round(_MOST_SAMPLES / rate, 2)))


def draw(
    kinds: Sequence[Kind], seed: int, rates: Sequence[float], seconds: float, snr_db: float
) -> Drawn | None:
    """Draws a scene with an emission of each kind, at the same place for every rate.

    Args:
        kinds: one or two.
        seed: the same gives the same scene.
        rates: of receivers, Hz. Those that are too narrow are left out; the emissions lie in the
            band of the narrowest that remains.
        seconds: length; less where a signal has a high rate.
        snr_db: of each emission in its occupied band.

    Returns:
        None where no receiver holds the emissions.
    """
    rng = np.random.default_rng([seed, 53])
    for _ in range(_TRIES):
        emissions = [Emission(k.kind, int(rng.integers(2**31)), 0.0, snr_db) for k in kinds]
        length = min(bearable_s(e.kind, e.seed, seconds) for e in emissions)
        bands = [_band_of(e, length) for e in emissions]
        if None not in bands:
            break
    else:
        return None
    width = sum(high - low for low, high in bands)
    fitting = tuple(rate for rate in rates if width * (1 + 0.1 * (len(bands) - 1)) <= SHARE * rate)
    if not fitting:
        return None
    centres = _place(rng, bands, SHARE * min(fitting))
    placed = tuple(replace(e, centre_hz=c) for e, c in zip(emissions, centres, strict=True))
    return Drawn(Scene(length, seed, placed, Receiver.draw(rng)), tuple(kinds), fitting)


def _band_of(emission: Emission, seconds: float) -> tuple[float, float] | None:
    """Edges of the band that all bursts take, in Hz from the centre; None: hardly on the air."""
    bursts = bursts_of(emission, 0, seconds)
    if sum(b.time_bandwidth for b in bursts) < _LEAST_PRODUCT:
        return None
    return min(b.freq_lower for b in bursts), max(b.freq_upper for b in bursts)


def _place(rng, bands: Sequence[tuple[float, float]], span: float) -> list[float]:
    """A centre for each band, so that all lie beside each other within ``span``."""
    widths = [high - low for low, high in bands]
    for _ in range(_TRIES):
        order = rng.permutation(len(bands))
        gaps = rng.dirichlet(np.ones(len(bands) + 1)) * (span - sum(widths))
        at, centres = -span / 2, [0.0] * len(bands)
        for gap, k in zip(gaps, order, strict=False):
            at += gap
            centres[k] = float(at - bands[k][0])
            at += widths[k]
        if all(gaps[1:-1] > 0.1 * min(widths)) and all(
            _is_clear(low + c, high + c) for (low, high), c in zip(bands, centres, strict=True)
        ):
            break
    return centres


def _is_clear(low: float, high: float) -> bool:
    """Whether a band is wide, or lies beside the receiver's spike."""
    return high - low >= _NARROW_HZ or low > DC_HZ or high < -DC_HZ


def label_scene(
    labeller: Labeller,
    drawn: Drawn,
    rate: float,
    rows: RowCounts,
    stray: Stray | None = None,
) -> list[Answer]:
    """The answer for each emission of a scene at a rate.

    Args:
        rows: counts the rows of the table.
        stray: counts what else was found.
    """
    samples, bursts = render(drawn.scene, rate)
    true = [
        TrueEmission(str(k), boxes_in_band([b for b in bursts if b.emission == k], rate))
        for k in range(len(drawn.kinds))
    ]
    records = labeller.label(samples, rate)
    places = labels_of([boxes_of(r, len(samples)) for r in records], true)
    if stray is not None:
        for record, place in zip(records, places, strict=True):
            if place in (None, OTHER):
                stray.add(record.latest.label, place == OTHER)
    signals = [
        TrueSignal(k.name, k.right, k.families, tuple(t.bursts))
        for k, t in zip(drawn.kinds, true, strict=True)
    ]
    rows.add_scene(rows_of(records, len(samples)), signals)
    found = [[r for r, p in zip(records, places, strict=True) if p == t.label] for t in true]
    return [
        Answer(k.name, k.right, k.families, decide(mine, len(samples), labeller.decision))
        for k, mine in zip(drawn.kinds, found, strict=True)
    ]
