# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each stream among others, step by step or in runs, computes what it computes alone: its own
offline pass."""

import random

import pytest
import torch
from gnuradio.rfattn.attention import ATTENTIONS, new_cache
from gnuradio.rfattn.inference import torchscript

from attention_models import DEVICES, TOLERANCE, gated, random_model, random_tokens, tiny_config

STARTS = (0, 2**31, 2**53)
SEGMENTS = 2  # of each stream: the second starts in a cache full of the first


class Stream:
    """Random tokens in segments of random length, and the logits of each segment offline."""

    def __init__(self, model, config, number, device):
        chance = random.Random(number)
        n = config.block_size
        self.position = STARTS[number % len(STARTS)]
        self.cache = new_cache(config, device)
        self.steps, self.expected = [], []
        for segment in range(SEGMENTS):
            blocks = chance.randrange(1, 3 * config.blocks_in_window)
            seed, n_features = 100 * number + segment, config.n_features
            tokens = random_tokens(1, blocks * n, seed=seed, n_features=n_features).to(device)
            self.steps += [(i * n, part) for i, part in enumerate(tokens.split(n, dim=1))]
            position = self.position + n * len(self.expected)
            with torch.inference_mode():
                self.expected += model.offline(tokens, position)[0].unbind()
        self.done = 0

    def take(self, most):
        """Up to ``most`` steps of one segment: the tokens seen before, and the steps."""
        seen, first = self.steps[self.done]
        run = [first]
        for count, tokens in self.steps[self.done + 1 : self.done + most]:
            if count == 0:
                break
            run.append(tokens)
        return seen, run


VARIANTS = [  # norm, gate, scripted, n_features
    ("layernorm", False, False, 0),
    ("layernorm", True, True, 3),
    ("rmsnorm", True, False, 3),
    ("rmsnorm", False, True, 0),
    ("dyt", False, False, 3),
    ("dyt", True, True, 0),
]


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    ("attention", "norm", "gate", "scripted", "n_features"),
    # each attention with two of them, one of which is scripted
    [(name, *VARIANTS[(i + k) % 6]) for i, name in enumerate(ATTENTIONS) for k in (0, 3)],
)
def test_each_of_many_streams_equals_its_own_offline_pass(
    attention, norm, gate, scripted, n_features, device
):
    """1, 3 and 8 streams in a call, drawn at random, so that fills, positions and segments
    differ; in every second call in runs, of which the longest are longer than the window."""
    shape = dict(norm=norm, gate=gated(attention, gate), patch=2, n_features=n_features)
    config = tiny_config(attention=attention, **shape)
    model = random_model(config).to(device)
    step = torchscript.freeze(torchscript.script(model)) if scripted else model
    streams = [Stream(model, config, number, device) for number in range(18)]
    chance = random.Random(1)
    fills, lengths = set(), set()
    for call in range(10_000):
        left = [s for s in streams if s.done < len(s.steps)]
        if not left:
            break
        chosen = chance.sample(left, min(len(left), (1, 3, 8)[call % 3]))
        most = [chance.choice((1, 2, 3, 100)) if call % 2 else 1 for _ in chosen]
        seen, runs = zip(*[s.take(k) for s, k in zip(chosen, most, strict=True)], strict=True)
        counts = [len(run) for run in runs]
        positions = [s.position + s.done * config.block_size for s in chosen]
        with torch.inference_mode(), torchscript.running():
            logits = step(
                torch.cat([tokens for run in runs for tokens in run]),
                [s.cache for s in chosen],
                positions,
                list(seen),
                None if max(counts) == 1 else counts,
            )
        fills.add(len({min(count, config.window) for count in seen}))
        lengths.update(counts)
        for rows, stream in zip(logits.split(counts), chosen, strict=True):
            for row in rows:
                error = (row - stream.expected[stream.done]).abs().max()
                assert error <= TOLERANCE[device]
                stream.done += 1
    assert all(s.done == len(s.steps) for s in streams)
    assert max(fills) >= 3  # streams at three or more fills met in one call
    assert {1, 2, 3} < lengths and max(lengths) > config.blocks_in_window
