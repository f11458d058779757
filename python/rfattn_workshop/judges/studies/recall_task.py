# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A task that needs memory: the label of a transmitter that was heard long before.

A token is an emission. Of its 64 values 48 say who sends it, drawn anew for each transmitter and
measured anew each time, 8 have its label. Each transmitter sends twice, at random places among the
others; the second time the label is hidden, and is asked for. This is multi-query associative
recall (Arora et al. 2023, arXiv 2312.04927) with keys that are no words of a dictionary.
"""

from __future__ import annotations

import time
from typing import NamedTuple

import numpy as np
import torch
from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer
from gnuradio.rfattn.inference.caches import StreamState
from gnuradio.rfattn.inference.native_runner import NativeRunner
from torch.nn import functional

WHO, LABELS, VALUES = 48, 8, 64
NOISE = 0.2
"""Of a measurement, in standard deviations of what differs between transmitters."""
UNIT_DB = 10.0
"""Tokens are in dB, and the model takes 10 dB as one."""
NOT_ASKED = -1


class Stage(NamedTuple):
    """Bands of one length, from a part of the budget of a training on."""

    begins: float
    length: int
    bands: int


STAGES = (Stage(0, 16, 64), Stage(1 / 8, 64, 16), Stage(1 / 4, 256, 4), Stage(3 / 8, 1024, 2))
CHECKED = (1024, 4096)
"""Lengths of the bands that tell how a training goes: as trained, and four times as long."""
_WARM_UP, _MOST_NORM, _CHECKS = 20, 1.0, 16


class Bands(NamedTuple):
    """Emissions of some bands.

    Attributes:
        tokens: [B, T, 64] float32, dB.
        labels: [B, T] int, `NOT_ASKED` where the label is shown.
        distances: [B, T] int: how many emissions before the label was shown; 0: it is now.
    """

    tokens: np.ndarray
    labels: np.ndarray
    distances: np.ndarray


def make_bands(random: np.random.Generator, bands: int, length: int) -> Bands:
    """``length`` emissions, an even number, of half as many transmitters in each band."""
    places = random.permuted(np.tile(np.arange(length), (bands, 1)), axis=1)
    first, second = np.sort(places.reshape(bands, length // 2, 2), axis=2).transpose(2, 0, 1)
    who = random.standard_normal((bands, length // 2, WHO)).astype(np.float32)
    label = random.integers(LABELS, size=first.shape)
    tokens = np.zeros((bands, length, VALUES), np.float32)
    labels, distances = np.full((bands, length), NOT_ASKED), np.zeros((bands, length), int)
    band = np.arange(bands)[:, None]
    tokens[band, first, :WHO] = tokens[band, second, :WHO] = who
    tokens[..., :WHO] += NOISE * random.standard_normal((bands, length, WHO)).astype(np.float32)
    tokens[band, first, WHO + label] = 4.0
    tokens[band, second, WHO + LABELS :] = 1.0
    labels[band, second], distances[band, second] = label, second - first
    return Bands(tokens * UNIT_DB, labels, distances)


def recall_config(attention: str, norm: str, **sizes) -> ModelConfig:
    """Two layers of 64, one emission a step. Who comes again does not depend on the distance, so
    that only latents, which have no other way to find the emission heard now, see positions."""
    usual = {
        "n_bins": VALUES,
        "n_classes": LABELS,
        "block_size": 1,
        "window": STAGES[-1].length,
        "d_model": 64,
        "n_heads": 4,
        "n_layers": 2,
        "ffn_factor": 2,
        "rope": attention == "perceiver",
    }
    return ModelConfig(attention=attention, norm=norm, **(usual | sizes))


def train(config: ModelConfig, seed: int, rate: float, budget_s: float):
    """A model that was trained on bands that grow longer, and the steps, the CPU seconds spent,
    what ended it ("flat" or "budget"), and a curve: seconds, and shares right by `CHECKED`.

    The learning rate stays until the last third of the training gained less than a point in the
    bands of each length that are checked, or three quarters of the CPU seconds of the budget are
    spent. Then it falls to zero in a third of the time spent so far.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng([seed, 60])
    model = StreamingTransformer(config)
    optimiser = torch.optim.AdamW(model.parameters(), rate, betas=(0.9, 0.98), weight_decay=0.0)
    unseen = [make_bands(np.random.default_rng(k), CHECKED[-1] // k, k) for k in CHECKED]
    steps, spent, falls, ended, curve = 0, 0.0, 0.75 * budget_s, "budget", []
    while spent < falls / 0.75:
        began = time.process_time()
        stage = [one for one in STAGES if spent >= one.begins * budget_s][-1]
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, (steps + 1) / _WARM_UP, 4.0 - 3.0 * spent / falls)
        bands = make_bands(random, stage.bands, stage.length)
        logits = model.offline(torch.from_numpy(bands.tokens)).flatten(0, 1)
        labels = torch.from_numpy(bands.labels).flatten()
        loss = functional.cross_entropy(logits, labels, ignore_index=NOT_ASKED)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), _MOST_NORM)
        optimiser.step()
        steps, spent = steps + 1, spent + time.process_time() - began
        if spent >= min((len(curve) + 1) / _CHECKS * budget_s, falls / 0.75):
            curve.append([spent, *(float(recall(model, config, b)[0].mean()) for b in unseen)])
            if spent < falls and _is_flat(curve, STAGES[-1].begins * budget_s):
                falls, ended = spent, "flat"
    return model.eval(), {"steps": steps, "spent_s": spent, "ended": ended, "curve": curve}


def _is_flat(curve: list[list[float]], since: float) -> bool:
    """Whether the last third of a training, all of it after ``since``, gained less than a point.
    A training with as few right answers as by chance has not begun to gain."""
    third = curve[-1][0] * 2 / 3
    before = np.max([one[1:] for one in curve if one[0] <= third], 0, initial=0)
    after = np.max([one[1:] for one in curve if one[0] > third], 0)
    return third >= since and after.max() > 2 / LABELS and bool((after - before < 0.01).all())


def recall(model: StreamingTransformer, config: ModelConfig, bands: Bands):
    """Whether each answer is right, and how far back its emission is. The model hears each band
    anew, an emission a step, with a window as long as the band."""
    runner = _runner(model, config.replace(window=bands.labels.shape[1]))
    answers = np.empty(bands.labels.shape, int)
    for tokens, answer in zip(bands.tokens, answers, strict=True):
        state = StreamState(0, runner.new_tensors(0))
        for k, token in enumerate(tokens):
            answer[k] = runner.step(token[None, None], [state], [1])[0].argmax()
            state.position, state.seen = k + 1, k + 1
    asked = bands.labels != NOT_ASKED
    return answers[asked] == bands.labels[asked], bands.distances[asked]


def _runner(model: StreamingTransformer, config: ModelConfig) -> NativeRunner:
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    return NativeRunner(weights, config, "recall")


def cost(config: ModelConfig, steps: int) -> tuple[int, float]:
    """Bytes that a stream keeps, and CPU time of an emission in µs with a window that is full."""
    runner = _runner(StreamingTransformer(config), config)
    state = StreamState(0, runner.new_tensors(0), config.window)
    runner.fill(state)
    token = np.ones((1, 1, VALUES), np.float32)
    began = time.thread_time()
    for _ in range(steps):
        runner.step(token, [state], [1])
    return runner.bytes_per_stream, (time.thread_time() - began) / steps * 1e6
