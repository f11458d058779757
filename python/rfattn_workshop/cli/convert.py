# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert a trained mha or flash model to another attention or norm.

With --recordings, the model is measured on their splits val and test before and after the
conversion. With --fine-tune, it is then trained for a short time on their split train.

mha and flash have the same weights. gqa and mla start close to the source; the fewer heads and
ranks they keep, the more they lose. perceiver starts near chance, because its latents are new, and
so do ssm, gdn and hybrid, which keep values and output; all are useless without training. layernorm
becomes rmsnorm almost exactly; no other norm can become another.

Needs no GNU Radio.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from gnuradio.rfattn.attention import ATTENTIONS, NORMS
from gnuradio.rfattn.attention.registry import today
from gnuradio.rfattn.checked import field_docs
from gnuradio.rfattn.reporting import check_json_path, octets, track, write_json

from .train import read_json

_SPLITS = ("val", "test")
_LEARNING_RATE = 1e-3
"""A quarter of the learning rate of a new model, so that the weights are not forgotten."""


def _owners() -> dict[str, str]:
    """The attention that has each of the sizes that single attentions have."""
    from gnuradio.rfattn.attention.config import own_sizes

    return {size: name for name in ATTENTIONS for size in own_sizes(name)}


def add_arguments(parser) -> None:
    from gnuradio.rfattn.attention.config import ModelConfig  # here: it imports torch

    parser.add_argument(
        "model",
        metavar="MODEL",
        help="mha or flash model: a shipped family or a folder, of which flash is taken, or a file "
        "(.pt, .safetensors)",
    )
    parser.add_argument(
        "--attention",
        required=True,
        help="attention of the result",
        type=today,
        choices=ATTENTIONS,
    )
    parser.add_argument(
        "--norm",
        choices=("model", *NORMS),
        default="model",
        help="norm of the result; 'model' keeps that of MODEL (default)",
    )
    docs = field_docs(ModelConfig)
    for name, owner in _owners().items():
        parser.add_argument(
            "--" + name.replace("_", "-"),
            type=type(getattr(ModelConfig, name)),
            metavar="N",
            help=docs[name].replace("`", "") + " Default: that of MODEL.",
        ).needs = f"--attention {owner}"
    parser.add_argument(
        "--out",
        required=True,
        metavar="DIR",
        help="folder to write <attention>_<norm>.safetensors, .json and .pt to",
    )
    parser.add_argument(
        "--recordings",
        metavar="DIR",
        help="folder of SigMF recordings with labels.csv to measure on",
    )
    parser.add_argument(
        "--fine-tune",
        type=int,
        metavar="STEPS",
        help="then train for STEPS steps on split train of --recordings",
    ).needs = "--recordings"
    parser.add_argument(
        "--extra",
        action="append",
        default=[],
        metavar="DIR",
        help="folder whose recordings join the training; may be given several times",
    ).needs = "--fine-tune"
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="JSON configuration of the training, as train writes it; its model and front end are "
        "replaced by those of MODEL",
    ).needs = "--fine-tune"
    parser.add_argument(
        "--learning-rate",
        type=float,
        metavar="RATE",
        help=f"learning rate of the training (default: that of --config, else {_LEARNING_RATE})",
    ).needs = "--fine-tune"
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON; - for stdout")


def run(arguments) -> int:
    check_json_path(arguments.json)
    report = convert(arguments)
    if arguments.json:
        write_json(arguments.json, report)
    if arguments.json != "-":
        print_report(report)
    return 0


def convert(arguments) -> dict:
    """Converts, measures and trains as the arguments ask for; returns the report."""
    import torch
    from gnuradio.rfattn.attention import ModelConfig
    from gnuradio.rfattn.inference import load_eager
    from gnuradio.rfattn.inference.files import input_of

    from ..train import TrainConfig, train
    from ..train.init_weights import load_converted
    from ..train.write_model import FIGURES, write_weights

    source, contract = load_eager(arguments.model)
    takes = input_of(contract)
    if arguments.recordings and takes != "band":
        raise ValueError(
            f"convert: {arguments.model} labels one {takes}, --recordings measures whole bands; "
            "convert without it, then train --init on cut sets"
        )
    shape = ModelConfig.from_dict(contract["model"])
    wanted = _wanted(arguments, shape)
    stem = _new_stem(arguments.out, wanted)
    config = make_configuration(arguments, wanted, contract)
    recordings = _read(arguments, contract, config) if arguments.recordings else {}
    rows = [_row("source", source, shape, recordings, contract)]
    # With this seed, the training below starts from the same new latents.
    torch.manual_seed((config or TrainConfig()).seed)
    model, target, _ = load_converted(arguments.model, wanted)
    rows.append(_row("converted", model, target, recordings, contract))
    origin = _origin(arguments.model, contract)
    if config is None:
        stem.parent.mkdir(parents=True, exist_ok=True)
        changes = {"training": {"converted": origin}, "metrics": rows[-1]["metrics"]}
        changed = {"model": target.to_dict(), **changes} if target != shape else {}
        write_weights(stem, model, {**contract, **changed})
    else:
        figures = train(
            config, arguments.recordings, arguments.out, arguments.extra, arguments.model
        )
        metrics = {split: {name: figures[split][name] for name in FIGURES} for split in recordings}
        rows.append({**rows[-1], "state": "fine-tuned", "steps": config.steps, "metrics": metrics})
        _add_origin(stem, origin)
    return {"rows": rows, "input": takes, "model": str(stem.with_suffix(".pt"))}


def make_configuration(arguments, wanted, contract: dict):
    """The configuration of the training, None without --fine-tune.

    Defaults for few steps are overridden by the file, and that by the options.
    """
    from ..train import TrainConfig

    steps = arguments.fine_tune
    if steps is None:
        return None
    values = {
        "learning_rate": _LEARNING_RATE,
        "warmup_steps": steps // 10,
        "validate_every": max(1, steps // 5),
    }
    if arguments.config:
        values |= read_json(arguments.config)
    if arguments.learning_rate is not None:
        values["learning_rate"] = arguments.learning_rate
    return TrainConfig.from_dict(
        {**values, "steps": steps, "model": wanted.to_dict(), "front_end": contract["front_end"]}
    )


def _wanted(arguments, shape):
    """The shape of the result."""
    norm = shape.norm if arguments.norm == "model" else arguments.norm
    sizes = {
        name: getattr(arguments, name) for name in _owners() if getattr(arguments, name) is not None
    }
    if (arguments.attention, norm) == (shape.attention, shape.norm):
        raise ValueError(f"convert: {arguments.model} already has {shape.attention} with {norm}")
    return shape.replace(attention=arguments.attention, norm=norm, **sizes)


def _new_stem(out: str, shape) -> Path:
    """The path of the result's files without their endings."""
    stem = Path(out) / f"{shape.attention}_{shape.norm}"
    existing = [path for path in map(stem.with_suffix, (".safetensors", ".pt")) if path.exists()]
    if existing:
        raise ValueError(f"{existing[0]} exists: remove it or write to another folder")
    return stem


def _origin(model: str, contract: dict) -> dict:
    """The source of a conversion, for the contract of the result."""
    from gnuradio.rfattn.inference.files import resolve

    path = resolve(model, "model", "model")
    return {
        "file": f"{path.absolute().parent.name}/{path.name}",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        **{name: contract["model"][name] for name in ("attention", "norm")},
        **{name: contract[name] for name in ("training", "metrics") if name in contract},
    }


def _add_origin(stem: Path, origin: dict) -> None:
    """Adds the origin to the contract that the training wrote."""
    from gnuradio.rfattn.inference import load_checkpoint

    from ..train.write_model import write_weights

    model, contract = load_checkpoint(stem.with_suffix(".safetensors"))
    write_weights(
        stem, model, {**contract, "training": {**contract["training"], "converted": origin}}
    )


def _read(arguments, contract: dict, config) -> dict:
    """The tokens of the recordings to measure on, by split; a training decides the splits."""
    from gnuradio.rfattn.recordings.front_end import FrontEnd
    from gnuradio.rfattn.recordings.labelled_folder import find_recordings, split_folder

    from ..train import read_tokens

    if config is None:
        entries = find_recordings(arguments.recordings)
    else:
        entries, _ = split_folder(arguments.recordings, config.val_share, config.seed)
        _check_classes(entries, arguments, contract)
    chosen = [e for e in entries if e.split in _SPLITS and e.label in contract["classes"]]
    if not chosen:
        raise ValueError(
            f"{arguments.recordings}: no recordings of split "
            f"{' or '.join(_SPLITS)} and a class of {arguments.model}"
        )
    front_end = FrontEnd.from_dict(contract["front_end"])
    found = {split: [] for split in _SPLITS if any(e.split == split for e in chosen)}
    for entry in track(chosen, "reading recordings"):
        found[entry.split].append(read_tokens(entry, front_end, contract["classes"]))
    return found


def _check_classes(entries, arguments, contract: dict) -> None:
    """Refuses a training with other classes than the model, since figures could not be compared."""
    from gnuradio.rfattn.messages.label_text import UNKNOWN
    from gnuradio.rfattn.recordings.labelled_folder import OTHER, read_folder

    taught = {e.label for e in entries if e.split == "train"} - {OTHER}
    extra = [e for folder in arguments.extra for e in read_folder(folder)]
    if any(e.split == "train" and e.label == OTHER for e in extra):
        taught.add(UNKNOWN)
    if taught != set(contract["classes"]):
        raise ValueError(
            f"convert: {arguments.model} has the classes {', '.join(contract['classes'])}, the "
            f"recordings teach {', '.join(sorted(taught)) or 'none'} ({OTHER} in --extra teaches "
            f"{UNKNOWN}); train --init changes classes"
        )


def _row(state: str, model, shape, recordings: dict, contract: dict) -> dict:
    from gnuradio.rfattn.attention import kv_bytes

    from ..train import evaluate
    from ..train.write_model import FIGURES

    metrics = {}
    for split, tokens in recordings.items():
        figures = evaluate(model, shape, tokens, contract["classes"])
        metrics[split] = {name: figures[name] for name in FIGURES}
    return {
        "state": state,
        "steps": 0,
        "attention": shape.attention,
        "norm": shape.norm,
        "kv_bytes": kv_bytes(shape),
        "metrics": metrics,
    }


def print_report(report: dict) -> None:
    splits = report["rows"][0]["metrics"]
    head = "".join(f"  {s + ' right':>11}  balanced  by step" for s in splits)
    print(f"{'model':<18} {'state':<22}{head} {'KV cache':>10}")
    for row in report["rows"]:
        state = row["state"] + (f", {row['steps']} steps" if row["steps"] else "")
        cells = "".join(_cells(row["metrics"][split]) for split in splits)
        print(
            f"{row['attention'] + '_' + row['norm']:<18} {state:<22}{cells} "
            f"{octets(row['kv_bytes']):>10}"
        )
    model, is_band = report["model"], report["input"] == "band"
    way = f"eval RECORDINGS --model {model}" if is_band else f"label --model {model} RECORDING"
    print(f"written to {model}; try: gr-rfattn {way}")


def _cells(figures: dict) -> str:
    right = f"{figures['correct']}/{figures['count']}"
    shares = (figures["balanced_accuracy"], figures["window_balanced_accuracy"])
    return f"  {right:>11}  {_share(shares[0]):>8}  {_share(shares[1]):>7}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
