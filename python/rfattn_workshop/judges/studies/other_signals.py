# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the running path finds of signals of the benchmark's own generator, kept for all models.

Detector and extractor do not depend on the model, so bands are made, searched and cut once. Each
model then labels the same emissions, and the rows that a user would see are counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn_station.cutting.cut import CutEmission, cut
from gnuradio.rfattn_station.cutting.cut_recording import LEAST_TOKENS, MOST_TOKENS
from gnuradio.rfattn_station.learning.cut_set import DIRECT, Cut, read_cuts, write_cuts

from ...flowgraph.cut_training import boxes_in_band
from ...synthesis.scene import render
from ...synthesis.scene_signal import prepared_signal
from ...synthesis.scene_truth import Burst
from ..naming.labels_everyday import SECONDS, SNR_DB, draw_scenes
from ..naming.labels_kinds import Kind, own_kinds, own_strangers
from ..naming.labels_rows import Row, TrueSignal, main_row
from ..naming.labels_scenes import Drawn
from ..naming.labels_strangers import draw_one

RATE = 2.4e6
"""Of the receiver of signals of classes, Hz."""
_SEED, _FIRST_STRANGER = 44, 2_000_000
"""Seeds that neither training nor the benchmark of labels uses."""


@dataclass(frozen=True)
class Scene:
    """A band, by what is on the air in it and what was found.

    Attributes:
        has_classes: signals of classes; False: strangers, which should get no name.
        signals: name, right classes, right families and the number of the main row, or None.
        rows: of its table; numbers of the cuts of each in `OtherSignals.cuts`.
    """

    has_classes: bool
    signals: list[dict]
    rows: list[list[int]]


@dataclass(frozen=True)
class OtherSignals:
    """The scenes, and one cut for each segment that was cut out."""

    scenes: list[Scene]
    cuts: list[Cut]

    @classmethod
    def read(
        cls, folder: Path, rounds: int, front_end: FrontEnd, show: Callable[[str], None]
    ) -> OtherSignals:
        """Those in a folder if they are of as many rounds; otherwise they are made and kept there.

        Args:
            rounds: how often each kind of signals is on the air alone, and with another one.
            show: called with a line of progress.
        """
        about, tokens = folder / f"signals_{rounds}.json", folder / f"signals_{rounds}.npz"
        if not about.exists():
            made = _make(rounds, front_end, show)
            folder.mkdir(parents=True, exist_ok=True)
            write_cuts(tokens, made.cuts, front_end)
            replace_file(about, json.dumps([vars(scene) for scene in made.scenes]) + "\n")
        scenes = [Scene(**fields) for fields in json.loads(about.read_text(encoding="utf-8"))]
        return cls(scenes, read_cuts(tokens)[0])


def _make(rounds: int, front_end: FrontEnd, show: Callable[[str], None]) -> OtherSignals:
    scenes, cuts = [], []
    for has_classes, drawn in _drawn(rounds):
        show(f"finding {' and '.join(kind.name for kind in drawn.kinds)}")
        samples, bursts = render(drawn.scene, drawn.rates[0])
        found = [
            one
            for one in cut(np.ascontiguousarray(samples, np.complex64), drawn.rates[0], front_end)
            if not one.record.latest.is_sideband
        ]
        rows = [Row(None, tuple(one.boxes())) for one in found]
        signals = [
            _signal(kind, [b for b in bursts if b.emission == k], drawn.rates[0], rows)
            for k, kind in enumerate(drawn.kinds)
        ]
        numbers = []
        for number, one in enumerate(found):
            segments = _cuts(one, len(scenes), number)
            numbers.append(list(range(len(cuts), len(cuts) + len(segments))))
            cuts += segments
        scenes.append(Scene(has_classes, signals, numbers))
        prepared_signal.cache_clear()  # the next scene has other signals
    return OtherSignals(scenes, cuts)


def _drawn(rounds: int) -> Iterator[tuple[bool, Drawn]]:
    """The scenes, and whether their signals are of classes."""
    for _, drawn in draw_scenes(own_kinds(), rounds, _SEED, [RATE], SECONDS, SNR_DB):
        if drawn is not None:
            yield True, drawn
    for number in range(rounds):
        for k, kind in enumerate(own_strangers()):
            drawn = draw_one(kind, _FIRST_STRANGER + 100 * number + k)
            if drawn is not None:
                yield False, drawn


def _signal(kind: Kind, bursts: Sequence[Burst], rate: float, rows: Sequence[Row]) -> dict:
    """An element of `Scene.signals`."""
    true = TrueSignal(kind.name, kind.right, kind.families, boxes_in_band(bursts, rate))
    main = main_row(rows, true)
    number = next((k for k, row in enumerate(rows) if row is main), None)
    fields = {"name": kind.name, "right": sorted(kind.right), "families": sorted(kind.families)}
    return fields | {"main": number}


def _cuts(found: CutEmission, scene: int, number: int) -> list[Cut]:
    """The segments of an emission that hold a step, as those of training are kept."""
    about = ("", f"scene {scene}", "test", DIRECT, "", number)
    return [
        Cut(*about, segment[:MOST_TOKENS].astype(np.float16), facts=found.facts.to_dict())
        for segment in found.segments
        if len(segment) >= LEAST_TOKENS
    ]
