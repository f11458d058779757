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
"""

from __future__ import annotations

import dataclasses

from ..flowgraph.options import ModelOptions
from ..reporting import Progress, check_json_path, track, versions, write_json
from .eval_boxes import judge_boxes, print_boxes
from .options import add_options, add_output_options, options_from


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
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of --varied (default: %(default)s)"
    )
    add_options(parser, ModelOptions(), "model")
    add_output_options(parser)


def run(arguments) -> int:
    from ..recordings.labelled_folder import find_recordings
    from ..train.evaluate import summarise

    check_json_path(arguments.json)
    entries = [
        e
        for e in find_recordings(arguments.folder)
        if not arguments.split or e.split in arguments.split
    ]
    if not entries:
        raise ValueError(
            f"{arguments.folder}: no recordings of split {' or '.join(arguments.split)}"
        )
    judge_all = judge_variants if arguments.varied else judge_recordings
    rows, classes, model = judge_all(entries, arguments)
    if not rows:
        raise ValueError(f"{arguments.folder}: no recording is long enough for one step")
    result = {**summarise(rows, classes), "model": model, "versions": versions()}
    if not arguments.varied:
        result["boxes"] = judge_boxes(entries, arguments.quiet)
    if arguments.json:
        write_json(arguments.json, result)
    if arguments.json != "-":
        print_result(result)
    return 0


def judge_recordings(entries, arguments):
    """The rows of the recordings of at least one step, the classes, and what the model is."""
    rows = []
    with Progress(arguments.quiet, total=len(entries)) as progress:
        for done, entry in enumerate(entries):
            progress.show(entry.path.name, done)
            row, classes, model = judge_recording(entry, arguments)
            if row is None:
                progress.log(f"gr-rfattn: {entry.path.name}: left out, too short for one step")
            else:
                rows.append(row)
    return rows, classes, model


def judge_variants(entries, arguments):
    """The rows of variants of the recordings, the classes, and what the model is."""
    import numpy as np

    from ..attention import ModelConfig
    from ..inference import load_eager
    from ..inference.files import input_of, resolve
    from ..recordings.front_end import FrontEnd
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


def judge_recording(entry, arguments):
    """Runs one recording through the flowgraph.

    Returns:
        Its row (None if it has no whole step), the classes, and what the model is.
    """
    import numpy as np
    from gnuradio import blocks

    from ..flowgraph.stream import LabelFlowgraph
    from ..recordings.recording import Recording
    from ..train.data import Tokens
    from ..train.evaluate import judge

    flowgraph = LabelFlowgraph(Recording.open(entry.path), options_from(ModelOptions, arguments))
    transformer, source = flowgraph.transformer, flowgraph.source
    classes = transformer.classes
    model = {"name": arguments.model, **transformer.adapter.describe()}
    sink = blocks.vector_sink_f(transformer.n_classes)
    flowgraph.connect(flowgraph.probe, sink)
    flowgraph.run_to_end()
    logits = np.array(sink.data(), np.float32).reshape(-1, transformer.n_classes)
    if len(logits) == 0:
        return None, classes, model
    targets = step_targets(flowgraph)
    nothing = np.empty((0, transformer.n_bins), np.float32)
    tokens = Tokens(source.recording.data_path.name, entry.label, entry.group, nothing, targets)
    row = judge(tokens, logits, classes, transformer.block_size)
    return {**row, "split": entry.split}, classes, model


def step_targets(flowgraph):
    """The annotated class of every token that reached the model, in order: int64 [tokens]."""
    import numpy as np

    from ..train.data import token_targets

    annotations = flowgraph.source.recording.annotations
    found = []
    for step in flowgraph.detections.detections:
        inside = [
            dataclasses.replace(a, start=a.start - step.sample_start)
            for a in annotations
            if a.end > step.sample_start
        ]
        block_size, classes = flowgraph.transformer.block_size, flowgraph.transformer.classes
        found.append(token_targets(inside, block_size, flowgraph.front_end, classes))
    return np.concatenate(found)


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
        print_boxes(result["boxes"])
