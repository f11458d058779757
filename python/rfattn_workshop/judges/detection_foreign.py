#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""How well emission_detector finds signals that other projects make: TorchSig and GNU Radio.

detection_foreign --cache DIR [--torchsig-python PYTHON] [--scenes 20] [--jobs 2]
                  [--pictures DIR] [--out detection_foreign]

TorchSig 2.2 needs a virtual environment; docs/detection.md has the commands that make it. It is
measured with scenes of its own (torchsig), and with its signals in scenes like those of GNU Radio's
transmitters (torchsig-signals, gnuradio). A generator that is missing is left out, and the report
states the reason. Scenes are kept in the cache (32 MB for 1 s at 4 MS/s) and made where they are
missing: empty it after a change of the generators. Writes OUT.json and OUT.md.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import sys
from pathlib import Path

from gnuradio.rfattn.reporting import Progress, gnuradio_version, table

from .finding import detection_report, detection_score
from .finding.detection_cells import find_boxes
from .foreign import foreign_scenes
from .foreign.foreign_scenes import ForeignScene
from .harness import (
    add_report_options,
    check_numbers,
    headline,
    opening,
    parser_of,
    run_all,
    text_of,
    write_report,
)

GENERATORS = ("torchsig", "torchsig-signals", "gnuradio")
SNRS = (10.0, 20.0)


def parse(arguments) -> argparse.Namespace:
    parser = parser_of(__doc__)
    add = parser.add_argument
    add("--cache", type=Path, required=True, metavar="DIR", help="folder that keeps the scenes")
    add("--generators", nargs="+", default=GENERATORS, choices=GENERATORS, help="to measure with")
    add(
        "--torchsig-python",
        default=sys.executable,
        metavar="PYTHON",
        help="Python of the virtual environment with TorchSig (default: this one)",
    )
    add("--scenes", type=int, default=20, help="scenes of each generator and SNR")
    add("--rate", type=float, default=4e6, metavar="HZ", help="rate of the scenes")
    add("--seconds", type=float, default=1.0, metavar="S", help="length of a scene")
    add("--snr", type=float, nargs="+", default=SNRS, metavar="DB", help="SNRs")
    add("--pictures", type=Path, metavar="DIR", help="draw true and found boxes of every scene")
    add_report_options(parser, "detection_foreign")
    options = parser.parse_args(arguments)
    check_numbers(parser, options, ("scenes", "rate", "seconds", "jobs"))
    return options


def run(options: argparse.Namespace, find=None) -> dict:
    """Every generator at every SNR.

    Args:
        find: stands for `detection_flowgraph.find_emissions` in tests.
    """
    report = {
        **opening("detection_foreign.py"),
        "scene": {"rate": options.rate, "seconds": options.seconds},
    }
    report["versions"], report["left_out"] = find_generators(options)
    for folder in filter(None, (options.cache, options.pictures)):
        folder.mkdir(parents=True, exist_ok=True)
    cells = list(itertools.product(report["versions"], options.snr))
    scenes = [
        ForeignScene(
            name, seed, snr, options.rate, options.seconds, options.cache, options.torchsig_python
        )
        for name, snr in cells
        for seed in range(options.scenes)
    ]
    work = functools.partial(measure, find=find, pictures=options.pictures)
    with Progress(options.quiet, total=len(scenes)) as progress:
        for reason in report["left_out"].values():
            progress.log(f"left out: {reason}")
        results = run_all(
            work,
            scenes,
            options.jobs,
            progress.show,
            lambda scene: f"{scene.generator}, {scene.snr_db:g} dB",
        )
    parts = (results[i : i + options.scenes] for i in range(0, len(results), options.scenes))
    report["cells"] = [
        {"generator": name, "snr_db": snr, **detection_score.add_up(part)}
        for (name, snr), part in zip(cells, parts, strict=True)
    ]
    return report


def find_generators(options) -> tuple[dict[str, str], dict[str, str]]:
    """The versions of the generators that are there, and why the others are not."""
    versions, left_out = {}, {}
    for name in options.generators:
        if name == "gnuradio":
            versions[name] = gnuradio_version()
            continue
        try:
            versions[name] = foreign_scenes.torchsig_version(options.torchsig_python)
        except RuntimeError as error:
            left_out[name] = f"{name}: --torchsig-python must have TorchSig 2.2, got {error}"
    return versions, left_out


def measure(scene: ForeignScene, find=None, pictures: Path | None = None) -> dict:
    """What one scene adds to the tables."""
    samples, bursts = foreign_scenes.load(scene)
    boxes, flagged = find_boxes(samples, scene.rate, find)
    if pictures:
        from .finding import detection_picture

        name = f"{scene.generator}_{scene.snr_db:g}dB_{scene.seed}"
        truth = [b.box(scene.rate) for b in bursts]
        before = [-1, *(b.emission for b in bursts)]
        kinds = [b.kind if b.emission != a else "" for a, b in zip(before, bursts, strict=False)]
        path = pictures / f"{name}.png"
        detection_picture.draw(path, samples, scene.rate, truth, boxes, name, kinds)
    exposure = scene.rate / 1e6 * scene.seconds
    return detection_score.score_scene(bursts, scene.rate, boxes, flagged, exposure)


def to_markdown(report: dict) -> str:
    """The tables, with the machine and the command."""
    scene = report["scene"]
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    parts = [
        headline("Detection of what other projects send", report),
        f"{versions or 'No generator'}; scenes of {scene['seconds']:g} s at "
        f"{scene['rate'] / 1e6:g} MS/s; in brackets 95 % intervals from drawing the scenes again.",
        *(f"Left out: {reason}." for reason in report["left_out"].values()),
    ]
    if report["cells"]:
        parts += ["## By generator and SNR", _table_of_cells(report["cells"])]
    for name in report["versions"]:
        own = [(c["snr_db"], c) for c in report["cells"] if c["generator"] == name]
        kinds = detection_report.by_group(own, "kind ", ("recall 0.5", "ids", "boxes"))
        parts += [f"## {name}: recall at IoU 0.5 / ids / boxes, by kind", kinds]
    return text_of(parts)


def _table_of_cells(cells: list[dict]) -> str:
    rows = [
        [c["generator"], f"{c['snr_db']:g}", f"{c['counts']['all']:g}"]
        + detection_report.values(c["metrics"]["all"])
        for c in cells
    ]
    return table(["generator", "SNR, dB", "emissions", *detection_report.METRICS], rows)


def main() -> None:
    options = parse(None)
    report = run(options)
    write_report(options.out, report, to_markdown(report))


if __name__ == "__main__":
    main()
