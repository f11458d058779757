# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens the sources of live samples: SoapySDR, rtl_tcp, ZMQ, or a recording in real time."""

from __future__ import annotations

import argparse
import os
import re
from contextlib import nullcontext
from dataclasses import dataclass

from ...packages import load
from ...silence import silence
from ...telemetry.bind_address import check_peer, is_port
from . import soapy_drivers
from .inputs import Faults, open_inputs
from .rtl_tcp import RtlTcpReader
from .soapy import SoapyReader

KINDS = {
    "soapy": "driver=rtlsdr",
    "rtl_tcp": "HOST:PORT",
    "zmq": "tcp://HOST:PORT",
    "file": "RECORDING",
}
_REPEAT = ",repeat="
"""Follows the name of a file, and states with 0 or 1 whether it is played again and again."""
_ZMQ_TIMEOUT_MS = 100


@dataclass(frozen=True)
class Receiver:
    """The source to open. Rate and frequency are in Hz, gain in dB; a gain of None leaves it to the
    automatic gain of the receiver. What is 0, None or empty below stays as the driver has it."""

    kind: str
    where: str
    sample_rate: float | None
    frequency: float | None
    gain: float | None
    datatype: str | None = None
    """Type of raw samples of a file, or of standard input."""
    ppm: float = 0.0
    """By how much the clock of the receiver is too fast, in millionths."""
    antenna: str | None = None
    settings: tuple[tuple[str, str], ...] = ()
    """Names and values that only this driver has, such as ("biastee", "true")."""


def source_spec(text: str) -> tuple[str, str]:
    """Splits "kind=where" into (kind, where), for argparse."""
    kind, _, where = text.partition("=")
    if kind not in KINDS or not where:
        forms = ", ".join(f"{kind}={example}" for kind, example in KINDS.items())
        raise argparse.ArgumentTypeError(f"must be one of {forms}, got {text!r}")
    _check_port(kind, where)
    _, repeat, number = where.rpartition(_REPEAT)
    if kind == "file" and repeat and number not in ("0", "1"):
        raise argparse.ArgumentTypeError(f"repeat must be 0 or 1, got {number!r}")
    return kind, where


def _check_port(kind: str, where: str) -> None:
    """Refuses a port that GNU Radio would take for another one."""
    if kind == "zmq":
        try:
            check_peer("zmq", where)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None
    host, _, port = where.rpartition(":")
    if kind == "rtl_tcp" and not (host and is_port(port)):
        raise argparse.ArgumentTypeError(
            f"rtl_tcp must be HOST:PORT with a port up to 65535, got {where!r}"
        )


def setting(text: str) -> tuple[str, str]:
    """Splits "name=value", for argparse."""
    name, separator, value = text.partition("=")
    if not (name and separator):
        raise argparse.ArgumentTypeError(f"must be NAME=VALUE, got {text!r}")
    return name, value


def open_source(receiver: Receiver, show_drivers: bool = False):
    """Opens a source of complex64 samples with tags rx_rate and, if it is known, rx_freq.

    Args:
        show_drivers: show what drivers print while they look for hardware.

    Raises:
        ValueError: in one line, when it cannot be opened with these settings.
    """
    if receiver.kind == "file":
        return _file(receiver)
    if show_drivers and receiver.kind == "soapy":
        os.environ.setdefault("SOAPY_SDR_LOG_LEVEL", "DEBUG")
        soapy_drivers.print_modules()
    make = {"soapy": _soapy, "rtl_tcp": _rtl_tcp, "zmq": _zmq}[receiver.kind]
    try:
        with nullcontext() if show_drivers else silence(1, 2):
            return make(receiver)
    except (OSError, RuntimeError) as error:
        raise ValueError(
            f"cannot open {receiver.kind}={receiver.where}: {' '.join(str(error).split())}"
            f"{_advice(receiver, error)} (gr-rfattn --debug live shows what the drivers print)"
        ) from error


def _advice(receiver: Receiver, error: Exception) -> str:
    """What to check when SoapySDR finds no such device."""
    driver = re.search(r"driver=(\w+)", receiver.where)
    if receiver.kind != "soapy" or driver is None or "no match" not in str(error):
        return ""
    return soapy_drivers.advice(driver[1])


def _soapy(receiver: Receiver):
    load("SoapySDR", "soapy")
    return _opened(SoapyReader(receiver))


def _rtl_tcp(receiver: Receiver):
    if receiver.antenna is not None:
        raise ValueError(f"--antenna: rtl_tcp has one input, got {receiver.antenna!r}")
    where, rate, frequency = receiver.where, receiver.sample_rate, receiver.frequency
    return _opened(RtlTcpReader(where, rate, frequency, receiver.gain, receiver.ppm))


def _opened(reader):
    from ...blocks.receiver_source import receiver_source

    reader.open()
    return receiver_source(reader)


def _zmq(receiver: Receiver):
    from gnuradio import gr, zeromq

    source = zeromq.sub_source(
        gr.sizeof_gr_complex, 1, receiver.where, _ZMQ_TIMEOUT_MS, False, -1, ""
    )
    return _tagged(source, receiver)


def _file(receiver: Receiver):
    """A recording in real time, or a pipe as it comes."""
    from ...blocks.recording_source import open_source as play

    before, repeat, number = receiver.where.rpartition(_REPEAT)
    (recording,) = open_inputs(
        [before if repeat else receiver.where],
        receiver.sample_rate,
        receiver.frequency,
        receiver.datatype,
        Faults(1),
    )
    return play(recording, throttle=True, repeat=bool(repeat) and number == "1")


def _tagged(source, receiver: Receiver):
    """Adds the tags that the source does not send itself."""
    from gnuradio import gr

    from ...rfattn_python import rx_tagger

    signature = gr.io_signature(1, 1, gr.sizeof_gr_complex)
    both = gr.hier_block2(receiver.kind, gr.io_signature(0, 0, 0), signature)
    both.source = source
    both.tagger = rx_tagger(receiver.sample_rate, receiver.frequency)
    both.connect(source, both.tagger, both)
    return both
