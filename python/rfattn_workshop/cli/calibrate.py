# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit how the evidence adds up in the labels of a model for emissions, on cuts.

The weights of the model, of 'unknown' and of each kind of evidence are fitted together, on cuts
that taught the model nothing: recordings of split val, and the made-up groups that validate. With
--val-share 1 all made-up cuts count, for cuts that the model was not trained on. The models are
written to --out with the new decision, and stay the same otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gnuradio.rfattn.reporting import Progress, check_json_path, table, write_json


def add_arguments(parser) -> None:
    parser.add_argument("cuts", metavar="DIR", help="folder of cut sets, as cut makes it")
    parser.add_argument(
        "--model",
        default="emissions",
        metavar="M",
        help="family, folder or file of models for emissions (default: %(default)s)",
    )
    parser.add_argument("--out", required=True, metavar="DIR", help="folder to write models to")
    parser.add_argument(
        "--val-share",
        type=float,
        default=None,
        metavar="S",
        help="share of the made-up groups that validates (default: that of the training)",
    )
    parser.add_argument(
        "--ablate", action="store_true", help="measure what each kind of evidence is worth"
    )
    parser.add_argument(
        "--threads", type=int, default=1, metavar="N", help="of torch (default: %(default)s)"
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures to FILE, or - for stdout")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def run(arguments) -> int:
    from gnuradio.rfattn_station.learning.cut_set import read_folder

    from ..train.recalibrate import model_files, recalibrate

    share = arguments.val_share
    if share is not None and not 0.0 < share <= 1.0:
        raise ValueError(f"--val-share must be above 0 and at most 1, got {share}")
    if arguments.threads < 1:
        raise ValueError(f"--threads must be >= 1, got {arguments.threads}")
    check_json_path(arguments.json)
    out, quiet, reports = Path(arguments.out), arguments.quiet, {}
    paths = model_files(arguments.model)
    cuts, _ = read_folder(arguments.cuts, quiet)
    for path in paths:
        Progress(quiet).log(f"calibrating {path.stem}")
        reports[path.stem] = recalibrate(
            path, cuts, out, share, arguments.ablate, arguments.threads, quiet
        )
    if arguments.json:
        write_json(arguments.json, reports)
    if arguments.json != "-":
        print("\n\n".join(_text(name, report) for name, report in reports.items()))
    return 0


def _text(name: str, report: Mapping) -> str:
    from gnuradio.rfattn.emissions.evidence import KINDS

    weights, worth = report["decision"]["weights"], report.get("worth", {})
    rows = []
    for kind, weight in weights.items():
        numbers = [f"{number:.4f}" for number in worth[kind]] if kind in worth else ["", ""]
        rows.append([kind, f"{weight:.2f}", *(numbers if worth else ()), KINDS.get(kind, "")])
    share = f"{report['decision']['unframed_share']:.2f}"
    words = "share of a class with frames that is unknown: the same modulation without them"
    rows.append(["unframed_share", share, *(("", "") if worth else ()), words])
    heads = ["evidence", "weight", *(["worth", "its error"] if worth else []), "what it says"]
    return (
        f"{name}: {report['cuts']} cuts, mean loss {report['loss']:.3f} nats "
        f"(before {report['loss_before']:.3f}), a class needs "
        f"{report['decision']['threshold']:.2f}\n{table(heads, rows)}"
    )
