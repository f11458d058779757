# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The spectrogram of a recording of one emission, small enough for a page."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gnuradio.rfattn.recordings.sigmf import SigMFError, read

from .feed import packed

_LEAST_BINS, _MOST_BINS, _ROWS = 32, 256, 300
_FRAMES = 8
"""Of a row, evenly spaced, so that a long recording takes no longer than a short one."""


def spectrogram(meta_path: Path) -> dict:
    """The spectrogram of a recording as `emission_recorder` writes it.

    Returns:
        ``low`` and ``high``, the edges of the channel in Hz; ``is_absolute``, whether these count
        from 0 Hz; ``seconds``, how long it is, without the pauses between bursts; ``rows`` and
        ``bins``, its size; and the values by row, the oldest first, as `packed`: the largest of
        up to 8 spectra in dB of full scale.

    Raises:
        SigMFError: in one line; it cannot be read, or it is empty.
    """
    recording = read(meta_path)
    if not recording.n_samples:
        raise SigMFError(f"{meta_path}: no samples in it")
    samples = np.memmap(recording.data_path, "<c8", "r", shape=(recording.n_samples,))
    # About as many rows as bins where there are few samples.
    bins = 2 ** int(np.log2(np.sqrt(len(samples))))
    bins = min(_MOST_BINS, max(_LEAST_BINS, bins))
    n_rows = min(_ROWS, max(1, len(samples) // bins))
    window = np.hanning(bins).astype(np.float32)
    rows = [_row(samples, k, n_rows, window) for k in range(n_rows)]
    capture = recording.captures[0] if recording.captures else None
    middle = capture.frequency if capture else None
    rate = recording.sample_rate or 0.0
    return {
        "low": (middle or 0.0) - rate / 2,
        "high": (middle or 0.0) + rate / 2,
        "is_absolute": middle is not None,
        "seconds": len(samples) / rate if rate else None,
        "rows": n_rows,
        "bins": bins,
        **packed(np.concatenate(rows)),
    }


def _row(samples: np.ndarray, number: int, n_rows: int, window: np.ndarray) -> np.ndarray:
    """The largest values of the spectra in one of ``n_rows`` equal parts."""
    first, end = (k * len(samples) // n_rows for k in (number, number + 1))
    bins = len(window)
    last = max(first, end - bins)
    starts = np.unique(np.linspace(first, last, _FRAMES).astype(int))
    frames = np.zeros((len(starts), bins), np.complex64)
    for frame, start in zip(frames, starts, strict=True):
        part = samples[start : start + bins]
        frame[: len(part)] = part
    spectra = np.fft.fftshift(np.fft.fft(frames * window), axes=1)
    power = (np.abs(spectra) ** 2).max(axis=0) / window.sum() ** 2
    return 10 * np.log10(np.nan_to_num(power) + 1e-20)
