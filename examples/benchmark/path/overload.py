#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a model in overload still looks at, and how right its labels are.

python3 overload.py RECORDING… [--load 1.2 --load 10] [--seconds 10]

Every recording is played in a loop through the live path with policy drop, at so many times the
rate that the model takes on this machine. Printed for each load: the share of steps looked at, the
median run of steps without a gap in windows, the share of labels that are right at each position of
a run (against the label in the recording's annotations), and how far the source fell behind.
"""

import argparse
import time
from collections import defaultdict
from statistics import median

from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.front_end import FrontEnd

WINDOWS = 2
"""Steps that may wait, in windows; the default of `gr-rfattn live`."""
CALIBRATION_STEPS = 2000
POSITIONS = (1, 2, 3, 4, 5, 16, 64, 128)


class Path(gr.top_block):
    """samples in a loop → throttle → spectra → token buffer → model → detections"""

    def __init__(self, recording, model, rate=None):
        super().__init__("overload")
        front_end = FrontEnd.from_dict(model.front_end)
        if recording.is_real:
            front_end = front_end.for_real()
        capacity = WINDOWS * model.adapter.window // model.block_size
        policy = "block" if rate is None else "drop"
        self.source = blocks.vector_source_c(recording.samples(), True)
        self.model, self.spectrum = model, rfattn.power_spectrum(**front_end.to_dict())
        self.buffer = rfattn.token_buffer(model.n_bins, model.block_size, capacity, policy)
        self.sink = rfattn.detection_sink(model.classes)
        chain = [self.source, self.spectrum, self.buffer, model, self.sink]
        if rate is not None:
            chain.insert(1, blocks.throttle(gr.sizeof_gr_complex, rate, True))
        else:
            samples_of_run = CALIBRATION_STEPS * model.block_size * front_end.samples_per_token
            chain.insert(1, blocks.head(gr.sizeof_gr_complex, samples_of_run))
        self.connect(*chain)

    def check(self):
        for block in (self.model, self.sink):
            if block.error is not None:
                raise block.error


def samples_per_second(recording, model) -> float:
    """The rate that the model takes in a closed loop."""
    path = Path(recording, model)
    started = time.monotonic()
    path.run()
    path.check()
    return path.source.nitems_written(0) / (time.monotonic() - started)


def measure(recording, model, rate: float, seconds: float) -> dict:
    path = Path(recording, model, rate)
    path.start()
    started = time.monotonic()
    time.sleep(seconds)
    made, elapsed = path.spectrum.nitems_read(0), time.monotonic() - started
    path.stop()
    path.wait()
    path.check()
    runs = defaultdict(list)
    for detection in path.sink.detections:
        runs[detection.segment].append(detection.label)
    buffer = path.buffer
    return {
        "runs": [runs[number] for number in sorted(runs)],
        "share": buffer.tokens_out() / max(buffer.tokens_in(), 1),
        "behind": 1 - made / (rate * elapsed),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("recordings", nargs="+", metavar="RECORDING")
    parser.add_argument("--load", type=float, action="append", help="default: 1.2 and 10")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--model", default="rf14")
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    model = rfattn.transformer(arguments.model, threads=arguments.threads)
    window = model.adapter.window // model.block_size
    for load in arguments.load or [1.2, 10.0]:
        right, lengths, shares, behind = defaultdict(list), [], [], []
        for path in arguments.recordings:
            recording = open_recording(path)
            truth = recording.annotations[0].label
            rate = load * samples_per_second(recording, model)
            found = measure(recording, model, rate, arguments.seconds)
            shares.append(found["share"])
            behind.append(found["behind"])
            lengths += [len(run) for run in found["runs"][:-1]]  # the end cuts the last one short
            for run in found["runs"]:
                for position, label in enumerate(run, 1):
                    right[position].append(label == truth)
        shown = ", ".join(
            f"{p}: {sum(right[p]) / len(right[p]):.2f}" for p in POSITIONS if right[p]
        )
        print(f"load {load:g} ×, {len(lengths)} drops")
        print(f"  looked at: {median(shares):.1%} of the steps (at most {min(1, 1 / load):.1%})")
        print(
            f"  run without a gap: median {median(lengths) / window:.2f} windows of {window} steps"
        )
        print(f"  right by position in a run: {shown}")
        print(f"  the source fell behind by {max(behind):.2%}")


if __name__ == "__main__":
    main()
