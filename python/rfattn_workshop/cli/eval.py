# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure a model on a folder of labelled recordings, through the real flowgraph.

The folder holds SigMF recordings whose annotations have a core:label. If it has a table labels.csv
(columns file, label, split), the labels come from there. The steps that overlap an annotation
count; in a recording without annotations of the model's classes, all steps count.

Where annotations have edges (core:freq_lower_edge and core:freq_upper_edge), the emission detector
runs, too, and its boxes in time and frequency are compared with them. IoU is the area that two
boxes share over the area that they cover together.

With --varied, variants of every recording are measured instead, as other receivers would give:
another sample rate (0.7 to 1.4 times), another frequency (by up to a quarter of the band) and white
noise. They are streamed without a flowgraph.

A recording that cannot be judged is reported and does not stop the rest; the exit status is then 1.
"""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial

from gnuradio.rfattn.cli.many.cluster import Watch
from gnuradio.rfattn.cli.many.workers import add_worker_options, check_workers, open_workers
from gnuradio.rfattn.cli.sources.options import (
    add_options,
    add_output_options,
    of_any_folder,
    options_from,
)
from gnuradio.rfattn.flowgraph.options import ModelOptions
from gnuradio.rfattn.reporting import Progress, check_json_path, track, versions, write_json

from ..flowgraph.evaluation import Settings, check_settings, judge_recording
from . import eval_boxes

_OF_VARIED = ("model", "attention", "norm")
"""What --varied takes of the options of the model: it runs without a flowgraph."""


def add_arguments(parser) -> None:
    parser.add_argument("folder", metavar="DIR", help="folder of SigMF recordings")
    parser.add_argument(
        "--split",
        action="append",
        metavar="S",
        help="measure only this split of labels.csv; may be given several times",
    )
    parser.add_argument(
        "--varied",
        type=int,
        default=0,
        metavar="N",
        help="measure N variants of each recording instead of it",
    )
    parser.add_argument(
        "--snr-db",
        type=float,
        default=10.0,
        metavar="DB",
        help="strongest bin of the signal over the noise that --varied adds (default: %(default)g)",
    ).needs = "--varied"
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of --varied (default: %(default)s)"
    ).needs = "--varied"
    for name, option in add_options(parser.add_argument_group("model"), ModelOptions()).items():
        if name not in _OF_VARIED:
            option.not_with = "--varied"
    group = parser.add_argument_group("many recordings")
    group.not_with = "--varied"
    add_worker_options(group)
    add_output_options(parser)


def run(arguments) -> int:
    from gnuradio.rfattn.recordings.labelled_folder import find_recordings

    from ..train.evaluate import summarise

    check_workers(arguments)
    check_json_path(arguments.json)
    failed: dict[str, str] = {}
    entries = [
        e
        for e in find_recordings(arguments.folder, None if arguments.varied else failed)
        if not arguments.split or e.split in arguments.split
    ]
    if not entries and not failed:
        raise ValueError(
            f"{arguments.folder}: no recordings of split {' or '.join(arguments.split)}"
        )
    boxes = None
    if arguments.varied:
        rows, classes, model = judge_variants(entries, arguments)
    else:
        rows, boxes, classes, model = judge_recordings(entries, arguments, failed)
    if not rows:
        raise ValueError(
            f"{arguments.folder}: no recording "
            + ("can be read" if failed else "is long enough for one step")
        )
    result = {**summarise(rows, classes), "model": model, "versions": versions()}
    if not arguments.varied:
        result["boxes"] = eval_boxes.summarise(boxes) if boxes else None
    result["failed"] = failed
    if arguments.json:
        write_json(arguments.json, result)
    if arguments.json != "-":
        print_result(result)
    return 1 if failed else 0


def judge_recordings(entries, arguments, failed: dict[str, str]):
    """The rows of the recordings of at least one step, the scores of boxes, the classes, and what
    the model is. Reports the recordings in ``failed``, and adds those that cannot be judged."""
    settings = _settings(arguments)
    rows, boxes = [], []
    with (
        Progress(arguments.quiet, total=len(entries)) as progress,
        open_workers(arguments) as workers,
    ):
        classes, model = workers.run(check_settings, settings)
        for error in failed.values():
            progress.log(f"gr-rfattn: {error}")
        done = 0

        def look(text: str) -> None:
            progress.show(f"{done} of {len(entries)} recordings; {text}", done)

        judge = partial(judge_recording, settings=settings)
        for outcome in workers.map(judge, entries, Watch(look, progress.log)):
            done += 1
            if outcome.error:
                failed[str(outcome.item)] = outcome.error
                progress.log(f"gr-rfattn: {outcome.error}")
                continue
            if outcome.result.row is None:
                name = outcome.item.path.name
                progress.log(f"gr-rfattn: {name}: left out, too short for one step")
            else:
                rows.append(outcome.result.row)
            if outcome.result.boxes is not None:
                boxes.append(outcome.result.boxes)
    return rows, boxes, classes, {"name": arguments.model, **model}


def _settings(arguments) -> Settings:
    """For workers that run in other folders; figures depend a little on the number of threads."""
    model = options_from(ModelOptions, arguments)
    model = replace(model, threads=model.threads or 1)
    return Settings(of_any_folder(model), os.getcwd())


def judge_variants(entries, arguments):
    """The rows of variants of the recordings, the classes, and what the model is."""
    import numpy as np
    from gnuradio.rfattn.attention import ModelConfig
    from gnuradio.rfattn.inference import load_eager
    from gnuradio.rfattn.inference.files import input_of, resolve
    from gnuradio.rfattn.recordings.front_end import FrontEnd

    from ..train import Augmentation, evaluate
    from ..train.augment import make_variants

    path = resolve(arguments.model, arguments.attention, arguments.norm)
    model, contract = load_eager(path)
    if input_of(contract) != "band":
        raise ValueError(
            f"eval: {arguments.model} labels one {input_of(contract)}; a model whose input is "
            "'band' is needed to label a whole band"
        )
    settings = Augmentation(
        variants=arguments.varied,
        snr_min_db=arguments.snr_db,
        snr_max_db=arguments.snr_db,
        ripple_db=0.0,
        fading_db=0.0,
        imbalance=0.0,
        spike_db=-200.0,
    )
    rng = np.random.default_rng(arguments.seed)
    front_end, classes = FrontEnd.from_dict(contract["front_end"]), contract["classes"]
    tokens = []
    for entry in track(entries, "drawing variants", arguments.quiet):
        # A recording of no class is annotated too; its variants are placed by its own label.
        known = classes if entry.label in classes else (entry.label,)
        tokens += make_variants(entry, front_end, known, settings, rng)
    figures = evaluate(model, ModelConfig.from_dict(contract["model"]), tokens, classes)
    about = {
        "name": arguments.model,
        "attention": contract["model"]["attention"],
        "norm": contract["model"]["norm"],
        "varied": arguments.varied,
        "snr_db": arguments.snr_db,
        "seed": arguments.seed,
    }
    return figures["recordings"], classes, about


def print_result(result: dict) -> None:
    print(f"{'recording':<40} {'label':<10} {'predicted':<10} confidence  steps")
    for row in result["recordings"]:
        mark = " " if row["predicted"] == row["label"] else "*"
        print(
            f"{row['file'].removesuffix('.sigmf-data')[:40]:<40} {row['label']:<10} "
            f"{row['predicted']:<10} {row['confidence']:10.2f} {row['windows']:6} {mark}"
        )
    print(f"\n{'class':<10} recordings  recall   steps  recall by step")
    for name, figures in result["per_class"].items():
        by_step = figures["window_recall"]
        print(
            f"{name:<10} {figures['recordings']:10} {figures['recall']:7.2f} "
            f"{figures['windows']:7} {'-' if by_step is None else f'{by_step:15.2f}'}"
        )
    print(f"\nright: {result['correct']} of {result['count']}")
    for name in (
        "balanced_accuracy",
        "window_balanced_accuracy",
        "ood_auroc",
        "ood_auroc_energy",
        "refused_known",
        "refused_ood",
    ):
        if result.get(name) is not None:
            print(f"{name}: {result[name]:.3f}")
    if result.get("boxes"):
        eval_boxes.print_boxes(result["boxes"])
