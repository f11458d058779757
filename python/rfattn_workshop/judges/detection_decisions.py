#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each decision of emission_detector is worth: the scores without it, less those with it.

detection_decisions [--decisions NAME ...] [--scenes 16] [--cache DIR] [--faults lines]
                    [--recordings DIR] [--jobs 2] [--out detection_decisions]

Own scenes are drawn as detection.py draws them, and with a neighbour 40 dB stronger; a cache has
the scenes that detection_foreign.py made of other projects' transmitters; recordings are scored by
the boxes of their annotations, where these have edges, and by the number of emissions found.
--faults repeats the scenes with what a receiver may add: lines that stay, or clipped peaks. A
decision that never applied in a scene cannot change it, so that scene is not run again without it.
Writes OUT.json and OUT.md.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import itertools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gnuradio import rfattn
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.labelled_folder import find_recordings
from gnuradio.rfattn.recordings.recording import Recording
from gnuradio.rfattn.reporting import Progress, table

from ..synthesis.scene import BAND_HZ, Burst, draw_scene, render
from .air.transmitters import TRANSMITTERS
from .finding import detection_score
from .finding.detection_cells import DURATION_S, RATE
from .finding.detection_flowgraph import boxes_of, find_emissions, flagged
from .finding.detection_measures import has_boxes, true_boxes
from .foreign import foreign_scenes
from .harness import (
    add_report_options,
    headline,
    opening,
    parser_of,
    run_all,
    text_of,
    write_report,
)

METRICS = ("recall 0.5", "recall 0.3", "ids", "false /s/MHz")
FIRST_SEED = 2000
SNRS = (3.0, 10.0, 20.0)
FAULTS = ("lines", "clipped")
LINES, LINE_LEVEL = 3, 0.3
"""Lines in a band, and their amplitude over that of the noise."""
CLIPPED = 0.02
"""Share of the samples beyond full scale."""
NARROW_RATE = 200e3
"""Recordings of a lower rate are those of short wave, with a source of their own."""


@dataclass(frozen=True)
class Scene:
    """Samples with a source that the table has a column for."""

    source: str
    seed: int = 0
    snr_db: float = 0.0
    path: str = ""
    cache: str = ""
    fault: str = ""

    @property
    def column(self) -> str:
        """Name of the scenes that it is one of."""
        return f"{self.source}, {self.fault}" if self.fault else self.source

    def load(self) -> tuple[np.ndarray, float, list[Burst], float]:
        """Samples, rate, true bursts, and seconds times MHz, of a scene that was made."""
        if self.source in ("own", "strong"):
            kinds, strong = tuple(TRANSMITTERS), self.source == "strong"
            scene = draw_scene(self.seed, snr_db=self.snr_db, kinds=kinds, strong=strong)
            samples, bursts = render(scene, RATE)
            return self.spoil(samples), RATE, bursts, BAND_HZ / 1e6 * DURATION_S
        scene = foreign_scenes.ForeignScene(
            self.source, self.seed, self.snr_db, 4e6, 1.0, Path(self.cache), sys.executable
        )
        samples, bursts = foreign_scenes.load(scene)
        return self.spoil(samples), scene.rate, bursts, scene.rate / 1e6 * scene.seconds

    def spoil(self, samples: np.ndarray) -> np.ndarray:
        """Adds the fault to complex64 samples."""
        if self.fault == "lines":
            rng = np.random.default_rng(self.seed)
            noise = np.sqrt(np.median(np.abs(samples) ** 2) / np.log(2))
            turns = np.outer(rng.uniform(-0.45, 0.45, LINES), np.arange(len(samples)))
            return samples + (LINE_LEVEL * noise * np.exp(2j * np.pi * turns).sum(0)).astype("c8")
        if self.fault == "clipped":
            parts = samples / np.quantile(np.abs(samples), 1 - CLIPPED)
            return np.clip(parts.view(np.float32), -1, 1).view(np.complex64)
        return samples


def parse(arguments) -> argparse.Namespace:
    parser = parser_of(__doc__)
    names = sorted(rfattn.emission_detector(RATE).decided())
    add = parser.add_argument
    add("--decisions", nargs="+", default=names, choices=names, metavar="NAME", help="to leave out")
    add("--scenes", type=int, default=16, help="own scenes at each SNR")
    add("--snr", type=float, nargs="+", default=SNRS, metavar="DB", help="SNRs of own scenes")
    add("--cache", type=Path, metavar="DIR", help="scenes of detection_foreign.py")
    add("--foreign", type=int, default=16, help="foreign scenes of each generator and SNR, at most")
    add("--faults", nargs="*", default=[], choices=FAULTS, help="of a receiver")
    add("--recordings", nargs="*", default=[], metavar="DIR", help="labelled folders")
    add_report_options(parser, "detection_decisions")
    return parser.parse_args(arguments)


def scenes_of(options) -> Iterator[Scene]:
    """All scenes that the options name."""
    for fault in ("", *options.faults):
        for scene in _made_scenes(options):
            yield dataclasses.replace(scene, fault=fault)
    for entry in itertools.chain.from_iterable(map(find_recordings, options.recordings)):
        recording = open_recording(entry.path)
        if not recording.is_real and recording.sample_rate:
            is_narrow = recording.sample_rate < NARROW_RATE
            yield Scene("narrow recordings" if is_narrow else "recordings", path=str(entry.path))


def _made_scenes(options) -> Iterator[Scene]:
    for seed, snr in itertools.product(range(options.scenes), options.snr):
        yield Scene("own", FIRST_SEED + seed, snr)
    for seed in range(options.scenes):
        yield Scene("strong", FIRST_SEED + seed, 10.0)
    for path in sorted(options.cache.glob("*.json")) if options.cache else ():
        source, seed, snr, rate, seconds = path.stem.split("_")
        if int(seed) < options.foreign and (rate, seconds) == ("4000000", "1s"):
            yield Scene(source, int(seed), float(snr[:-2]), cache=str(options.cache))


def measure(scene: Scene, decisions: Sequence[str], find=find_emissions) -> dict[str, dict]:
    """The sums of a scene by what was left out ("": nothing), and how often each applied.

    Args:
        find: stands for `find_emissions` in tests.
    """
    if scene.path:
        recording = open_recording(scene.path)
        samples, rate = recording.samples(), recording.sample_rate
        score = functools.partial(_sums_of_recording, recording)
    else:
        samples, rate, bursts, exposure = scene.load()
        score = functools.partial(_sums_of_scene, bursts, rate, exposure)

    def sums(without: Sequence[str]) -> tuple[dict, dict]:
        counts: dict[str, int] = {}
        found = find(samples, rate, without=without, counts=counts)
        return score(found), counts

    base, counts = sums(())
    out = {"": base, "counts": counts}
    for name in decisions:
        out[name] = sums((name,))[0] if counts[name] else base
    return out


def _sums_of_scene(bursts: Sequence[Burst], rate: float, exposure: float, found) -> dict:
    boxes = boxes_of(found)
    scored = detection_score.score_scene(bursts, rate, boxes, flagged(found), exposure)
    return scored["sums"]["all"]


def _sums_of_recording(recording: Recording, found) -> dict:
    own = {"ids": (float(len(found)), 1.0)}
    if not has_boxes(recording):
        return own
    result = detection_score.score(true_boxes(recording), boxes_of(found))
    n = float(len(result.iou))
    for least in (0.3, 0.5):
        own[f"recall {least}"] = (float((result.iou >= least).sum()), n)
    return own


def differences(
    results: Sequence[dict], name: str, metric: str, draws: np.ndarray
) -> list[float] | None:
    """Metric without a decision less that with it, and the ends of its 95 % interval."""
    pairs = np.zeros((len(results), 4))
    for i, result in enumerate(results):
        if metric in result[""] and metric in result[name]:
            pairs[i] = (*result[name][metric], *result[""][metric])
    return detection_score.interval(pairs, draws)


def run(options: argparse.Namespace, find=find_emissions) -> dict:
    """Every decision on every source."""
    scenes = list(scenes_of(options))
    work = functools.partial(measure, decisions=options.decisions, find=find)
    results: dict[str, list[dict]] = {}
    with Progress(options.quiet, total=len(scenes)) as progress:
        found = run_all(
            work,
            scenes,
            options.jobs,
            progress.show,
            lambda scene: f"{scene.column} {Path(scene.path).name}",
        )
    for scene, result in zip(scenes, found, strict=True):
        results.setdefault(scene.column, []).append(result)
    report = {
        **opening("detection_decisions.py"),
        "scenes": {source: len(own) for source, own in results.items()},
        "base": {},
        "decisions": {name: {} for name in options.decisions},
    }
    for source, own in results.items():
        draws = np.random.default_rng(0).integers(0, len(own), (1000, len(own)))
        report["base"][source] = {
            metric: value
            for metric in METRICS
            if (value := detection_score.ratio([r[""].get(metric) for r in own])) is not None
        }
        for name in options.decisions:
            report["decisions"][name][source] = {
                "times": sum(r["counts"][name] for r in own),
                **{m: differences(own, name, m, draws) for m in METRICS},
            }
    return report


def to_markdown(report: dict) -> str:
    """A table by decision; a cell has what the metric rises by without it."""
    sources = list(report["base"])
    columns = [
        (source, metric)
        for source in sources
        for metric in METRICS
        if metric in report["base"][source]
    ]
    base = ["(all made)", "", *(f"{report['base'][s][m]:.3f}" for s, m in columns)]
    rows = [base]
    for name, by_source in report["decisions"].items():
        times = "/".join(str(by_source[s]["times"]) for s in sources)
        rows.append([name, times, *(_cell(by_source[s][m]) for s, m in columns)])
    scenes = ", ".join(f"{n} {source}" for source, n in report["scenes"].items())
    return text_of(
        [
            headline("What each decision is worth", report),
            f"Scenes: {scenes}. A cell has the metric without the decision less the metric with "
            "it, and its 95 % interval from drawing the scenes again; it is empty where nothing "
            "changes.",
            table(["decision", "applied", *(f"{s}: {m}" for s, m in columns)], rows),
        ]
    )


def _cell(values: list[float] | None) -> str:
    if values is None or not any(values):
        return ""
    value, low, high = values
    return f"{value:+.3f} ({low:+.3f} to {high:+.3f})"


def main() -> None:
    options = parse(None)
    report = run(options)
    write_report(options.out, report, to_markdown(report))


if __name__ == "__main__":
    main()
