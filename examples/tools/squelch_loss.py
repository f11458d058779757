# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts what `token_squelch` skips of labelled recordings, and how much of that was signal.

Usage: squelch_loss.py FOLDER [THRESHOLD_DB]

Prints a line for each recording of FOLDER, then one for each label and one for all: steps; active
steps, which overlap an annotation other than noise; steps skipped, or held back when the recording
ended; lost steps, which are active and skipped. It runs the front end of the shipped models and the
squelch as `gr-rfattn label --band --squelch` does, without the model.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pmt
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.flowgraph.squelch import AUDIO_SETTLE_STEPS, context_steps
from gnuradio.rfattn.inference import load_eager
from gnuradio.rfattn.recordings.front_end import FrontEnd
from gnuradio.rfattn.recordings.labelled_folder import find_recordings
from gnuradio.rfattn.recordings.sigmf import Recording

CONTRACT = load_eager("rf14")[1]
FRONT_END = FrontEnd(**CONTRACT["front_end"])
BLOCK_SIZE, WINDOW = CONTRACT["model"]["block_size"], CONTRACT["model"]["window"]


def passed_steps(path: Path, threshold_db: float) -> tuple[np.ndarray, int]:
    """Which steps of the recording pass, one bool each, and the samples from step to step."""
    source = rfattn.sigmf_source(str(path))
    front_end = FRONT_END.for_real() if source.is_real else FRONT_END
    settle = {"settle_steps": AUDIO_SETTLE_STEPS} if source.is_real else {}
    squelch = rfattn.token_squelch(
        front_end.n_bins, BLOCK_SIZE, threshold_db, context_steps(WINDOW, BLOCK_SIZE), **settle
    )
    sink = blocks.tag_debug(gr.sizeof_float * front_end.n_bins, "", rfattn.tags.SEGMENT)
    sink.set_save_all(True)
    sink.set_display(False)
    top = gr.top_block()
    top.connect(source, rfattn.power_spectrum(**asdict(front_end)), squelch, sink)
    top.run()
    step_samples = BLOCK_SIZE * front_end.samples_per_token
    passed = np.zeros(squelch.tokens_in() // BLOCK_SIZE, bool)
    tags = sink.current_tags()
    ends = [tag.offset for tag in tags[1:]] + [squelch.tokens_out()]
    for tag, end in zip(tags, ends, strict=True):
        first = pmt.to_python(tag.value)[rfattn.tags.KEY_SAMPLE_START] // step_samples
        passed[first : first + (end - tag.offset) // BLOCK_SIZE] = True
    return passed, step_samples


def count(path: Path, threshold_db: float) -> Counter:
    """Steps, active, skipped and lost ones of a recording."""
    passed, step_samples = passed_steps(path, threshold_db)
    active = np.zeros(len(passed), bool)
    for annotation in Recording.open(path).annotations:
        if annotation.label != "noise":
            active[annotation.start // step_samples : -(-annotation.end // step_samples)] = True
    return Counter(
        steps=len(passed),
        active=int(active.sum()),
        skipped=int((~passed).sum()),
        lost=int((active & ~passed).sum()),
    )


def line(counts: Counter, name: str) -> str:
    columns = (f"{counts[column]:9}" for column in ("steps", "active", "skipped", "lost"))
    return f"{''.join(columns)}  {name}"


def main(arguments: list[str]) -> int:
    if len(arguments) not in (1, 2):
        print(__doc__, file=sys.stderr)
        return 2
    threshold_db = float(arguments[1]) if len(arguments) == 2 else 3.5
    by_label: dict[str, Counter] = {}
    print(f"{'steps':>9}{'active':>9}{'skipped':>9}{'lost':>9}")
    for recording in find_recordings(arguments[0]):
        counts = count(recording.path, threshold_db)
        print(line(counts, recording.path.name))
        by_label.setdefault(recording.label, Counter()).update(counts)
    for label, counts in sorted(by_label.items()):
        print(line(counts, f"all {label}"))
    print(line(sum(by_label.values(), Counter()), "all"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
