# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model must not be used for, as far as its data say so."""

from __future__ import annotations

from collections.abc import Iterable

from .data import UNKNOWN
from .provenance import NOT_STATED

FEW = 5
"""Fewer held-out recordings of a class than this say little about it."""


def limits(report: dict) -> list[str]:
    """One sentence or two for each limit that follows from a training's report.

    Args:
        report: what `loop.train` returns.
    """
    found = [
        rule(report)
        for rule in (
            _unheld,
            _few,
            _one_group,
            _shared,
            _chosen,
            _own_rates,
            _rates,
            _unheld_rates,
            _unknown,
            _licence,
        )
    ]
    return [text for text in found if text]


def rate_text(rate: float | None) -> str:
    if rate is None:
        return NOT_STATED
    for size, unit in ((1e6, "MS/s"), (1e3, "kS/s")):
        if rate >= size:
            return f"{rate / size:.6g} {unit}"
    return f"{rate:.6g} S/s"


def _classes(report: dict) -> list[str]:
    return [name for name in report["classes"] if name != UNKNOWN]


def _counts(report: dict, split: str) -> dict[str, int]:
    return report["data"]["recordings"].get(split, {})


def _held(report: dict, label: str) -> int:
    return sum(_counts(report, split).get(label, 0) for split in ("val", "test"))


def _unheld(report: dict) -> str:
    names = [name for name in _classes(report) if _held(report, name) == 0]
    return names and (
        f"**{_names(names)}: nothing is known.** No recording of them was held out; training fits "
        "them, and that is all."
    )


def _few(report: dict) -> str:
    split = "test" if "test" in report else "val"
    counts = _counts(report, split)
    few = [f"{name} ({counts[name]})" for name in _classes(report) if 0 < counts.get(name, 0) < FEW]
    return few and (
        f"**Few recordings.** Fewer than {FEW} {split} recordings: {', '.join(few)}. One recording "
        "more or less changes their recall by a quarter or more."
    )


def _one_group(report: dict) -> str:
    groups = report["data"]["groups"]["train"]
    names = [name for name in _classes(report) if groups.get(name) == 1]
    return names and (
        f"**{_names(names)}: learnt from one group of recordings each**, which may be one device, "
        "place or day; what was learnt may be that."
    )


def _shared(report: dict) -> str:
    groups = report["data"]["shared_groups"]
    return groups and (
        f"**Some figures are too good.** Training and held-out recordings share {len(groups)} "
        f"groups: {_names(groups[:5])}{' …' if len(groups) > 5 else ''}."
    )


def _chosen(report: dict) -> str:
    return (
        ""
        if "test" in report
        else (
            "**All figures are too good.** There is no test recording; those of `val` chose the "
            "step that is kept."
        )
    )


def _own_rates(report: dict) -> str:
    rates = {
        name: {rate for rate in found if rate}
        for name, found in report["data"]["rates"]["train"].items()
        if name in _classes(report)
    }
    own = [
        name
        for name, found in rates.items()
        if found and not any(found & rates[other] for other in rates if other != name)
    ]
    return own and (
        f"**{_names(own)}: recorded at rates at which no other class was.** The figures do not "
        "show that the signal, and not its width relative to the rate, is what is told apart."
    )


def _rates(report: dict) -> str:
    rates = report["data"]["rates"]["train"]
    if not any(rate for name in _classes(report) for rate in rates.get(name, ())):
        return (
            "**The sample rates are not known.** No training recording states its own; expect "
            "little at others."
        )
    seen = "; ".join(
        f"{name} {', '.join(rate_text(rate) for rate in rates[name])}"
        for name in _classes(report)
        if name in rates
    )
    settings = report["config"]["augmentation"]
    return (
        f"**Other sample rates were not seen.** Training saw, each resampled by "
        f"{settings['resample_min']:g} to {settings['resample_max']:g}: {seen}."
    )


def _unheld_rates(report: dict) -> str:
    rates = report["data"]["rates"]
    lacking = []
    for name in _classes(report):
        held = {r for split in ("val", "test") for r in rates.get(split, {}).get(name, ())}
        missing = [r for r in rates["train"].get(name, ()) if r and r not in held]
        if held and None not in held and missing:
            lacking.append(f"{name} at {', '.join(map(rate_text, missing))}")
    return lacking and (
        f"**Trained at, but not judged at:** {'; '.join(lacking)}. No figure is about these."
    )


def _unknown(report: dict) -> str:
    if "unknown" not in report:
        taught = f"often `{UNKNOWN}` is said" if UNKNOWN in report["classes"] else "that shows"
        return (
            "**The unknown.** A signal that is no class may get one of the labels, with "
            f"confidence. There was no such recording to measure how {taught}."
        )
    unknown = report["unknown"]
    count = len(unknown["recordings"])
    if UNKNOWN in report["classes"]:
        return (
            f"**It refuses only some.** {1 - unknown['refused_ood']:.0%} of the steps of {count} "
            "recordings that are no class got one of the labels."
        )
    return (
        "**It refuses nothing.** A signal that is no class gets one of the labels. Its confidence "
        f"tells {count} such recordings from the classes with an AUROC of "
        f"{unknown['ood_auroc']:.2f}; 0.5 is chance."
    )


def _licence(report: dict) -> str:
    sources = [s for part in (report["data"], *report["extra_data"]) for s in part["sources"]]
    count = sum(sum(s["recordings"].values()) for s in sources if s["licence"] == NOT_STATED)
    return count and (
        f"**Passing on.** {count} recordings state no licence; whether the weights may be passed "
        "on is for their owners to say."
    )


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
