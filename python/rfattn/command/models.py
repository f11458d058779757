# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the shipped models, or show what a model's contract says."""

from __future__ import annotations

import json

from .options import ATTENTIONS, NORMS
from .output import octets


def add_arguments(parser) -> None:
    parser.add_argument("model", nargs="?", metavar="MODEL",
                        help="show this model's contract: a family, folder or file")
    parser.add_argument("--attention", choices=ATTENTIONS, default="model")
    parser.add_argument("--norm", choices=NORMS, default="model")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments) -> int:
    if arguments.model:
        show(arguments)
    else:
        list_all(arguments.json)
    return 0


def list_all(as_json: bool) -> None:
    from ..attention import available_models

    found = [{**m, "path": str(m["path"]), "bytes": m["path"].stat().st_size}
             for m in available_models()]
    if as_json:
        print(json.dumps(found, indent=1))
        return
    print(f"{'family':<8} {'attention':<10} {'norm':<10} {'size':>10}")
    for m in found:
        print(f"{m['family']:<8} {m['attention']:<10} {m['norm']:<10} {octets(m['bytes']):>10}")


def show(arguments) -> None:
    from ..attention import AttentionModelAdapter

    model = AttentionModelAdapter.load(arguments.model, arguments.attention, arguments.norm, "cpu")
    if arguments.json:
        print(json.dumps(model.contract, indent=1))
        return
    for part in ("front_end", "model", "metrics"):
        print(f"{part}:")
        for name, value in model.contract.get(part, {}).items():
            print(f"  {name} = {value}")
    print(f"classes: {', '.join(model.classes)}")
