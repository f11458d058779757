# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emissions as rows of a table, and what finding them cost, for `label` and `live`."""

from __future__ import annotations

import math
from statistics import median

from ..reporting import duration, hertz, milliseconds, octets

_ROW = (
    "  {id:>5}  {time:>21}  {frequency:>13}  {width:>8}  {snr:>8}  {bursts:>6}  {each:>7}  "
    "{period:>7}  {duty:>5}  {flags:<8}  {label:<12}  {compatible}"
)
_HEADS = {
    "id": "id",
    "time": "time (s)",
    "frequency": "frequency",
    "width": "width",
    "snr": "SNR",
    "bursts": "bursts",
    "each": "each",
    "period": "period",
    "duty": "duty",
    "flags": "flags",
    "label": "label",
    "compatible": "compatible with",
}


def table_head() -> str:
    return _ROW.format(**_HEADS)


def table_row(emission: dict, rate: float) -> str:
    """An emission, as `EmissionRecord.to_dict` gives it, in the columns of `table_head`.

    Args:
        rate: sample rate of the source, Hz.
    """
    start, end = emission["sample_start"], emission["sample_start"] + emission["sample_count"]
    lower, upper = emission["freq_lower"], emission["freq_upper"]
    label = emission["label"] or "-"
    if emission["confidence"] is not None:
        label += f" {emission['confidence']:.2f}"
    return _ROW.format(
        id=emission["id"],
        time=f"{start / rate:.3f}-{end / rate:.3f}",
        frequency=middle(lower, upper),
        width=hertz(_rounded(upper - lower, 3)),
        snr=f"{emission['snr_db']:.1f} dB",
        bursts=emission["burst_count"],
        each=duration(burst_seconds(emission, rate)),
        period=duration(emission["period_s"]),
        duty=f"{emission['duty']:.0%}",
        flags=" ".join(emission["flags"]) or "-",
        label=label,
        compatible=", ".join(entry["name"] for entry in emission["nearest"]) or "-",
    ).rstrip()


def middle(lower: float, upper: float) -> str:
    """The middle between two edges, to a tenth of the width or better."""
    width = upper - lower
    step = 10.0 ** math.floor(math.log10(width / 10)) if width > 0 else 1.0
    return hertz(round((lower + upper) / 2 / step) * step)


def burst_seconds(emission: dict, rate: float) -> float | None:
    """Median duration of the bursts; None without any."""
    counts = [burst["sample_count"] for burst in emission["bursts"]]
    return median(counts) / rate if counts else None


def print_costs(row: dict, n_emissions: int, n_bursts: int) -> None:
    """Prints what ``row``, an entry of the JSON, says of the run as a whole."""
    stats, rate, samples = row["stats"], row["sample_rate"], row["searched"]
    seconds, took = samples / rate, stats["uptime_seconds"]
    print(f"  emissions: {n_emissions} with {n_bursts} bursts")
    print(
        f"  searched:  {samples} samples ({seconds:.3f} s) in {took:.2f} s, "
        f"{seconds / took:.1f} times as fast as they were received"
    )
    found = stats["found_seconds"]
    if found["count"]:
        quantiles = ", ".join(f"{name} {milliseconds(found[name])}" for name in ("p50", "p95"))
        print(f"  found:     {quantiles} behind the first sample")
    if row["model"] is not None:
        print_model_costs(row)
    print(f"  memory:    peak resident {octets(stats['peak_rss_bytes'])}\n")


def print_model_costs(row: dict) -> None:
    """Prints which tokens the model looked at, and what that took."""
    tokens, stats, model = row["tokens"], row["stats"], row["model"]
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in tokens.items())
    print(f"  tokens:    {counts}")
    print(f"  looked at: {tokens['processed'] / max(1, tokens['in']):.1%} of the tokens")
    for name in ("latency", "inference"):
        figures = stats[f"{name}_seconds"]
        quantiles = ", ".join(f"{q} {milliseconds(figures[q])}" for q in ("p50", "p95", "p99"))
        print(f"  {name + ':':<10} {quantiles}")
    print(
        f"  model:     {model['attention']} with {model['norm']}, {model['dtype']} on "
        f"{model['device']}, {model['threads']} threads"
    )


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")
