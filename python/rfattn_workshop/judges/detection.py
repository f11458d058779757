#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How well emission_detector finds emissions, beside three other rules on the same scenes.

detection [--scenes 100] [--jobs 2] [--out detection] [--rates] [--strong] [--noise]
          [--floors N] [--receivers N] [--latency] [--cpu] [--recordings DIR] [--without NAME]

Scenes of 2 s are drawn for each SNR; the settings of the other rules are tuned on scenes of their
own. Every other option adds a part. Writes OUT.json and OUT.md; with --pictures also the first
scene of each SNR and the recordings, with true and found boxes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from gnuradio.rfattn.reporting import Progress

from ..synthesis.scene_recordings import usable, usable_noise
from .finding import detection_cells as cells
from .finding import detection_report
from .finding.detection_cells import OWN, Task
from .harness import add_report_options, opening, parser_of, write_report

SNRS = (-3.0, 0.0, 3.0, 6.0, 10.0, 15.0, 20.0, 30.0)
RATES = (2.4e6, 4e6, 10e6, 20e6)
RULES = ("plain", "inspector", "lad")
FIRST_SEED = 1000


def parse(arguments) -> argparse.Namespace:
    parser = parser_of(__doc__)
    add = parser.add_argument
    add("--scenes", type=int, default=100, help="scenes of each cell, 0 for none")
    add("--snr", type=float, nargs="+", default=SNRS, metavar="DB", help="SNRs of the cells")
    add("--rules", nargs="*", default=RULES, choices=RULES, help="other rules to run")
    add("--rate", type=float, default=cells.RATE, metavar="HZ", help="rate of the cells")
    add("--rates", action="store_true", help="the same scenes at 2.4, 4, 10 and 20 MS/s")
    add("--strong", action="store_true", help="with and without a neighbour 40 dB stronger")
    add("--noise", type=float, default=0, metavar="S", help="seconds of noise of each kind")
    add("--floors", type=int, default=0, metavar="N", help="seeds of each receiver's noise floor")
    add("--receivers", type=int, default=0, metavar="N", help="drawn receivers, 30 s of noise each")
    add("--latency", action="store_true", help="time to the first message")
    add("--cpu", action="store_true", help="CPU time with 20 live emissions, and of an idle band")
    add("--recordings", nargs="*", default=[], metavar="DIR", help="real recordings with edges")
    add(
        "--cut-from",
        nargs="*",
        default=[],
        metavar="DIR",
        help="labelled folders: half of the emissions of the cells, and the noise, come from them",
    )
    add("--without", nargs="*", default=[], metavar="NAME", help="decisions that are left out")
    add("--pictures", metavar="DIR", help="draw boxes on spectrograms")
    add_report_options(parser, "detection")
    return parser.parse_args(arguments)


def run(options: argparse.Namespace, find=None) -> dict:
    """All parts that the options name."""
    report = opening("detection.py")
    with Progress(options.quiet) as progress:
        if options.scenes:
            report |= measure_cells(options, progress.show, find)
        if options.rates:
            report["rates"] = measure_rates(options, progress.show, find)
        if options.strong:
            report["strong"] = measure_strong(options, progress.show, find)
        report |= _measure_others(options, progress.show, find)
    return report


def _seeds(options, count: int | None = None) -> range:
    return range(FIRST_SEED, FIRST_SEED + (count or max(options.scenes, 1)))


def measure_cells(options, progress, find=None) -> dict:
    """Every detector at every SNR."""
    tuned = {
        rule: cells.tune(rule, options.jobs, progress, sample_rate=options.rate)
        for rule in options.rules
    }
    common = {
        "sample_rate": options.rate,
        "recordings": usable(options.cut_from),
        "noise": usable_noise(options.cut_from),
        "detectors": ((OWN, None), *tuned.items()),
    }
    added = cells.run_cells(
        _seeds(options),
        [common | {"snr_db": snr} for snr in options.snr],
        options.jobs,
        progress,
        find,
    )
    return {
        "cells": [
            {"snr_db": snr, "detectors": sums} for snr, sums in zip(options.snr, added, strict=True)
        ],
        "tuned": {rule: vars(settings) for rule, settings in tuned.items()},
    }


def measure_rates(options, progress, find=None) -> list[dict]:
    """The detector on the same scenes at every rate."""
    tried = [{"snr_db": 10.0, "sample_rate": rate} for rate in RATES]
    added = cells.run_cells(_seeds(options), tried, options.jobs, progress, find)
    return [{"rate": rate, **sums[OWN]} for rate, sums in zip(RATES, added, strict=True)]


def measure_strong(options, progress, find=None) -> dict[str, dict]:
    """The detector beside a strong neighbour, and in the same scenes without its strength."""
    names = ("without", "with")
    tried = [{"snr_db": 10.0, "sample_rate": options.rate, "strong": name} for name in names]
    added = cells.run_cells(_seeds(options), tried, options.jobs, progress, find)
    return {name: sums[OWN] for name, sums in zip(names, added, strict=True)}


def _measure_others(options, progress, find) -> dict:
    """Noise, latency, CPU and recordings, in this process."""
    from .finding import detection_measures as measures

    find = find or measures.find_emissions
    report: dict = {}
    if options.noise:
        kinds = {
            "white": measures.noise_scenes(options.noise, options.rate, False),
            "receivers": measures.noise_scenes(options.noise, options.rate, True),
            "recordings": measures.noise_recordings(options.recordings),
        }
        progress("noise", 0)
        report["noise"] = {
            name: measures.false_emissions(pieces, find) for name, pieces in kinds.items()
        }
    if options.floors:
        from .finding import detection_floors

        seeds = _seeds(options, options.floors)
        report["floors"] = detection_floors.measure_floors(seeds, options.rate, progress, find)
    if options.receivers:
        from .finding import detection_floors

        seeds = range(options.receivers)
        report["receivers"] = detection_floors.measure_receivers(seeds, options.jobs, progress)
    if options.latency:
        progress("latency", 0)
        seeds = _seeds(options, min(max(options.scenes, 1), 20))
        report["latency"] = [
            measures.measure_latency(seeds, snr, options.rate, find) for snr in (6.0, 10.0, 20.0)
        ]
    if options.cpu:
        progress("CPU", 0)
        report["cpu"] = [measures.measure_cpu(rate, 20) for rate in (2.4e6, 20e6)]
        report["idle"] = measures.measure_idle()
    if options.recordings:
        progress("recordings", 0)
        report["recordings"] = {
            name: measures.score_recording(recording, find)
            for name, recording in measures.boxed_recordings(options.recordings)
        }
    return report


def draw_pictures(options) -> None:
    """The first scene of each SNR, and the recordings, as PNG."""
    from ..synthesis.scene import render
    from .finding import detection_flowgraph, detection_picture
    from .finding import detection_measures as measures

    folder = Path(options.pictures)
    folder.mkdir(parents=True, exist_ok=True)
    for snr in options.snr:
        samples, bursts = render(Task(FIRST_SEED, snr).scene(), options.rate)
        found = detection_flowgraph.find_emissions(samples, options.rate)
        detection_picture.draw(
            folder / f"scene_{snr:g}dB.png",
            samples,
            options.rate,
            [b.box(options.rate) for b in bursts],
            detection_flowgraph.boxes_of(found),
            f"{snr:g} dB",
            [b.kind for b in bursts],
        )
    for name, recording in measures.boxed_recordings(options.recordings):
        samples = recording.samples()
        found = detection_flowgraph.find_emissions(samples, recording.sample_rate)
        detection_picture.draw(
            folder / f"{Path(name).stem}.png",
            samples,
            recording.sample_rate,
            measures.true_boxes(recording),
            detection_flowgraph.boxes_of(found),
            name,
            [a.label for a in recording.annotations],
        )


def find_without(decisions):
    """The detector without some of its decisions; None for all, which any process can import."""
    if not decisions:
        return None
    from .finding import detection_flowgraph

    try:
        return detection_flowgraph.find_without(decisions)
    except ValueError as error:
        raise SystemExit(f"detection.py: --without: {error}") from None


def main() -> None:
    options = parse(None)
    report = run(options, find_without(options.without))
    write_report(options.out, report, detection_report.to_markdown(report))
    if options.pictures:
        draw_pictures(options)


if __name__ == "__main__":
    main()
