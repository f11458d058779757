# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of the benchmark of labels, from its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gnuradio.rfattn.reporting import table, table_of
from gnuradio.rfattn.wilson import wilson

from ...train.cards.card_tables import format_share
from ..harness import headline, text_of
from .labels_score import OUTCOMES

SHARES = ("found", "right", "family", "unknown", "wrong family", "wrong", "guess")
_WITH_INTERVAL = ("right", "wrong")


def to_markdown(report: Mapping) -> str:
    """The whole report, with the machine and the command."""
    return text_of(_parts(report))


def _parts(report: Mapping) -> Iterator[str]:
    yield headline("Labels of emissions", report, f"Model {report['model']}. {{machine}}")
    for name, (title, tables) in _SECTIONS.items():
        if report.get(name):
            yield f"## {title}"
            yield from tables(report[name])


def _recordings(part: Mapping) -> Iterator[str]:
    unusable = ", ".join(part["not_sent_again"]) or "none"
    yield f"Recordings that cannot be sent again, which are left out: {unusable}."
    slow = "; ".join(part["too_slow"]) or "none"
    yield f"Receivers whose rate would be too low for the detector, which are left out: {slow}."
    yield table_of(
        {
            "receiver": lambda row: row["name"],
            "recordings": lambda row: row["count"],
            **{name: lambda row, name=name: cell(row, name) for name in SHARES},
            "right or unknown": lambda row: share(row["right or unknown"]),
            "right, change": lambda row: f"{row['right_change']:+.2f}",
            "wrong, change": lambda row: f"{row['wrong_change']:+.2f}",
            "of no class": lambda row: row["others"],
            "labelled": lambda row: share(row["others_labelled"]),
        },
        part["variants"],
    )
    yield rows_table("receiver", part["rows"])
    yield _by_label(part["classes"])
    yield f"By emission, {part['emissions']['count']} of them:"
    yield table(SHARES, [shares(part["emissions"])])


def _everyday(part: Mapping) -> Iterator[str]:
    yield f"{part['seconds']:g} s, SNR {part['snr_db']:g} dB; {part['no_room']} scenes had no room."
    rates = [row["rate"] for row in part["rates"]]
    header = ["class", "count", *SHARES, *(f"right at {r / 1e6:g}" for r in rates), "called"]
    rows = [
        [
            row["name"],
            row["count"],
            *shares(row),
            *(share(row["rates"][f"{r:g}"]["right"]) for r in rates),
            counted(row["mistaken"]),
        ]
        for row in part["classes"]
    ]
    right = [share(row["right"]) for row in part["rates"]]
    yield table(header, [*rows, ["all", part["all"]["count"], *shares(part["all"]), *right, ""]])
    yield table(
        ["company", "count", *SHARES],
        [[name, row["count"], *shares(row)] for name, row in part["company"].items()],
    )
    yield table_of(
        {
            "MS/s": lambda row: f"{row['rate'] / 1e6:g}",
            "count": lambda row: row["count"],
            **{name: lambda row, name=name: cell(row, name) for name in SHARES},
            "spurious": lambda row: row["stray"]["spurious"],
            "labelled": lambda row: row["stray"]["spurious_labelled"],
            "pieces": lambda row: row["stray"]["pieces"],
            "labelled ": lambda row: row["stray"]["pieces_labelled"],
        },
        part["rates"],
    )
    yield rows_table("rows at", part["rows"])


def _noise(rows: Sequence[Mapping]) -> Iterator[str]:
    names = ("boxes", "faults", "labels", "carriers", "families")
    yield table(
        ["noise", "minutes", *names, "boxes a minute", "labels a minute", "called"],
        [
            [
                row["name"],
                number(row["seconds"] / 60),
                *(row[name] for name in names),
                *(number(60 * row[name] / row["seconds"]) for name in ("boxes", "labels")),
                counted(row["called"]),
            ]
            for row in rows
        ],
    )


def _strangers(part: Mapping) -> Iterator[str]:
    yield table_of(
        {
            "signals": lambda row: row[0],
            "count": lambda row: row[1]["count"],
            **{name: lambda row, name=name: cell(row[1], name) for name in SHARES},
            "AUROC": lambda row: share(row[1]["auroc"]),
        },
        part["groups"].items(),
    )
    yield rows_table("rows of", part["rows"])
    labelled = "; ".join(f"{name}: {counted(c)}" for name, c in part["labelled"].items())
    yield f"Strangers that got a label: {labelled or 'none'}."
    yield _by_label(part["known"])


def _by_label(rows: Sequence[Mapping]) -> str:
    """A row for each label, with what it was called where that was wrong."""
    return table(
        ["label", "count", *SHARES, "called"],
        [[row["name"], row["count"], *shares(row), counted(row["mistaken"])] for row in rows],
    )


def _calibration(part: Mapping) -> Iterator[str]:
    yield table_of(
        {
            "answers": lambda row: row[0],
            "best guesses": lambda row: row[1]["guesses"],
            "error": lambda row: number(row[1]["guess_error"]),
            "by chance": lambda row: number(row[1]["guess_chance"]),
            "labels": lambda row: row[1]["labels"],
            "error ": lambda row: number(row[1]["label_error"]),
            "by chance ": lambda row: number(row[1]["label_chance"]),
        },
        part.items(),
    )


_SECTIONS = {
    "everyday": ("Everyday signals of the benchmark's own transmitters", _everyday),
    "services": ("Everyday signals of the generator of training, other seeds", _everyday),
    "recordings": ("Real recordings", _recordings),
    "noise": ("Noise alone", _noise),
    "strangers": ("Technologies of no class", _strangers),
    "calibration": ("Calibration", _calibration),
}
"""Title and tables of each part of the JSON."""


def rows_table(name: str, counts: Mapping[str, Mapping]) -> str:
    """A line for each group of scenes: how its true signals are named by their main rows, then what
    all rows are; see `labels_rows.RowCounts`."""
    return table_of(
        {
            name: lambda item: item[0],
            "count": lambda item: item[1]["count"],
            **{o: lambda item, o=o: cell(item[1], o) for o in OUTCOMES},
            "rows": lambda item: item[1]["rows"],
            "named": lambda item: item[1]["named"],
            "how sure": lambda item: share(item[1]["confidence"]),
            "proved": lambda item: item[1]["proved"],
            "false": lambda item: item[1]["false"],
            "proved and false": lambda item: item[1]["proved_false"],
            "scenes with a false one": lambda item: _false_scenes(item[1]),
            "false names": lambda item: counted(item[1]["called"], 4),
        },
        counts.items(),
    )


def _false_scenes(counts: Mapping) -> str:
    count, false = counts["scenes"], counts["false_scenes"]
    return format_share(false / max(1, count), wilson(false, count))


def shares(row: Mapping) -> list[str]:
    """The cells of `SHARES`."""
    return [cell(row, name) for name in SHARES]


def cell(row: Mapping, name: str) -> str:
    """A share of the ``count`` of a row; of `_WITH_INTERVAL` with its 95 % interval."""
    count = row["count"]
    ends = wilson(round(row[name] * count), count) if name in _WITH_INTERVAL else None
    return format_share(row[name], ends)


def share(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}" if value < 1 else f"{value:.1f}"


def counted(counts: Mapping[str, int], most: int = 3) -> str:
    """The most frequent names with their counts."""
    return ", ".join(f"{name} {count}" for name, count in list(counts.items())[:most])
