# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the demodulated sound of each transmission as a WAV file."""

from __future__ import annotations

import re
import time
import weakref
from collections import Counter, OrderedDict
from datetime import UTC, datetime
from pathlib import Path

from gnuradio.rfattn.blocks.parts.audio_run import AudioRun, Tuning
from gnuradio.rfattn.blocks.parts.backlog import SamplesSink
from gnuradio.rfattn.blocks.parts.channel_feed import FeedLimits
from gnuradio.rfattn.blocks.parts.channel_samples import SamplesWithin
from gnuradio.rfattn.blocks.parts.held_samples import HeldSamples, Piece
from gnuradio.rfattn.blocks.parts.live_emissions import LiveEmissions
from gnuradio.rfattn.catalogue.classes import listen_mode
from gnuradio.rfattn.emissions.condition import Condition
from gnuradio.rfattn.emissions.facts import facts_of
from gnuradio.rfattn.emissions.listening import MOST_WIDTH_HZ, demodulation_of
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.failures import counted
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.messages.audio import AUDIO_RATE, AudioRequest
from gnuradio.rfattn.messages.emission import Emission
from gnuradio.rfattn.rfattn_python import tags

from ..sound.sound_file import Room, SoundFile

MOST_AT_A_TIME = 16
"""Demodulators, each a flowgraph of its own: of the transmissions that are not over yet."""
_LABELLED_S = 10.0
"""What is held of a transmission before its demodulation is chosen by its label; one that ends
earlier has its last label."""
_LAG_S = 1.0
"""Samples come later than the end of their emission, but not by that much."""
_SQUELCH_S = 0.05
"""Sound behind the end of an emission."""
_END_S = 10.0
"""In which a demodulator works off what it has."""
_MOST_KNOWN = 1000
_LIMITS = FeedLimits(waits=True, most_bytes=2**24, most_s=2.0, lead_s=0.0, most_pause_s=0.06)
_NOW, _FINAL, _REST = "now", "final", "rest"
"""Topics of no port."""


class SoundRecorder(SamplesSink):
    """Writes a WAV file for each emission: 16 bits, 24000 samples a second, demodulated as by
    `emission_demodulator`, with pauses of at most 1 s and no more than an hour.

    A file is named by time, frequency and label, as 20261201T184503Z_145.5000MHz_nfm_voice_0007.wav
    with the number of the emission, or behind the prefix by the seconds from the start where the
    time is not known. It appears some seconds after the emission ended, and whole.

    Emissions above 400 kHz are left out, and without a condition those of classes whose sound is of
    no use. What fails is counted in ``failures``, and costs its emission alone.

    Args:
        folder: where to write; it is made if its parent exists.
        prefix: first part of the names; "": none.
        when: condition on what is recorded, "": see above. It decides when an emission has ended.
        most_bytes: that all WAV files in the folder may have; later ones are left out.
        policy: "block" behind a recording; "drop" behind a receiver, see `SamplesSink`.

    Attributes:
        counts: "files" that were written, and emissions "left_out": as many demodulators ran as
            may, or the folder is full; "cut": files that end early, since they are too long or the
            folder is full.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    def __init__(self, folder, prefix="", when="", most_bytes=2**31, policy="drop"):
        self._condition = Condition.parse(when)
        self._folder, self._prefix = _usable_folder(folder), prefix
        self._room = Room(self._folder, most_bytes)
        self.counts: Counter[str] = Counter()
        self._within, self._held = SamplesWithin(), HeldSamples()
        self._live = LiveEmissions()
        self._takes: dict[int, _Take] = {}
        self._since: dict[int, float] = {}  # s, of the first samples that are held
        self._final: dict[int, tuple[Emission, float | None]] = {}
        self._known: OrderedDict[int, None] = OrderedDict()  # ids that are over or left out
        self._is_complete = False
        weakref.finalize(self, _discard, self._takes)
        SamplesSink.__init__(self, drops=policy == "drop")

    def account(self) -> dict[str, dict]:
        names = ("files", "left_out", "cut")
        counts = {name: self.counts[name] for name in names}
        return {"sound": counts | {"samples_lost": self.samples_lost}}

    def end_at(self, n_samples: int, sample_rate: float) -> None:
        self._within.end_at(n_samples, sample_rate)

    def look(self, sample: float, sample_rate: float, measured: float | None = None) -> None:
        self._backlog.put(_NOW, sample, 0)

    def add_final(self, record: EmissionRecord, sample_rate: float) -> None:
        self._backlog.put(_FINAL, (record.latest, record.time_unix_s), 0)

    @counted
    def settle(self) -> None:
        if self._is_complete:
            self._work_off(_REST)

    def complete(self) -> None:
        self.drain()
        self._is_complete = True

    def _receive(self, topic: str, message) -> None:
        if topic == "samples":
            self._add_samples(*message)
        elif topic == "emissions":
            emission = schema.read("emissions", message)
            if emission.id not in self._known:
                self._live.add(emission)
            self._finish_before(emission.sample_now)
        elif topic == _FINAL:
            emission, time_unix_s = message
            self._final[emission.id] = emission, time_unix_s
        elif topic == _NOW:
            self._finish_before(message)
        if self._is_complete:
            self._finish_before(float("inf"))

    def _add_samples(self, about: dict, samples) -> None:
        number = about[tags.KEY_ID]
        samples = self._within.cut(number, about, samples)
        if number in self._known or not len(samples):
            return
        if number not in self._live.latest:
            self._live.latest[number] = schema.read("emissions", about[tags.KEY_EMISSION])
        emission = self._live.latest[number]
        rate = about[tags.KEY_RX_RATE]
        piece = Piece(rate, about[tags.KEY_RX_FREQ], about[tags.KEY_SAMPLE_START], samples)
        if number in self._takes:
            self._takes[number].feed(emission, piece)
            return
        self._held.add(number, piece)
        begin = self._since.setdefault(number, piece.start / rate)
        if piece.start / rate - begin > _LABELLED_S and self._is_wanted(emission):
            if len(self._takes) < MOST_AT_A_TIME and self._room.left > 0:
                self._begin(emission)
            else:
                self.counts["left_out"] += 1
                self._forget(number)

    def _is_wanted(self, emission: Emission) -> bool:
        if not emission.is_shown(sidebands=False) or emission.width > MOST_WIDTH_HZ:
            return False
        if self._condition.terms:
            return self._condition.holds(facts_of(emission))
        label = emission.guess if emission.label == "unknown" else emission.label
        return label is None or bool(listen_mode(label, emission.middle))

    def _begin(self, emission: Emission) -> None:
        take = _Take(emission, SoundFile(self._folder, self._room))
        self._takes[emission.id] = take
        for piece in self._held.take(emission.id):
            take.feed(emission, piece)

    def _finish_before(self, now: float) -> None:
        """Finishes the files of emissions that ended a second before this sample."""
        for number, (emission, time_unix_s) in list(self._final.items()):
            if emission.sample_now + _LAG_S * (emission.rx_rate or 0.0) <= now:
                del self._final[number]
                try:
                    self._finish_one(emission, time_unix_s)
                except Exception as error:
                    self.failures.add(error)
                finally:
                    self._forget(number)

    def _finish_one(self, emission: Emission, time_unix_s: float | None) -> None:
        number = emission.id
        if not self._is_wanted(emission):
            return
        if number not in self._takes and number in self._since:
            if self._room.left <= 0:
                self.counts["left_out"] += 1
                return
            self._begin(emission)
        if number in self._takes:
            take = self._takes[number]
            if take.finish(self._folder / self._name_of(emission, time_unix_s), _end_of(emission)):
                self.counts["files"] += 1
                self.counts["cut"] += take.file.is_cut

    def _name_of(self, emission: Emission, time_unix_s: float | None) -> str:
        if time_unix_s is None:
            when = f"{emission.sample_start / (emission.rx_rate or 1.0):.3f}s"
        else:
            when = datetime.fromtimestamp(time_unix_s, UTC).strftime("%Y%m%dT%H%M%SZ")
        sign = "+" if emission.rx_freq is None else ""
        place = f"{emission.middle / 1e6:{sign}.4f}MHz"
        label = re.sub(r"[^\w.-]+", "_", emission.label or "unlabelled")
        parts = [self._prefix, when, place, label, f"{emission.id:04d}"]
        return "_".join(part for part in parts if part) + ".wav"

    def _forget(self, number: int) -> None:
        _discard({number: self._takes.pop(number)} if number in self._takes else {})
        self._held.take(number)
        self._live.forget(number)
        self._since.pop(number, None)
        self._known[number] = None
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)


class _Take:
    """The sound of one emission on its way into a file."""

    def __init__(self, emission: Emission, file: SoundFile):
        self.file = file
        request = AudioRequest(emission=emission.id)
        tuning = Tuning(emission.id, demodulation_of(request, emission))
        self._run = AudioRun(tuning, emission, file.add, _LIMITS)

    def feed(self, emission: Emission, piece: Piece) -> None:
        self._run.edges(emission)  # another channel where the emission is another by now
        self._run.feed(emission, piece)

    def finish(self, path: Path, end: int) -> bool:
        """Ends the demodulator, and puts the file in its place; returns whether there is sound."""
        self._run.end()
        if not self._run.wait(time.monotonic() + _END_S):
            raise TimeoutError("a demodulator did not end in time")
        if self._run.error is not None:
            raise self._run.error
        return self.file.finish(path, end)

    def discard(self) -> None:
        self._run.close()
        self.file.discard()


def _end_of(emission: Emission) -> int:
    """The number of the sample of sound at which a squelch closes: the detector waits longer."""
    end_s = (emission.sample_start + emission.sample_count) / (emission.rx_rate or 1.0)
    return round((end_s + _SQUELCH_S) * AUDIO_RATE)


def _discard(takes: dict[int, _Take]) -> None:
    for take in takes.values():
        take.discard()
    takes.clear()


def _usable_folder(folder) -> Path:
    path = Path(folder)
    if not path.name or not path.parent.is_dir():
        raise ValueError(f"no folder {path.parent} for folder, got {str(folder)!r}")
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise ValueError(f"folder {path}: {error.strerror}") from None
    return path
