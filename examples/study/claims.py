# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The study's claims beside what was found here; verdict and sentence follow from the figures.

The study gave neither its hardware nor its data nor their split, and did not say what a sample is.
"""

from __future__ import annotations

import math
from statistics import median

from comparison import best, row_of
from study_plan import CLASSICAL

REPRODUCES, FAILS, OPEN, UNMEASURED = "reproduces", "does not reproduce", "open", "not measured"

LATENT_ACCURACY, RMSNORM_ACCURACY = 0.906, 0.911
LATENT_MS, BUDGET_MS = 22.0, 30.0
RMSNORM_MS, LAYERNORM_MS = 26.2, 28.0
LATENT_MB, BASELINE_MB = 480.0, 1000.0
SAMPLES_PER_S = 1900.0
BUSY = 0.9
"""A share of the processor below which times are those of a busy machine."""
_SAME_RATIO = 0.1
"""Memory ratios that differ by less than this share are the same."""


def evaluate(report: dict) -> list[dict]:
    """claim, there (the study), here, verdict, sentence for each claim."""
    return [
        latent_accuracy(report),
        norm_accuracy(report),
        latent_latency(report),
        budget(report),
        norm_latency(report),
        memory(report),
        throughput(report),
    ]


def latent_accuracy(report: dict) -> dict:
    """The claim lies below, in or above the 95 % interval of the mean over seeds."""
    rows = report["accuracy"]
    row = row_of(rows, "latent")
    entry = _entry("latent, accuracy", f"{LATENT_ACCURACY:.1%}")
    if row is None:
        return entry
    found = row["test_recording"]
    verdict = _against(found, LATENT_ACCURACY)
    top, simple = best(rows), row_of(rows, CLASSICAL)
    said = {
        REPRODUCES: "Latent reaches the claim",
        FAILS: "Latent stays below the claim",
        OPEN: "The seeds do not settle it",
    }[verdict]
    sentence = (
        f"{said}: {_percent(found)} of {row['test_count']} test recordings, balanced by class."
    )
    if verdict != REPRODUCES:
        below = top["test_recording"]["mean"] < LATENT_ACCURACY
        name = f"{top['attention']} with {top['norm']}, {top['test_recording']['mean']:.1%}"
        sentence += (
            f" No attention reaches it here (the best is {name}), so it is the recordings "
            "more than the attention."
            if below
            else f" Another does ({name}), so it is not the recordings alone."
        )
    if simple is not None:
        less = simple["test_recording"]["mean"] < found["mean"]
        sentence += (
            f" Trees on simple features read {simple['test_recording']['mean']:.1%}, "
            f"{'less' if less else 'no less'}."
        )
    return entry | {"here": _percent(found), "verdict": verdict, "sentence": sentence}


def norm_accuracy(report: dict) -> dict:
    """The interval of the paired difference: above zero, below the claimed gain, or neither."""
    claimed = RMSNORM_ACCURACY - LATENT_ACCURACY
    entry = _entry(
        "RMSNorm over LayerNorm, accuracy", f"{RMSNORM_ACCURACY:.1%} against {LATENT_ACCURACY:.1%}"
    )
    rows = [r for r in report["norm"]["accuracy"] if r["unit"] == "recording"]
    row = next((r for r in rows if r["attention"] == "all"), rows[0] if rows else None)
    if row is None:
        return entry
    here = f"{100 * row['mean']:+.1f} points {_ends(row['low'], row['high'], 100, '+.1f')}"
    if row["low"] is not None and row["low"] > 0:
        verdict = REPRODUCES
        sentence = "RMSNorm is more accurate here, beyond what seeds explain."
    elif row["high"] is not None and row["high"] < claimed:
        verdict = FAILS
        sentence = f"The gain, if there is one, is below the claimed {100 * claimed:.1f} points."
    else:
        verdict = OPEN
        half = "no interval" if row["low"] is None else f"±{50 * (row['high'] - row['low']):.1f}"
        sentence = (
            f"A gain of {100 * claimed:.1f} points cannot be told from none: the seeds "
            f"leave {half} points."
        )
    return entry | {"here": here, "verdict": verdict, "sentence": sentence}


def latent_latency(report: dict) -> dict:
    """p50 of latent with layernorm at every length that was timed, as a stream and whole."""
    entry = _entry("latent, p50 of a step", f"{LATENT_MS:.1f} ms at 1k to 16k tokens")
    rows = _timed(report, attention="latent", norm="layernorm")
    if not rows:
        return entry
    slow = [r for r in rows if r["p50_ms"] > LATENT_MS]
    verdict = _within(rows, slow)
    said = {
        REPRODUCES: "Every length that was timed is at or below it.",
        FAILS: "This processor is slower at every length that was timed.",
        OPEN: f"It holds but for {_places(slow)}.",
    }[verdict]
    slowest = max(rows, key=lambda r: r["p50_ms"])
    return entry | {
        "here": _range(rows, "p50_ms", "ms"),
        "verdict": OPEN if _busy(slow) else verdict,
        "sentence": f"{said} The slowest is {slowest['p50_ms']:.2f} ms ({_place(slowest)})."
        f"{_busy(slow)}",
    }


def budget(report: dict) -> dict:
    """Whether latent keeps p95 within the budget, and which others do not."""
    entry = _entry("latent keeps the budget", f"{BUDGET_MS:g} ms")
    rows = _timed(report, norm="layernorm")
    latent = [r for r in rows if r["attention"] == "latent"]
    if not latent:
        return entry
    late = [r for r in latent if r["p95_ms"] > BUDGET_MS]
    others = [r for r in rows if r["attention"] != "latent" and r["p95_ms"] > BUDGET_MS]
    sentence = f"p95 is above it for {_places(late)}." if late else "p95 is within it everywhere."
    if others:
        names: dict[str, list[str]] = {}
        for row in others:
            names.setdefault(_place(row), []).append(row["attention"])
        above = "; ".join(f"{place}: {', '.join(who)}" for place, who in names.items())
        sentence += f" Above it at {above}."
    elif not late:
        sentence += " So is that of every other attention: the budget does not tell them apart."
    verdict = OPEN if _busy(late) else _within(latent, late)
    return entry | {
        "here": _range(latent, "p95_ms", "ms, p95"),
        "verdict": verdict,
        "sentence": sentence + _busy(late),
    }


def _within(rows, beyond) -> str:
    return REPRODUCES if not beyond else FAILS if len(beyond) == len(rows) else OPEN


def _busy(rows) -> str:
    """What to say where a time that is too long was measured while others had the processor."""
    shares = [r["cpu_share"] for r in rows if r["cpu_share"] < BUSY]
    if not shares:
        return ""
    return (
        f" The timing had only {min(shares):.0%} of a processor there, so these times are the "
        "machine's rather than the model's."
    )


def norm_latency(report: dict) -> dict:
    """Paired ratios of all attentions and lengths: most are faster beyond noise, or most exclude
    the claimed gain, or neither."""
    claimed = RMSNORM_MS / LAYERNORM_MS
    entry = _entry(
        "RMSNorm over LayerNorm, time of a step",
        f"{RMSNORM_MS} ms against {LAYERNORM_MS} ms (×{claimed:.2f})",
    )
    cells = [c for c in report["norm"]["latency"] if c["low"] is not None]
    if not cells:
        return entry
    faster = [c for c in cells if c["high"] < 1.0]
    slower = [c for c in cells if c["low"] > 1.0]
    middle = median(c["ratio"] for c in cells)
    counted = (
        f"Of {len(cells)} pairs {len(faster)} are faster with RMSNorm beyond noise, "
        f"{len(slower)} slower."
    )
    without = [c for c in cells if c["low"] > claimed]
    if 2 * len(faster) > len(cells):
        verdict = REPRODUCES
        why = f"The median gain is {1 - middle:.1%}, claimed are {1 - claimed:.1%}."
    elif 2 * len(without) > len(cells):
        verdict = FAILS
        why = (
            "LayerNorm is one fused call in torch and RMSNorm several, so fewer operations on "
            "paper need not take less time."
            if 2 * len(slower) > len(cells)
            else "Norms are too small a part of a step for it to show."
        )
    else:
        verdict = OPEN
        why = "The others' intervals are too wide to exclude the claimed gain."
    sentence = f"{counted} {why}"
    return entry | {"here": f"×{middle:.3f} (median)", "verdict": verdict, "sentence": sentence}


def memory(report: dict) -> dict:
    """The ratio of latent's bytes to those of mha, and what shape the megabytes would need."""
    claimed = LATENT_MB / BASELINE_MB
    entry = _entry(
        "KV memory, latent against baseline",
        f"{LATENT_MB:g} MB against {BASELINE_MB:g} MB (×{claimed:.2f})",
    )
    kept = {r["attention"]: r for r in report["mechanism"]}
    if not {"latent", "mha"} <= set(kept):
        return entry
    longest = max(kept["mha"]["kv_bytes"], key=int)
    small, full = (kept[a]["kv_bytes"][longest] for a in ("latent", "mha"))
    ratio = small / full
    here = f"{small / 1e6:.1f} MB against {full / 1e6:.1f} MB (×{ratio:.2f}) at {longest} tokens"
    same = abs(ratio / claimed - 1.0) <= _SAME_RATIO
    layers, of = kept["latent"]["layers"], kept["mha"]["layers"]
    sentence = (
        f"The ratio is that of the layers that look at the window, {layers} of {of}"
        f"{'' if same else ', a choice, not a property of latents'}; "
    )
    sentence += (
        f"{BASELINE_MB:g} MB for the baseline would be {BASELINE_MB * 1e6 / full:,.0f} "
        "times this model's bytes."
    )
    less = [a for a in kept if kept[a]["kv_bytes"][longest] < small]
    if less:
        each = (f"{a} (×{kept[a]['kv_bytes'][longest] / full:.2f})" for a in less)
        sentence += f" Less still: {', '.join(each)}."
    return entry | {"here": here, "verdict": REPRODUCES if same else FAILS, "sentence": sentence}


def throughput(report: dict) -> dict:
    """Latent at the longest stream under each reading of "sample"."""
    entry = _entry("latent, throughput", f"{SAMPLES_PER_S:g} samples/s")
    rows = [
        r for r in _timed(report, attention="latent", norm="layernorm") if r["mode"] == "stream"
    ]
    if not rows:
        return entry
    row = max(rows, key=lambda r: r["window"])
    readings = {
        "I/Q samples": row["samples_per_s"],
        "tokens": row["tokens_per_s"],
        "labels": row["windows_per_s"],
    }
    here = ", ".join(f"{value:,.0f} {name}/s" for name, value in readings.items())
    reached = [name for name, value in readings.items() if value >= SAMPLES_PER_S]
    verdict = REPRODUCES if len(reached) == len(readings) else OPEN if reached else FAILS
    nearest = min(readings, key=lambda name: abs(math.log(readings[name] / SAMPLES_PER_S)))
    sentence = {
        REPRODUCES: "Whatever a sample is, this is at least as much",
        OPEN: f"It depends on what a sample is: reached as {' and '.join(reached)}",
        FAILS: "Whatever a sample is, this is less",
    }[verdict]
    sentence += (
        f" (W {row['window']}); the nearest reading is {nearest}. The study's own "
        f"{LATENT_MS:g} ms and {SAMPLES_PER_S:g}/s make "
        f"{SAMPLES_PER_S * LATENT_MS / 1e3:.0f} samples a step."
    )
    if verdict != REPRODUCES and _busy([row]):
        verdict, sentence = OPEN, sentence + _busy([row])
    return entry | {"here": here, "verdict": verdict, "sentence": sentence}


def _entry(claim: str, there: str) -> dict:
    return {
        "claim": claim,
        "there": there,
        "here": "-",
        "verdict": UNMEASURED,
        "sentence": "This run did not measure both sides.",
    }


def _against(found: dict, claim: float) -> str:
    if found["low"] is None or found["low"] <= claim <= found["high"]:
        return OPEN
    return REPRODUCES if found["low"] > claim else FAILS


def _timed(report: dict, **wanted) -> list[dict]:
    return [
        r
        for r in report["rows"]
        if "p50_ms" in r and all(r[name] == value for name, value in wanted.items())
    ]


def _percent(found: dict) -> str:
    sd = "" if found["sd"] is None else f" ± {100 * found['sd']:.1f}"
    return f"{100 * found['mean']:.1f}{sd} %"


def _ends(low, high, scale: float, form: str) -> str:
    return "" if low is None else f"[{scale * low:{form}}, {scale * high:{form}}]"


def _range(rows, name: str, unit: str) -> str:
    """The least and the most of the streams, and of the whole windows."""
    parts = []
    for mode in ("stream", "whole window"):
        values = [r[name] for r in rows if r["mode"] == mode]
        if values:
            parts.append(f"{min(values):.2f} to {max(values):.2f} {unit}, {mode}")
    return "; ".join(parts)


def _place(row: dict) -> str:
    return f"W {row['window']}{'' if row['mode'] == 'stream' else ' in one step'}"


def _places(rows) -> str:
    return ", ".join(_place(r) for r in rows)
