# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes token sequences of variants of recordings, and varies drawn sequences."""

from __future__ import annotations

import numpy as np
from gnuradio.rfattn.recordings.annotation import Annotation
from gnuradio.rfattn.recordings.front_end import POWER_FLOOR, FrontEnd
from gnuradio.rfattn.recordings.labelled_folder import LabelledRecording, open_labelled
from gnuradio.rfattn_station.learning.variants import (
    Augmentation,
    Baseband,
    augment,
    crop,
    ripple,
    white_noise,
)

from .data import IGNORE, Tokens, token_targets


def make_variants(
    entry: LabelledRecording,
    front_end: FrontEnd,
    classes,
    settings: Augmentation,
    rng: np.random.Generator,
) -> list[Tokens]:
    """Makes ``settings.variants`` augmented token sequences of a recording.

    Variants without an annotated token are drawn again.
    """
    baseband = Baseband.from_recording(open_labelled(entry.path, entry.label))
    return _draw_variants(baseband, entry, front_end, classes, settings, rng)


def make_noise_variants(
    front_end: FrontEnd, classes, settings: Augmentation, rng
) -> list[list[Tokens]]:
    """Makes variants of white noise, passed through the same filters and receivers."""
    found = []
    for k in range(settings.synthetic_noise):
        count = settings.max_tokens * front_end.samples_per_token
        samples = white_noise(rng, count)
        baseband = Baseband(samples, (Annotation(0, count, "noise"),))
        entry = LabelledRecording(f"synthetic noise {k}", "noise", "train", "synthetic")
        found.append(_draw_variants(baseband, entry, front_end, classes, settings, rng))
    return found


def _draw_variants(baseband, entry, front_end, classes, settings, rng) -> list[Tokens]:
    found = []
    while len(found) < settings.variants:
        part = crop(baseband, settings.max_tokens * front_end.samples_per_token, rng)
        variant = augment(part, settings, rng)
        spectra = front_end.tokens(variant.samples)
        targets = token_targets(variant.annotations, len(spectra), front_end, classes)
        if (targets != IGNORE).any():
            name = getattr(entry.path, "name", str(entry.path))
            spectra = spectra.astype(np.float16)  # half the memory
            found.append(Tokens(name, entry.label, entry.group, spectra, targets))
    return found


def vary(settings: Augmentation, spectra: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Changes a drawn sequence as another receiver would, differently each time and cheaply.

    Noise is added to complex spectra. Tokens have no phase, but the phase of the signal does not
    matter to independent noise. Neighbouring bins of the noise correlate as under a Hann window.

    Args:
        spectra: float32 [T, n_bins] in dB.

    Returns:
        float32 [T, n_bins] in dB.
    """
    n_bins = spectra.shape[1]
    if rng.random() < settings.tilted:
        spectra = spectra + ripple(n_bins, settings.ripple_db, rng).astype(np.float32)
    if rng.random() < settings.noisy:
        amplitude = 10 ** (spectra / 20)
        strongest = np.mean(amplitude**2, axis=0).max()
        noise = white_noise(rng, len(spectra) * (n_bins + 2)).reshape(len(spectra), n_bins + 2)
        noise = (noise[:, 1:-1] - (noise[:, :-2] + noise[:, 2:]) / 2) / np.float32(np.sqrt(1.5))
        noise *= np.sqrt(strongest * 10 ** (-rng.uniform(0, settings.noise_max_db) / 10))
        spectra = 10 * np.log10(np.abs(amplitude + noise) ** 2 + POWER_FLOOR)
    return spectra.astype(np.float32)
