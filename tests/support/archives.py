# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of short recordings, and what the file of an archive holds."""

import json

import numpy as np

RATE, SAMPLES = 1e6, 20_000
BURST = slice(5000, 12_000)


def write_burst(folder, name, seed=1):
    """A recording of 20 ms of noise with a burst of a carrier, 20 dB above it in all."""
    rng = np.random.default_rng(seed)
    samples = 0.01 * (rng.standard_normal((SAMPLES, 2)) @ [1, 1j])
    samples[BURST] += 0.1 * np.exp(2j * np.pi * 0.125 * np.arange(BURST.stop - BURST.start))
    samples.astype("<c8").tofile(folder / f"{name}.sigmf-data")
    about = {"core:datatype": "cf32_le", "core:version": "1.2.6", "core:sample_rate": RATE}
    meta = {"global": about, "captures": [{"core:sample_start": 0}], "annotations": []}
    (folder / f"{name}.sigmf-meta").write_text(json.dumps(meta))


def write_archive(folder, count, bad=()):
    """Recordings a, b, c, ..., of which those in ``bad`` have no samples; returns the folder."""
    folder.mkdir()
    for number in range(count):
        name = "abcdefghij"[number]
        write_burst(folder, name, number)
        if name in bad:
            (folder / f"{name}.sigmf-data").unlink()
    return folder


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def files_of(path, kind="summary"):
    """The names of the recordings that have a line of this type, in order, without the rest."""
    found = (line["file"] for line in read_lines(path) if line["type"] == kind)
    return [name.rpartition("/")[2].removesuffix(".sigmf-meta") for name in found]
