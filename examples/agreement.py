#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares labels with the annotations of the recordings: python3 agreement.py LABELS.json.

`gr-rfattn label --band --json LABELS.json` writes the file. The true label of a step is that of the
annotation with which it shares most samples. A step outside all annotations is not counted.
"""

import json
import sys
from collections import Counter
from pathlib import Path

UNKNOWN = {"other": "unknown"}  # a signal of no class is annotated `other` and labelled `unknown`
ROW = "{:28} {:10} {:10} {:>11}   {}"


def read_truth(meta_file):
    """Returns (first sample, end, label) of each annotation of a recording."""
    truth = []
    for entry in json.loads(Path(meta_file).read_text())["annotations"]:
        start, label = entry["core:sample_start"], entry["core:label"]
        truth.append((start, start + entry["core:sample_count"], UNKNOWN.get(label, label)))
    return truth


def compare(recording):
    """Returns (true label, given label) of each step that overlaps an annotation."""
    truth, pairs = read_truth(recording["file"]), []
    for step in recording["steps"]:
        start, end = step["sample_start"], step["sample_start"] + step["sample_count"]
        shared = Counter()
        for first, last, label in truth:
            shared[label] += max(0, min(last, end) - max(first, start))
        if shared.total() > 0:
            pairs.append((most_frequent(shared), step["label"]))
    return pairs


def most_frequent(labels):
    return max(labels, key=labels.get) if labels else "-"


def milliseconds(seconds):
    return " / ".join(f"{1e3 * seconds[q]:.2f}" for q in ("p50", "p95", "p99")) + " ms"


def print_agreement(recordings):
    print(ROW.format("recording", "truth", "label", "steps right", "inference p50 / p95 / p99"))
    right = total = right_recordings = 0
    for recording in recordings:
        pairs = compare(recording)
        agreeing = sum(true == given for true, given in pairs)
        true = most_frequent(Counter(true for true, _ in pairs))
        given = most_frequent(Counter(given for _, given in pairs))
        name = Path(recording["file"]).name.removesuffix(".sigmf-meta")
        time = milliseconds(recording["stats"]["inference_seconds"])
        print(ROW.format(name, true, given, f"{agreeing} of {len(pairs)}", time))
        right, total = right + agreeing, total + len(pairs)
        right_recordings += bool(pairs) and true == given
    print(
        f"agreement: {right} of {total} steps with a signal, {right_recordings} of "
        f"{len(recordings)} recordings by their most frequent label"
    )


def print_costs(recording):
    """Prints the latency and memory of a recording that was read as fast as possible."""
    stats, dropped = recording["stats"], recording["tokens"]["dropped"]
    print(
        f"latency:   p50 / p95 / p99 {milliseconds(stats['latency_seconds'])}, most of it in the "
        f"queue, since a file\n           is read faster than it is labelled; "
        f"{dropped} tokens dropped"
    )
    print(
        f"memory:    KV {stats['kv_bytes'] / 2**10:.0f} KiB, peak resident "
        f"{stats['peak_rss_bytes'] / 2**20:.0f} MiB"
    )


if len(sys.argv) != 2:
    sys.exit("usage: agreement.py LABELS.json")
recordings = json.loads(Path(sys.argv[1]).read_text())["recordings"]
print_agreement(recordings)
print_costs(recordings[-1])
