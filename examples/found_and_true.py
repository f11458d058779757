#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the emissions that were found beside the true ones: python3 found_and_true.py FOUND.json.

`gr-rfattn label --json FOUND.json` writes the file, of recordings that `gr-rfattn synthesize
--scene` made. A found emission belongs to the true one with which it shares most of its band. Its
label is right if it is the true kind.
"""

import json
import sys
from pathlib import Path

from gnuradio.rfattn.catalogue.classes import known_of
from gnuradio.rfattn.frequency_text import FrequencyColumn, width_text
from gnuradio.rfattn.messages.label_text import label_text

ROW = "  {:9} {:>12} {:>9} {:>6} {:>8}   {:>3} {:>12} {:>9} {:>6} {:>8}   {}"
HEAD = ("kind", "frequency", "width", "bursts", "SNR", "id", "frequency", "width", "bursts", "SNR")
ANSWERS = ("right", "right family", "unknown", "wrong")


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


def columns(frequencies, band, bursts, snr):
    lower, upper = band
    return frequencies.text((lower + upper) / 2), width_text(upper - lower), bursts, snr


def shown_label(emission):
    """Returns what a model answered, as `gr-rfattn label` prints it; None without a model."""
    return label_text(*(emission[key] for key in ("label", "family", "guess", "confidence")))


def found_columns(frequencies, emission):
    snr = f"{emission['snr_db']:.1f} dB"
    values = columns(frequencies, band_of(emission), emission["burst_count"], snr)
    return (emission["id"], *values, shown_label(emission) or "-")


def is_named(emission):
    """Returns whether the emission has a label, neither unknown nor None (never looked at)."""
    return emission["label"] not in (None, "unknown")


def answer_of(emission, kind):
    """Returns which of the ANSWERS the label of an emission of this kind is."""
    if is_named(emission):
        return "right" if emission["label"] == kind else "wrong"
    if emission["family"] is None:
        return "unknown"
    return "right family" if emission["family"] == known_of("family").get(kind) else "wrong"


def print_scene(recording):
    truth = read_truth(recording["file"])
    found = recording["emissions"]
    owned, strange = assign(truth, found)
    frequencies = FrequencyColumn.of_band(recording["frequency"], recording["sample_rate"])
    print(f"  {'true emissions':50} found")
    print(ROW.format(*HEAD, "label"))
    for true, some in zip(truth, owned, strict=True):
        left = columns(frequencies, true["band"], true["bursts"], true["snr"])
        right = found_columns(frequencies, some[0]) if some else ("-",) * 6
        print(ROW.format(true["kind"], *left, *right))
    seen = [(some[0], true["kind"]) for true, some in zip(truth, owned, strict=True) if some]
    others = strange + [emission for some in owned for emission in some[1:]]
    print(
        f"found:   {len(seen)} of {len(truth)} emissions; {len(others) - len(strange)} more pieces "
        f"of them, and {len(strange)} that are none"
    )
    if any(emission["label"] is not None for emission in found):
        print_answers(seen, others)


def print_answers(seen, others):
    answers = [answer_of(emission, kind) for emission, kind in seen]
    counts = ", ".join(f"{answers.count(name)} {name}" for name in ANSWERS)
    named = sum(map(is_named, others))
    print(
        f"labels:  {counts}; {named} of the {len(others)} pieces and others have a label\n"
        "         Made-up signals prove little about real ones: the model was trained on signals "
        "of the\n         same generator. Its card has the figures on real recordings."
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
