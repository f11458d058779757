# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A step as a program of torch.export, which another program runs: the same function."""

from itertools import cycle

import pytest
import torch
from gnuradio.rfattn.attention import ATTENTIONS, NORMS, new_pool
from gnuradio.rfattn.inference import exported

from attention_models import gated, random_model, random_tokens, tiny_config

N, W = 4, 16
"""Block size and window of `tiny_config`."""


@pytest.mark.parametrize("attention", ATTENTIONS)
@torch.no_grad()
def test_streams_at_any_position_equal_one_offline_pass(attention):
    """Three streams with different fills, through two wraps of the ring, in any order."""
    shape = dict(attention=attention, norm=NORMS[ATTENTIONS.index(attention) % 3], n_features=2)
    shape |= dict(gate=gated(attention))
    config = tiny_config(**shape, patch=2, embedding="conv", embedding_channels=3)
    oracle, start = random_model(config), 2**31 // config.patch % config.rope_period
    program, pool = exported.export_model(oracle, config).module(), new_pool(config, 3)
    tokens = random_tokens(3, 3 * W, n_features=2)
    expected = torch.stack([oracle.offline(row[None], 2**31)[0] for row in tokens])
    done, last = [0, 0, 0], 3 * W // N
    orders = cycle(([0], [1, 0], [2, 1, 0], [0, 1, 2], [1, 2]))
    while min(done) < last:
        streams = [s for s in next(orders) if done[s] < last] or [done.index(min(done))]
        steps = torch.stack([tokens[s, done[s] * N : (done[s] + 1) * N] for s in streams])
        seen = [done[s] * N for s in streams]
        starts = [start + count // config.patch for count in seen]
        logits = program(steps, torch.tensor([streams, starts, seen]), pool)
        for stream, row in zip(streams, logits, strict=True):
            assert (row - expected[stream, done[stream]]).abs().max() <= 1e-5
            done[stream] += 1


def test_what_torch_cannot_export_is_refused_in_one_line(monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("Could not guard on data-dependent expression\nmore of it")

    monkeypatch.setattr(torch.export, "export", fail)
    config = tiny_config()
    with pytest.raises(ValueError) as refusal:
        exported.export_model(random_model(config), config)
    assert str(refusal.value) == (
        f"attention 'flash' cannot be exported with torch {torch.__version__}: "
        "Could not guard on data-dependent expression"
    )


def test_nothing_in_a_program_names_a_folder_of_this_machine():
    config = tiny_config()
    content = exported.save(exported.export_model(random_model(config), config))
    assert b"/attention/" not in content and len(content) < 500_000
