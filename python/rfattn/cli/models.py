# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the shipped models with their accuracy, or show the contract of a model."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Collection

from ..attention import ATTENTIONS, NORMS
from ..attention.registry import today
from ..json_files import read_settings
from ..reporting import octets

METRICS_OF = {
    "emission": "the network alone, on cuts of recordings, with the thresholds that training chose",
    "band": "the network alone, on whole recordings",
}
"""What the metrics of a model are those of, by what it labels."""
_LEGEND = f"""
labels: emissions (the default), or whole bands (the block transformer)
right: recordings of split val, which chose the weights that are kept, and of split test.
  emissions: {METRICS_OF["emission"]};
    `label` adds frames, symbol rates and more, docs/benchmark.md has figures of that.
  bands: {METRICS_OF["band"]}.
window: in tokens
default: flash with layernorm, whose step is faster than that of mla. Of emissions mla has more
  right here, flash with what `label` adds; chance may make such differences (docs/models.md).
known by: recordings, where the model was trained with recordings of the class; made-up, where it
  was trained with made-up signals alone: nothing has shown how well it is recognised on the air.
proved by: formats of frames that prove a class, and from when on; docs/models.md explains it.
on air, with --station: how many emissions of the class checksums confirmed at your receiver.
"""
_COLUMNS = 100


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
        type=today,
        choices=("model", *ATTENTIONS),
        help="attention of the model, if MODEL has several (default: its own)",
    ).needs = "MODEL"
    parser.add_argument(
        "--norm",
        choices=("model", *NORMS),
        default="model",
        help="norm of the model, if MODEL has several (default: its own)",
    ).needs = "MODEL"
    parser.add_argument(
        "--station",
        metavar="FILE",
        help="report of `station --json`: show the classes that checksums confirmed on your air",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments) -> int:
    on_air = _read_on_air(arguments.station) if arguments.station else {}
    if arguments.model:
        show(arguments, on_air)
    else:
        list_all(arguments.json, on_air)
    return 0


def list_all(as_json: bool, on_air: dict[str, str]) -> None:
    from ..inference import available_models
    from ..inference.files import own_models

    found = [{**m, "on_air": _of_model(on_air, m["input"], m["known_by"])} for m in shipped()]
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
    print(_LEGEND)
    own = sorted({m["family"] for m in available_models(own_models())})
    if own:
        print(f"your own, in {own_models()}: {', '.join(own)} (gr-rfattn teach --list)\n")
    for family in dict.fromkeys(m["family"] for m in found):
        first = next(m for m in found if m["family"] == family)
        print_known(first["known_by"], f"{family}, known by")
        print_on_air(first["on_air"], f"{family}, on air")
        print_proofs(first["proved_by"], f"{family}, proved by")


def shipped() -> list[dict]:
    """The shipped models and their sizes and figures, as plain values."""
    from ..attention import ModelConfig, kv_bytes
    from ..inference import available_models, read_contract
    from ..inference.files import input_of
    from ..inference.training_report import known_by, measured, report_beside

    found = []
    for model in available_models():
        contract, report = read_contract(model["path"]), report_beside(model["path"])
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
                "metrics": contract.get("metrics") or measured(report),
                "metrics_of": METRICS_OF[input_of(contract)],
                "known_by": known_by(report),
                "proved_by": proofs(contract),
            }
        )
    return found


def proofs(contract: dict) -> dict[str, dict]:
    """By class what proves a label of a model for emissions: its `formats`, and `mostly_from` which
    SNR and time on the air on half of its emissions show them."""
    from ..catalogue.formats import formats_of
    from ..catalogue.frames_found import frames_found
    from ..inference.files import input_of

    named = contract["classes"] if input_of(contract) == "emission" else ()
    mostly_from = frames_found().mostly_from
    return {
        name: {"formats": formats_of(name), "mostly_from": mostly_from.get(name, "")}
        for name in named
        if formats_of(name)
    }


def format_right(figures: dict | None) -> str:
    """Right recordings, such as "19/20"; a dash if none were measured."""
    if not figures:
        return "-"
    right = figures.get("correct", round(figures.get("right", 0.0) * figures["count"]))
    return f"{right}/{figures['count']}"


def show(arguments, on_air: dict[str, str]) -> None:
    from ..inference import read_contract
    from ..inference.files import input_of, resolve
    from ..inference.training_report import known_by, measured, report_beside

    names = (arguments.model, arguments.attention, arguments.norm)
    contract, report = read_contract(*names), report_beside(resolve(*names))
    metrics = contract.get("metrics") or measured(report)
    about = {
        "metrics_of": METRICS_OF[input_of(contract)],
        "known_by": known_by(report),
        "proved_by": proofs(contract),
        "on_air": _of_model(on_air, input_of(contract), contract["classes"]),
    }
    contract = {**contract, "metrics": metrics}
    if arguments.json:
        print(json.dumps({**contract, **about}, indent=1))
        return
    print(f"input: {input_of(contract)}")
    for part in ("front_end", "model", "metrics"):
        print(f"{part}, of {about['metrics_of']}:" if part == "metrics" else f"{part}:")
        for name, value in contract.get(part, {}).items():
            print(f"  {name} = {value}")
    origin = contract.get("training", {}).get("converted")
    if origin:
        print(f"converted from: {origin['file']}, {origin['attention']} with {origin['norm']}")
    if contract.get("features"):
        print(f"features: {', '.join(contract['features'])}")
    print_classes(contract)
    print_known(about["known_by"], "classes known by")
    print_on_air(about["on_air"], "classes on air")
    print_proofs(about["proved_by"], "classes proved by")


def print_known(known: dict[str, str], heading: str) -> None:
    """The classes that are known in each way, a paragraph for each way."""
    from ..inference.training_report import METRICS, classes_by_way

    if not known:
        print(f"{heading}: not stated; that needs the *{METRICS} of training beside the model")
    for way, names in classes_by_way(known).items():
        text = f"{heading} {way} ({len(names)}): {', '.join(names)}"
        print(textwrap.fill(text, _COLUMNS, subsequent_indent="  "))


def print_proofs(proved: dict[str, dict], heading: str) -> None:
    """A line for each class that frames prove."""
    if proved:
        print(f"{heading} frames of, half of the time from this SNR and time on the air on:")
    for name, by in proved.items():
        print(f"  {name:<10} {', '.join(by['formats']):<52} {by['mostly_from']}".rstrip())


def print_on_air(on_air: dict[str, str], heading: str) -> None:
    """The classes that checksums confirmed, and how often."""
    if on_air:
        text = ", ".join(f"{name} {count}" for name, count in on_air.items())
        text = f"{heading} ({len(on_air)}): {text}"
        print(textwrap.fill(text, _COLUMNS, subsequent_indent="  "))


def _of_model(on_air: dict[str, str], labels: str, classes: Collection[str]) -> dict[str, str]:
    """Those that a model may have named: one that labels bands named no emission."""
    named = classes if labels == "emission" else ()
    return {name: count for name, count in on_air.items() if name in named}


def print_classes(contract: dict) -> None:
    """The classes, by family where they have any, and how probable one must be to be named."""
    families, decision = contract.get("families", {}), contract.get("decision", {})
    if not families:
        print(f"classes: {', '.join(contract['classes'])}")
        return
    by_family: dict[str, list[str]] = {}
    for name in contract["classes"]:
        by_family.setdefault(families.get(name, "no family"), []).append(name)
    print("classes:")
    taught = [one["name"] for one in contract.get("taught", [])]
    if taught:
        print(f"  taught: {', '.join(taught)}")
    for family, names in by_family.items():
        print(f"  {family}: {', '.join(names)}")
    for text, key in (("class", "threshold"), ("family", "family_threshold")):
        if key in decision:
            print(f"probability that names a {text}: {decision[key]:.2f}")


def _read_on_air(path: str) -> dict[str, str]:
    """The classes that a report of ``--json`` confirms, with how often, such as "4812 of 4830".

    Raises:
        ValueError: in one line that names the file, where it is no such report.
    """
    report = read_settings("--station", path)
    classes = report.get("classes") if isinstance(report, dict) else None
    rows = classes.values() if isinstance(classes, dict) else [None]
    if not all(isinstance(row, dict) and {"checked", "confirmed"} <= row.keys() for row in rows):
        raise ValueError(f"--station: {path}: no report of gr-rfattn station --json")
    return {
        name: f"{row['confirmed']} of {row['checked']}"
        for name, row in classes.items()
        if row["confirmed"]
    }
