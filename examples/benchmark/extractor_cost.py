#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time of `emission_extractor` for a second of signal: an idle band, and 20 live emissions.

The emissions are on the air all the time, which is the dearest case, and their widths are spread
evenly over the logarithm. At 20 MS/s they are 10 kHz to 2 MHz wide. In 2.4 MHz so many would not
fit; there they are 5 to 240 kHz wide. The measured time is that of the block's thread alone, so
that other programs disturb it little.

What was expected before the first measurement, on a core of an Intel Xeon with AVX-512: 0.02 core
for the ring, 0.10 for the forward FFT (64 multiplications a sample, at the 211 MS/s of 65536
points), and 8 ns for each of the 15 million samples a second of the channels, 0.12 in all; together
0.24 core at 20 MS/s. At 2.4 MS/s, channels of 2.4 MS/s in all: 0.03.

What was found, November 2026, on two such cores with a load of 5 to 9 from other programs: 0.59
core at 20 MS/s and 0.17 at 2.4 MS/s with a segment tag for each emission and block. 0.26 to 0.29
and 0.05 to 0.06 since the tokens of a stream leave together, the ring is transformed in place, and
blocks overlap by a quarter. The idle band took 0.01 to 0.02 and 0.001.
"""

from __future__ import annotations

import argparse
from statistics import median

import numpy as np
import pmt
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.capacity.cpu_time import cpu_of_blocks, of_block

_CASES = {20e6: (10e3, 2e6), 2.4e6: (5e3, 240e3)}
_EMISSIONS = 20
_SAMPLES = 1 << 20
_SETTLE_S = 0.3


def emission_tag(number: int, lower: float, upper: float):
    """An emission that is on the air from the first sample on, as `emission_detector` states it."""
    counts = {"id": number, "segment": 0, "sample_start": 0, "sample_count": 0, "sample_now": 0}
    counts |= {"burst_count": 0, "burst_start": 0}
    numbers = {"freq_lower": lower, "freq_upper": upper, "snr_db": 20.0, "power_db": -20.0}
    entries = {name: pmt.from_uint64(count) for name, count in counts.items()}
    entries |= {name: pmt.from_double(value) for name, value in (numbers | {"duty": 1.0}).items()}
    entries |= {"state": pmt.intern("new"), "bursts": pmt.init_u64vector(0, [])}
    entries["flags"] = pmt.make_vector(0, pmt.PMT_NIL)
    tag = gr.tag_t()
    tag.offset, tag.key, tag.value = 0, pmt.intern(rfattn.tags.EMISSION), pmt.make_dict()
    for name, entry in entries.items():
        tag.value = pmt.dict_add(tag.value, pmt.intern(name), entry)
    return tag


def emissions(sample_rate: float, seed: int) -> list:
    """Tags of `_EMISSIONS` emissions at random places in the band."""
    narrowest, widest = _CASES[sample_rate]
    widths = np.geomspace(narrowest, widest, _EMISSIONS)
    random = np.random.default_rng(seed)
    centres = random.uniform(-0.5, 0.5, _EMISSIONS) * (0.9 * sample_rate - widths)
    pairs = enumerate(zip(centres, widths, strict=True), 1)
    return [emission_tag(n, centre - width / 2, centre + width / 2) for n, (centre, width) in pairs]


def cpu_share(sample_rate: float, tags: list, seconds: float, seed: int, frame_sync: bool) -> float:
    """CPU seconds of the block for a second of signal."""
    random = np.random.default_rng(seed)
    samples = random.standard_normal((_SAMPLES, 2)).astype(np.float32).view(np.complex64)[:, 0]
    source = blocks.vector_source_c(samples.tolist(), True, 1, tags)
    extractor = rfattn.emission_extractor(sample_rate, frame_sync=frame_sync)
    flowgraph = gr.top_block()
    flowgraph.connect(source, extractor, blocks.null_sink(gr.sizeof_float * 64))
    flowgraph.start()
    cpu_of_blocks(_SETTLE_S, lambda: 0)
    spent, moved, _ = cpu_of_blocks(seconds, lambda: extractor.nitems_read(0))
    flowgraph.stop()
    flowgraph.wait()
    if extractor.error():
        raise RuntimeError(extractor.error())
    return of_block(spent, extractor) * 1e-9 / (moved / sample_rate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each case")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--frames", action="store_true", help="look for frames in all emissions")
    chosen = parser.parse_args()
    print("sample rate  emissions  core (median of rounds, lowest, highest)")
    for sample_rate in _CASES:
        for tags in ([], emissions(sample_rate, chosen.seed)):
            shares = [
                cpu_share(sample_rate, tags, chosen.seconds, chosen.seed, chosen.frames)
                for _ in range(chosen.rounds)
            ]
            print(
                f"{sample_rate / 1e6:8.1f} MS/s  {len(tags):9}  "
                f"{median(shares):.3f}  {min(shares):.3f}  {max(shares):.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
