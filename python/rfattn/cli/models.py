# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the shipped models with their accuracy, or show the contract of a model."""

from __future__ import annotations

import json
from pathlib import Path

from ..attention import ATTENTIONS, NORMS
from ..reporting import octets

_SHARES = ("right", "unknown", "family", "wrong", "guess")
"""Of the recordings, in the report of a model of emissions."""


def add_arguments(parser) -> None:
    parser.add_argument(
        "model",
        nargs="?",
        metavar="MODEL",
        help="model whose contract to show: a family, folder or file",
    )
    parser.add_argument(
        "--attention",
        default="model",
        choices=("model", *ATTENTIONS),
        help="attention of the model, if MODEL has several (default: its own)",
    )
    parser.add_argument(
        "--norm",
        choices=("model", *NORMS),
        default="model",
        help="norm of the model, if MODEL has several (default: its own)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments) -> int:
    if arguments.model:
        show(arguments)
    else:
        list_all(arguments.json)
    return 0


def list_all(as_json: bool) -> None:
    found = shipped()
    if as_json:
        print(json.dumps(found, indent=1))
        return
    print(
        f"{'family':<10} {'labels':<9} {'attention':<10} {'norm':<10} {'val right':>9} "
        f"{'test right':>10} {'window':>7} {'KV cache':>10} {'file':>10}"
    )
    for m in found:
        val, test = (format_right(m["metrics"].get(split)) for split in ("val", "test"))
        print(
            f"{m['family']:<10} {m['input'] + 's':<9} {m['attention']:<10} {m['norm']:<10} "
            f"{val:>9} {test:>10} {m['window']:>7} {octets(m['kv_bytes']):>10} "
            f"{octets(m['bytes']):>10}"
        )
    print(
        "\nlabels: emissions (the default), or whole bands (with --band)\n"
        "right: recordings of split val, which selected the model, and of split test; a model of "
        "emissions may\nanswer 'unknown' instead of a wrong label (gr-rfattn models emissions)\n"
        "window: in tokens"
    )


def shipped() -> list[dict]:
    """The shipped models and their sizes and figures, as plain values."""
    from ..attention import ModelConfig, kv_bytes
    from ..inference import available_models, read_contract
    from ..inference.files import input_of

    found = []
    for model in available_models():
        contract = read_contract(model["path"])
        shape = ModelConfig.from_dict({**contract["model"], "attention": model["attention"]})
        found.append(
            {
                **model,
                "path": str(model["path"]),
                "input": input_of(contract),
                "bytes": model["path"].stat().st_size,
                "window": shape.window,
                "block_size": shape.block_size,
                "kv_bytes": kv_bytes(shape),
                "metrics": contract.get("metrics") or measured(model["path"]),
            }
        )
    return found


def measured(path: str | Path) -> dict[str, dict]:
    """The figures by recording of a model of emissions, by split, from the report beside its file;
    empty where there is none."""
    path = Path(path)
    report = path.with_name(f"{path.stem}_metrics.json")
    if not report.is_file():
        return {}
    found = json.loads(report.read_text(encoding="utf-8"))
    figures = {split: found.get(split, {}).get("recordings", {}) for split in ("val", "test")}
    return {
        split: {"count": row["count"], **{name: row[name] for name in _SHARES}}
        for split, row in figures.items()
        if isinstance(row, dict) and row.get("count")
    }


def format_right(figures: dict | None) -> str:
    """Right recordings, such as "19/20"; a dash if none were measured."""
    if not figures:
        return "-"
    right = figures.get("correct", round(figures.get("right", 0.0) * figures["count"]))
    return f"{right}/{figures['count']}"


def show(arguments) -> None:
    from ..inference import read_contract
    from ..inference.files import input_of, resolve

    names = (arguments.model, arguments.attention, arguments.norm)
    contract = read_contract(*names)
    if not contract.get("metrics"):
        contract = {**contract, "metrics": measured(resolve(*names))}
    if arguments.json:
        print(json.dumps(contract, indent=1))
        return
    print(f"input: {input_of(contract)}")
    for part in ("front_end", "model", "metrics"):
        print(f"{part}:")
        for name, value in contract.get(part, {}).items():
            print(f"  {name} = {value}")
    origin = contract.get("training", {}).get("converted")
    if origin:
        print(f"converted from: {origin['file']}, {origin['attention']} with {origin['norm']}")
    if contract.get("features"):
        print(f"features: {', '.join(contract['features'])}")
    print_classes(contract)


def print_classes(contract: dict) -> None:
    """The classes, by family where they have any, with their thresholds."""
    families, thresholds = contract.get("families", {}), contract.get("thresholds", {})
    if not families:
        print(f"classes: {', '.join(contract['classes'])}")
        return
    by_family: dict[str, list[str]] = {}
    for name in contract["classes"]:
        shown = f"{name} {thresholds[name]:.2f}" if name in thresholds else name
        by_family.setdefault(families.get(name, "no family"), []).append(shown)
    print("classes, with the probability that names them:")
    for family, names in by_family.items():
        print(f"  {family}: {', '.join(names)}")
    if contract.get("family_threshold") is not None:
        print(f"probability that names a family: {contract['family_threshold']:.2f}")
