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
from dataclasses import dataclass
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
    """Steps of a training with bands of one length."""

    length: int
    steps: int
    bands: int


STAGES = (Stage(16, 160, 64), Stage(64, 120, 16), Stage(256, 80, 4), Stage(1024, 40, 2))
LEARNING_RATE = 0.005
_WARM_UP, _MOST_NORM = 20, 1.0


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


def recall_config(attention: str, norm: str, window: int, **sizes) -> ModelConfig:
    """Two layers of 64, one emission a step. Who comes again does not depend on the distance, so
    that positions are not told."""
    return ModelConfig(
        n_bins=VALUES,
        n_classes=LABELS,
        block_size=1,
        window=window,
        d_model=64,
        n_heads=4,
        n_layers=2,
        ffn_factor=2,
        attention=attention,
        norm=norm,
        rope=False,
        **sizes,
    )


def train(config: ModelConfig, seed: int, stages=STAGES) -> StreamingTransformer:
    """A model that was trained on bands that grow longer."""
    torch.manual_seed(seed)
    random = np.random.default_rng([seed, 60])
    model = StreamingTransformer(config)
    optimiser = torch.optim.AdamW(
        model.parameters(), LEARNING_RATE, betas=(0.9, 0.98), weight_decay=0.0
    )
    total, done = sum(stage.steps for stage in stages), 0
    for stage in stages:
        for _ in range(stage.steps):
            rate = min(1.0, (done + 1) / _WARM_UP) * 0.5 * (1.0 + np.cos(np.pi * done / total))
            for group in optimiser.param_groups:
                group["lr"] = LEARNING_RATE * rate
            bands = make_bands(random, stage.bands, stage.length)
            logits = model.offline(torch.from_numpy(bands.tokens))
            labels = torch.from_numpy(bands.labels)
            loss = functional.cross_entropy(
                logits.flatten(0, 1), labels.flatten(), ignore_index=NOT_ASKED
            )
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), _MOST_NORM)
            optimiser.step()
            done += 1
    return model.eval()


@dataclass(frozen=True)
class Recalled:
    """What a model answered in a band.

    Attributes:
        is_right, distances: of each emission that was asked for.
        state_bytes: what the stream keeps.
        step_us: CPU time of an emission in the runner `native`, mean of the second half.
    """

    is_right: np.ndarray
    distances: np.ndarray
    state_bytes: int
    step_us: float


def recall(model: StreamingTransformer, config: ModelConfig, band: Bands) -> Recalled:
    """Lets a model hear one band, an emission a step.

    Args:
        config: of the model; its window may be another than that of the training.
    """
    weights = {name: value.numpy() for name, value in model.state_dict().items()}
    runner = NativeRunner(weights, config, "recall")
    state = StreamState(0, runner.new_tensors(0))
    tokens, length = band.tokens[0], len(band.tokens[0])
    answers, half = np.empty(length, int), 0.0
    for k in range(length):
        if k == length // 2:
            half = time.thread_time()
        answers[k] = runner.step(tokens[k][None, None], [state], [1])[0].argmax()
        state.position, state.seen = state.position + 1, state.seen + 1
    spent = time.thread_time() - half
    asked = band.labels[0] != NOT_ASKED
    return Recalled(
        answers[asked] == band.labels[0][asked],
        band.distances[0][asked],
        runner.bytes_per_stream,
        spent / (length - length // 2) * 1e6,
    )
