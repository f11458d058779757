# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emissions as rows of a table, and what finding them cost, for `label` and `live`."""

from __future__ import annotations

import math
from statistics import median

from ..emissions.doubt import label_text
from ..reporting import duration, hertz, milliseconds, octets

_ROW = (
    "{id:>6}  {time:>15}  {frequency:>12}  {width:>8}  {snr:>7}  {bursts:>6}  {each:>7}  "
    "{period:>7}  {duty:>4}  {flags:<7}  {label:<{label_width}}  {compatible}"
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
NO_EMISSION = "  no emission found (a signal that fills the band is not; --band labels it)"


class EmissionTable:
    """Emissions as rows of text.

    Args:
        rate: sample rate of the source, Hz.
        has_labels: whether a model labels them.
    """

    def __init__(self, rate: float, has_labels: bool):
        self._rate, self._label_width = rate, 36 if has_labels else 5

    def head(self) -> str:
        return _ROW.format(**_HEADS, label_width=self._label_width)

    def row(self, emission: dict) -> str:
        """An emission, as `EmissionRecord.to_dict` gives it."""
        rate, start = self._rate, emission["sample_start"]
        lower, upper = emission["freq_lower"], emission["freq_upper"]
        label = label_text(*(emission[name] for name in ("label", "family", "guess", "confidence")))
        return _ROW.format(
            id=emission["id"],
            time=f"{start / rate:.3f}-{(start + emission['sample_count']) / rate:.3f}",
            frequency=middle(lower, upper),
            width=hertz(float(f"{upper - lower:.3g}")),
            snr=f"{emission['snr_db']:.1f} dB",
            bursts=emission["burst_count"],
            each=duration(burst_seconds(emission, rate)),
            period=duration(emission["period_s"]),
            duty=f"{emission['duty']:.0%}",
            flags=",".join(emission["flags"]) or "-",
            label=label or "-",
            label_width=self._label_width,
            compatible="; ".join(entry["name"] for entry in emission["nearest"]) or "-",
        )


def strongest(emissions: list[dict], most: int) -> list[dict]:
    """The emissions of the largest energy, at most so many, in the order in which they began."""

    def energy(emission: dict) -> float:
        return 10 ** (emission["power_db"] / 10) * emission["duty"] * emission["sample_count"]

    kept = sorted(emissions, key=energy, reverse=True)[:most]
    return sorted(kept, key=lambda emission: (emission["sample_start"], emission["id"]))


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
    stats, searched = row["stats"], row["stats"]["samples"]
    share = searched / max(1, row["samples"])
    print(f"  emissions: {n_emissions} with {n_bursts} bursts")
    print(
        f"  searched:  {searched} samples ({share:.1%}), {searched / row['sample_rate']:.3f} s of "
        f"signal in {stats['uptime_seconds']:.2f} s"
    )
    found = stats["found_seconds"]
    if found["count"]:
        quantiles = ", ".join(f"{name} {milliseconds(found[name])}" for name in ("p50", "p95"))
        print(f"  found:     {quantiles} after the first sample")
    if "emissions_cut" in stats:
        print(
            f"  cut out:   {stats['emissions_cut']} emissions; {stats['emissions_not_cut']} had no "
            f"room, {stats['samples_missed']} samples had passed"
        )
    if "recordings" in stats:
        print(
            f"  recorded:  {stats['recordings']} recordings; {stats['emissions_not_recorded']} "
            "emissions left out"
        )
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
