# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands labelled emissions to programs that decode them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection
from functools import partial

import pmt

from ..decoding.decoder import SHIPPED, Decoder, check_labels, read_decoders
from ..decoding.program import Limits
from ..emissions.record import SETTLED_S
from ..messages import schema
from ..messages.as_pmt import to_message
from ..messages.decoded import Decoded
from ..messages.emission import Emission
from ..rfattn_python import tags
from .parts.backlog import SamplesSink
from .parts.channel_samples import SamplesWithin
from .parts.decoder_runs import DecoderRuns
from .parts.held_samples import HeldSamples, Piece
from .parts.lifetime import weakly
from .parts.live_emissions import LiveEmissions
from .parts.message_sink import FINISH_S
from .parts.policy import check_policy
from .parts.ticker import Ticker
from .parts.work_errors import keep_error

_DECODED = pmt.intern("decoded")
_TICK, _TICK_S = "tick", 0.5
COUNTS = (
    "started",
    "failed",
    "left_out",
    "not_installed",
    "private",
    "lines",
    "repeated",
    "lines_lost",
    "samples_lost",
)
"""What `emission_decoder` counts."""


class emission_decoder(SamplesSink):
    """Starts a program for each emission whose class it decodes, and sends the lines it writes.

    A table states the programs: which classes each decodes, which demodulation, rate and format it
    needs, and its command, which runs without a shell, in an empty folder and a process group of
    its own. Of several programs for a class the first one that is installed is started.

    It starts at the first label that the program decodes, with what is still held of the signal:
    at most the newest 30 s, 64 MiB of an emission and 256 MiB of all. The samples of the channel go
    through GNU Radio's demodulator and resampler to its stdin; pauses become silence, those of more
    than 60 s are shortened. It ends with the emission: 2 s later stdin is closed, and what has not
    ended 5 s after that is killed. So is a program that takes no samples for 10 s, or writes
    100000 lines more than are kept.

    Of its stdout lines of at most 500 characters are kept, 100 a second and 1000 at once, with
    control characters as escapes. A line that equals the one before is not sent again.

    Messages in:
        - samples: pairs of a dictionary and a vector of complex64, from `emission_extractor`.
        - emissions: dictionaries of `emission_labels`.

    Messages out:
        - decoded: a dictionary for each line: id of the emission, source (name of the decoder) and
          text.

    Args:
        decoders: file with the table; "": the shipped one.
        max_decoders: programs that run at a time, >= 1. Further emissions are not decoded, and are
            counted.
        content: start programs whose lines are meant for one receiver, such as pages, too.
        policy: when a program is too slow: "block" lets the messages wait, which suits a recording;
            "drop" discards samples while 64 MiB wait for it, and ends programs within 2 s of the
            flowgraph, which suits a receiver.
        margin_s: that of the `emission_extractor`, s, >= 0: programs end so much later.

    Attributes:
        counts: number of emissions by what became of them: "started", "failed" (the program could
            not be started, ended with an error or was killed), "left_out" (since max_decoders
            others ran), "not_installed", "private" (needs content); and of "lines" sent, "repeated"
            lines, "lines_lost" (written too fast) and "samples_lost".
        error: None, or the exception that ended the flowgraph.

    Raises:
        ValueError: naming the parameter, or the table's entry, the rule and the value.
    """

    SENDS = ("decoded",)
    LIMITS = Limits()

    def __init__(self, decoders="", max_decoders=4, content=False, policy="block", margin_s=0.0):
        if max_decoders < 1:
            raise ValueError(f"emission_decoder: max_decoders must be >= 1, got {max_decoders}")
        if not margin_s >= 0.0:
            raise ValueError(f"emission_decoder: margin_s must be >= 0, got {margin_s}")
        check_policy("emission_decoder", policy)
        self.decoders, self._is_own = read_decoders(decoders or SHIPPED), bool(decoders)
        self._most, self._content, self._waits = max_decoders, content, policy == "block"
        self.margin_s, self._lag_s = margin_s, SETTLED_S + margin_s
        self._ticker: Ticker | None = None
        self._within, self._held = SamplesWithin(), HeldSamples()
        SamplesSink.__init__(self, drops=policy == "drop")
        self.message_port_register_out(_DECODED)
        self._forget()

    @property
    def counts(self) -> Counter:
        return self._runs.counts

    def check(self, labels: Collection[str]) -> None:
        """Refuses labels in a table of one's own that the path cannot give."""
        if self._is_own:
            check_labels(self.decoders, labels)

    def end_at(self, n_samples: int, sample_rate: float) -> None:
        """Decodes nothing that lies behind the first ``n_samples`` of the receiver's; see
        `emission_recorder.end_at`."""
        self._within.end_at(n_samples, sample_rate)

    @keep_error
    def start(self):
        self._forget()
        if not self._waits:
            self._ticker = Ticker(_TICK_S, partial(self._backlog.put, _TICK, None, 0))
        return super().start()

    def stop(self):
        if self._ticker is not None:
            self._ticker.end()
            self._ticker = None
        return super().stop()

    def is_busy(self, number: int, end: int) -> bool:
        """Whether more may be decoded of an emission that ended at this sample of the receiver;
        from any thread."""
        return self._now <= end + self._lag_s * self._rate or self._runs.is_busy(number)

    def all_counts(self) -> dict[str, int]:
        """All that `counts` may have, with zeros."""
        return {name: self.counts[name] for name in COUNTS}

    def account(self) -> dict[str, dict]:
        return {"decoders": self.all_counts()}

    def complete(self) -> None:
        self.close()

    @keep_error
    def close(self) -> None:
        """Takes the messages that still wait, and ends all programs. May be called twice."""
        self.drain()
        self._end_all()

    def _finish(self) -> None:
        if not self.is_attached:
            self._end_all()

    def _end_all(self) -> None:
        with self._ending(FINISH_S) as until:
            self._runs.end_all(until)

    def _forget(self) -> None:
        self._runs = DecoderRuns(
            self._most, self._waits, self.LIMITS, weakly(self._send), self.logger.warn
        )
        self._held.forget()
        self._within.forget()
        self._live = LiveEmissions()
        self._left: set[int] = set()  # ids of live emissions that are not decoded
        self._now = self._stated = 0  # samples of the receiver that have arrived
        self._rate = self._arrived_s = 0.0

    def _send(self, message: Decoded) -> None:
        self.message_port_pub(_DECODED, to_message(message))

    def _lose_samples(self, count: int) -> None:
        self._runs.count("samples_lost", count)

    def _receive(self, topic: str, message) -> None:
        if topic == "samples":
            self._add_samples(*message)
        elif topic == _TICK:
            passed_s = time.monotonic() - self._arrived_s
            self._advance(self._stated + round(passed_s * self._rate))
        else:
            self._add_emission(schema.read("emissions", message))

    def _add_samples(self, about: dict, samples) -> None:
        number = about[tags.KEY_ID]
        samples = self._within.cut(number, about, samples)
        if number in self._left or not len(samples):
            return
        rate, middle = about[tags.KEY_RX_RATE], about[tags.KEY_RX_FREQ]
        piece = Piece(rate, middle, about[tags.KEY_SAMPLE_START], samples)
        if number not in self._live.latest:
            self._live.latest[number] = schema.read("emissions", about[tags.KEY_EMISSION])
        if number in self._runs:
            self._runs.feed(self._live.latest[number], piece)
        else:
            self._held.add(number, piece)
            self._consider(self._live.latest[number])

    def _add_emission(self, emission: Emission) -> None:
        self._live.add(emission)
        self._consider(emission)
        self._rate, self._stated = emission.rx_rate or 0.0, emission.sample_now
        self._arrived_s = time.monotonic()
        self._advance(emission.sample_now)

    def _advance(self, now: int) -> None:
        """Lets the time come to this sample of the receiver."""
        if self._rate:
            self._runs.advance(now / self._rate - self._lag_s)
        for number in self._live.ended_before(now - self._lag_s * self._rate):
            self._end(number)
        self._now = max(self._now, now)

    def _consider(self, emission: Emission) -> None:
        """Starts the first program that may decode an emission, once there are samples of it;
        otherwise counts why none does."""
        decoders = [one for one in self.decoders if one.takes(emission.label, emission.sync)]
        is_settled = emission.id in self._runs or emission.id in self._left
        if is_settled or not decoders or not emission.is_shown(sidebands=False):
            return
        pieces = self._held.take(emission.id)
        if not pieces:
            return
        what = self._why_not(decoders)
        if not what:
            decoder = next(entry for entry in decoders if self._may_run(entry))
            what = "started" if self._runs.start(emission, decoder, pieces) else "failed"
        self._runs.count(what)
        if what != "started":
            self._left.add(emission.id)

    def _why_not(self, decoders: list[Decoder]) -> str:
        """Why none of these is started; "": one is."""
        installed = [entry for entry in decoders if entry.is_installed()]
        if not installed:
            self._runs.log(f"{decoders[0].program} is not installed")
            return "not_installed"
        if not any(map(self._may_run, installed)):
            self._runs.log(
                f"{installed[0].name} is not started without content: what it decodes is meant for "
                "one receiver"
            )
            return "private"
        return "" if self._runs.has_room() else "left_out"

    def _may_run(self, decoder: Decoder) -> bool:
        return decoder.is_installed() and (self._content or not decoder.private)

    def _end(self, number: int) -> None:
        """Ends the program of an emission, and forgets the emission."""
        self._held.take(number)
        self._live.forget(number)
        self._left.discard(number)
        self._runs.end(number)
