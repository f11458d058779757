# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs other programs and blocks of GNU Radio, and modulates the speech of espeak-ng."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import scipy.io.wavfile
import scipy.signal
from gnuradio import analog, blocks, gr

from .labels_foreign_sender import Made, Rng

_TEXT = (
    "Good evening. This is the repeater on the hill. The weather tomorrow: clouds, rain in the "
    "west, and wind from the north. Are there any stations on the frequency? Please call now.",
    "Runway two five left, cleared to land. Wind two seven zero, twelve knots. Report the field in "
    "sight, and contact ground on one two one decimal eight when you are clear.",
    "One two three four five six seven. The quick brown fox jumps over the lazy dog. Over and out.",
)
_POINTS = 1 << 13
"""Of a spectrum, at most."""
_VOICES = ("en-us", "en-gb", "de", "fr-fr", "es", "it")


def call(program: str, *arguments, folder: str, text: str | None = None) -> None:
    """Runs a program in a folder.

    Raises:
        FileNotFoundError: it is not installed.
        RuntimeError: it failed.
    """
    if shutil.which(program) is None:
        raise FileNotFoundError(program)
    command = [program, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, input=text, text=True, capture_output=True)
    if done.returncode:
        raise RuntimeError(f"{program}: {done.stderr.strip() or done.returncode}")


def audio_of(program: str, *arguments, text: str | None = None) -> tuple[np.ndarray, int]:
    """The only WAV file that a program writes into its folder: float [n], peak 1, and its rate."""
    with tempfile.TemporaryDirectory() as folder:
        call(program, *arguments, folder=folder, text=text)
        (path,) = Path(folder).glob("*.wav")
        rate, samples = scipy.io.wavfile.read(path)
    samples = samples.astype(float)
    return samples / np.abs(samples).max(), rate


def resample(samples: np.ndarray, rate: float, target: float) -> np.ndarray:
    common = np.gcd(round(rate), round(target))
    return scipy.signal.resample_poly(samples, round(target) // common, round(rate) // common)


def run(samples: np.ndarray, *chain) -> np.ndarray:
    """What a chain of blocks of GNU Radio makes of bytes, or of float samples."""
    is_bytes = samples.dtype == np.uint8
    source = (blocks.vector_source_b if is_bytes else blocks.vector_source_f)(samples.tolist())
    sink, top = blocks.vector_sink_c(), gr.top_block()
    top.connect(source, *chain, sink)
    top.run()
    return np.array(sink.data())


def talk(rng: Rng, seconds: float) -> tuple[np.ndarray, int]:
    """Speech of espeak-ng, float [n] of peak 1, and its rate."""
    settings = "-v", rng.choice(_VOICES), "-s", rng.integers(130, 200), "-p", rng.integers(20, 80)
    audio, rate = audio_of("espeak-ng", *settings, "-w", "talk.wav", rng.choice(_TEXT))
    return audio[: round(seconds * rate)], rate


def nfm_voice(rng: Rng) -> Made:
    audio, rate = talk(rng, 4)
    peak = float(rng.choice([2500.0, 5000.0]))
    modulator = analog.nbfm_tx(48000, 192000, tau=75e-6, max_dev=peak)
    audio = np.tanh(2 * audio)
    return run(resample(audio, rate, 48000), modulator), 192e3


def wfm(rng: Rng) -> Made:
    audio, rate = talk(rng, 2)
    modulator = analog.wfm_tx(audio_rate=48000, quad_rate=480000, tau=50e-6, max_dev=75e3)
    audio = np.tanh(4 * audio)  # stations limit their audio
    return run(resample(audio, rate, 48000), modulator), 480e3


def am_voice(rng: Rng) -> Made:
    audio, rate = talk(rng, 4)
    audio = scipy.signal.sosfilt(_voice_band(rate), audio)
    audio = np.tanh(rng.uniform(1, 5) * audio / np.abs(audio).max())
    return 1 + rng.uniform(0.5, 0.9) * audio + 0j, rate


def ssb(rng: Rng) -> Made:
    audio, rate = talk(rng, 4)
    sideband = scipy.signal.hilbert(scipy.signal.sosfilt(_voice_band(rate), audio))
    return (sideband if rng.random() < 0.5 else sideband.conj()), rate


def _voice_band(rate: float):
    return scipy.signal.butter(6, (300, 2700), "bandpass", fs=rate, output="sos")


def band_edges(wave: np.ndarray, rate: float, outside: float) -> tuple[float, float]:
    """The edges in Hz that leave a share of the power outside, on either side so much."""
    frequencies, power = scipy.signal.welch(
        wave, rate, nperseg=min(len(wave), _POINTS), return_onesided=False, detrend=False
    )
    order = np.argsort(frequencies)
    share = np.cumsum(power[order]) / power.sum()
    low, high = np.searchsorted(share, [outside, 1 - outside])
    step = rate / len(order)
    return frequencies[order][low] - step / 2, frequencies[order][high] + step / 2
