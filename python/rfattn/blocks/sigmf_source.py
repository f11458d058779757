# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays a SigMF recording into a flowgraph."""

from __future__ import annotations

from ..recordings import sigmf
from .recording_source import recording_source


class sigmf_source(recording_source):
    """Plays a SigMF recording.

    Datatypes: cf32_le, ci16_le, ci8, cu8, rf32_le, ri16_le, ri8, ru8.

    Stream output:
        complex64, full scale 1.0. The imaginary part of a real-valued recording is zero.

    Tags out:
        rx_rate (double, Hz), rx_freq (double, Hz) and rx_time (tuple of uint64 s and double s since
        1970, from core:datetime), where the metadata state them, on the first sample of every
        capture. Each later capture, and each repetition, is therefore a gap.

    Args:
        filename: the .sigmf-meta or .sigmf-data file, or their common stem. The two files lie side
            by side.
        repeat: whether to start again at the end, without limit.
        throttle: whether to play in real time; the metadata must then state a sample rate.

    Attributes:
        recording: the `recordings.recording.Recording`.
        sample_rate: samples per second, Hz, or None.
        is_real: whether the recording is real-valued.
        error: None, or the exception that ended the flowgraph.

    Raises:
        SigMFError: when the recording cannot be read; one line, a ValueError.
        RecordingError: when it cannot be played; one line, a ValueError.
    """

    def __init__(self, filename, repeat=False, throttle=False):
        recording_source.__init__(self, sigmf.read(filename), repeat, throttle)
