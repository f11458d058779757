# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`label --json FILE.jsonl`: many recordings into one file, in this process or by workers."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from functools import partial

from .... import rfattn
from ...catalogue.band_plan import NO_PLAN, SHIPPED
from ...emissions.ignore_list import NOTHING, IgnoreList
from ...emissions.proofs import Proofs
from ...flowgraph.archive import Settings, check_settings, label_recording
from ...flowgraph.audio import AudioOptions
from ...flowgraph.options import EmissionOptions
from ...messages.emission import WEAK, Emission
from ...recordings.archive import list_recordings
from ...recordings.formats import check_options
from ...reporting import Progress, check_json_path, count_of
from ..attached.actions import Actions, open_actions, print_actions
from ..output.emission_summary import left_out_lines
from ..output.json_output import LINES_SUFFIX
from ..sources.options import emission_model, of_any_folder, options_from
from .cluster import Outcome, Watch
from .lines_file import LinesFile, open_lines
from .workers import add_worker_options, check_workers, open_workers

_ARCHIVE = f"FILE{LINES_SUFFIX}"
NOT_WITH = {
    _ARCHIVE: tuple(
        f"--{name}"
        for name in (
            *("annotate", "record", "csv", "birdies", "decode", "throttle", "steps"),
            *rfattn.MESSAGE_SINKS,
        )
    )
}
"""What does not go with such a file of --json."""


def add_archive_options(parser) -> None:
    group = parser.add_argument_group(
        "many recordings",
        f"With --json {_ARCHIVE}, RECORDING is also a folder, or an address such as "
        "https://host/x.cu8. Each recording is added to the file, an emission a line, when it is "
        "done. One that cannot be labelled does not stop the rest.",
    )
    group.needs = f"--json {_ARCHIVE}"
    add_worker_options(group)


def is_archive(arguments) -> bool:
    """Whether one file takes the emissions of many recordings."""
    check_workers(arguments)
    return (arguments.json or "").endswith(LINES_SUFFIX)


def run(arguments, audio: AudioOptions) -> int:
    """Labels the recordings, and writes the file.

    Returns:
        The exit status: 1 if a recording could not be labelled.
    """
    check_json_path(arguments.json)
    check_options(arguments.rate, arguments.freq, arguments.datatype)
    names = list_recordings(arguments.recordings)
    settings = _settings(arguments, audio)
    with (
        open_actions(arguments) as actions,
        open_lines(arguments.json, _facts(settings)) as lines,
        open_workers(arguments) as workers,
    ):
        settings = _of_any_folder(settings)
        known = workers.run(check_settings, settings)
        actions.check(known)
        archive = _Archive(lines, actions, len(names), arguments)
        label = partial(label_recording, settings=settings)
        for outcome in workers.map(label, names, Watch(archive.look, archive.log)):
            archive.add(outcome)
        archive.end(arguments.json)
    return 1 if archive.failed else 0


def _settings(arguments, audio: AudioOptions) -> Settings:
    model = emission_model(arguments)
    if model is not None:
        # Results depend a little on the number of threads, and machines differ in that.
        model = replace(model, threads=model.threads or 1)
    options = options_from(EmissionOptions, arguments)
    return Settings(arguments.rate, arguments.freq, arguments.datatype, options, model, audio)


def _facts(settings: Settings) -> dict:
    """What the results depend on, by the names of the options, in plain values."""
    ignored = IgnoreList.load(settings.options.ignore)
    return {
        "version": settings.version,
        "rate": settings.sample_rate,
        "freq": settings.frequency,
        "datatype": settings.datatype,
        "audio": settings.audio.kind,
        "deviation": settings.audio.deviation,
        **asdict(settings.options),
        "ignore": [asdict(rule) for rule in ignored.rules],
        "ignore_weak": ignored.has_weak,
        **({"model": None} if settings.model is None else asdict(settings.model)),
    }


def _of_any_folder(settings: Settings) -> Settings:
    """The same, for workers that run in other folders."""
    options, model = settings.options, settings.model
    if options.band_plan not in (SHIPPED, NO_PLAN):
        options = replace(options, band_plan=os.path.abspath(options.band_plan))
    if options.ignore not in ("", NOTHING):
        options = replace(options, ignore=os.path.abspath(options.ignore))
    if model is not None:
        model = of_any_folder(model)
    return replace(settings, options=options, model=model, folder=os.getcwd())


class _Archive:
    """The file while recordings are added, and what is shown meanwhile."""

    def __init__(self, lines: LinesFile, actions: Actions, count: int, arguments):
        self._lines, self._actions, self._count = lines, actions, count
        self._done = 0
        self._emissions = self._sidebands = self._ignored = self._weak = 0
        self._proofs = Proofs()
        self._has_sidebands = arguments.sidebands
        self._progress = Progress(arguments.quiet, total=count)
        self.failed: dict[str, str] = {}
        self.log = self._progress.log

    def look(self, text: str) -> None:
        self._actions.poll()
        done = f"{self._done} of {self._count} recordings"
        failed = f", {len(self.failed)} failed" if self.failed else ""
        self._progress.show(f"{done}{failed}; {text}", self._done)

    def add(self, outcome: Outcome) -> None:
        self._done += 1
        if outcome.error:
            self.failed[outcome.item] = outcome.error
            self.log(f"gr-rfattn: {outcome.error}")
            return
        records, note = outcome.result.records, outcome.result.about.get("note")
        if note:
            self.log(f"gr-rfattn: {outcome.item}: {note}")
        self._lines.add(outcome.result)
        for record in records:
            self._add_emission(record.latest)
            self._actions.wait_for_room()
            self._actions.end(record)

    def _add_emission(self, emission: Emission) -> None:
        if WEAK in emission.flags:
            self._weak += 1
        elif emission.is_ignored:
            self._ignored += 1
        elif emission.is_sideband and not self._has_sidebands:
            self._sidebands += 1
        else:
            self._emissions += 1
            self._proofs.add(emission.sync, emission.label_without_frames)

    def end(self, path: str) -> None:
        self._progress.clear()
        counts = self._actions.finish()
        self._lines.end(self.failed, counts)
        labelled = self._done - len(self.failed)
        failed = f", {len(self.failed)} failed" if self.failed else ""
        found = f"{count_of(labelled, 'recording')} with {count_of(self._emissions, 'emission')}"
        print(f"{path}: {found}{failed}")
        left_out = left_out_lines(self._sidebands, self._ignored, self._weak)
        for line in [*self._proofs.lines(), *left_out]:
            print(line)
        print_actions(counts)
