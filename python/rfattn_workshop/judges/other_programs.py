#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes recordings with the modulators of other programs, to be labelled by labels.py.

other_programs DIR [--takes 2] [--seed 1]
python3 labels.py --recordings DIR --undisturbed --everyday 0 --noise 0 --strangers 0 --speed 0

The programs, of Debian: espeak-ng (voices), direwolf (packets), minimodem (teletype), wsjtx (weak
signals); and the modulators of GNU Radio. What is not installed is left out, with a line.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.io.wavfile
import scipy.signal
from gnuradio import analog, blocks, digital, gr
from gnuradio.rfattn.recordings.sigmf import Annotation, write_annotations

from ..synthesis.services.simple import UNFRAMED

RATES = (48e3, 250e3, 1e6, 2.4e6)
"""Of the receiver: the lowest at which a signal takes at most half of the band."""
SNR_DB = 20.0
AROUND_S = 0.4
"""Noise before and behind the signal."""
_TEXT = (
    "Good evening. This is the repeater on the hill. The weather tomorrow: clouds, rain in the "
    "west, and wind from the north. Are there any stations on the frequency? Please call now.",
    "Runway two five left, cleared to land. Wind two seven zero, twelve knots. Report the field in "
    "sight, and contact ground on one two one decimal eight when you are clear.",
    "One two three four five six seven. The quick brown fox jumps over the lazy dog. Over and out.",
)
_VOICES = ("en-us", "en-gb", "de", "fr-fr", "es", "it")
_MESSAGE = "K1ABC W9XYZ EN37"

Rng = np.random.Generator
Made = tuple[np.ndarray, float]
"""complex [n], and its rate in Hz."""


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


def packets(kind: str, deviation: float) -> Callable[[Rng], Made]:
    """Packets of direwolf on an FM transmitter."""

    def make(rng: Rng) -> Made:
        lines = "".join(f"N0CALL>WORLD:Number {rng.integers(1000)}\n" for _ in range(4))
        audio, rate = audio_of("gen_packets", *kind.split(), "-o", "x.wav", "-", text=lines)
        wave = np.exp(2j * np.pi * deviation / rate * np.cumsum(audio))
        return wave * (np.abs(scipy.signal.convolve(np.abs(audio), np.ones(99), "same")) > 1), rate

    return make


def rtty(rng: Rng) -> Made:
    text = "RYRYRY CQ CQ DE N0CALL N0CALL K\n" * 2
    audio, rate = audio_of("minimodem", "--tx", "-q", "-f", "x.wav", "rtty", text=text)
    return scipy.signal.hilbert(audio), rate


def weak(program: str, *arguments) -> Callable[[Rng], Made]:
    """A signal of wsjtx on a single-sideband transmitter, 30 dB above its noise."""

    def make(rng: Rng) -> Made:
        audio, rate = audio_of(program, *arguments)
        audio = scipy.signal.sosfilt(
            scipy.signal.butter(4, (1200, 2000), "bandpass", fs=rate, output="sos"), audio
        )
        return scipy.signal.hilbert(audio), rate

    return make


def gmsk(baud: float, bt: float, burst_s: float = 0.0) -> Callable[[Rng], Made]:
    """Random bits of GNU Radio's GMSK modulator, in bursts or without pauses for 2 s."""

    def make(rng: Rng) -> Made:
        count = round((burst_s or 2.0) * baud / 8)
        modulator = digital.gmsk_mod(samples_per_symbol=4, bt=bt)
        return _bursts(rng, lambda: run(_random_bytes(rng, count), modulator), 4 * baud, burst_s)

    return make


def psk(points: int, baud: float, rolloff: float) -> Callable[[Rng], Made]:
    """Random bits of GNU Radio's PSK modulator for 3 s."""

    def make(rng: Rng) -> Made:
        constellation = digital.psk_constellation(points)
        modulator = digital.generic_mod(constellation, True, 4, True, rolloff)
        bits = round(3 * baud * np.log2(points))
        return run(_random_bytes(rng, bits // 8), modulator), 4 * baud

    return make


def _random_bytes(rng: Rng, count: int) -> np.ndarray:
    return rng.integers(0, 256, count).astype(np.uint8)


def _bursts(rng: Rng, make: Callable[[], np.ndarray], rate: float, burst_s: float) -> Made:
    if not burst_s:
        return make(), rate
    parts = []
    for _ in range(6):
        parts += [make(), np.zeros(round(rng.uniform(0.05, 0.3) * rate))]
    return np.concatenate(parts), rate


MAKERS: dict[str, tuple[str, Callable[[Rng], Made]]] = {
    "voice on narrow FM": ("nfm_voice", nfm_voice),
    "voice on wide FM": ("wfm", wfm),
    "voice on AM": ("am_voice", am_voice),
    "voice on one sideband": ("ssb", ssb),
    "packets of 1200 Bd": ("afsk1200", packets("-B 1200 -r 48000", 3000)),
    "packets of 9600 Bd": ("sat_fsk", packets("-B 9600 -r 48000", 3000)),
    "teletype": ("rtty", rtty),
    "FT8": ("ft8", weak("ft8sim", _MESSAGE, 1500, 0, 0, 0, 1, 30)),
    "JT65": ("jt65", weak("jt65sim", "-m", "A", "-f", "1", "-n", "1", "-s", "30")),
    "FST4": ("fst4", weak("fst4sim", _MESSAGE, 60, 1500, 0, 0, 0, 1, 30, "F")),
    "GMSK 9600 Bd, slots": (UNFRAMED + "ais", gmsk(9600, 0.4, 0.0267)),
    "GMSK 270.8 kBd": (UNFRAMED + "gsm", gmsk(1625e3 / 6, 0.3)),
    "GMSK 4800 Bd": (UNFRAMED + "dstar", gmsk(4800, 0.5)),
    "BPSK 31.25 Bd": ("psk31", psk(2, 31.25, 0.9)),
    "BPSK 9600 Bd": (UNFRAMED + "sat_bpsk", psk(2, 9600, 0.35)),
    "QPSK 72 kBd": ("lrpt", psk(4, 72e3, 0.6)),
}
"""By what is sent: its label, and a function that makes it. Random bits are of no class where
frames tell what a class is."""


def receive(rng: Rng, wave: np.ndarray, rate: float) -> tuple[np.ndarray, float, tuple]:
    """A signal as a receiver of 8 bits hears it, away from its centre, `SNR_DB` above the noise.

    Returns:
        ci8 samples int8 [n, 2], their rate, and the edges in Hz from the centre that leave 0.1 % of
        the power on either side.
    """
    low, high = band_edges(wave, rate, 0.001)
    width = high - low
    target = next(r for r in RATES if width < 0.5 * r)
    wave = resample(wave, rate, target)
    shift = rng.uniform(0.05, 0.3) * target * rng.choice([-1, 1])
    wave = wave * np.exp(2j * np.pi * shift / target * np.arange(len(wave)))
    around = np.zeros(round(AROUND_S * target))
    samples = np.concatenate([around, wave, around])
    power = np.mean(np.abs(wave[np.abs(wave) > 0.1 * np.abs(wave).max()]) ** 2)
    noise = rng.standard_normal((len(samples), 2)) @ [1, 1j]
    samples += noise * np.sqrt(power * target / width / 10 ** (SNR_DB / 10) / 2)
    parts = np.stack([samples.real, samples.imag], 1) / (4 * samples.std())
    whole = np.clip(np.round(127 * parts), -127, 127).astype(np.int8)
    return whole, target, (low + shift, high + shift)


def band_edges(
    wave: np.ndarray, rate: float, outside: float, points: int = 1 << 13
) -> tuple[float, float]:
    """The edges in Hz that leave a share of the power outside, on either side so much."""
    frequencies, power = scipy.signal.welch(
        wave, rate, nperseg=min(len(wave), points), return_onesided=False, detrend=False
    )
    order = np.argsort(frequencies)
    share = np.cumsum(power[order]) / power.sum()
    low, high = np.searchsorted(share, [outside, 1 - outside])
    step = rate / len(order)
    return frequencies[order][low] - step / 2, frequencies[order][high] + step / 2


def write(folder: Path, name: str, label: str, received) -> None:
    """Writes a SigMF recording with one annotation."""
    samples, rate, (low, high) = received
    samples.tofile(folder / f"{name}.sigmf-data")
    about = {"core:version": "1.2.0", "core:datatype": "ci8", "core:sample_rate": rate}
    meta = {"global": about, "captures": [{"core:sample_start": 0}], "annotations": []}
    first = round(AROUND_S * rate)
    annotation = Annotation(first, len(samples) - 2 * first, label, low, high)
    write_annotations(folder / f"{name}.sigmf-meta", [annotation], meta)


def make_all(folder: Path, takes: int, seed: int) -> list[str]:
    """Writes the recordings and their table labels.csv; returns what was left out, and why."""
    rows, missing = [], []
    for number, (what, (label, make)) in enumerate(MAKERS.items()):
        for take in range(takes):
            rng = np.random.default_rng([seed, number, take])
            try:
                wave, rate = make(rng)
            except FileNotFoundError as error:
                missing.append(f"{what}: {error.args[0]} is not installed")
                break
            name = f"{label}_{number:02d}_{take}"
            write(folder, name, label, receive(rng, np.asarray(wave, complex), rate))
            rows.append([f"{name}.sigmf-data", label, "test", what])
            print(f"{name}: {what}", flush=True)
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["file", "label", "split", "what"], *rows])
    return missing


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="that is made, or empty")
    parser.add_argument("--takes", type=int, default=2, help="of each signal (default: 2)")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    if any(options.folder.iterdir()):
        parser.error(f"DIR must be empty, got {options.folder}")
    for line in make_all(options.folder, options.takes, options.seed):
        print(f"left out: {line}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
