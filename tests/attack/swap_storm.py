# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Swaps the model of a running flowgraph from several threads, to right and to wrong models."""

import random
import threading
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pmt
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.reporting import process_bytes

from attention_models import save_family, save_model
from step_streams import RUN_LIMIT_S, random_spectra, steps_of

BLOCK_SIZE, N_STREAMS, N_STEPS = 4, 3, 30
WRONG_ATTENTIONS = ("none", "", "mla", "\x1b[31m")
LARGEST_GROWTH = 1.05
"""Of the resident size, from the first quarter of the swaps to the end of a storm of hundreds."""


@dataclass
class Storm:
    """What became of the swaps and of the steps meanwhile."""

    swapped: int = 0
    refused: int = 0
    steps: int = 0
    rss_mb: tuple[float, float] = (0.0, 0.0)
    failures: list[str] = field(default_factory=list)


def storm(folder: Path, seed: int, swaps: int, threads: int = 4) -> Storm:
    """Lets ``threads`` threads make ``swaps`` swaps while streams run without end."""
    found, wishes = Storm(), _wishes(folder, seed, swaps)
    block = rfattn.transformer(wishes.family, device="cpu", threads=1, max_streams=2)
    flowgraph = _Flowgraph(block)
    rss: list[float] = []

    def swap():
        for setter, value, is_right in wishes:
            try:
                getattr(block, setter)(value)
                found.failures += [] if is_right else [f"{setter} {value!r} was taken"]
                found.swapped += 1
            except ValueError as error:
                text = str(error)
                if is_right or not text.isprintable() or len(text) > 1000:
                    found.failures.append(f"{setter} {value!r}: {text:.200}")
                found.refused += 1
            except Exception as error:
                found.failures.append(f"{setter} {value!r}: {type(error).__name__}: {error}")
            rss.append(process_bytes("VmRSS") / 1e6)

    flowgraph.start()
    workers = [threading.Thread(target=swap, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    flowgraph.await_steps(2 * N_STEPS)
    flowgraph.stop()
    flowgraph.wait()
    found.steps = len(flowgraph.starts)
    found.rss_mb = rss[len(rss) // 4], rss[-1]
    found.failures += flowgraph.failures(found.swapped)
    return found


class _Wishes:
    """Swaps in a random order, each of which one thread gets.

    Attributes:
        family: the folder of the models that fit.
    """

    def __init__(self, family: str, drawn: list[tuple]):
        self.family, self._drawn, self._lock = family, drawn, threading.Lock()

    def __iter__(self):
        return self

    def __next__(self) -> tuple[str, str, bool]:
        with self._lock:
            if not self._drawn:
                raise StopIteration
            return self._drawn.pop()


def _wishes(folder: Path, seed: int, count: int) -> _Wishes:
    """(method, value, whether it must be taken) of each swap. All models of the family have the
    attentions flash, mha and gqa with layernorm, so that any two swaps may follow each other."""
    draw, family = random.Random(seed), save_family(folder / "family")
    damaged, other = folder / "damaged.pt", folder / "other.pt"
    damaged.write_bytes((Path(family) / "flash_rmsnorm.pt").read_bytes()[:-100])
    save_model(other, n_classes=5)
    wrong = [("set_attention", name, False) for name in WRONG_ATTENTIONS]
    wrong += [("set_norm", "batchnorm", False), ("set_model", str(folder / "missing.pt"), False)]
    wrong += [("set_model", str(path), False) for path in (damaged, other)]
    right = [("set_attention", name, True) for name in ("flash", "mha", "gqa", "model")]
    right += [("set_model", family, True)]
    drawn = [draw.choice(right if draw.random() < 0.7 else wrong) for _ in range(count)]
    return _Wishes(family, drawn)


class _Flowgraph(gr.top_block):
    """Steps of more streams than there are caches, again and again, through the model.

    Attributes:
        starts: sample_start of each detection, in order.
    """

    def __init__(self, block):
        gr.top_block.__init__(self)
        self.starts, self._block = [], block
        self._sink = rfattn.detection_sink(block.classes, self._keep)
        self._came = threading.Condition()
        streams = [i % N_STREAMS for i in range(N_STEPS)]
        source = steps_of(
            random_spectra(N_STEPS * BLOCK_SIZE), BLOCK_SIZE, streams=streams, repeat=True
        )
        throttle = blocks.throttle(gr.sizeof_float * block.n_bins, 20_000)
        self._messages = blocks.message_debug()
        self.connect(source, throttle, block, self._sink)
        self.msg_connect(block, "model", self._messages, "store")

    def _keep(self, detection):
        with self._came:
            self.starts.append(detection.sample_start)
            self._came.notify_all()

    def await_steps(self, more: int) -> None:
        """Waits until so many more steps have come, or the flowgraph has ended."""
        with self._came:
            enough = len(self.starts) + more
            self._came.wait_for(lambda: len(self.starts) >= enough, RUN_LIMIT_S)

    def failures(self, swapped: int) -> list[str]:
        """What is wrong with what came out."""
        found = [str(b.error) for b in (self._block, self._sink) if b.error is not None]
        expected = np.arange(len(self.starts)) % N_STEPS * BLOCK_SIZE
        if not np.array_equal(self.starts, expected) or not self.starts:
            found.append(f"{len(self.starts)} steps came out, not all once and in order")
        if self._messages.num_messages() != swapped + 1:
            found.append(f"{self._messages.num_messages()} messages of {swapped} swaps")
        last = pmt.to_python(self._messages.get_message(self._messages.num_messages() - 1))
        if last["after"]["attention"] != self._block.adapter.describe()["attention"]:
            found.append("the last message is not of the model that runs")
        return found
