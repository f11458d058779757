# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real recording of bursts with a longer pause between them, as a band has it.

The last third of the pause is repeated: the receiver's gain has settled by then.
"""

import json

import numpy as np
from gnuradio.rfattn.recordings.formats import open_recording

GRID = 2048  # samples of a step: the steps after the pause lie as they did before
MARGIN = 2 * GRID  # before what follows
FADE = 512  # samples, from one copy of the pause to the next: a jump of phase would be a click


def signals(path):
    """Start and end of what is annotated and not noise, in order."""
    annotations = open_recording(path).annotations
    return sorted((a.start, a.end) for a in annotations if a.label != "noise")


def write_stretched(path, stem, times):
    """Writes the recording with its longest pause made longer; the annotations move with it."""
    recording, bursts = open_recording(path), signals(path)
    gaps = zip(bursts, bursts[1:], strict=False)
    _, start, end = max((after[0] - before[1], before[1], after[0]) for before, after in gaps)
    start = (start + 2 * (end - start) // 3) // GRID * GRID
    end = (end - MARGIN) // GRID * GRID - FADE
    samples = recording.samples(0, recording.n_samples)
    pause = repeated(samples[start : end + FADE], times)
    longer = len(pause) - (end + FADE - start)
    samples = np.concatenate([samples[:start], pause, samples[end + FADE :]])
    samples.astype("<c8").tofile(f"{stem}.sigmf-data")
    moved = [
        {
            "core:sample_start": first + longer * (first >= end),
            "core:sample_count": last - first,
            "core:label": "burst",
        }
        for first, last in bursts
    ]
    meta = {
        "global": {"core:datatype": "cf32_le", "core:version": "1.2.6"},
        "captures": [{"core:sample_start": 0}],
        "annotations": moved,
    }
    with open(f"{stem}.sigmf-meta", "w") as file:
        json.dump(meta, file)


def repeated(samples, times):
    """Copies that fade into each other at equal power; as many whole steps more as fit."""
    skip = (len(samples) - FADE) // GRID * GRID  # from copy to copy
    fade = np.sin(np.linspace(0, np.pi / 2, FADE))
    out = np.array(samples)
    for _ in range(times - 1):
        head = out[-FADE:] * fade[::-1] + samples[len(samples) - skip - FADE :][:FADE] * fade
        out = np.concatenate([out[:-FADE], head, samples[len(samples) - skip :]])
    return out
