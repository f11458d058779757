# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges the study's claims by the figures of a run.

The study gave no hardware, data or split, and did not define its *sample*.
"""

from __future__ import annotations

import functools
import math
from statistics import median

from gnuradio.rfattn.reporting import interval

from comparison import best, row_of
from study_plan import CLASSICAL

REPRODUCES, FAILS, OPEN, UNMEASURED = "reproduces", "does not reproduce", "open", "not measured"

LATENT_ACCURACY, RMSNORM_ACCURACY = 0.906, 0.911
LATENT_MS, BUDGET_MS = 22.0, 30.0
RMSNORM_MS, LAYERNORM_MS = 26.2, 28.0
LATENT_MB, BASELINE_MB = 480.0, 1000.0
SAMPLES_PER_S = 1900.0
BUSY = 0.9
"""Times are those of a busy machine below this share of the processor."""
_SAME_RATIO = 0.1
"""Memory ratios that differ by less than this share count as equal."""
_CLAIMS = []


def evaluate(report: dict) -> list[dict]:
    """claim, there (the study), here, verdict and sentence of each claim."""
    return [judge(report) for judge in _CLAIMS]


def _claim(claim: str, there: str):
    """Registers a function that returns (here, verdict, sentence), or None if not measured."""

    def register(function):
        @functools.wraps(function)
        def judge(report: dict) -> dict:
            found = function(report) or ("-", UNMEASURED, "This run did not measure both sides.")
            names = ("here", "verdict", "sentence")
            return {"claim": claim, "there": there} | dict(zip(names, found, strict=True))

        _CLAIMS.append(judge)
        return judge

    return register


@_claim("latent, accuracy", f"{LATENT_ACCURACY:.1%}")
def latent_accuracy(report: dict):
    """Compares the claim with the 95 % interval of the mean over seeds."""
    row, trees = (row_of(report["accuracy"], name) for name in ("latent", CLASSICAL))
    if row is None:
        return None
    found = row["test_recording"]
    if found["low"] is None or found["low"] <= LATENT_ACCURACY <= found["high"]:
        verdict = OPEN
    else:
        verdict = REPRODUCES if found["low"] > LATENT_ACCURACY else FAILS
    here = f"{percent(found)} %"
    sentence = f"{here} of {row['test_count']} test recordings, balanced by class."
    if verdict != REPRODUCES:
        top = best(report["accuracy"])
        name = f"{top['attention']} with {top['norm']}, {top['test_recording']['mean']:.1%}"
        sentence += (
            f" No attention reaches it here (best: {name}), so the recordings matter more than "
            "the attention."
            if top["test_recording"]["mean"] < LATENT_ACCURACY
            else f" Another does ({name}), so the recordings alone are not the reason."
        )
    if trees is not None:
        mean = trees["test_recording"]["mean"]
        sentence += f" Trees on simple features reach {mean:.1%}"
        sentence += ", less." if mean < found["mean"] else ", no less."
    return here, verdict, sentence


@_claim("RMSNorm over LayerNorm, accuracy", f"{RMSNORM_ACCURACY:.1%} against {LATENT_ACCURACY:.1%}")
def norm_accuracy(report: dict):
    """Compares the interval of the paired difference with zero and with the claimed gain."""
    rows = [r for r in report["norm"]["accuracy"] if r["unit"] == "recording"]
    row = next((r for r in rows if r["attention"] == "all"), rows[0] if rows else None)
    if row is None:
        return None
    low, high = row["low"], row["high"]
    claimed = f"the claimed {100 * (RMSNORM_ACCURACY - LATENT_ACCURACY):.1f} points"
    here = f"{100 * row['mean']:+.1f} points {interval(low, high, '+.1f', 100)}"
    if low is not None and low > 0:
        return here, REPRODUCES, "RMSNorm is more accurate here, beyond the spread of the seeds."
    if high is not None and high < RMSNORM_ACCURACY - LATENT_ACCURACY:
        return here, FAILS, f"Any gain is below {claimed}."
    half = "no interval" if low is None else f"±{50 * (high - low):.1f} points"
    return here, OPEN, f"The seeds leave {half}, too much to tell {claimed} from none."


@_claim("latent, p50 of a step", f"{LATENT_MS:.1f} ms at 1k to 16k tokens")
def latent_latency(report: dict):
    """p50 of latent with layernorm at every length, as a stream and as a whole window."""
    rows = _timed(report, attention="latent", norm="layernorm")
    if not rows:
        return None
    slow = [r for r in rows if r["p50_ms"] > LATENT_MS]
    slowest = max(rows, key=lambda r: r["p50_ms"])
    sentence = (
        f"p50 exceeds it {_places(slow)}. The slowest is {slowest['p50_ms']:.2f} ms "
        f"({_place(slowest)})."
    )
    return _range(rows, "p50_ms", "ms"), _within(rows, slow), sentence + _busy(slow)


@_claim("latent keeps the budget", f"{BUDGET_MS:g} ms")
def budget(report: dict):
    """Compares p95 of latent, and of the other attentions, with the budget."""
    rows = _timed(report, norm="layernorm")
    latent = [r for r in rows if r["attention"] == "latent"]
    if not latent:
        return None
    late = [r for r in latent if r["p95_ms"] > BUDGET_MS]
    others = [r for r in rows if r["attention"] != "latent" and r["p95_ms"] > BUDGET_MS]
    names = ", ".join(f"{r['attention']} at {_place(r)}" for r in others) or "none"
    sentence = f"p95 of latent exceeds it {_places(late)}; other attentions that do: {names}."
    return _range(latent, "p95_ms", "ms, p95"), _within(latent, late), sentence + _busy(late)


@_claim(
    "RMSNorm over LayerNorm, time of a step",
    f"{RMSNORM_MS} ms against {LAYERNORM_MS} ms (×{RMSNORM_MS / LAYERNORM_MS:.2f})",
)
def norm_latency(report: dict):
    """Counts the paired ratios that are below 1, or that exclude the claimed gain."""
    claimed = RMSNORM_MS / LAYERNORM_MS
    cells = [c for c in report["norm"]["latency"] if c["low"] is not None]
    if not cells:
        return None
    faster, slower = sum(c["high"] < 1.0 for c in cells), sum(c["low"] > 1.0 for c in cells)
    middle, half = median(c["ratio"] for c in cells), len(cells) / 2
    if faster > half:
        verdict = REPRODUCES
        why = f"The median gain is {1 - middle:.1%}, claimed are {1 - claimed:.1%}."
    elif sum(c["low"] > claimed for c in cells) > half:
        verdict = FAILS
        why = (
            "LayerNorm is one fused call in torch, RMSNorm several."
            if slower > half
            else "Norms are too small a part of a step to matter."
        )
    else:
        verdict, why = OPEN, "The intervals are too wide to exclude the claimed gain."
    counts = (
        f"{faster} of {len(cells)} pairs are faster with RMSNorm beyond noise, {slower} slower."
    )
    return f"×{middle:.3f} (median)", verdict, f"{counts} {why}"


@_claim(
    "KV memory, latent against baseline",
    f"{LATENT_MB:g} MB against {BASELINE_MB:g} MB (×{LATENT_MB / BASELINE_MB:.2f})",
)
def memory(report: dict):
    """Compares the ratio of the bytes of latent and mha at the longest window with the claimed."""
    kept = {r["attention"]: r for r in report["mechanism"]}
    if not {"latent", "mha"} <= set(kept):
        return None
    longest = max(kept["mha"]["kv_bytes"], key=int)
    size = {name: row["kv_bytes"][longest] for name, row in kept.items()}
    small, full = size["latent"], size["mha"]
    less = [f"{name} (×{size[name] / full:.2f})" for name in size if size[name] < small]
    here = f"{small / 1e6:.1f} MB against {full / 1e6:.1f} MB (×{small / full:.2f})"
    verdict = FAILS
    if abs(small / full / (LATENT_MB / BASELINE_MB) - 1.0) <= _SAME_RATIO:
        verdict = REPRODUCES
    sentence = (
        "The ratio is that of the layers that see the window, a choice of the shape: "
        f"{kept['latent']['layers']} of {kept['mha']['layers']}. The baseline's {BASELINE_MB:g} MB "
        f"are {BASELINE_MB * 1e6 / full:,.0f} times this model's bytes."
    )
    sentence += f" Less still: {', '.join(less)}." if less else ""
    return f"{here} at {longest} tokens", verdict, sentence


@_claim("latent, throughput", f"{SAMPLES_PER_S:g} samples/s")
def throughput(report: dict):
    """Compares latent at the longest stream with the claim, for each meaning of "sample"."""
    rows = _timed(report, attention="latent", norm="layernorm", mode="stream")
    if not rows:
        return None
    row = max(rows, key=lambda r: r["window"])
    names = {"I/Q samples": "samples_per_s", "tokens": "tokens_per_s", "labels": "windows_per_s"}
    rates = {name: row[key] for name, key in names.items()}
    reached = [name for name, rate in rates.items() if rate >= SAMPLES_PER_S]
    nearest = min(rates, key=lambda name: abs(math.log(rates[name] / SAMPLES_PER_S)))
    verdict = REPRODUCES if len(reached) == len(rates) else OPEN if reached else FAILS
    busy = "" if verdict == REPRODUCES else _busy([row])
    sentence = (
        f"Reached for these meanings of a sample: {', '.join(reached) or 'none'} "
        f"(W {row['window']}); the nearest is {nearest}. The study's {LATENT_MS:g} ms and "
        f"{SAMPLES_PER_S:g}/s make {SAMPLES_PER_S * LATENT_MS / 1e3:.0f} samples a step."
    )
    here = ", ".join(f"{rate:,.0f} {name}/s" for name, rate in rates.items())
    return here, OPEN if busy else verdict, sentence + busy


def percent(found: dict | None) -> str:
    """A `mean_interval` in percent, such as "62.1 ± 8.0"; "-" for None."""
    if found is None:
        return "-"
    sd = "" if found["sd"] is None else f" ± {100 * found['sd']:.1f}"
    return f"{100 * found['mean']:.1f}{sd}"


def _within(rows, beyond) -> str:
    """Too slow on a busy machine decides nothing."""
    if _busy(beyond):
        return OPEN
    return REPRODUCES if not beyond else FAILS if len(beyond) == len(rows) else OPEN


def _busy(rows) -> str:
    """A remark where a time was too long while other programs had the processor."""
    shares = [r["cpu_share"] for r in rows if r["cpu_share"] < BUSY]
    return f" The timing had only {min(shares):.0%} of a processor there." if shares else ""


def _timed(report: dict, **wanted) -> list[dict]:
    rows = [r for r in report["rows"] if "p50_ms" in r]
    return [r for r in rows if all(r[name] == value for name, value in wanted.items())]


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
    return f"at {', '.join(_place(r) for r in rows)}" if rows else "nowhere"
