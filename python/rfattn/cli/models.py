# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the shipped models with their accuracy, or show the contract of a model."""

from __future__ import annotations

import json

from ..attention import ATTENTIONS, NORMS
from ..reporting import octets


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
        f"{'family':<8} {'attention':<10} {'norm':<10} {'val right':>9} {'test right':>10} "
        f"{'window':>7} {'KV cache':>10} {'file':>10}"
    )
    for m in found:
        val, test = (format_right(m["metrics"].get(split)) for split in ("val", "test"))
        print(
            f"{m['family']:<8} {m['attention']:<10} {m['norm']:<10} {val:>9} {test:>10} "
            f"{m['window']:>7} {octets(m['kv_bytes']):>10} {octets(m['bytes']):>10}"
        )
    print(
        "\nright: recordings of split val, which selected the model, and of split test; window in "
        "tokens"
    )


def shipped() -> list[dict]:
    """The shipped models and their sizes and figures, as plain values."""
    from ..attention import ModelConfig, kv_bytes
    from ..inference import available_models
    from ..inference.torchscript import load

    found = []
    for model in available_models():
        _, contract = load(model["path"])
        shape = ModelConfig.from_dict({**contract["model"], "attention": model["attention"]})
        found.append(
            {
                **model,
                "path": str(model["path"]),
                "bytes": model["path"].stat().st_size,
                "window": shape.window,
                "block_size": shape.block_size,
                "kv_bytes": kv_bytes(shape),
                "metrics": contract.get("metrics", {}),
            }
        )
    return found


def format_right(figures: dict | None) -> str:
    """Right recordings, such as "19/20"; a dash if none were measured."""
    return f"{figures['correct']}/{figures['count']}" if figures else "-"


def show(arguments) -> None:
    from ..inference import AttentionModelAdapter

    model = AttentionModelAdapter.load(arguments.model, arguments.attention, arguments.norm, "cpu")
    if arguments.json:
        print(json.dumps(model.contract, indent=1))
        return
    for part in ("front_end", "model", "thresholds", "metrics"):
        values = model.contract.get(part, {})
        if values:
            print(f"{part}:")
        for name, value in values.items():
            print(f"  {name} = {value}")
    origin = model.contract.get("training", {}).get("converted")
    if origin:
        print(f"converted from: {origin['file']}, {origin['attention']} with {origin['norm']}")
    print(f"classes: {', '.join(model.classes)}")
