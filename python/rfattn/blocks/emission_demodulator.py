# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Demodulates the emissions that somebody listens to."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pmt

from ..emissions.listening import MOST_WIDTH_HZ, carrier_of, demodulation_of, emission_at
from ..messages import schema
from ..messages.as_pmt import to_message, to_python
from ..messages.audio import Audio, AudioRequest, Request
from ..messages.emission import Emission
from ..rfattn_python import int16_vector, tags
from .parts.audio_run import AudioRun, Tuning
from .parts.channel_samples import is_samples, read_samples, samples_in
from .parts.held_samples import Piece
from .parts.lifetime import weakly
from .parts.message_sink import FINISH_S, MessageSink
from .parts.ticker import Ticker
from .parts.work_errors import keep_error

_AUDIO, _LISTEN, _REQUESTS = (pmt.intern(name) for name in ("audio", "listen", "requests"))
_ID, _STATE, _END = (pmt.intern(name) for name in (tags.KEY_ID, "state", "end"))
_SILENT = np.empty(0, np.int16)
_TICK_S = 0.1
_QUIET_S = 0.5
"""After so long without sound a listener gets a message without any."""
_LAG_S = 0.3
"""Samples come so much later than the messages of their emission, at most."""
_MOST_REQUESTS = 64
COUNTS = ("started", "failed", "refused", "samples_lost")
"""What `emission_demodulator` counts."""


class emission_demodulator(MessageSink):
    """Demodulates the emissions that somebody asks for, and sends their sound.

    Nothing is demodulated, and `emission_extractor` sends no samples, while nobody asks. A request
    names an emission, which is listened to until it ends, or a frequency, and then whatever
    emission is there, one after the other. Equal requests share a demodulator.

    FM is full at the edges of the emission, of a narrow one at 5 kHz; its de-emphasis is 75 µs,
    wider than 50 kHz 50 µs. AM is scaled by its carrier. Of a sideband, the middle of the emission
    is at 1500 Hz, or the frequency that was asked for is its suppressed carrier. The pass band is
    250 to 5000 Hz (FM), below 9600 Hz (wide FM), 150 to 4500 Hz (AM), 200 to 2800 Hz (sidebands).
    The demodulation "auto" is that of the emission's label, and "fm" without one.

    Messages in:
        - samples: pairs of a dictionary and a vector of complex64, from port heard of
          `emission_extractor`.
        - emissions: dictionaries of `emission_labels`.
        - requests: dictionaries of `zmq_stats_sink`: request, "e" and the id of an emission or "f"
          and a frequency in Hz, "/", and "auto", "fm", "am", "usb" or "lsb"; wanted, whether it
          begins or ends.

    Messages out:
        - audio: pairs of a dictionary and a vector of int16, 24000 samples a second, 20 ms or more.
          The dictionary has request, state, position (number of the first sample; pauses count),
          and of the emission id, frequency, label, demodulation and samples_lost. While there is no
          sound, one with an empty vector comes twice a second. The state tells why: "on": there is
          a pause; "waiting": there is no emission at the frequency; "ended": the emission has, or
          the demodulator with an error, or the flowgraph; "full": max_demodulators others run;
          "wide": it is above 400 kHz.
        - listen: a dictionary for `emission_extractor`: by id, the edges of what is heard.

    Args:
        max_demodulators: that run at a time, >= 1. Further requests are refused and counted.

    Attributes:
        counts: demodulators that were "started", that "failed", requests "refused" since as many
            ran as may, and "samples_lost" of channels, since a demodulator was too slow.
        failures: of demodulators and messages: `count`, and `first`, the first exception or None.

    Raises:
        ValueError: naming the parameter, the rule and the value.
    """

    TOPICS = ("samples", "emissions", "requests")
    SENDS = ("audio", "listen")
    TAKES = {"samples": "heard"}

    def __init__(self, max_demodulators=4):
        if max_demodulators < 1:
            raise ValueError(
                f"emission_demodulator: max_demodulators must be >= 1, got {max_demodulators}"
            )
        self._most = max_demodulators
        self.counts: Counter[str] = Counter()
        self._wanted: dict[str, AudioRequest] = {}
        self._ticker: Ticker | None = None
        self._forget()
        MessageSink.__init__(self, drops=True, is_guest=True)
        for port in (_AUDIO, _LISTEN):
            self.message_port_register_out(port)

    def all_counts(self) -> dict[str, int]:
        """All that `counts` may have, with zeros."""
        return {name: self.counts[name] for name in COUNTS}

    def account(self) -> dict[str, dict]:
        return {"demodulators": self.all_counts()}

    @keep_error
    def start(self):
        self.counts.clear()
        self._forget()
        return super().start()

    def _forget(self) -> None:
        self._is_over = False  # messages may come after `stop`
        self._live: dict[int, _Live] = {}
        self._ids: dict[str, int] = {}  # of the emission at the frequency of a request
        self._runs: dict[Tuning, AudioRun] = {}
        self._failed: set[Tuning] = set()  # not started again while they are asked for
        self._heard: dict[int, tuple[float, float]] = {}  # edges that the extractor cuts out
        self._states: dict[str, Audio] = {}  # what each listener was told last
        self._sent_s: dict[str, float] = {}  # when
        self._listeners: dict[Tuning, tuple[Audio, ...]] = {}  # what goes with their sound

    def _finish(self) -> None:
        self._end_ticker()
        for text in self._wanted:
            self._tell(Audio(request=text, state="ended"))
        for run in self._runs.values():
            run.close()
        with self._ending(FINISH_S) as until:
            late = [run for run in self._runs.values() if not run.wait(until)]
        self.counts["samples_lost"] += sum(run.samples_lost for run in self._runs.values())
        self._forget()
        self._is_over = True
        if late:
            raise TimeoutError(f"{len(late)} demodulators did not end in time")

    def _lose(self, topic: str, message: pmt.pmt_base) -> None:
        if topic == "samples":
            self.counts["samples_lost"] += samples_in(topic, message)
        else:
            super()._lose(topic, message)

    def _read(self, topic: str, message: pmt.pmt_base):
        if topic == "requests" and not pmt.is_null(message):
            return schema.read("requests", to_python(message))
        return message

    def _receive(self, topic: str, message) -> None:
        if self._is_over:
            return
        if topic == "samples":
            self._take_samples(message)
        elif topic == "emissions":
            self._take_emission(message)
        else:
            if isinstance(message, Request):
                self._take_request(message)
            self._look()

    def _take_samples(self, message: pmt.pmt_base) -> None:
        if not is_samples(message):
            raise ValueError("samples: must be a pair of a dictionary and a vector of complex64")
        if not self._runs:
            return
        number = pmt.to_uint64(pmt.dict_ref(pmt.car(message), _ID, pmt.PMT_NIL))
        runs = [run for tuning, run in self._runs.items() if tuning.id == number]
        if runs and number in self._live:
            about, samples = read_samples(message)
            rate, middle = about[tags.KEY_RX_RATE], about[tags.KEY_RX_FREQ]
            piece = Piece(rate, middle, about[tags.KEY_SAMPLE_START], samples)
            for run in runs:
                run.feed(self._live[number].emission(), piece)

    def _take_emission(self, message: pmt.pmt_base) -> None:
        if not pmt.is_dict(message):
            raise ValueError(f"emissions: not a dictionary: {message}")
        number = pmt.to_uint64(pmt.dict_ref(message, _ID, pmt.PMT_NIL))
        if pmt.eq(pmt.dict_ref(message, _STATE, pmt.PMT_NIL), _END):
            self._live.pop(number, None)
        else:
            self._live[number] = _Live(message)

    def _take_request(self, message: Request) -> None:
        request = AudioRequest.parse(message.request)
        if not message.wanted:
            for known in (self._wanted, self._ids, self._states, self._sent_s):
                known.pop(str(request), None)
        elif len(self._wanted) < _MOST_REQUESTS:
            self._wanted[str(request)] = request
            self._states.pop(str(request), None)  # another listener is told, too
        else:
            self.counts["refused"] += 1
            self._tell(Audio(request=str(request), state="full"))
        if self._wanted and self._ticker is None:
            self._ticker = Ticker(_TICK_S, weakly(self._tick))
        if not self._wanted:
            self._end_ticker()

    def _tick(self) -> None:
        self._post(_REQUESTS, pmt.PMT_NIL)

    def _end_ticker(self) -> None:
        if self._ticker is not None:
            self._ticker.end()
            self._ticker = None

    def _look(self) -> None:
        """Starts and ends demodulators as requests, emissions and labels ask for, and tells
        listeners what changed."""
        found = {text: self._tuning(text, request) for text, request in self._wanted.items()}
        tunings = dict.fromkeys(tuning for tuning in found.values() if isinstance(tuning, Tuning))
        self._end_failed()
        self._failed &= tunings.keys()
        self._end_runs(self._runs.keys() - tunings.keys())
        for tuning in tunings:
            may_start = tuning not in self._runs and tuning not in self._failed
            if may_start and len(self._runs) < self._most:
                self._start_run(tuning)
        listeners: dict[Tuning, list[Audio]] = {}
        for text, tuning in found.items():
            about = self._about(text, tuning)
            if about.state == "on":
                listeners.setdefault(tuning, []).append(about)
            self._note(about)
        self._listeners = {tuning: tuple(abouts) for tuning, abouts in listeners.items()}
        self._listen()
        self._advance()

    def _tuning(self, text: str, request: AudioRequest) -> Tuning | str:
        """What is demodulated for a request, or the state that tells why nothing is."""
        number = request.emission
        if number is None:
            number = self._id_at(text, request)
        if number not in self._live:
            return "waiting" if request.emission is None else "ended"
        emission = self._live[number].emission()
        if emission.width > MOST_WIDTH_HZ:
            return "wide"
        demodulation = demodulation_of(request, emission)
        return Tuning(number, demodulation, carrier_of(request, demodulation))

    def _id_at(self, text: str, request: AudioRequest) -> int | None:
        """The emission at the frequency of a request: the same one as long as it lasts."""
        if self._ids.get(text) not in self._live:
            live = (one.emission() for one in self._live.values())
            shown = [emission for emission in live if emission.is_shown(sidebands=False)]
            emission = emission_at(request, shown)
            self._ids[text] = None if emission is None else emission.id
        return self._ids[text]

    def _about(self, text: str, tuning: Tuning | str) -> Audio:
        if isinstance(tuning, str):
            return Audio(request=text, state=tuning)
        if tuning in self._failed:
            return Audio(request=text, state="ended")
        if tuning not in self._runs:
            return Audio(request=text, state="full")
        emission = self._live[tuning.id].emission()
        return Audio(
            request=text,
            state="on",
            id=tuning.id,
            frequency=emission.middle,
            label=emission.label,
            demodulation=tuning.demodulation,
            samples_lost=self._runs[tuning].samples_lost,
        )

    def _note(self, about: Audio) -> None:
        """Tells a listener what is new, or that there is nothing new."""
        before, now = self._states.get(about.request), time.monotonic()
        if before is None or before.state != about.state:
            self.counts["refused"] += about.state == "full"
        self._states[about.request] = about
        is_quiet = now - self._sent_s.get(about.request, 0.0) >= _QUIET_S
        if before is None or _gist(before) != _gist(about) or is_quiet:
            self._tell(about)

    def _start_run(self, tuning: Tuning) -> None:
        send = weakly(self._send)
        emission = self._live[tuning.id].emission()
        self._runs[tuning] = AudioRun(
            tuning, emission, lambda position, samples: send(tuning, position, samples)
        )
        self.counts["started"] += 1

    def _end_failed(self) -> None:
        for tuning, run in self._runs.items():
            if run.error is not None:
                self.counts["failed"] += 1
                self.failures.add(run.error)
                self._failed.add(tuning)
        self._end_runs(self._failed & self._runs.keys())

    def _end_runs(self, tunings) -> None:
        for tuning in tunings:
            run = self._runs.pop(tuning)
            run.close()
            self.counts["samples_lost"] += run.samples_lost

    def _listen(self) -> None:
        """Has the extractor send the samples of what is demodulated, where that has changed."""
        wanted: dict[int, tuple[float, float]] = {}
        for tuning, run in self._runs.items():
            if (live := self._live.get(tuning.id)) is not None:
                low, high = run.edges(live.emission())
                before = wanted.get(tuning.id, (low, high))
                wanted[tuning.id] = min(low, before[0]), max(high, before[1])
        if wanted == self._heard:
            return
        self._heard, message = wanted, pmt.make_dict()
        for number, edges in wanted.items():
            vector = pmt.init_f64vector(2, edges)
            message = pmt.dict_add(message, pmt.from_uint64(number), vector)
        self.message_port_pub(_LISTEN, message)

    def _advance(self) -> None:
        now = time.monotonic()
        for tuning, run in self._runs.items():
            if (live := self._live.get(tuning.id)) is not None:
                run.advance(live.seconds(now) - _LAG_S)

    def _send(self, tuning: Tuning, position: int, samples: np.ndarray) -> None:
        """Sends sound to those who listen to it; in the thread of a demodulator."""
        for about in self._listeners.get(tuning, ()):
            self._tell(replace(about, position=position), samples)

    def _tell(self, about: Audio, samples: np.ndarray = _SILENT) -> None:
        self._sent_s[about.request] = time.monotonic()
        self.message_port_pub(_AUDIO, pmt.cons(to_message(about), int16_vector(samples)))


def _gist(about: Audio) -> tuple:
    """What a listener is told at once when it changes."""
    return about.state, about.id, about.label, about.demodulation


class _Live:
    """A live emission: its latest message, which is read when somebody asks."""

    def __init__(self, message: pmt.pmt_base):
        self._message, self._arrived_s = message, time.monotonic()
        self._emission: Emission | None = None

    def emission(self) -> Emission:
        if self._emission is None:
            self._emission = schema.read("emissions", to_python(self._message))
        return self._emission

    def seconds(self, now: float) -> float:
        """How far the receiver is, s since its first sample, at this time of the clock."""
        emission = self.emission()
        return emission.sample_now / (emission.rx_rate or 1.0) + now - self._arrived_s
