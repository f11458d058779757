#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the emissions that were found beside the true ones: python3 found_and_true.py FOUND.json.

`gr-rfattn label --json FOUND.json` writes the file, of recordings that `gr-rfattn synthesize
--scene` made. A found emission belongs to the true one with which it shares most of its band.
"""

import json
import sys
from pathlib import Path

ROW = "  {:8} {:>12} {:>9} {:>6} {:>8}   {:>3} {:>12} {:>9} {:>6} {:>8}   {}"
HEAD = ("kind", "frequency", "width", "bursts", "SNR", "id", "frequency", "width", "bursts", "SNR")


def read_truth(meta_file):
    """Returns the true emissions of a scene: annotations with one comment are bursts of one."""
    emissions = {}
    for entry in json.loads(Path(meta_file).read_text())["annotations"]:
        lower, upper = entry["core:freq_lower_edge"], entry["core:freq_upper_edge"]
        name, snr = entry["core:comment"].split(", SNR ")
        found = emissions.setdefault(
            name, {"kind": entry["core:label"], "snr": snr, "band": (lower, upper), "bursts": 0}
        )
        found["band"] = min(lower, found["band"][0]), max(upper, found["band"][1])
        found["bursts"] += 1
    return sorted(emissions.values(), key=lambda emission: emission["band"])


def shared(one, other):
    """Returns the width in Hz that two bands share, over that which they cover together."""
    both = min(one[1], other[1]) - max(one[0], other[0])
    return max(0.0, both) / (max(one[1], other[1]) - min(one[0], other[0]))


def band_of(emission):
    return emission["freq_lower"], emission["freq_upper"]


def assign(truth, found):
    """Returns the found emissions of each true one, best first, and those that belong to none."""
    owned, strange = [[] for _ in truth], []
    for emission in found:
        shares = [shared(band_of(emission), true["band"]) for true in truth]
        if max(shares, default=0.0) > 0.0:
            owned[shares.index(max(shares))].append((max(shares), emission))
        else:
            strange.append(emission)
    return [[e for _, e in sorted(some, key=lambda pair: -pair[0])] for some in owned], strange


def columns(band, bursts, snr):
    middle, width = (band[0] + band[1]) / 2, band[1] - band[0]
    return f"{middle / 1e3:.1f} kHz", f"{width / 1e3:.3g} kHz", bursts, snr


def found_columns(emission):
    values = columns(band_of(emission), emission["burst_count"], f"{emission['snr_db']:.1f} dB")
    nearest = "; ".join(entry["name"] for entry in emission["nearest"])
    return (emission["id"], *values, nearest or "-")


def print_scene(recording):
    truth, found = read_truth(recording["file"]), recording["emissions"]
    owned, strange = assign(truth, found)
    print(f"  {'true emissions':49} found")
    print(ROW.format(*HEAD, "compatible with"))
    for true, some in zip(truth, owned, strict=True):
        left = (true["kind"], *columns(true["band"], true["bursts"], true["snr"]))
        print(ROW.format(*left, *(found_columns(some[0]) if some else ("-",) * 6)))
    seen = sum(bool(some) for some in owned)
    pieces = sum(map(len, owned)) - seen
    print(
        f"found:   {seen} of {len(truth)} emissions; {pieces} more pieces of them, and "
        f"{len(strange)} that are none"
    )


def print_costs(recording):
    stats = recording["stats"]
    late, seconds = stats["found_seconds"], recording["samples"] / recording["sample_rate"]
    print(
        f"time:    {seconds:.2f} s of samples at {recording['sample_rate'] / 1e6:g} MS/s in "
        f"{stats['uptime_seconds']:.2f} s"
    )
    if late["count"]:
        print(
            f"latency: half of the emissions were found within {1e3 * late['p50']:.1f} ms after "
            f"their first sample,\n         95 % within {1e3 * late['p95']:.1f} ms"
        )
    print(f"memory:  {stats['peak_rss_bytes'] / 2**20:.0f} MiB at most")


if len(sys.argv) != 2:
    sys.exit("usage: found_and_true.py FOUND.json")
for recording in json.loads(Path(sys.argv[1]).read_text())["recordings"]:
    print_scene(recording)
    print_costs(recording)
