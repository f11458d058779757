# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn a trained mha or flash model into one with another attention or norm; needs no GNU Radio.

With --recordings it says what the conversion alone is worth on their splits val and test, with
--fine-tune what a short training on their split train makes of it.

mha and flash are the same weights. gqa and mla start close to the source and lose some of it, the
more the fewer heads and ranks they keep. latent starts near chance, because its latents are new: it
is of no use without training. layernorm becomes rmsnorm almost exactly; there is no way back.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from .. import attention
from .options import ATTENTIONS, NORMS
from .output import Progress, octets, write_json

_SPLITS = ("val", "test")
_FIGURES = ("correct", "count", "balanced_accuracy", "window_balanced_accuracy")
_LEARNING_RATE = 1e-3
"""A quarter of what training from nothing takes, so as not to forget what was converted."""


def _sizes() -> dict[str, tuple[str, str]]:
    """The sizes that single attentions have: name of the attention, and what it counts."""
    return {
        size: (name, what)
        for name in attention.ATTENTIONS
        for size, what in attention.attention_class(name).size_help.items()
    }


def add_arguments(parser) -> None:
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="mha or flash model: a shipped family, folder, .pt or .safetensors",
    )
    parser.add_argument(
        "--attention",
        required=True,
        help="of the result",
        choices=[name for name in ATTENTIONS if name not in ("model", "auto")],
    )
    parser.add_argument(
        "--norm",
        choices=NORMS,
        default="model",
        help="of the result; 'model': as MODEL has it (default)",
    )
    for name, (owner, what) in _sizes().items():
        parser.add_argument(
            _option(name),
            type=int,
            metavar="N",
            help=f"{what} of {owner} (default: as the contract of MODEL says)",
        )
    parser.add_argument(
        "--out",
        required=True,
        metavar="DIR",
        help="where <attention>_<norm>.safetensors, .json and .pt go",
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
        help="then train so many steps on the split train of --recordings",
    )
    parser.add_argument(
        "--extra",
        action="append",
        default=[],
        metavar="DIR",
        help="folder whose recordings join the training; may be given several times",
    )
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="JSON configuration of the training, as train writes it; its model "
        "and front end are those of MODEL all the same",
    )
    parser.add_argument(
        "--learning-rate",
        type=float,
        metavar="RATE",
        help=f"of the training (default: that of --config, else {_LEARNING_RATE})",
    )
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON; - for stdout")
    parser.set_defaults(usage_error=parser.error)


def run(arguments) -> int:
    _check_usage(arguments)
    report = convert(arguments)
    if arguments.json:
        write_json(arguments.json, report)
    if arguments.json != "-":
        print_report(report)
    return 0


def convert(arguments) -> dict:
    """Converts, measures and trains as the arguments say; returns the report."""
    import torch

    from ..attention import ModelConfig
    from ..inference import load_eager
    from ..train import TrainConfig, train
    from ..train.start import converted

    source, contract = load_eager(arguments.model)
    shape = ModelConfig.from_dict(contract["model"])
    wanted = _wanted(arguments, shape)
    stem = _new_stem(arguments.out, wanted)
    config = fine_tuning(arguments, wanted, contract) if arguments.fine_tune is not None else None
    recordings = _read(arguments, contract, config) if arguments.recordings else {}
    rows = [_row("source", source, shape, recordings, contract)]
    # The training below starts from the same latents.
    torch.manual_seed((config or TrainConfig()).seed)
    model, target, _ = converted(arguments.model, wanted)
    rows.append(_row("converted", model, target, recordings, contract))
    origin = _origin(arguments.model, contract)
    if config is None:
        write(
            stem,
            model,
            {
                **contract,
                "model": target.to_dict(),
                "training": {"converted": origin},
                "metrics": rows[-1]["metrics"],
            },
        )
    else:
        figures = train(
            config, arguments.recordings, arguments.out, arguments.extra, arguments.model
        )
        metrics = {split: {name: figures[split][name] for name in _FIGURES} for split in recordings}
        rows.append({**rows[-1], "state": "fine-tuned", "steps": config.steps, "metrics": metrics})
        _add_origin(stem, origin)
    return {"rows": rows, "model": str(stem.with_suffix(".pt"))}


def fine_tuning(arguments, wanted, contract: dict):
    """The configuration of the training: its defaults, scaled to few steps, overridden by the file,
    overridden by the options."""
    from ..train import TrainConfig

    steps = arguments.fine_tune
    values = {
        "learning_rate": _LEARNING_RATE,
        "warmup_steps": steps // 10,
        "validate_every": max(1, steps // 5),
    }
    if arguments.config:
        values |= json.loads(Path(arguments.config).read_text())
    if arguments.learning_rate is not None:
        values["learning_rate"] = arguments.learning_rate
    return TrainConfig.from_dict(
        {**values, "steps": steps, "model": wanted.to_dict(), "front_end": contract["front_end"]}
    )


def write(stem: Path, model, contract: dict) -> None:
    """The checkpoint and the TorchScript file of a model."""
    from ..inference import AttentionModelAdapter, save_checkpoint

    stem.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(stem.with_suffix(".safetensors"), model, contract)
    AttentionModelAdapter(model, contract, device="cpu").save(stem.with_suffix(".pt"))


def _check_usage(arguments) -> None:
    for name, (owner, _) in _sizes().items():
        if getattr(arguments, name) is not None and arguments.attention != owner:
            arguments.usage_error(f"{_option(name)} is of {owner}, not {arguments.attention}")
    needs = {
        "fine_tune": "recordings",
        "extra": "fine_tune",
        "config": "fine_tune",
        "learning_rate": "fine_tune",
    }
    for name, needed in needs.items():
        if getattr(arguments, name) not in (None, []) and getattr(arguments, needed) is None:
            arguments.usage_error(f"{_option(name)} needs {_option(needed)}")


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _wanted(arguments, shape):
    """The shape that the result shall have."""
    norm = shape.norm if arguments.norm == "model" else arguments.norm
    if (arguments.attention, norm) == (shape.attention, shape.norm):
        raise ValueError(f"convert: {arguments.model} is {shape.attention} with {norm} already")
    sizes = {
        name: getattr(arguments, name) for name in _sizes() if getattr(arguments, name) is not None
    }
    return shape.replace(attention=arguments.attention, norm=norm, **sizes)


def _new_stem(out: str, shape) -> Path:
    """The path of the result's files without their endings."""
    stem = Path(out) / f"{shape.attention}_{shape.norm}"
    there = [path for path in map(stem.with_suffix, (".safetensors", ".pt")) if path.exists()]
    if there:
        raise ValueError(f"{there[0]} is there already: remove it or write to another folder")
    return stem


def _origin(model: str, contract: dict) -> dict:
    """Where a conversion came from, for its contract."""
    from ..inference.files import resolve

    path = resolve(model, "model", "model")
    return {
        "file": f"{path.absolute().parent.name}/{path.name}",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        **{name: contract["model"][name] for name in ("attention", "norm")},
        **{name: contract[name] for name in ("training", "metrics") if name in contract},
    }


def _add_origin(stem: Path, origin: dict) -> None:
    """Puts it into the contract that the training wrote."""
    from ..inference import load_checkpoint

    model, contract = load_checkpoint(stem.with_suffix(".safetensors"))
    write(stem, model, {**contract, "training": {**contract["training"], "converted": origin}})


def _read(arguments, contract: dict, config) -> dict:
    """The tokens of the recordings of each split that there is to measure on; the splits are those
    of the training, where there is one."""
    from ..recordings.front_end import FrontEnd
    from ..recordings.sigmf import find_recordings
    from ..train import read_tokens
    from ..train.folders import split_folder

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
    front_end, progress = FrontEnd(**contract["front_end"]), Progress(quiet=False)
    found = {split: [] for split in _SPLITS if any(e.split == split for e in chosen)}
    for number, entry in enumerate(chosen, 1):
        progress.show(f"reading {number} of {len(chosen)}: {entry.path.name}")
        found[entry.split].append(read_tokens(entry, front_end, contract["classes"]))
    progress.clear()
    return found


def _check_classes(entries, arguments, contract: dict) -> None:
    """Refuses a training whose classes are not those of the model: figures would not compare."""
    from ..train.data import OTHER, UNKNOWN
    from ..train.folders import read_folder

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
    from ..attention import kv_bytes
    from ..train import evaluate

    metrics = {}
    for split, tokens in recordings.items():
        figures = evaluate(model, shape, tokens, contract["classes"])
        metrics[split] = {name: figures[name] for name in _FIGURES}
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
    model = report["model"]
    print(f"written to {model}; try: gr-rfattn label --model {model} RECORDING")


def _cells(figures: dict) -> str:
    right = f"{figures['correct']}/{figures['count']}"
    shares = (figures["balanced_accuracy"], figures["window_balanced_accuracy"])
    return f"  {right:>11}  {_share(shares[0]):>8}  {_share(shares[1]):>7}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
