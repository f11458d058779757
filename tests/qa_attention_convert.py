# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conversion: exact where the target can hold the source, close to its definition elsewhere."""

import pytest
import torch
from gnuradio.rfattn.attention import ATTENTIONS, convert

from attention_models import random_model, random_tokens, tiny_config


def converted(attention, **changes):
    shape = tiny_config(attention="flash", **changes)
    return random_model(shape), convert(random_model(shape), shape, attention)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_everything_that_fits_is_taken_over(attention):
    source, target = converted(attention)
    assert torch.equal(target.embed.weight, source.embed.weight)
    assert torch.equal(target.head.weight, source.head.weight)
    layers = target.encoder
    first = layers.cross[0] if attention == "latent" else layers.layers[0]
    origin = source.encoder.layers[0]
    assert torch.equal(first.feed_forward.up.weight, origin.feed_forward.up.weight)
    assert torch.equal(first.attention.out.weight, origin.attention.out.weight)
    assert torch.isfinite(target.offline(random_tokens(1, 32))).all()


@pytest.mark.parametrize("attention", ["mha", "flash"])
def test_multi_head_stays_what_it_is(attention):
    source, target = converted(attention)
    tokens = random_tokens(1, 48)
    assert (target.offline(tokens) - source.offline(tokens)).abs().max() <= 1e-5


def test_gqa_is_exact_where_the_heads_of_a_group_agree():
    shape = tiny_config(attention="flash")
    source = random_model(shape)
    for layer in source.encoder.layers:
        heads = layer.attention.qkv.weight.view(3, 2, 2, shape.head_dim, -1)  # qkv, G, h/G, dh, d
        heads[1:, :, 1] = heads[1:, :, 0]
    target = convert(source, shape, "gqa")
    tokens = random_tokens(1, 48)
    assert (target.offline(tokens) - source.offline(tokens)).abs().max() <= 1e-5


def test_mla_of_full_rank_without_positions_is_close():
    """Rank d holds all keys and values; what is left is that kv_norm levels the latent's length."""
    shape = tiny_config(attention="flash", kv_rank=16, rope=False, norm="rmsnorm", rope_dim=4)
    source = random_model(shape)
    for layer in source.encoder.layers:  # the decoupled part averages keys: make it carry nothing
        heads = layer.attention.qkv.weight.view(3, 4, shape.head_dim, -1)
        heads[1].zero_()
    target = convert(source, shape, "mla")
    tokens = random_tokens(1, 48)
    difference = target.offline(tokens) - source.offline(tokens)
    assert difference.abs().max() <= 1e-4  # RMSNorm twice: the epsilon counts twice


def test_refusals():
    shape = tiny_config(attention="mla")
    with pytest.raises(ValueError, match="the source must be mha or flash, got 'mla'"):
        convert(random_model(shape), shape, "gqa")
    shape = tiny_config(attention="flash")
    with pytest.raises(ValueError, match="attention must be one of mha, .*, got 'linear'"):
        convert(random_model(shape), shape, "linear")
