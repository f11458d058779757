#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes signals with Python packages, in the virtual environment that has them.

labels_foreign_python.py version PACKAGE
labels_foreign_python.py make < JOBS

JOBS is a JSON list of {"out", "arguments", "seed"}, whose arguments begin with the name of a
function below. Each gives a file OUT.npz with complex64 samples and their rate in Hz. It prints a
JSON list of [out, reason] of those that failed.
labels_foreign.py runs it; gr-rfattn is not imported here.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable
from importlib import metadata

import numpy as np

if __package__:
    from .foreign_torchsig import import_torchsig
else:  # run as a file by a Python without gr-rfattn
    from foreign_torchsig import import_torchsig

Rng = np.random.Generator
Made = tuple[np.ndarray, float]


@functools.cache
def _torchsig():
    return import_torchsig()


def with_pauses(rng: Rng, bursts: list[np.ndarray], pauses: float) -> np.ndarray:
    """Bursts with pauses of half to twice so many mean lengths behind each."""
    mean = np.mean([len(burst) for burst in bursts])
    parts = []
    for burst in bursts:
        parts += [burst, np.zeros(round(rng.uniform(0.5, 2) * pauses * mean))]
    return np.concatenate(parts)


def torchsig(rng: Rng, kind: str, widths, over: float, burst_s, count: int, pauses: float) -> Made:
    """Signals of one kind.

    Args:
        widths: that TorchSig takes, in Hz: two are the ends of a range, others a choice.
        over: rate over the width.
        burst_s: shortest and longest burst, in s.
        pauses: between bursts, over their mean length.
    """
    width = float(np.exp(rng.uniform(*np.log(widths))) if len(widths) == 2 else rng.choice(widths))
    rate = over * width
    generator = _torchsig().utils.signal_building.lookup_signal_generator_by_string(kind)
    values = {
        "sample_rate": rate,
        "bandwidth_min": round(width),
        "bandwidth_max": round(width),
        "signal_duration_in_samples_min": round(burst_s[0] * rate),
        "signal_duration_in_samples_max": round(burst_s[1] * rate),
    }
    for name, value in values.items():
        generator[name] = value
    generator.seed(int(rng.integers(2**31)))
    bursts = [generator().data for _ in range(count)]
    return (with_pauses(rng, bursts, pauses) if count > 1 else bursts[0]), rate


def lora(rng: Rng) -> Made:
    """Packets of lora-phy: coded payload, checksum, preamble."""
    from lora_phy.tx import LoRaTransmitter

    width, factor = float(rng.choice([125e3, 250e3])), int(rng.integers(7, 11))
    sender = LoRaTransmitter(
        factor, width, 4 * width, coding_rate=int(rng.integers(1, 5)), preamble_len=8
    )
    bursts = [
        sender.modulate(sender.encode(rng.integers(0, 256, 20).astype(np.uint8))) for _ in range(3)
    ]
    return with_pauses(rng, bursts, 1.0), 4 * width


def adsb(rng: Rng) -> Made:
    """Messages of format 17 of adsb-generator, without its channel."""
    from adsb_generator import ADSBGenerator

    rate = 8e6
    generator = ADSBGenerator(sample_rate=rate, seed=int(rng.integers(2**31)))
    bursts = [
        sample.transmitted_signal * rng.uniform(0.4, 1) * np.exp(2j * np.pi * rng.random())
        for sample in generator.generate(25)
    ]
    return with_pauses(rng, bursts, 40.0), rate


def slow_scan(rng: Rng) -> Made:
    """The first seconds of a picture of pysstv, on one sideband."""
    import scipy.signal
    from PIL import Image
    from pysstv.color import MartinM1, Robot36, ScottieS1

    mode = (MartinM1, Robot36, ScottieS1)[rng.integers(3)]
    coarse = rng.integers(0, 256, (12, 16, 3)).astype(np.uint8)
    image = Image.fromarray(coarse).resize((mode.WIDTH, mode.HEIGHT))
    values = mode(image, 12000, 16).gen_values()
    audio = np.fromiter(values, float, 6 * 12000)
    return scipy.signal.hilbert(audio), 12e3


def nr_cell(rng: Rng) -> Made:
    """Synchronization signals of py3gpp and random data in four of five slots, 5 MHz wide."""
    from py3gpp.configs.nrCarrierConfig import nrCarrierConfig
    from py3gpp.nrOFDMModulate import nrOFDMModulate
    from py3gpp.nrPSS import nrPSS
    from py3gpp.nrSSS import nrSSS

    carrier, cell = nrCarrierConfig(NSizeGrid=25, SubcarrierSpacing=15), int(rng.integers(1008))
    waves = []
    for slot in range(60):
        grid = np.zeros((300, 14), complex)
        if slot % 5:
            grid[:] = (rng.choice([-1, 1], (300, 14, 2)) @ [1, 1j]) / np.sqrt(2)
        if slot % 20 == 0:
            grid[86:213, 2], grid[86:213, 4] = nrPSS(cell % 3), nrSSS(cell)
        waves.append(nrOFDMModulate(carrier, grid, scs=15)[0])
    return np.concatenate(waves), 7.68e6


def liquid_frames(rng: Rng) -> Made:
    """OFDM frames of liquid-dsp with 64 carriers."""
    import liquid

    rate = float(rng.uniform(0.15e6, 1e6))
    bursts = []
    for _ in range(6):
        frames = liquid.ofdmflexframetx(64, 16, 4)
        frames.assemble(None, rng.integers(0, 256, 400).astype(np.uint8))
        bursts.append(np.concatenate([frames.generate(80) for _ in range(60)]))
    return with_pauses(rng, bursts, 1.0), rate


FUNCTIONS: dict[str, Callable[..., Made]] = {
    function.__name__: function
    for function in (torchsig, lora, adsb, slow_scan, nr_cell, liquid_frames)
}


def make(jobs: list[dict]) -> list[tuple[str, str]]:
    failed = []
    for job in jobs:
        try:
            rng = np.random.default_rng(job["seed"])
            name, *arguments = job["arguments"]
            wave, rate = FUNCTIONS[name](rng, *arguments)
            np.savez(job["out"], wave=np.asarray(wave, np.complex64), rate=rate)
        except Exception as error:  # of packages that may raise anything
            failed.append((job["out"], f"{type(error).__name__}: {error}"))
    return failed


def main() -> None:
    if sys.argv[1] == "version":
        print(metadata.version(sys.argv[2]))
        return
    print(json.dumps(make(json.load(sys.stdin))))


if __name__ == "__main__":
    main()
