# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conversion: exact where the target can hold the source, close to its definition elsewhere."""

import pytest
import torch
from gnuradio.rfattn.attention import ATTENTIONS, StreamingTransformer
from gnuradio.rfattn.attention.config import EMBEDDINGS
from gnuradio.rfattn_workshop.train.convert_weights import convert

from attention_models import random_model, random_tokens, tiny_config

RANDOM = {"encoder.latents", *(f"encoder.layers.{i}.attention.inputs.weight" for i in range(3))}
"""Weights of `perceiver` and `ssm` that are new, at least in part."""


def converted(attention, **changes):
    shape = tiny_config(attention="flash", **changes)
    return random_model(shape), convert(random_model(shape), shape, attention)


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_everything_that_fits_is_taken_over(attention):
    source, target = converted(attention)
    assert torch.equal(target.embed.project.weight, source.embed.project.weight)
    assert torch.equal(target.head.weight, source.head.weight)
    layers = target.encoder
    first = layers.cross[0] if attention == "perceiver" else layers.layers[0]
    origin = source.encoder.layers[0]
    assert torch.equal(first.feed_forward.up.weight, origin.feed_forward.up.weight)
    assert torch.equal(first.attention.out.weight, origin.attention.out.weight)
    assert torch.isfinite(target.offline(random_tokens(1, 32))).all()


def test_features_are_taken_over():
    source, target = converted("gqa", n_features=2)
    for name, weight in source.add_features.state_dict().items():
        assert torch.equal(target.add_features.state_dict()[name], weight)


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


def with_norms(shape, attention_bias):
    """A random model whose norms have gains and biases, those of `attention_norm` where asked."""
    source = random_model(shape)
    layers = source.encoder.layers
    inner = [norm for layer in layers for norm in (layer.attention_norm, layer.feed_forward_norm)]
    for norm in (*inner, source.encoder.norm):
        norm.weight.uniform_(0.5, 1.5)
        norm.bias.normal_(std=0.3)
    if not attention_bias:
        for layer in layers:
            layer.attention_norm.bias.zero_()
    for bias in (source.embed.project.bias, *(layer.feed_forward.down.bias for layer in layers)):
        bias.normal_()
    return source


@pytest.mark.parametrize("n_features", [0, 2])
@pytest.mark.parametrize("embedding", EMBEDDINGS)
def test_rmsnorm_is_exact_without_a_bias_of_the_attention_norm(embedding, n_features):
    shape = tiny_config(attention="flash", embedding=embedding, n_features=n_features)
    source = with_norms(shape, attention_bias=False)
    target = convert(source, shape, "flash", "rmsnorm")
    tokens = random_tokens(1, 48, n_features=n_features)
    assert (target.offline(tokens) - source.offline(tokens)).abs().max() <= 1e-5


def test_rmsnorm_with_a_bias_of_the_attention_norm_is_closer_than_the_weights_alone():
    shape = tiny_config(attention="flash")
    source = with_norms(shape, attention_bias=True)
    target = convert(source, shape, "flash", "rmsnorm")
    copied = StreamingTransformer(shape.replace(norm="rmsnorm")).eval()
    copied.load_state_dict(source.state_dict(), strict=False)
    tokens = random_tokens(1, 48)
    wanted = source.offline(tokens)
    error, plain = ((m.offline(tokens) - wanted).abs().mean() for m in (target, copied))
    assert error < plain / 2


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_attention_and_norm_change_together(attention):
    shape = tiny_config(attention="flash")
    source = with_norms(shape, attention_bias=False)
    before = {name: value.clone() for name, value in source.state_dict().items()}
    both = convert(source, shape, attention, "rmsnorm")
    first = convert(source, shape, "flash", "rmsnorm")
    in_turn = convert(first, shape.replace(norm="rmsnorm"), attention)
    assert both.state_dict().keys() == in_turn.state_dict().keys()
    for name, value in both.state_dict().items():
        if name not in RANDOM:
            assert torch.equal(value, in_turn.state_dict()[name]), name
    assert all(torch.equal(value, before[name]) for name, value in source.state_dict().items())


def test_refusals():
    shape = tiny_config(attention="mla")
    with pytest.raises(ValueError, match="the source must be mha or flash, got 'mla'"):
        convert(random_model(shape), shape, "gqa")
    shape = tiny_config(attention="flash")
    with pytest.raises(ValueError, match="attention must be one of mha, .*, got 'linear'"):
        convert(random_model(shape), shape, "linear")
    with pytest.raises(ValueError, match="norm must be one of layernorm, .*, got 'batchnorm'"):
        convert(random_model(shape), shape, "gqa", "batchnorm")
    shape = tiny_config(attention="flash", norm="rmsnorm")
    with pytest.raises(ValueError, match="rmsnorm cannot become one with layernorm"):
        convert(random_model(shape), shape, "gqa", "layernorm")
