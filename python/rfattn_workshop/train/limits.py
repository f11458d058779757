# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Derives from a training report what the model must not be used for."""

from __future__ import annotations

from collections.abc import Iterable

from gnuradio.rfattn.messages.label_text import UNKNOWN
from gnuradio.rfattn.reporting import samples_per_second

from .provenance import NOT_STATED

FEW = 5
"""With fewer held-out recordings of a class its recall means little."""


def limits(report: dict) -> list[str]:
    """One or two sentences for each limit that follows from a report of `loop.train`."""
    rules = (
        _without_held_out,
        _few_held_out,
        _one_group,
        _shared_groups,
        _without_test,
        _separate_rates,
        _rates_seen,
        _rates_not_judged,
        _unknown_signals,
        _licences,
    )
    return [text for text in (rule(report) for rule in rules) if text]


def format_rate(rate: float | None) -> str:
    """A sample rate with its unit, or "not stated"."""
    return NOT_STATED if rate is None else samples_per_second(rate)


def known_names(report: dict) -> list[str]:
    """The classes except `UNKNOWN`."""
    return [name for name in report["classes"] if name != UNKNOWN]


def _without_held_out(report: dict) -> str:
    counts = report["data"]["recordings"]
    names = [
        name
        for name in known_names(report)
        if not any(counts.get(split, {}).get(name) for split in ("val", "test"))
    ]
    return names and (
        f"**{_quote(names)}: never tested.** No recording of them was held out, so it is not known "
        "how well they are recognised."
    )


def _few_held_out(report: dict) -> str:
    split = "test" if "test" in report else "val"
    counts = report["data"]["recordings"].get(split, {})
    few = [f"{k} ({counts[k]})" for k in known_names(report) if 0 < counts.get(k, 0) < FEW]
    return few and (
        f"**Few recordings.** Fewer than {FEW} {split} recordings: {', '.join(few)}. One recording "
        "more or less changes their recall by a quarter or more."
    )


def _one_group(report: dict) -> str:
    groups = report["data"]["groups"]["train"]
    names = [name for name in known_names(report) if groups.get(name) == 1]
    return names and (
        f"**{_quote(names)}: learnt from one group of recordings each.** A group may be one "
        "device, place or day, and the model may have learnt that instead of the signal."
    )


def _shared_groups(report: dict) -> str:
    groups = report["data"]["shared_groups"]
    return groups and (
        f"**Some figures are too good.** Training and held-out recordings share {len(groups)} "
        f"groups: {_quote(groups[:5])}{' …' if len(groups) > 5 else ''}."
    )


def _without_test(report: dict) -> str:
    return (
        ""
        if "test" in report
        else (
            "**All figures are too good.** There is no test recording, and the recordings of `val` "
            "selected the step that is kept."
        )
    )


def _separate_rates(report: dict) -> str:
    rates = {
        name: {rate for rate in found if rate}
        for name, found in report["data"]["rates"]["train"].items()
        if name in known_names(report)
    }
    names = [
        name
        for name, found in rates.items()
        if found and not any(found & rates[other] for other in rates if other != name)
    ]
    return names and (
        f"**{_quote(names)}: recorded at rates at which no other class was.** The figures do not "
        "show whether the model recognises the signal or its width relative to the rate."
    )


def _rates_seen(report: dict) -> str:
    rates = report["data"]["rates"]["train"]
    names = [name for name in known_names(report) if name in rates]
    if not any(rate for name in names for rate in rates[name]):
        return (
            "**The sample rates are not known.** No training recording states its rate; expect "
            "little at other rates."
        )
    seen = "; ".join(f"{name} {', '.join(map(format_rate, rates[name]))}" for name in names)
    settings = report["config"]["augmentation"]
    return (
        "**Other sample rates were not seen.** Training saw these, each resampled by "
        f"{settings['resample_min']:g} to {settings['resample_max']:g}: {seen}."
    )


def _rates_not_judged(report: dict) -> str:
    rates = report["data"]["rates"]
    lacking = []
    for name in known_names(report):
        held_out = {r for split in ("val", "test") for r in rates.get(split, {}).get(name, ())}
        missing = [r for r in rates["train"].get(name, ()) if r and r not in held_out]
        if held_out and None not in held_out and missing:
            lacking.append(f"{name} at {', '.join(map(format_rate, missing))}")
    return lacking and (
        f"**Trained at, but not tested at:** {'; '.join(lacking)}. No figure is about these."
    )


def _unknown_signals(report: dict) -> str:
    has_unknown = UNKNOWN in report["classes"]
    if "unknown" not in report:
        measure = f"how often such a signal is labelled `{UNKNOWN}`" if has_unknown else "this"
        return (
            "**Unknown signals.** A signal of no class may get one of the labels with confidence. "
            f"There was no such recording to measure {measure}."
        )
    unknown = report["unknown"]
    count = len(unknown["recordings"])
    if has_unknown:
        return (
            f"**It refuses only some unknown signals.** {1 - unknown['refused_ood']:.0%} of the "
            f"steps of {count} recordings of no class got one of the labels."
        )
    return (
        "**It refuses nothing.** A signal of no class gets one of the labels. Its confidence "
        f"separates {count} such recordings from those of the classes with an AUROC of "
        f"{unknown['ood_auroc']:.2f}; 0.5 is chance."
    )


def _licences(report: dict) -> str:
    sources = [s for part in (report["data"], *report["extra_data"]) for s in part["sources"]]
    count = sum(sum(s["recordings"].values()) for s in sources if s["licence"] == NOT_STATED)
    return count and (
        f"**Passing on.** {count} recordings state no licence; ask their owners before you pass "
        "the weights on."
    )


def _quote(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
