# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Decides how the audio of a receiver is labelled."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..catalogue.band_plan import NO_PLAN
from ..recordings.audio import DEVIATION_HZ, is_detector_audio
from ..recordings.recording import Facts
from ..recordings.stream import SampleStream
from .options import EmissionOptions, ModelOptions

NOTE = (
    "it looks like the audio of an FM or AM detector, so its emissions get no label; add --audio "
    "fm, am, usb or lsb to label what the receiver received"
)


@dataclass(frozen=True)
class AudioOptions:
    """What the audio of real-valued recordings comes from.

    Attributes:
        kind: one of `recordings.audio.KINDS`; None: unknown.
        deviation: with "fm", that of the transmitter where the audio is loudest, Hz.
        of_several: there are several recordings, of which those of I and Q stay as they are.
    """

    kind: str | None = None
    deviation: float = DEVIATION_HZ
    of_several: bool = False


@dataclass(frozen=True)
class Received:
    """A recording as it is labelled.

    Attributes:
        recording: of audio on a carrier, if so asked; else as it was.
        options: how its emissions are found.
        model: what labels them; None: frames alone, where it has labels.
        about: what the JSON states of it: "audio" and "frequency", or a "note" that it gets no
            labels.
        has_labels: whether anything labels them.
    """

    recording: Facts
    options: EmissionOptions
    model: ModelOptions | None
    about: dict
    has_labels: bool = True


def as_received(
    recording: Facts, audio: AudioOptions, options: EmissionOptions, model: ModelOptions | None
) -> Received:
    """Puts audio on a carrier. Where nobody states what it comes from, that of a detector gets no
    label, since its spectrum is not that of what was on the air.

    Raises:
        RecordingError: the recording states no rate, or is none of audio.
        ValueError: an option is wrong.
    """
    recording.require_rate()
    if audio.kind is not None and (recording.is_real or not audio.of_several):
        from ..signals.carried_audio import put_on_carrier

        carried = put_on_carrier(recording, audio.kind, audio.deviation)
        if audio.kind == "lsb" and recording.frequency is None:  # see MirroredAudio
            options = replace(options, band_plan=NO_PLAN)
        about = {"audio": audio.kind, "frequency": recording.frequency}
        return Received(carried, options, model, about)
    if not isinstance(recording, SampleStream) and is_detector_audio(recording):
        return Received(recording, options, None, {"note": NOTE}, has_labels=False)
    return Received(recording, options, model, {})
