# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`--record-sound` of `label` and `live`: a WAV file for each transmission."""

from __future__ import annotations

import re

_SIZE = re.compile(r"([1-9]\d*)([MG])")


def size_of(text: str) -> int:
    """Bytes of such as 500M or 2G.

    Raises:
        ValueError: in one line.
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        raise ValueError(f"--sound-size must be a size such as 500M or 2G, got {text!r}")
    return int(found[1]) * (2**20 if found[2] == "M" else 2**30)


def make_sound_recorder(arguments, place):
    """The `SoundRecorder` that the options ask for.

    Raises:
        ValueError: in one line, for a wrong size or folder.
    """
    from ..blocks.sound_recorder import SoundRecorder

    size = size_of(arguments.sound_size)
    prefix = "" if place.recording is None else place.name
    try:
        when = arguments.conditions["record-sound"].text
        return SoundRecorder(arguments.record_sound, prefix, when, size, place.policy)
    except ValueError as error:
        raise ValueError(f"--record-sound: {error}") from None
