# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listen to an emission, or to a frequency: FM, AM or a sideband, demodulated by gr-rfattn live.

A whole number is the id of an emission, as tables and the page show it: it is listened to until it
ends. A frequency has a unit, as in 145.5M: it is followed, from one emission to the next, until
Ctrl-C. The flowgraph is another process: gr-rfattn live with --stats ADDRESS.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass

from gnuradio.rfattn.cli.sources.inputs import in_hertz, receiver_hertz
from gnuradio.rfattn.cli.sources.sinks import add_publisher_options
from gnuradio.rfattn.messages.audio import AUDIO_RATE, AUTO, MODES, Audio, AudioRequest
from gnuradio.rfattn.printable import printable
from gnuradio.rfattn.reporting import hertz

from ..sound.audio_subscriber import SoundMessages, subscribe_audio
from ..sound.playout import Playout
from .listen_output import open_output

_ANSWER_S = 10.0
"""`live` answers at once, but it may still be starting."""
_SILENT_S = 5.0
_POLL_MS = 10
_DEAD_ENDS = {
    "full": "as many emissions are listened to as may be (--max-demodulators of live)",
    "wide": "it is too wide to listen to: at most 400 kHz",
}


def what(text: str) -> tuple[int | None, int | None]:
    """Reads an id or a frequency, for argparse: one of both, the other one None."""
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text), None
    has_unit = text.strip()[-1:].isalpha()
    frequency = round(in_hertz(text) if has_unit else receiver_hertz(text))
    if abs(frequency) >= 10**12:
        raise argparse.ArgumentTypeError(f"must be below 1000 GHz, got {text!r}")
    return None, frequency


def positive(text: str) -> float:
    """Reads a duration in s, for argparse."""
    value = float(text)
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be > 0 seconds, got {text}")
    return value


def add_arguments(parser) -> None:
    parser.add_argument(
        "what",
        type=what,
        metavar="FREQ|ID",
        help="a frequency, as in 145.5M, of a sideband that of its carrier; or the id of an "
        "emission, as in 17",
    )
    parser.add_argument(
        "--mode",
        choices=MODES,
        default=AUTO,
        help="demodulation (default: auto, that of the emission's label, fm without one)",
    )
    add_publisher_options(parser)
    parser.add_argument(
        "--out",
        metavar="FILE",
        default="",
        help=f"write a WAV file of {AUDIO_RATE} samples a second, and after 4 GiB, or 24.8 hours, "
        "the next one, as in a.wav and a.2.wav; or with - WAV to standard output (default: play "
        "it)",
    )
    parser.add_argument(
        "--device",
        metavar="NAME",
        default="",
        help="sound card, as GNU Radio's Audio Sink names it (default: that of its settings)",
    ).not_with = "--out"
    parser.add_argument(
        "--duration", type=positive, metavar="S", help="end after S seconds (default: at Ctrl-C)"
    )


def run(arguments) -> int:
    emission, frequency = arguments.what
    request = AudioRequest(emission, frequency, arguments.mode)
    interruption = None
    with open_output(arguments.out, arguments.device) as output:
        listener = Listener(request, arguments.stats, output.playout)
        try:
            listen(listener, arguments, output)
        except KeyboardInterrupt as error:  # the file is complete before it is raised
            interruption = error
        finally:
            output.finish()
    print(f"gr-rfattn: {listener.summary()}", file=sys.stderr)
    if interruption is not None:
        raise interruption
    return 0


def listen(listener: Listener, arguments, output) -> None:
    """Plays or writes until the emission has ended or the time is over.

    Raises:
        ValueError: an address that ZMQ does not take, or there is nothing to listen to.
        TimeoutError: no flowgraph answers.
    """
    import zmq

    messages, began_s = SoundMessages(arguments.topic), time.monotonic()
    with subscribe_audio(
        zmq.Context,
        arguments.stats,
        arguments.topic,
        listener.request,
        "listen: --stats",
        arguments.keys,
    ) as socket:
        while not listener.has_ended:
            while socket.poll(_POLL_MS) and not listener.has_ended:
                listener.take(*messages.read(socket.recv_multipart()))
                listener.lost = messages.lost
                output.advance()
            output.advance()
            listener.check_silence()
            if arguments.duration and time.monotonic() - began_s >= arguments.duration:
                return


@dataclass
class Listener:
    """What a listener has got so far, and shows of it on stderr.

    Attributes:
        has_ended: the emission has, which was listened to; lost: messages that did not arrive.
    """

    request: AudioRequest
    address: str
    playout: Playout
    has_ended: bool = False
    lost: int = 0

    def __post_init__(self):
        self._shown, self._samples, self._samples_lost = "", 0, 0
        self._heard_s, self._answered, self._was_on = time.monotonic(), False, False

    def take(self, about: Audio, samples) -> None:
        """Takes a message.

        Raises:
            ValueError: there is nothing to listen to.
        """
        self._heard_s, self._answered = time.monotonic(), True
        self._samples += len(samples)
        self._samples_lost = max(self._samples_lost, about.samples_lost)
        if len(samples):
            self.playout.add(about.position, samples)
        if about.state in _DEAD_ENDS and not self._was_on:
            raise ValueError(f"listen: {_DEAD_ENDS[about.state]}")
        if about.state == "ended" and self.request.emission is not None:
            if not self._was_on:
                raise ValueError(
                    f"listen: emission {self.request.emission} is not on the air; a frequency has "
                    "a unit, as in 145.5M"
                )
            self.has_ended = True
        self._was_on |= about.state == "on"
        self._show(_text(about, self.request))

    def check_silence(self) -> None:
        """Shows that nothing comes.

        Raises:
            TimeoutError: nothing ever came.
        """
        silent_s = time.monotonic() - self._heard_s
        if silent_s > _ANSWER_S and not self._answered:
            raise TimeoutError(
                f"listen: no answer from {self.address}: gr-rfattn live --stats {self.address} "
                "must run there, with a model and without --max-demodulators 0"
            )
        if silent_s > _SILENT_S and self._answered:
            self._show(f"nothing comes from {self.address}")

    def summary(self) -> str:
        left = {
            "pieces lost": self.lost,
            "late": self.playout.late,
            "samples of the channel lost": self._samples_lost,
            "samples skipped": self.playout.skipped,
        }
        counts = ", ".join(f"{count} {name}" for name, count in left.items())
        return f"{self._samples / AUDIO_RATE:.1f} s of sound; {counts}"

    def _show(self, text: str) -> None:
        if text != self._shown:
            self._shown = text
            print(f"gr-rfattn: {printable(text)}", file=sys.stderr, flush=True)


def _text(about: Audio, request: AudioRequest) -> str:
    if about.state == "on":
        label = about.label or "no label yet"
        return f"emission {about.id}, {label}, {(about.demodulation or '').upper()}"
    if about.state == "ended":
        what = "the flowgraph" if request.emission is None else f"emission {request.emission}"
        return f"{what} has ended"
    if about.state == "waiting":
        return f"waiting for an emission at {hertz(request.frequency)}"
    return _DEAD_ENDS[about.state]
