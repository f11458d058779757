# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labelled recordings as a receiver gets them, and as other receivers would have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import scipy.fft
import scipy.ndimage
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.labelled_folder import LabelledRecording
from gnuradio.rfattn.recordings.sigmf import Annotation, SigMFError
from gnuradio.rfattn.signals.waveform import apply_response, band, carrier
from gnuradio.rfattn_station.cutting.cut_recording import ASSUMED_RATE, is_sideband
from gnuradio.rfattn_station.learning.variants import (
    fitting_shift,
    peak_density,
    resample,
    white_noise,
)

from ...flowgraph.cut_training import boxes_in_band
from ...synthesis.receiver import in_steps
from ...synthesis.scene_signal import prepared_signal
from ...synthesis.training_bands import draw_recorded_band

AS_IT_IS = "as it is"
FILTER_SHARE = 0.6
_FILTER = 0.05, -60.0
"""Width of the edges as a share of the rate, and stop band in dB."""
SHIFT = 0.2
RESAMPLED = 0.7
BITS = 8
LEAST_RATE = 6e3
"""Of the detector, in Hz."""
_PEAK = 0.7
"""What the converter's gain brings the peak to, of full scale."""
TILT_DB = 3.0
SNR_DB = 10.0
_PIECES, _QUIET = 256, 0.25
"""Of the band: pieces over which a density is averaged, and the share that is quiet."""


@dataclass(frozen=True)
class Take:
    """Samples with the truth about them."""

    samples: np.ndarray
    """complex64 [n]."""
    rate: float
    """In Hz."""
    annotations: tuple[Annotation, ...]
    frequency: float = 0.0
    """Of the centre, which the edges of the annotations count from, in Hz."""
    is_real: bool = False
    """The samples are real-valued; frequencies count from 0 Hz."""


def take(entry: LabelledRecording, seed: int) -> Take | None:
    """What a receiver gets of a recording's signals.

    A complex recording stays as it is, and so does the audio of a single-sideband receiver, which
    is a band of the spectrum. Of other real-valued ones only the transmitter's modulation is left,
    so it is sent again, in a band of its own with the noise and the faults of a receiver.

    Args:
        seed: of that band.

    Returns:
        None for a recording that cannot be sent again, such as an envelope.

    Raises:
        SigMFError: the recording cannot be read.
    """
    recording = open_recording(entry.path)
    if recording.is_real and not is_sideband(recording, entry.label):
        return _sent_again(entry, seed)
    return Take(
        recording.samples(),
        recording.sample_rate or ASSUMED_RATE,
        tuple(recording.annotations),
        0.0 if recording.is_real else recording.frequency or 0.0,
        recording.is_real,
    )


def _sent_again(entry: LabelledRecording, seed: int) -> Take | None:
    try:
        drawn = draw_recorded_band(entry.label, str(entry.path), seed)
    except SigMFError:
        return None
    prepared_signal.cache_clear()
    boxes = boxes_in_band(drawn.truth, drawn.sample_rate)
    annotations = tuple(
        Annotation(
            round(b.sample_start), round(b.sample_count), entry.label, b.freq_lower, b.freq_upper
        )
        for b in boxes
    )
    return Take(drawn.samples, drawn.sample_rate, annotations)


def as_complex(take: Take) -> Take:
    """The positive frequencies of real samples, at half the rate; their middle becomes 0 Hz."""
    count = len(take.samples) // 4 * 2
    half = np.fft.fft(take.samples.real[: 2 * count])[:count]
    return replace(
        take,
        samples=np.fft.ifft(np.fft.ifftshift(half)).astype(np.complex64),
        rate=take.rate / 2,
        annotations=_stretched(take.annotations, 0.5),
        frequency=take.frequency + take.rate / 4,
        is_real=False,
    )


def as_real(take: Take) -> Take:
    """The reverse of `as_complex`."""
    spectrum = np.append(np.fft.fftshift(np.fft.fft(take.samples)), 0.0)
    return replace(
        take,
        samples=np.fft.irfft(spectrum).astype(np.complex64),
        rate=take.rate * 2,
        annotations=_stretched(take.annotations, 2.0),
        frequency=take.frequency - take.rate / 2,
        is_real=True,
    )


def _resampled(ratio: float) -> Callable[[Take, np.random.Generator], Take]:
    """At another rate. Where signals would not pass, tuned to their middle first."""

    def disturb(take: Take, rng: np.random.Generator) -> Take:
        if take.is_real:
            count = round(len(take.samples) * ratio)
            exact = count / len(take.samples)
            samples = np.fft.irfft(np.fft.rfft(take.samples.real), count) * exact
        else:
            take = _within(take, ratio, rng)
            samples, exact = resample(take.samples, ratio, 0.0, 0.0, rng)
        return replace(
            take,
            samples=samples.astype(np.complex64),
            rate=take.rate * exact,
            annotations=_stretched(take.annotations, exact),
        )

    return disturb


def _moved(take: Take, rng: np.random.Generator) -> Take:
    """Tuned lower by a fifth of the rate; by half of that, and so on, where the signal would leave
    the band."""
    return _retuned(take, SHIFT, rng)


def _retuned(take: Take, shift: float, rng: np.random.Generator) -> Take:
    """Tuned lower by a share of the rate, by a receiver whose filter does not show."""
    shift = fitting_shift(take.samples, shift)
    if shift == 0:
        return take
    moved = _without_filter(take.samples, rng) * carrier(shift, len(take.samples))
    samples = moved.astype(np.complex64)
    return replace(take, samples=samples, frequency=take.frequency - shift * take.rate)


def _without_filter(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """With noise where the receiver's filter let little of it pass, as much as in the quietest
    quarter of the band."""
    spectrum = np.fft.fft(samples)
    density = scipy.ndimage.uniform_filter1d(
        np.abs(spectrum) ** 2, max(1, len(samples) // _PIECES), mode="wrap"
    )
    missing = np.maximum(np.quantile(density, _QUIET) - density, 0.0)
    noise = white_noise(rng, len(samples)) * np.sqrt(missing)
    return np.fft.ifft(spectrum + noise)


def _within(take: Take, share: float, rng: np.random.Generator) -> Take:
    """Tuned to the middle of the signals, where not all of them lie in that share of the band."""
    low, high = _occupied(take.samples)
    return take if max(-low, high) <= share / 2 else _retuned(take, -(low + high) / 2, rng)


def _filtered(take: Take, rng: np.random.Generator) -> Take:
    """Behind a filter that passes the middle `FILTER_SHARE` of the band; tuned to the middle of the
    signals first, where they would not pass."""
    take = _within(take, FILTER_SHARE, rng)
    response = band(-FILTER_SHARE / 2, FILTER_SHARE / 2, *_FILTER)
    return replace(take, samples=apply_response(take.samples, response))


def _occupied(samples: np.ndarray) -> tuple[float, float]:
    """Edges of the band with nine tenths of the power that exceeds twice the median density, as
    shares of the rate; (0, 0) where nothing does."""
    power = np.abs(np.fft.fftshift(scipy.fft.fft(samples))) ** 2
    power = scipy.ndimage.uniform_filter1d(power, max(1, len(power) // 256), mode="wrap")
    total = np.cumsum(np.maximum(power - 2 * np.median(power), 0.0), dtype=np.float64)
    if total[-1] == 0:
        return 0.0, 0.0
    low, high = np.searchsorted(total, np.array([0.05, 0.95]) * total[-1]) / len(power) - 0.5
    return float(low), float(high)


def _converted(take: Take, rng: np.random.Generator) -> Take:
    """Behind a converter of `BITS` bits whose range the signal uses well."""
    parts = np.ascontiguousarray(take.samples).view(np.float32)
    scaled = take.samples * np.float32(_PEAK / (np.abs(parts).max() + 1e-12))
    return replace(take, samples=in_steps(scaled, BITS))


def _tilted(take: Take, rng: np.random.Generator) -> Take:
    """With a gain that rises by `TILT_DB` from the lowest to the highest frequency."""
    return replace(take, samples=apply_response(take.samples, lambda f: 10 ** (TILT_DB * f / 20)))


def _noisy(take: Take, rng: np.random.Generator) -> Take:
    """With white noise `SNR_DB` below the strongest of 64 bins of the annotated signals."""
    density = peak_density(take.samples, take.annotations) / 10 ** (SNR_DB / 10)
    noise = white_noise(rng, len(take.samples)) * np.float32(np.sqrt(density))
    return replace(take, samples=take.samples + noise)


def _stretched(annotations: tuple[Annotation, ...], ratio: float) -> tuple[Annotation, ...]:
    return tuple(
        replace(a, start=int(a.start * ratio), count=max(1, round(a.count * ratio)))
        for a in annotations
    )


def _on_complex(disturb: Callable[[Take, np.random.Generator], Take]):
    """The disturbance for real-valued takes, too."""

    def on_any(take: Take, rng: np.random.Generator) -> Take:
        return as_real(disturb(as_complex(take), rng)) if take.is_real else disturb(take, rng)

    return on_any


DISTURBANCES: dict[str, Callable[[Take, np.random.Generator], Take]] = {
    f"resampled by {RESAMPLED}": _resampled(RESAMPLED),
    f"resampled by 1/{RESAMPLED}": _resampled(1 / RESAMPLED),
    "moved by fs/5": _on_complex(_moved),
    f"filter of {FILTER_SHARE} fs": _on_complex(_filtered),
    f"{BITS} bits": _on_complex(_converted),
    f"tilt of {TILT_DB:g} dB": _on_complex(_tilted),
    f"SNR of {SNR_DB:g} dB": _on_complex(_noisy),
}
"""What else a receiver may do to samples; each takes a generator of random numbers."""


def variants(first: Take, seed: int) -> Iterator[tuple[str, Take | None]]:
    """Name and take of the recording as it is, then after each of `DISTURBANCES`; None where it
    would be slower than `LEAST_RATE`."""
    yield AS_IT_IS, first
    for number, (name, disturb) in enumerate(DISTURBANCES.items()):
        taken = disturb(first, np.random.default_rng([seed, number, 61]))
        yield name, taken if taken.rate >= LEAST_RATE else None
