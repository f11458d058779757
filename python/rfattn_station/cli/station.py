# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report how right the labels are on your air, as far as checksums prove it.

FILE is what `live --json FILE.jsonl` or `label --json FILE.jsonl` wrote; "-" reads standard input.

A frame with a right checksum is the truth about an emission. It confirms the label that the
emission had without its frames, or refutes it. The report counts that by class:

emissions    have this label
checked      have a frame of the class with a right checksum, and the model looked at them
confirmed    of the checked ones: had the label without their frames, too; with a 95 % interval
no label     of the checked ones: were in doubt without their frames
other label  of the checked ones: had a wrong label without their frames
refuted      had this label without their frames, which are of another class
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from gnuradio.rfattn.cli.output.emission_lines import read_emissions
from gnuradio.rfattn.cli.output.json_output import SCHEMA
from gnuradio.rfattn.emissions.proofs import Proof, Proofs
from gnuradio.rfattn.messages.emission import IGNORED
from gnuradio.rfattn.printable import printable
from gnuradio.rfattn.recordings.formats import STDIN
from gnuradio.rfattn.reporting import Progress, count_of
from gnuradio.rfattn.wilson import wilson

from . import logbook_report
from .keeping import check_packages

_MOST_LABELS = 10_000
_ROW = (
    "  {name:<12} {emissions:>9} {checked:>8}  {confirmed:<27} {unnamed:>8} {other:>12} "
    "{refuted:>8}  {first:<16}  {last:<16}"
)
_HEAD = {
    "name": "class",
    "emissions": "emissions",
    "checked": "checked",
    "confirmed": "confirmed",
    "unnamed": "no label",
    "other": "other label",
    "refuted": "refuted",
    "first": "first (UTC)",
    "last": "last",
}
_WITHOUT_LABEL = "no model"


def add_arguments(parser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help='JSON Lines; "-": standard input')
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--assign",
        metavar="OUT",
        help="write the lines of all files again into this one, each emission with the number of "
        "its transmitter, as a logbook would join them",
    )
    logbook_report.add_logbook_options(parser)


def run(arguments) -> int:
    status = logbook_report.run(arguments)
    if status is not None:
        return status
    files = arguments.files
    twice = [name for name in files if files.count(name) > 1]
    if twice:
        raise ValueError(f"station: FILE must be another one each time, got {twice[0]} twice")
    if arguments.assign is not None and STDIN in files:
        raise ValueError("station: --assign reads files twice, so none may be -")
    station = Station()
    with Progress() as progress:
        for name in files:
            for emission in read_emissions(name, progress.log):
                station.add(emission)
                progress.show(f"{name}: {station.emissions} emissions")
    joined = {} if arguments.assign is None else _assign(files, arguments.assign)
    if arguments.json:
        report = {"schema": SCHEMA, "files": files, **station.to_dict(), **joined}
        print(json.dumps(report, indent=1))
    else:
        print("\n".join(station.lines(files)))
    return 0


def _assign(files: list[str], path: str) -> dict:
    """Writes the lines with their transmitters; returns transmitters and events, for JSON."""
    check_packages("station --assign")
    from .assign import Assignment

    with Progress() as progress:
        assignment = Assignment(files, progress.log)
    count = count_of(assignment.write(path), "emission")
    senders = count_of(len(assignment.transmitters), "transmitter")
    print(f"gr-rfattn: {path}: {count} of {senders}", file=sys.stderr)
    return assignment.to_dict()


@dataclass
class _Seen:
    """The emissions of one label, and when the first and the last of them began, s since 1970."""

    emissions: int = 0
    first_unix_s: float | None = None
    last_unix_s: float | None = None

    def add(self, when: float | None) -> None:
        self.emissions += 1
        if when is not None:
            known = [t for t in (self.first_unix_s, self.last_unix_s) if t is not None]
            self.first_unix_s, self.last_unix_s = min([when, *known]), max([when, *known])


@dataclass
class Station:
    """What many emissions prove, in memory that does not grow with their number.

    Attributes:
        proofs: what their checksums prove.
        all: all emissions; labels: those of each label, "" where no model looked.
        sidebands: emissions that were left out, since they are sidebands of others; ignored: since
            they were ignored.
    """

    proofs: Proofs = field(default_factory=Proofs)
    all: _Seen = field(default_factory=_Seen)
    labels: dict[str, _Seen] = field(default_factory=dict)
    sidebands: int = 0
    ignored: int = 0

    @property
    def emissions(self) -> int:
        return self.all.emissions

    def add(self, emission: dict) -> None:
        """Adds one, as `EmissionRecord.to_dict` gives it; parts of others are none."""
        if not emission["burst_count"]:
            return
        if IGNORED in emission["flags"]:
            self.ignored += 1
            return
        if emission["sideband_of"] is not None:
            self.sidebands += 1
            return
        when = emission["time_unix_s"]
        self.all.add(when)
        self.labels.setdefault(emission["label"] or "", _Seen()).add(when)
        self.proofs.add(emission["sync"], emission["label_without_frames"])
        if max(len(self.labels), len(self.proofs.pairs)) > _MOST_LABELS:
            raise ValueError(f"station: there must be at most {_MOST_LABELS} labels")

    def to_dict(self) -> dict:
        """The report in plain values; by class, those of the most checked emissions first."""
        return {
            **asdict(self.all),
            "sidebands": self.sidebands,
            "ignored": self.ignored,
            "without_label": self.labels.get("", _Seen()).emissions,
            "classes": {name: self._of_class(*row) for name, *row in self._rows()},
        }

    def lines(self, files: list[str]) -> list[str]:
        """The report as a table."""
        when = [_date(self.all.first_unix_s), _date(self.all.last_unix_s)]
        span = f", {when[0]} to {when[1]} UTC" if self.all.first_unix_s is not None else ""
        parts = {count_of(self.sidebands, "sideband"): self.sidebands}
        parts[f"{self.ignored} ignored"] = self.ignored
        named = [part for part, count in parts.items() if count]
        left_out = f", without {', '.join(named)}" if named else ""
        head = f"{', '.join(files)}: {count_of(self.emissions, 'emission')}{left_out}{span}"
        rows = [self._line(*row) for row in self._rows()]
        if "" in self.labels:
            rows.append(self._line(_WITHOUT_LABEL, self.labels[""], Proof()))
        return [head, *(["", _ROW.format(**_HEAD).rstrip(), *rows] if rows else [])]

    def _rows(self) -> list[tuple[str, _Seen, Proof]]:
        proofs = self.proofs.by_class()
        left = sorted(
            (name for name in self.labels if name and name not in proofs),
            key=lambda name: (-self.labels[name].emissions, name),
        )
        names = [*proofs, *left]
        return [(n, self.labels.get(n, _Seen()), proofs.get(n, Proof())) for n in names]

    @staticmethod
    def _of_class(seen: _Seen, proof: Proof) -> dict:
        share = proof.confirmed / proof.checked if proof.checked else None
        ends = wilson(proof.confirmed, proof.checked)
        interval = None if ends is None else list(ends)
        return {**asdict(seen), **asdict(proof), "share": share, "interval": interval}

    @staticmethod
    def _line(name: str, seen: _Seen, proof: Proof) -> str:
        ends = wilson(proof.confirmed, proof.checked)
        confirmed = "-"
        if ends is not None:
            share = proof.confirmed / proof.checked
            confirmed = f"{proof.confirmed}: {share:.3f} [{ends[0]:.3f}, {ends[1]:.3f}]"
        return _ROW.format(
            name=printable(name),
            emissions=seen.emissions,
            checked=proof.checked or "-",
            confirmed=confirmed,
            unnamed=proof.unnamed if proof.checked else "-",
            other=proof.checked - proof.confirmed - proof.unnamed if proof.checked else "-",
            refuted=proof.refuted or "-",
            first=_date(seen.first_unix_s),
            last=_date(seen.last_unix_s),
        ).rstrip()


def _date(seconds: float | None) -> str:
    return "-" if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M}"
