#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time of the whole flowgraph on an idle band, in seconds per second of signal.

Usage: idle_band.py [SECONDS] [RATE]

The band is noise of numpy, by default 20 s at 2.4 MS/s, read from a file as fast as the flowgraph
takes it. In its middle one burst of 50 ms is on the air, 200 kHz wide and 20 dB above the noise, so
that the model runs some steps. The flowgraph is `signal_labeller` with the weights and the size of
rf14 as if they were a model of emissions. The time is that of all threads of the process from the
start of the blocks to their end; that of the file source alone is printed beside it.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

import numpy as np
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.inference import read_contract, torchscript
from gnuradio.rfattn.inference.files import resolve

NOISE_DBFS = -50.0
CHUNK = 1 << 20
BURST_S = 0.05
BURST_HZ = 200e3
BURST_DB = 20.0


def write_noise(path: Path, count: int) -> None:
    """Writes ``count`` samples of complex Gaussian noise as complex64."""
    rng = np.random.default_rng(1)
    with path.open("wb") as file:
        for start in range(0, count, CHUNK):
            noise = rng.standard_normal(2 * min(CHUNK, count - start), np.float32)
            (noise * np.float32(10 ** (NOISE_DBFS / 20) / np.sqrt(2))).tofile(file)


def add_burst(path: Path, rate: float) -> None:
    """Adds a burst of band-limited noise to the middle of the samples of a file."""
    samples = np.memmap(path, np.complex64, "r+")
    count = min(round(BURST_S * rate), len(samples))
    shape = np.abs(np.fft.fftfreq(count, 1 / rate)) < BURST_HZ / 2
    phases = np.random.default_rng(2).uniform(0, 2 * np.pi, count)
    # White noise of variance v has the mean |X|^2 = v * count in its FFT.
    level = np.sqrt(count) * 10 ** ((NOISE_DBFS + BURST_DB) / 20)
    first = len(samples) // 2
    burst = np.fft.ifft(level * shape * np.exp(1j * phases))[: len(samples) - first]
    samples[first : first + count] += burst.astype(np.complex64)


def write_model(path: Path) -> None:
    """Writes rf14 with a contract of emissions."""
    shipped = resolve("rf14", "model", "model")
    contract = read_contract(shipped)
    torchscript.attach_contract(shipped, {**contract, "input": "emission"}, path)


def cpu_of_run(noise: Path, sink) -> float:
    """CPU seconds of a run from the file to ``sink``."""
    flowgraph = gr.top_block()
    flowgraph.connect(blocks.file_source(gr.sizeof_gr_complex, str(noise), False), sink)
    before = cpu_seconds()
    flowgraph.run()
    return cpu_seconds() - before


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure(seconds: float, rate: float) -> tuple[float, float, rfattn.signal_labeller]:
    """CPU seconds per second of signal, of the whole and of the source alone; and the block."""
    with tempfile.TemporaryDirectory() as folder:
        noise, model = Path(folder) / "noise.cf32", Path(folder) / "model.pt"
        write_noise(noise, round(seconds * rate))
        add_burst(noise, rate)
        write_model(model)
        labeller = rfattn.signal_labeller(rate, model=model, device="cpu", threads=1)
        whole = cpu_of_run(noise, labeller)
        source = cpu_of_run(noise, blocks.null_sink(gr.sizeof_gr_complex))
    if labeller.error is not None:
        raise labeller.error
    return whole / seconds, source / seconds, labeller


def main(arguments: list[str]) -> None:
    defaults = ("20", "2.4e6")
    seconds, rate = map(float, (*arguments, *defaults[len(arguments) :]))
    whole, source, labeller = measure(seconds, rate)
    print(f"idle band, {seconds:g} s at {rate / 1e6:g} MS/s")
    print(f"whole flowgraph: {whole:.3f} s of CPU per second of signal, source alone {source:.3f}")
    print(f"emissions found: {labeller.detector.emissions_found()}, tokens: {labeller.tokens()}")


if __name__ == "__main__":
    main(sys.argv[1:])
