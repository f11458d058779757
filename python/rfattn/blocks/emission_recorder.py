# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the I/Q of each emission as a SigMF recording."""

from __future__ import annotations

import math
import os
import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ..emissions.condition import Condition
from ..emissions.facts import facts_of
from ..messages import schema
from ..messages.emission import Emission
from ..recordings.annotation import Annotation
from ..recordings.channel_file import ChannelFile
from ..rfattn_python import tags
from ..telemetry.emission_annotations import emission_annotation
from .parts.backlog import SamplesSink
from .parts.channel_samples import SamplesWithin
from .parts.live_emissions import LiveEmissions
from .parts.policy import check_policy
from .parts.work_errors import keep_error

_LAG_S = 1.0
"""Samples come later than the end of their emission, but not by that much more than margin_s."""
_UNDECIDED_S = 30.0
"""Samples kept of an emission for which the condition does not hold so far."""
_UNDECIDED_PARTS = 8
"""Recordings kept of such an emission, one for each of its channels."""
_MOST_WRITTEN = 4096
_NOW, _FINISH, _CLOSE = "now", "finish", "close"
"""Topics of no port: the sample before which emissions have ended, and the two ends."""


class emission_recorder(SamplesSink):
    """Writes the I/Q of each emission as a SigMF recording into a folder.

    A recording is named PREFIX_ID_FREQUENCY, such as band_0007_433.920MHz, or by the distance from
    the centre of the band, such as band_0007_+0.125MHz, where the frequency is not known. Samples
    are cf32_le at the rate of the emission's channel. There is a capture for each burst, with its
    place in the channel (core:global_index), its frequency and its time where they are known, and
    one annotation with the edges and the measurements. When the channel of an emission changes,
    another recording begins, with a number behind the id, such as band_0007_2_433.920MHz.

    Both files of a recording are whole or absent. They appear about 1 s after the emission ended,
    or when the flowgraph ends. Files of the same name are replaced.

    With a condition, it decides when an emission has ended, by the last label and measurements.
    Until then at most the newest 30 s of an emission are kept for which it does not hold so far.

    A thread of its own writes, and messages wait for it. With policy "drop", samples are discarded
    and counted while more than 256 MiB wait because writing is too slow or blocks, until less
    than an eighth of that does. The recording then continues with another capture. So are messages
    of emissions, except their first and last ones; beyond twice as much, these, too. What is not
    written 2 s after the end of the flowgraph is lost and counted, too.

    A recording that cannot be written, such as on a full disk, is left out and counted; later ones
    are tried. Nothing else ends.

    Messages in:
        - samples: pairs of a dictionary and a vector of complex64, from `emission_extractor`.
        - emissions: dictionaries of `emission_detector` or `emission_labels`; without them, a
          recording has the measurements at its last samples and appears when the flowgraph ends.

    Args:
        folder: where to write; it is made if its parent exists.
        prefix: first part of the names.
        max_emissions: emissions recorded at a time, and so the open files, >= 1. Others are left
            out and counted.
        when: condition on what is recorded, such as "label=mode_s,confidence>=0.8"; "": all. A name
            is one of label, family, guess, nearest, sync (with = or !=), frequency, width,
            freq_lower, freq_upper, confidence, snr_db, power_db, duration_s, duty, period_s,
            burst_count and symbol_rate, in Hz, dB, s and symbols a second.
        margin_s: that of the `emission_extractor`, s, >= 0: recordings wait so much longer.
        policy: when writing is too slow: "block" keeps everything in memory, which suits a
            recording; "drop" discards some, which suits a receiver.

    Attributes:
        recordings: number of recordings that were begun and not given up; all are finished when
            the flowgraph ends.
        left_out: number of emissions that were not recorded because others were.
        given_up: number of recordings that were given up because the condition did not hold, or
            because the emission is ignored.
        samples_lost: number of samples, of all channels, that policy "drop" has discarded;
        messages_lost: of messages of emissions.
        failures: what could not be written: `count`, and `first`, the first exception or None.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    def __init__(
        self, folder, prefix="emission", max_emissions=64, when="", margin_s=0.0, policy="block"
    ):
        if max_emissions < 1:
            raise ValueError(f"emission_recorder: max_emissions must be >= 1, got {max_emissions}")
        if not margin_s >= 0.0:
            raise ValueError(f"emission_recorder: margin_s must be >= 0, got {margin_s}")
        check_policy("emission_recorder", policy)
        try:
            self._condition = Condition.parse(when)
        except ValueError as error:
            raise ValueError(f"emission_recorder: {error}") from None
        self.margin_s, self._lag_s = margin_s, _LAG_S + margin_s
        self._folder = _usable_folder(folder)
        self._prefix, self._max_emissions = prefix, max_emissions
        self.recordings = self.left_out = self.given_up = 0
        self._within = SamplesWithin()
        self._files: dict[int, list[ChannelFile]] = {}  # of each emission, the last one is written
        weakref.finalize(self, _discard, self._files)
        self._forget()
        SamplesSink.__init__(self, drops=policy == "drop")

    def end_at(self, n_samples: int, sample_rate: float) -> None:
        """Writes nothing that lies behind the first ``n_samples`` of the receiver's, where a tail
        is played behind a recording. For one run; see `emission_labels.end_at`."""
        self._within.end_at(n_samples, sample_rate)

    @keep_error
    def start(self):
        self._forget()
        return super().start()

    def look(self, sample: float, sample_rate: float, measured: float | None = None) -> None:
        """Finishes the recordings of emissions that ended a second and `margin_s` before
        ``sample`` of the receiver's, which no message need show."""
        self._backlog.put(_NOW, sample - self._lag_s * sample_rate, 0)

    def has_done(self, sample: int) -> bool:
        """Whether recordings of emissions that ended before ``sample`` will not change."""
        return sample < self._done_before

    def recording_of(self, number: int) -> str:
        """Path of the ``.sigmf-meta`` file of an emission, of several the one with the most
        samples; "": none was written, or it was long ago."""
        return self._written.get(number, (0, ""))[1]

    def account(self) -> dict[str, int]:
        return {
            "recordings": self.recordings,
            "emissions_not_recorded": self.left_out,
            "recordings_given_up": self.given_up,
            "recording_samples_lost": self.samples_lost,
        }

    def complete(self) -> None:
        self.close()

    @keep_error
    def close(self) -> None:
        """Takes the messages that still wait, and finishes all recordings. May be called twice."""
        try:
            self.drain()
            self._work_off(_CLOSE)
        finally:
            self._done_before = math.inf

    def _forget(self) -> None:
        _discard(self._files)
        self._parts: Counter[int] = Counter()
        self._live = LiveEmissions()
        self._ignored: set[int] = set()  # ids of live emissions
        self._failed: set[int] = set()
        self._written: dict[int, tuple[int, str]] = {}  # by id: samples and path
        self._done_before: float = -math.inf
        self._within.forget()

    def _receive(self, topic: str, message) -> None:
        if topic == _NOW:
            self._end_all_before(message)
        elif topic == "samples":
            self._add_samples(*message)
        elif topic == "emissions":
            self._add_emission(schema.read("emissions", message))
        else:
            self._finish_all(gives_up=topic == _CLOSE)

    def _add_samples(self, about: dict, samples) -> None:
        emission = schema.read("emissions", about[tags.KEY_EMISSION])
        samples = self._within.cut(emission.id, about, samples)
        if not len(samples):
            return
        known = self._live.latest.get(emission.id)
        if known is None or known.nearest is None:
            self._live.latest[emission.id] = emission
        with self._failing(emission.id):
            file = self._file_of(emission, about)
            if file is None:
                return
            start, rate = about[tags.KEY_SAMPLE_START], about[tags.KEY_RX_RATE]
            begins = tags.KEY_BURST_START in about
            file.add(samples, start, begins, _time_of(emission, start / rate))
            is_long = file.n_samples > _UNDECIDED_S * file.sample_rate
            if is_long and not self._holds(emission.id):
                self._decide(emission.id, -1)

    @contextmanager
    def _failing(self, number: int) -> Iterator[None]:
        """An error of the disk costs an emission its recordings, and no other."""
        try:
            yield
        except OSError as error:
            files = self._files.pop(number, [])
            left = [file for file in files if not file.is_finished]
            self.recordings -= len(left)
            self._failed.add(number)
            _discard({number: files})
            self.failures.add(error)

    def _file_of(self, emission: Emission, about: dict) -> ChannelFile | None:
        """The file that takes samples of this emission; None if there are too many, or if one
        could not be written."""
        if emission.id in self._failed:
            return None
        channel = about[tags.KEY_RX_RATE], about[tags.KEY_RX_FREQ], emission.rx_freq is not None
        files = self._files.get(emission.id)
        if files:
            file = files[-1]
            if (file.sample_rate, file.middle, file.is_absolute) == channel:
                return file
            if not self._condition.terms or len(files) >= _UNDECIDED_PARTS:
                self._decide(emission.id, 0)
        elif files is None and len(self._files) >= self._max_emissions:
            self.left_out += emission.id not in self._ignored
            self._ignored.add(emission.id)
            return None
        self._parts[emission.id] += 1
        stem = self._folder / self._name_of(emission, channel[1])
        self._files.setdefault(emission.id, []).append(ChannelFile(stem, *channel))
        self.recordings += 1
        return self._files[emission.id][-1]

    def _name_of(self, emission: Emission, middle: float) -> str:
        part = self._parts[emission.id]
        number = f"{emission.id:04d}" if part == 1 else f"{emission.id:04d}_{part}"
        sign = "+" if emission.rx_freq is None else ""
        return f"{self._prefix}_{number}_{middle / 1e6:{sign}.3f}MHz"

    def _add_emission(self, emission: Emission) -> None:
        self._live.add(emission)
        lag = self._lag_s * (emission.rx_rate or 0.0)
        self._end_all_before(emission.sample_now - lag)

    def _end_all_before(self, sample: float) -> None:
        for number in self._live.ended_before(sample):
            self._end(number)
        self._done_before = max(self._done_before, sample)

    def _end(self, number: int) -> None:
        """Finishes the recording of an emission and forgets it."""
        with self._failing(number):
            self._finish_files(number)
            self._give_up(number)
        self._files.pop(number, None)
        self._parts.pop(number, None)
        self._live.forget(number)
        self._ignored.discard(number)
        self._failed.discard(number)

    def _holds(self, number: int) -> bool:
        latest = self._live.latest[number]
        return not latest.is_ignored and self._condition.holds(facts_of(latest))

    def _finish_files(self, number: int) -> None:
        """Finishes the recordings of an emission, if the condition holds for it."""
        files = self._files.get(number)
        if files and self._holds(number):
            for file in files:
                self._finish_file(number, file)

    def _finish_file(self, number: int, file: ChannelFile) -> None:
        file.finish(_annotation(self._live.latest[number], file))
        written = file.n_samples, str(file.meta_path)
        self._written[number] = max(self._written.pop(number, written), written)
        if len(self._written) > _MOST_WRITTEN:
            del self._written[next(iter(self._written))]

    def _give_up(self, number: int) -> None:
        """Removes the recordings of an emission that `_finish_files` has left."""
        files = self._files.get(number, [])
        for index in reversed(range(len(files))):
            if not files[index].is_finished:
                self.given_up += 1
                self._decide(number, index)

    def _decide(self, number: int, index: int) -> None:
        """Finishes or removes one recording of an emission, and forgets it."""
        file = self._files[number].pop(index)
        if self._holds(number):
            self._finish_file(number, file)
        else:
            file.discard()
            self.recordings -= 1

    def _finish(self) -> None:
        self._work_off(_FINISH)

    def _finish_all(self, gives_up: bool) -> None:
        """Finishes all recordings that are wanted; samples that come late continue them. Those for
        which the condition does not hold wait for their last label, unless one ``gives_up``."""
        for number in list(self._files):
            with self._failing(number):
                self._finish_files(number)
                if gives_up:
                    self._give_up(number)


def _discard(files: dict[int, list[ChannelFile]]) -> None:
    """Removes what has not been finished, and forgets all."""
    for those in files.values():
        for file in those:
            file.discard()
    files.clear()


def _usable_folder(folder) -> Path:
    path = Path(folder)
    if not path.name or not path.parent.is_dir():
        raise ValueError(f"emission_recorder: no folder {path.parent} for folder, got {folder!r}")
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise ValueError(f"emission_recorder: folder {path}: {error.strerror}") from None
    if not os.access(path, os.W_OK):
        raise ValueError(
            f"emission_recorder: folder must be one that can be written to, got {path}"
        )
    return path


def _annotation(emission: Emission, file: ChannelFile) -> Annotation:
    """What the samples of ``file`` hold; where it states no frequency, edges count from 0 Hz."""
    moved = 0.0 if file.is_absolute else file.middle
    return replace(
        emission_annotation(emission),
        start=0,
        count=file.n_samples,
        freq_lower_edge=emission.freq_lower - moved,
        freq_upper_edge=emission.freq_upper - moved,
    )


def _time_of(emission: Emission, seconds: float) -> float | None:
    """The time since 1970 of what lies ``seconds`` behind the first sample of the receiver."""
    if emission.rx_time is None or not emission.rx_rate:
        return None
    return sum(emission.rx_time) + seconds - emission.sample_start / emission.rx_rate
