#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time of `emission_extractor` for a second of signal, with and without frame search.

The band is idle, or has 20 emissions that are on the air all the time, which is the dearest case.
Their widths are spread evenly over the logarithm: 10 kHz to 2 MHz at 20 MS/s, and 5 to 240 kHz in
2.4 MHz, where wider ones would not fit. What they contain is either white noise, which no format
matches, or FSK, PSK and on-off keying in turn. The measured time is that of the block's thread
alone, so that other programs disturb it little; measurements without and with the search of frames
alternate.
"""

from __future__ import annotations

import argparse
from statistics import median

import numpy as np
import pmt
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.capacity.cpu_time import cpu_of_blocks, of_block
from gnuradio.rfattn.signals.waveform import carrier
from gnuradio.rfattn_workshop.synthesis.waves.waveform import bits, gaussian_fsk, shape_symbols

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


def places(sample_rate: float, seed: int) -> list[tuple[float, float]]:
    """Centres and widths of `_EMISSIONS` emissions at random places in the band, Hz."""
    narrowest, widest = _CASES[sample_rate]
    widths = np.geomspace(narrowest, widest, _EMISSIONS)
    random = np.random.default_rng(seed)
    centres = random.uniform(-0.5, 0.5, _EMISSIONS) * (0.9 * sample_rate - widths)
    return list(zip(centres.tolist(), widths.tolist(), strict=True))


def emissions(sample_rate: float, seed: int) -> list:
    """Tags of the emissions at `places`."""
    pairs = enumerate(places(sample_rate, seed), 1)
    return [emission_tag(n, centre - width / 2, centre + width / 2) for n, (centre, width) in pairs]


def keyed(number: int, width: float, count: int, sample_rate: float, rng) -> np.ndarray:
    """An emission of power 1 around 0 Hz: FSK, PSK or on-off keying, by its number."""
    period = {0: 2.0, 1: 1.35, 2: 4.0}[number % 3] * sample_rate / width
    symbols = 2.0 * bits(rng, int(count / period) + 40) - 1
    if number % 3 == 0:
        return gaussian_fsk(symbols, period, 0.25 / period, 0.5)[:count]
    if number % 3 == 1:
        return shape_symbols(symbols + 0j, period, 0.35)[:count]
    return np.sqrt(2.0) * (symbols[(np.arange(count) / period).astype(int)] > 0)


def noise(count: int, seed: int) -> np.ndarray:
    """White noise of power 2."""
    random = np.random.default_rng(seed)
    return random.standard_normal((count, 2)).astype(np.float32).view(np.complex64)[:, 0]


def transmissions(sample_rate: float, seed: int) -> np.ndarray:
    """What keys the emissions of `emissions`, and noise 26 dB below the weakest in its width."""
    rng = np.random.default_rng(seed + 1)
    samples = noise(_SAMPLES, seed)
    for number, (centre, width) in enumerate(places(sample_rate, seed)):
        wave = keyed(number, width, _SAMPLES, sample_rate, rng)
        power = 2.0 * 10**2.6 * width / sample_rate
        samples += np.sqrt(power) * wave * carrier(centre / sample_rate, _SAMPLES)
    return samples


def cpu_share(
    sample_rate: float, samples: np.ndarray, tags: list, seconds: float, frame_sync: bool
) -> float:
    """CPU seconds of the block for a second of signal."""
    source = blocks.vector_source_c(samples.tolist(), True, 1, tags)
    extractor = rfattn.emission_extractor(sample_rate, max_snr_db=0.0, frame_sync=frame_sync)
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


def bands(sample_rate: float, seed: int) -> dict[str, tuple[np.ndarray, list]]:
    """Samples and tags by name of a band."""
    tags = emissions(sample_rate, seed)
    white = noise(_SAMPLES, seed)
    return {
        "idle": (white, []),
        "noise": (white, tags),
        "keyed": (transmissions(sample_rate, seed), tags),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each case")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--rates", type=float, nargs="+", choices=list(_CASES), default=list(_CASES)
    )
    chosen = parser.parse_args()
    print("core: median of the rounds (lowest to highest)")
    print("sample rate  band   without search and meters  with             more")
    for sample_rate in chosen.rates:
        for name, (samples, tags) in bands(sample_rate, chosen.seed).items():
            shares: dict[bool, list[float]] = {False: [], True: []}
            for _ in range(chosen.rounds):
                for frame_sync, found in shares.items():
                    found.append(cpu_share(sample_rate, samples, tags, chosen.seconds, frame_sync))
            texts = [
                f"{median(found):.3f} ({min(found):.3f} to {max(found):.3f})"
                for found in shares.values()
            ]
            more = median(shares[True]) - median(shares[False])
            print(
                f"{sample_rate / 1e6:6.1f} MS/s  {name:5}  {texts[0]:25}  {texts[1]}  {more:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
