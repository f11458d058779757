# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of `label` for the audio of receivers."""

from __future__ import annotations

import sys

from ...flowgraph.audio import AudioOptions, Received, as_received
from ...flowgraph.options import EmissionOptions
from ...recordings.audio import DEVIATION_HZ, KINDS
from ...recordings.recording import Facts, RecordingError
from ..output.json_output import LINES_SUFFIX
from .inputs import Faults, in_hertz
from .options import emission_model, options_from


def add_audio_options(parser) -> None:
    group = parser.add_argument_group("audio of a receiver")
    group.add_argument(
        "--audio",
        choices=KINDS,
        help="what real recordings, such as a WAV file of one channel, come from: an FM or AM "
        "detector, or a receiver of the upper or lower sideband. They are put back on a carrier, "
        "and frequencies count from it",
    ).not_with = {kind: "--annotate" for kind in KINDS if kind != "usb"}  # of other samples
    group.add_argument(
        "--deviation",
        type=in_hertz,
        metavar="HZ",
        help="with --audio fm: deviation of the transmitter where the audio is loudest (default: "
        f"{DEVIATION_HZ / 1e3:g}k; NOAA's pictures: 17k)",
    ).needs = "--audio fm"


def audio_of(arguments) -> AudioOptions:
    """The options. Ends with a usage error where the deviation is none."""
    kind, deviation = arguments.audio, arguments.deviation
    of_several = len(arguments.recordings) > 1 or (arguments.json or "").endswith(LINES_SUFFIX)
    if deviation is None:
        return AudioOptions(kind, of_several=of_several)
    if not deviation > 0:
        arguments.usage_error(f"--deviation must be > 0 Hz, got {deviation:g}")
    return AudioOptions(kind, deviation, of_several)


def receive(recording: Facts, arguments, audio: AudioOptions, faults: Faults) -> Received | None:
    """The recording as it is labelled; None, and reported, where it cannot be."""
    with faults.reported(str(recording.path)):
        if audio.kind == "lsb" and arguments.record and recording.frequency is None:
            raise RecordingError(
                f"{recording.path}: with --audio lsb, --record needs the frequency that the "
                "receiver was tuned to: give --freq HZ"
            )
        options = options_from(EmissionOptions, arguments)
        received = as_received(recording, audio, options, emission_model(arguments))
        if "note" in received.about:
            note = received.about["note"]
            print(f"gr-rfattn: {recording.path}: {note}", file=sys.stderr, flush=True)
        return received
    return None
