# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Emissions as rows of a table for `label` and `live`, and what finding them cost."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from statistics import median

from ...frequency_text import FrequencyColumn, width_text
from ...messages.emission import sideband_text
from ...messages.label_text import PROVED, is_in_doubt, label_text
from ...printable import shortened
from ...reporting import baud, count_of, duration, milliseconds, octets

_WIDTH = 120
"""Columns of a row, unless every column is asked for."""
_ROW = (
    "{id:>5}  {time:<12}  {lasts:>7}  {frequency:>{frequency_width}}  {width:>8}  {snr:>5}  "
    "{bursts:>12}  {label}"
)
_FULL_ROW = (
    "{id:>6}  {span:>15}  {frequency:>{frequency_width}}  {width:>8}  {snr_tenths:>7}  "
    "{bursts_only:>6}  {each:>7}  {period:>7}  {duty:>4}  {flags:<8}  "
    "{label_only:<{label_width}}  {compatible}"
)
_HEADS = {
    "id": "id",
    "time": "time (s)",
    "span": "time (s)",
    "lasts": "lasts",
    "frequency": "frequency",
    "width": "width",
    "snr": "SNR",
    "snr_tenths": "SNR",
    "bursts": "bursts",
    "bursts_only": "bursts",
    "each": "each",
    "period": "period",
    "duty": "duty",
    "flags": "flags",
    "label": "label",
    "label_only": "label",
    "compatible": "compatible with",
}
_DECODED_INDENT = " " * 7
NO_EMISSION = "  no emission found (not every signal that fills the band is)"

_SHOWN_LABEL = ("label", "family", "guess", "confidence", "basis")


class EmissionTable:
    """Emissions as rows of text.

    Args:
        rate: sample rate of the source, Hz.
        frequencies: form of the frequencies.
        is_full: every column; without it a row fits into 120 characters, and its time is UTC where
            that is known.
        has_grey: whether rows without a name are grey; None: on a terminal, unless the environment
            has NO_COLOR (no-color.org).
    """

    def __init__(
        self,
        rate: float,
        frequencies: FrequencyColumn,
        is_full: bool = False,
        has_grey: bool | None = None,
    ):
        if has_grey is None:
            has_grey = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self._has_grey = has_grey
        self._rate, self._frequencies, self._is_full = rate, frequencies, is_full
        self._widths = {
            "label_width": 36,
            "frequency_width": len("1000. MHz") + frequencies.decimals,
        }
        self._date = ""

    def head(self) -> str:
        form = _FULL_ROW if self._is_full else _ROW
        return form.format(**_HEADS, **self._widths)

    def row(self, emission: dict, state: str = "") -> str:
        """An emission, as `EmissionRecord.to_dict` gives it, behind ``state``.

        In front is a line with the date, where that is known and not the one of the last row.
        """
        form = _FULL_ROW if self._is_full else _ROW
        row = state + form.format(**self._cells(emission), **self._widths)
        lines, date = [row, *_frame_lines(emission)], ""
        if not self._is_full:
            lines, date = [shortened(line, _WIDTH) for line in lines], self._date_line(emission)
        text = "\n".join(lines)
        is_grey = self._has_grey and is_in_doubt(emission["label"])
        return date + (f"\x1b[90m{text}\x1b[0m" if is_grey else text)

    def _date_line(self, emission: dict) -> str:
        moment = utc(emission)
        date = "" if moment is None else f"{moment:%Y-%m-%d}"
        if date in ("", self._date):
            return ""
        self._date = date
        return f"  {date} (UTC)\n"

    def _cells(self, emission: dict) -> dict[str, str]:
        rate, start = self._rate, emission["sample_start"]
        lower, upper = emission["freq_lower"], emission["freq_upper"]
        seconds, moment = emission["sample_count"] / rate, utc(emission)
        each = duration(burst_seconds(emission, rate))
        label = label_text(*(emission.get(name) for name in _SHOWN_LABEL))
        clock = f"{start / rate:.3f}" if moment is None else f"{moment:%H:%M:%S.%f}"[:-3]
        known = emission["nearest"] if is_in_doubt(emission["label"]) else ()
        nearest = "; ".join(entry["name"] for entry in known)
        hint = f"like {nearest}" if nearest else ""
        symbols, sync = baud(emission["symbol_rate"]), emission["sync"]
        sideband = sideband_text(emission["sideband_of"])
        # The class says which frames these are, unless they are those of another one.
        is_said = emission.get("basis") == PROVED
        frames = f"{sync} frames" if sync and not is_said else ""
        return {
            "id": emission["id"],
            "time": clock,
            "span": f"{start / rate:.3f}-{start / rate + seconds:.3f}",
            "lasts": duration(seconds),
            "frequency": self._frequencies.text((lower + upper) / 2),
            "width": width_text(upper - lower),
            "snr": f"{round(emission['snr_db'])} dB",
            "snr_tenths": f"{emission['snr_db']:.1f} dB",
            # One that is on the air for the first time has no whole burst yet.
            "bursts": f"{emission['burst_count']} x {each}" if emission["burst_count"] else "-",
            "bursts_only": emission["burst_count"],
            "each": each,
            "period": duration(emission["period_s"]),
            "duty": f"{emission['duty']:.0%}",
            "flags": ",".join(emission["flags"]) or "-",
            "label": _joined(sideband, label, symbols, frames, hint),
            "label_only": _joined(sideband, label, symbols, frames),
            "compatible": nearest or "-",
        }


def _joined(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part) or "-"


def utc(emission: dict) -> datetime | None:
    """The time of the first sample of an emission."""
    seconds = emission.get("time_unix_s")
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def energy(emission: dict) -> float:
    """Energy of an emission, in units of full-scale samples."""
    return 10 ** (emission["power_db"] / 10) * emission["duty"] * emission["sample_count"]


def burst_seconds(emission: dict, rate: float) -> float | None:
    """Median duration of the bursts; None without any."""
    counts = [burst["sample_count"] for burst in emission["bursts"]]
    return median(counts) / rate if counts else None


def print_looked_at(row: dict, emissions: int, whole_s: float | None, what: str) -> None:
    """Prints how much of the time was searched and, with a model, of the emissions looked at; and
    what was left out.

    Args:
        row: an entry of the JSON.
        emissions: how many were found.
        whole_s: how long ``what`` took: a recording, or the time that a receiver was listened to;
            None: no part of it can be missed, as of a file.
    """
    stats = row["stats"]
    absent, took = stats["samples_absent"], duration(stats["uptime_seconds"])
    searched_s, share = (stats["samples"] - absent) / row["sample_rate"], ""
    if whole_s is not None:
        share = f", {min(1.0, searched_s / max(whole_s, 1e-9)):.1%} of the {what}"
    print(f"  searched:  {duration(searched_s)}{share}, in {took}")
    if absent:
        absent_s = duration(absent / row["sample_rate"])
        print(
            f"  absent:    {absent_s} of samples that are exactly constant, as of a muted receiver"
        )
    print_faulty(stats, stats["samples"])
    if emissions and row["model"] is not None and row["tokens"]["in"]:
        tokens = row["tokens"]
        parts = ", ".join(
            f"{_share(tokens[name], tokens['in'])} {name}" for name in ("rested", "dropped")
        )
        print(
            f"  looked at: {_share(tokens['processed'], tokens['in'])} of the time on the air "
            f"({parts})"
        )
    for name, what in _LEFT_OUT.items():
        if stats.get(name):
            print(f"  left out:  {stats[name]} {what}")
    for name, failed in stats.get("failures", {}).items():
        print(f"  failed:    {name} {count_of(failed['count'], 'time')}, first: {failed['reason']}")
    if stats.get("samples_missed"):
        missed = duration(stats["samples_missed"] / row["sample_rate"])
        print(f"  left out:  {missed} of bursts, in sum, had passed when their emission was found")


def _frame_lines(emission: dict) -> list[str]:
    """What the newest of its frames states, behind how many were read."""
    decoded = emission.get("decoded", ())  # an emission in an older file has none
    frames = [entry for entry in decoded if "bits" in entry]
    if not frames:
        return []
    total = emission["decoded_count"] - len(decoded) + len(frames)
    count = f"{total} x " if total > 1 else ""
    return [f"{_DECODED_INDENT}{count}{frames[-1]['source']}: {frames[-1]['text']}"]


_LEFT_OUT = {
    "frames_not_read": "frames were not read, since more than 1000 came in a second",
    "emissions_not_cut": "emissions came while as many were cut out as can be at a time, so no "
    "model looked at them",
    "emissions_not_recorded": "emissions were not recorded, since too many were at a time",
    "recording_samples_lost": "samples of emissions were not recorded, since writing was too slow",
    "messages_lost": "messages about emissions were discarded, since the machine is too slow",
    "emissions_not_listed": "emissions are not listed, since the reader of stdout is too slow",
}


def _share(part: int, whole: int) -> str:
    return f"{part / max(1, whole):.1%}"


def print_costs(row: dict) -> None:
    """Prints what ``row``, an entry of the JSON, states of the run as a whole."""
    stats = row["stats"]
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
            f"  recorded:  {count_of(stats['recordings'], 'recording')}; "
            f"{count_of(stats['emissions_not_recorded'], 'emission')} left out, "
            f"{stats['recordings_given_up']} not wanted by --when"
        )
    if row["model"] is not None:
        print_model_costs(row)
    print(f"  memory:    peak resident {octets(stats['peak_rss_bytes'])}")


def print_faulty(counts: dict, samples: int) -> None:
    """Prints how many samples are not finite or saturated, if any are."""
    names = {"samples_non_finite": "not finite", "samples_saturated": "saturated"}
    faulty = [
        f"{counts[name]} samples ({counts[name] / max(1, samples):.2%}) {text}"
        for name, text in names.items()
        if counts[name]
    ]
    if faulty:
        print(f"  faulty:    {', '.join(faulty)}")


def print_model_costs(row: dict) -> None:
    """Prints which tokens the model looked at, and what that took."""
    tokens, stats, model = row["tokens"], row["stats"], row["model"]
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in tokens.items())
    print(f"  tokens:    {counts}")
    for name in ("latency", "inference"):
        figures = stats[f"{name}_seconds"]
        quantiles = ", ".join(f"{q} {milliseconds(figures[q])}" for q in ("p50", "p95", "p99"))
        print(f"  {name + ':':<10} {quantiles}")
    print_model(model)


def print_model(model: dict) -> None:
    """Prints what `AttentionModelAdapter.describe` says of the model that ran."""
    print(
        f"  model:     {model['attention']} with {model['norm']}, {model['dtype']} on "
        f"{model['device']}, {count_of(model['threads'], 'thread')}"
    )
