# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`station DIR`: what a logbook has, as tables, CSV or JSON."""

from __future__ import annotations

import csv
import json
import sys
import time
from argparse import ArgumentTypeError
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from gnuradio.rfattn.cli.output.json_output import SCHEMA
from gnuradio.rfattn.cli.sources.inputs import receiver_hertz
from gnuradio.rfattn.emissions.rounding import rounded
from gnuradio.rfattn.printable import printable
from gnuradio.rfattn.reporting import Progress, count_of, duration, hertz, table_of

from ..transmitters.alarms import shown_time
from .keeping import check_packages, joined

_AGO_S = {"m": 60, "h": 3600, "d": 86_400}
_MOST = 50
_US = 1e6


def moment(text: str) -> float:
    """Reads a time such as 2026-11-30T20:00 (UTC) or 12h (ago), for argparse; s since 1970."""
    try:
        if text[-1:] in _AGO_S:
            return time.time() - float(text[:-1]) * _AGO_S[text[-1]]
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        form = "such as 2026-11-30, 2026-11-30T20:00 (UTC), 90m, 12h or 7d (ago)"
        raise ArgumentTypeError(f"must be {form}, got {text!r}") from None


def band(text: str) -> tuple[float, float]:
    """Reads a band such as 433M-435M, for argparse."""
    edges = [receiver_hertz(edge) for edge in text.split("-", 1)]
    if len(edges) != 2 or not edges[0] < edges[1]:
        raise ArgumentTypeError(f"must be LOW-HIGH, such as 433M-435M, got {text!r}")
    return edges[0], edges[1]


def add_logbook_options(parser) -> None:
    group = parser.add_argument_group("logbook of a station, with DIR in the place of FILE")
    for name, (metavar, kind, text) in {
        "--since": ("TIME", moment, "from then on: 2026-11-30T20:00 (UTC), or 12h, 7d (ago)"),
        "--until": ("TIME", moment, "until then"),
        "--band": ("LOW-HIGH", band, "emissions whose middle is in this band, as in 433M-435M"),
        "--label": ("LABEL", str, 'emissions with this label; "": without one'),
        "--sender": ("NAME", str, 'emissions whose content names it, such as "mmsi 211234560"'),
        "--import": ("LINES", str, "first add the emissions that live or label wrote as lines"),
        "--mute": (
            "N",
            str,
            "first mute transmitter N, its number, its name, or with several receivers "
            "'NUMBER RECEIVER': it still counts, and no table, event or command shows it",
        ),
        "--unmute": ("N", str, "first end that"),
    }.items():
        group.add_argument(name, metavar=metavar, type=kind, help=text)
    group.add_argument(
        "--list",
        metavar="N",
        type=int,
        nargs="?",
        const=_MOST,
        help=f"list the newest N emissions one by one (default: {_MOST})",
    )
    group.add_argument(
        "--occupancy", action="store_true", help="list how much of the time channels are in use"
    )
    group.add_argument("--csv", action="store_true", help="print the table as CSV")


_OPTIONS = ("since", "until", "band", "label", "sender", "import", "mute", "unmute")
_OPTIONS += ("list", "occupancy", "csv")


def run(arguments) -> int | None:
    """Prints the report; None where no logbook is asked for."""
    names = arguments.files
    is_new = getattr(arguments, "import") is not None and not Path(names[0]).exists()
    has_logbook = is_new or any(_is_logbook(name) for name in names)
    if not has_logbook:
        stated = [f"--{one}" for one in _OPTIONS if getattr(arguments, one) not in (None, False)]
        if stated:
            arguments.usage_error(f"{stated[0]} needs the folder or the server of a logbook")
        return None
    if arguments.assign is not None:
        arguments.usage_error("--assign is for files of lines; a logbook has its transmitters")
    if len(names) > 1:
        arguments.usage_error(f"a logbook stands alone, got {' '.join(names)}")
    if arguments.list is not None and arguments.occupancy:
        arguments.usage_error("--list does not go with --occupancy")
    if arguments.csv and arguments.json:
        arguments.usage_error("--csv does not go with --json")
    if arguments.list is not None and arguments.list < 1:
        arguments.usage_error(f"--list must be >= 1, got {arguments.list}")
    report(names[0], arguments)
    return 0


def _is_logbook(name: str) -> bool:
    return name.startswith("postgresql") or Path(name).is_dir()


def report(where: str, arguments) -> None:
    check_packages("station DIR")
    from ..logbook.logbook import Logbook
    from .logbook_import import import_lines

    path = getattr(arguments, "import")
    logbook = Logbook(where, is_new=path is not None)
    try:
        if path is not None:
            with Progress() as progress:
                print_imported(path, import_lines(logbook, path, progress.log))
        for option in ("mute", "unmute"):
            if getattr(arguments, option) is not None:
                mute(logbook, getattr(arguments, option), option)
        with logbook.reading() as data:
            answer = Answer(data, filter_of(arguments), arguments)
            if arguments.json:
                print(
                    json.dumps(
                        {"schema": SCHEMA, "logbook": logbook.name, **answer.to_dict()}, indent=1
                    )
                )
            elif arguments.csv:
                answer.write_csv()
            else:
                print("\n".join(answer.lines(logbook.name)))
    finally:
        logbook.close()


def mute(logbook, asked: str, option: str) -> None:
    """Mutes a transmitter, or ends that.

    Raises:
        ValueError: in one line: no transmitter, or several, have this number or name.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from ..logbook.followed import transmitter_states
    from ..logbook.logbook import reason_of
    from ..logbook.names import give_name, given_names, key_of

    with logbook.reading() as data:
        given, keys = given_names(data), []
        for receiver, state in transmitter_states(data).items():
            keys += [key_of(one.number, receiver) for one in joined(state).transmitters()]
    names = {key: given.get(key, {}).get("name", "") for key in keys}
    found = [key for key in keys if asked in (key, key.partition(" ")[0], names[key])]
    if len(found) != 1:
        some = ", ".join(repr(key) for key in found[:_MOST]) or "none"
        rule = f"must be the number or the name of one transmitter, got {asked!r}, which is of"
        raise ValueError(f"station: --{option} {rule} {some}")
    try:
        with logbook.writing() as data:
            give_name(logbook, data, found[0], names[found[0]], option == "mute")
    except SQLAlchemyError as error:
        raise ValueError(f"{logbook.name}: {reason_of(error)}") from None


def filter_of(arguments):
    from ..logbook.questions import Filter
    from ..logbook.tables import microseconds

    times = {
        f"{name}_us": microseconds(value)
        for name in ("since", "until")
        if (value := getattr(arguments, name)) is not None
    }
    low, high = arguments.band or (None, None)
    return Filter(**times, low_hz=low, high_hz=high, label=arguments.label, sender=arguments.sender)


class Answer:
    """What is asked for, from one state of the logbook."""

    def __init__(self, data, asked, arguments):
        from ..logbook.followed import transmitter_states
        from ..logbook.names import given_names, key_of
        from ..logbook.occupancy import band_share, occupancies
        from ..logbook.questions import (
            emissions,
            events,
            heard_labels,
            is_asked,
            listened_to,
        )

        self._labels = [{"label": label, **row} for label, row in heard_labels(data, asked).items()]
        self._listened = [
            {
                "receiver": name,
                "low_hz": low,
                "high_hz": high,
                "listened_s": time / _US,
                "looks": looks,
            }
            for (name, low, high), (time, looks) in listened_to(data, asked).items()
        ]
        self._kind, self._band_share = "labels", None
        self._rows = self._labels
        if arguments.list is not None:
            self._kind = "emissions"
            self._rows = [asdict(one) for one in emissions(data, asked, arguments.list)]
        elif arguments.occupancy:
            self._kind, found = "occupancy", occupancies(data, asked)
            self._rows = [
                {**asdict(one), "share": one.share, "interval": one.interval} for one in found
            ]
            if arguments.band:
                self._band_share = band_share(found, *arguments.band)
        needs_states = arguments.json or (self._kind == "labels" and not arguments.csv)
        given = given_names(data)
        self._transmitters = [
            _plain(receiver, one, given.get(key_of(one.number, receiver), {}))
            for receiver, state in (transmitter_states(data) if needs_states else {}).items()
            for one in joined(state).transmitters()
            if is_asked(asked, one)
        ]
        self._events = events(data, asked, _MOST)

    def to_dict(self) -> dict:
        """As JSON."""
        rest = {} if self._band_share is None else {"band_share": self._band_share}
        rows = {self._kind: self._rows, "labels": self._labels}
        rows |= {"transmitters": self._transmitters, "events": self._events}
        return rounded({**rows, "listened": self._listened, **rest})

    def write_csv(self) -> None:
        """A table of all that is known of each row, on stdout."""
        rows = rounded([_flat(row) for row in self._rows])
        if rows:
            writer = csv.DictWriter(sys.stdout, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def lines(self, name: str) -> list[str]:
        """As text."""
        count = sum(row["emissions"] for row in self._labels)
        lines = [f"{name}: {count_of(count, 'emission')}"]
        for row in self._listened:
            edges = f"{row['low_hz'] / 1e6:.4f} to {row['high_hz'] / 1e6:.4f} MHz"
            lines.append(
                f"listened: {printable(row['receiver'])}, {edges}: {_long(row['listened_s'])}"
            )
        if self._band_share is not None:
            lines.append(f"occupancy of the band: {self._band_share:.2%}")
        tables, more = {self._kind: self._rows}, []
        if self._kind == "labels":
            shown = [one for one in self._transmitters if not one["is_muted"]]
            latest = sorted(shown, key=lambda one: one["last_s"])
            tables |= {"transmitters": latest[-_MOST:], "events": self._events}
            hidden = {"before": len(shown) - _MOST, "muted": len(self._transmitters) - len(shown)}
            more = [f"{count} {which}" for which, count in hidden.items() if count > 0]
        for kind, rows in tables.items():
            lines += ["", table_of(_TABLES[kind], rows).rstrip()] if rows else []
        text = f"and transmitters that are not shown: {', '.join(more)} (--json)"
        return [*lines, "", text] if more else lines


def _plain(receiver: str, transmitter, given: dict) -> dict:
    """A transmitter as JSON, with the name that was given."""
    row = {"receiver": receiver, **asdict(transmitter), "name": given.get("name", "")}
    row["is_muted"] = given.get("is_muted", False)
    return {**row, "labels": {label or "": share for label, share in row["labels"].items()}}


def _flat(row: dict) -> dict:
    """A row of CSV, with times that a person reads."""
    low, high = row.get("interval") or (None, None)
    ends = {"share_low": low, "share_high": high} if "interval" in row else {}
    times = {name: shown_time(row[name]) for name in _TIMES if name in row}
    return {name: value for name, value in {**row, **times, **ends}.items() if name != "interval"}


_TIMES = "start_s", "end_s", "first_s", "last_s"


def _long(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 2 * 3600 else duration(seconds)


def _text(value) -> str:
    return printable(value) if value else "-"


def _or_none(number: int | None) -> str:
    return "-" if number is None else str(number)


def _megahertz(name: str):
    return lambda row: f"{row[name] / 1e6:.4f}"


def _share(row: dict) -> str:
    if row["share"] is None:
        return "not listened"
    low, high = row["interval"]
    return f"{row['share']:.2%} [{low:.2%}, {high:.2%}]"


_TABLES = {
    "labels": {
        "label": lambda row: _text(row["label"]),
        "emissions": lambda row: row["emissions"],
        "first (UTC)": lambda row: shown_time(row["first_s"]),
        "last": lambda row: shown_time(row["last_s"]),
        "from MHz": _megahertz("low_hz"),
        "to MHz": _megahertz("high_hz"),
    },
    "emissions": {
        "begin (UTC)": lambda row: shown_time(row["start_s"]),
        "length": lambda row: _long(row["end_s"] - row["start_s"]),
        "MHz": _megahertz("frequency_hz"),
        "width": lambda row: hertz(float(f"{row['width_hz']:.3g}")),
        "SNR": lambda row: f"{row['snr_db']:.0f} dB",
        "label": lambda row: _text(row["label"]),
        "sender": lambda row: _text(row["sender"]),
        "content": lambda row: _text(row["content"]),
        "receiver": lambda row: _text(row["receiver"]),
    },
    "transmitters": {
        "transmitter": lambda row: printable(row["name"] or str(row["number"])),
        "sender": lambda row: _text(row["sender"]),
        "label": lambda row: _text(max(row["labels"], key=row["labels"].get, default="")),
        "MHz": lambda row: ", ".join(f"{one / 1e6:.4f}" for one in row["frequencies_hz"][:3]),
        "first (UTC)": lambda row: shown_time(row["first_s"]),
        "last": lambda row: shown_time(row["last_s"]),
        "emissions": lambda row: row["count"],
        "period": lambda row: _long(row["period_s"]) if row["period_s"] else "-",
        "missing": lambda row: "yes" if row["missing_since_s"] else "",
        "receiver": lambda row: _text(row["receiver"]),
    },
    "events": {
        "noticed (UTC)": lambda row: shown_time(row["time_unix_s"]),
        "event": lambda row: row["event"],
        "transmitter": lambda row: printable(row["name"] or _or_none(row["transmitter"])),
        "MHz": lambda row: "-" if row["frequency"] is None else _megahertz("frequency")(row),
        "label": lambda row: _text(row["label"]),
        "what": lambda row: _text(row["text"]),
        "receiver": lambda row: _text(row["receiver"]),
    },
    "occupancy": {
        "from MHz": _megahertz("low_hz"),
        "to MHz": _megahertz("high_hz"),
        "occupied": _share,
        "emissions": lambda row: row["emissions"],
        "on the air": lambda row: _long(row["air_s"]),
        "listened": lambda row: _long(row["listened_s"]),
        "looks": lambda row: row["looks"],
    },
}
"""By what is listed, the columns of its table."""


def print_imported(path: str, counts) -> None:
    left_out = [f"{count} {why}" for why, count in counts.items() if count and why != "read"]
    text = f", left out: {', '.join(left_out)}" if left_out else ""
    print(f"gr-rfattn: {path}: {count_of(counts['read'], 'emission')}{text}", file=sys.stderr)
