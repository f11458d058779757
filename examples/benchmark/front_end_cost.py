# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time a sample of `power_spectrum`, the in-tree chain of blocks, and a loop of FFTW and VOLK.

Runs in a process of its own.
"""

from __future__ import annotations

import numpy as np
from gnuradio import blocks, fft, gr, rfattn
from gnuradio.rfattn.benchmark.intervals import ratio_interval
from gnuradio.rfattn.benchmark.verify import VerificationError
from gnuradio.rfattn.capacity.cpu_time import cpu_of_blocks, of_block
from gnuradio.rfattn.recordings.front_end import FrontEnd

from bare_loop import BareLoop

_SETTLE_S = 0.1
_TOLERANCE_DB = 0.01
_SAMPLES = 1 << 16


def measure(sizes: list[int], rounds: int, seconds: float, seed: int) -> list[dict]:
    """Rows with the CPU nanoseconds per sample of each way, by round, for hop = fft_size and for
    half of it (without the chain, which cannot overlap frames). A row that fails its check holds
    the reason as "refused"."""
    random = np.random.default_rng(seed)
    samples = random.standard_normal((_SAMPLES, 2)).astype(np.float32).view(np.complex64)[:, 0]
    rows = []
    for size in sizes:
        for hop in (size, size // 2):
            try:
                rows.append(_row(size, hop, samples, rounds, seconds))
            except VerificationError as error:
                rows.append({"fft_size": size, "hop": hop, "refused": str(error)})
    return rows


def _row(size: int, hop: int, samples: np.ndarray, rounds: int, seconds: float) -> dict:
    ways = {"power_spectrum": lambda: _block(size, hop, samples, seconds)}
    loop = BareLoop(size, hop, samples)
    ways["bare loop"] = lambda: loop.cpu_ns_per_sample(seconds)
    if hop == size:
        ways["in-tree chain"] = lambda: _chain(size, samples, seconds)
    want = FrontEnd(fft_size=size, hop=hop, n_bins=size).tokens(samples)
    row = {"fft_size": size, "hop": hop, "check": _check(size, hop, samples, want, loop)}
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            found[name].append(way())
    row["ns_per_sample"] = {name: sorted(v)[len(v) // 2] for name, v in found.items()}
    row["rounds"] = found
    for name in ways:
        if name != "power_spectrum":
            ours, theirs = ([[v] for v in found[k]] for k in ("power_spectrum", name))
            row[f"ratio to {name}"] = ratio_interval(ours, theirs)
    return row


def _check(size: int, hop: int, samples: np.ndarray, want: np.ndarray, loop: BareLoop) -> dict:
    """Checks all ways against the spectra of the numpy reference.

    Raises:
        VerificationError: naming the way that differs.
    """
    got = {
        "power_spectrum": _collect(rfattn.power_spectrum(size, hop, size), samples, size),
        "bare loop": loop.spectra(),
    }
    worst = 0.0
    for name, spectra in got.items():
        count = min(len(want), len(spectra))
        # Bins far below the rest hold only rounding errors, whose dB mean nothing.
        loud = want[:count] > want.mean() - 20.0
        worst = max(worst, float(np.abs(spectra[:count] - want[:count])[loud].max()))
        if worst > _TOLERANCE_DB:
            raise VerificationError(
                f"{name}, fft_size {size}, hop {hop}: {worst:.2g} dB from the "
                f"reference, {_TOLERANCE_DB} is allowed"
            )
    return {"oracle": "numpy reference", "max_error_db": worst, "tolerance_db": _TOLERANCE_DB}


def _collect(block, samples: np.ndarray, size: int) -> np.ndarray:
    flowgraph, sink = gr.top_block(), blocks.vector_sink_f(size)
    flowgraph.connect(blocks.vector_source_c(samples.tolist()), block, sink)
    flowgraph.run()
    return np.array(sink.data(), np.float32).reshape(-1, size)


def _block(size: int, hop: int, samples: np.ndarray, seconds: float) -> float:
    spectrum = rfattn.power_spectrum(size, hop, size)
    spent, moved = _run(samples, [spectrum], size, seconds)
    return of_block(spent, spectrum) / moved


def _chain(size: int, samples: np.ndarray, seconds: float) -> float:
    chain = [
        blocks.stream_to_vector(gr.sizeof_gr_complex, size),
        fft.fft_vcc(size, True, fft.window.hann(size), True, 1),
        blocks.complex_to_mag_squared(size),
        blocks.nlog10_ff(10, size),
    ]
    spent, moved = _run(samples, chain, size, seconds)
    return sum(of_block(spent, block) for block in chain) / moved


def _run(samples: np.ndarray, chain: list, size: int, seconds: float):
    flowgraph = gr.top_block()
    source = blocks.vector_source_c(samples.tolist(), True)
    flowgraph.connect(source, *chain, blocks.null_sink(gr.sizeof_float * size))
    flowgraph.start()
    cpu_of_blocks(_SETTLE_S, lambda: 0)
    moved = 0
    while moved == 0:  # a busy machine may have run nothing
        spent, moved, _ = cpu_of_blocks(seconds, lambda: chain[0].nitems_written(0))
    flowgraph.stop()
    flowgraph.wait()
    hop = chain[0].samples_per_token() if len(chain) == 1 else size
    return spent, moved * hop
