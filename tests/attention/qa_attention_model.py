# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The heart of the project: the stream computes what one offline pass computes."""

import pytest
import torch
from gnuradio.rfattn.attention import ATTENTIONS, attention_class, new_cache
from gnuradio.rfattn.attention.config import EMBEDDINGS

from attention_models import DEVICES, TOLERANCE, gated, random_model, random_tokens, tiny_config

WRAPS = 3


def stream(model, config, tokens, position=0, caches=None):
    """Logits [B, T / n, n_classes], step by step from empty rings."""
    n, B = config.block_size, tokens.size(0)
    caches = caches or [new_cache(config, tokens.device) for _ in range(B)]
    with torch.inference_mode():
        steps = [
            model(tokens[:, start : start + n], caches, [position + start] * B, [start] * B)
            for start in range(0, tokens.size(1), n)
        ]
    return torch.stack(steps, dim=1)


def offline(model, tokens, position=0):
    with torch.inference_mode():
        return model.offline(tokens, position)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize(
    ("norm", "gate", "block_size", "position"),
    [
        ("layernorm", False, 1, 0),
        ("layernorm", True, 16, 2**31),
        ("rmsnorm", True, 1, 2**53),
        ("rmsnorm", False, 4, 2**31),
        ("dyt", True, 4, 0),
        ("dyt", False, 16, 2**53),
    ],
)
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_stream_equals_offline(attention, norm, gate, block_size, position, device):
    shape = dict(norm=norm, gate=gated(attention, gate), block_size=block_size)
    config = tiny_config(attention=attention, **shape)
    model = random_model(config).to(device)
    tokens = random_tokens(2, (WRAPS + 1) * config.window).to(device)
    streamed = stream(model, config, tokens, position)
    expected = offline(model, tokens, position)
    assert streamed.shape == (2, tokens.size(1) // block_size, config.n_classes)
    assert expected.std() > 0.1  # the logits are not all alike, so equality says something
    assert (streamed - expected).abs().max() <= TOLERANCE[device]


@pytest.mark.parametrize(
    ("norm", "patch", "embedding"),
    [("layernorm", 2, "conv"), ("rmsnorm", 1, "conv"), ("dyt", 2, "linear")],
)
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_stream_equals_offline_with_features(attention, norm, patch, embedding):
    config = tiny_config(
        attention=attention,
        norm=norm,
        patch=patch,
        embedding=embedding,
        embedding_channels=3,
        n_features=5,
    )
    model = random_model(config)
    tokens = random_tokens(2, 3 * config.window, n_features=5)
    streamed, expected = stream(model, config, tokens), offline(model, tokens)
    assert expected.std() > 0.1
    assert (streamed - expected).abs().max() <= 1e-5


def test_the_model_sees_the_features_of_the_last_token_of_a_patch():
    config = tiny_config(patch=2, n_features=5)
    model = random_model(config)
    tokens = random_tokens(1, config.window, n_features=5)
    before = offline(model, tokens)
    for token, is_seen in ((0, False), (1, True)):
        changed = tokens.clone()
        changed[:, token, 8:] += 1.0
        assert (not torch.equal(offline(model, changed), before)) == is_seen


def test_features_are_no_part_of_the_running_level():
    """Features far from 0 dB leave the gain of the receiver without effect."""
    config = tiny_config(n_features=5)
    model = random_model(config)
    tokens = random_tokens(1, 48, n_features=5)
    louder = tokens.clone()
    louder[:, :, :8] += 30.0
    assert (offline(model, tokens) - offline(model, louder)).abs().max() <= 1e-4


@pytest.mark.parametrize("embedding", EMBEDDINGS)
@pytest.mark.parametrize(("patch", "position"), [(1, 0), (2, 5), (4, 2**53 + 1)])
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_stream_equals_offline_in_patches(attention, patch, embedding, position):
    config = tiny_config(
        attention=attention, patch=patch, embedding=embedding, embedding_channels=3
    )
    model = random_model(config)
    tokens = random_tokens(2, 4 * config.window)
    streamed, expected = stream(model, config, tokens, position), offline(model, tokens, position)
    assert streamed.shape == (2, 4 * config.blocks_in_window, config.n_classes)
    assert expected.std() > 0.1
    assert (streamed - expected).abs().max() <= 1e-5


@pytest.mark.parametrize("rope", [True, False])
@pytest.mark.parametrize("attention", ATTENTIONS)
def test_stream_equals_offline_with_and_without_rope(attention, rope):
    config = tiny_config(attention=attention, rope=rope)
    model = random_model(config)
    tokens = random_tokens(1, 3 * config.window)
    assert (stream(model, config, tokens) - offline(model, tokens)).abs().max() <= 1e-5


@pytest.mark.parametrize("attention", [a for a in ATTENTIONS if attention_class(a).windowed])
def test_the_oracle_sees_a_ring_of_the_wrong_size(attention):
    """The negative of the test above: a ring one block short must not pass for the right one."""
    config = tiny_config(attention=attention)
    model = random_model(config)
    tokens = random_tokens(1, 3 * config.window)
    model.window = config.window - config.block_size
    wrong = stream(model, config, tokens)
    expected = offline(random_model(config), tokens)
    first_short = config.blocks_in_window - 1
    assert (wrong - expected)[:, :first_short].abs().max() <= 1e-5
    assert (wrong - expected)[:, first_short:].abs().max() > 1e-2


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_position_only_turns_the_angles(attention):
    """Scores depend on differences of positions, so a shifted start changes nothing …"""
    config = tiny_config(attention=attention)
    model = random_model(config)
    tokens = random_tokens(1, 2 * config.window)
    assert (offline(model, tokens, 0) - offline(model, tokens, 2**53)).abs().max() <= 1e-5


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_order_of_tokens_matters_with_rope(attention):
    """… but the order of the tokens within the window does."""
    config = tiny_config(attention=attention, block_size=16)
    model = random_model(config)
    tokens = random_tokens(1, config.window)
    assert (offline(model, tokens) - offline(model, tokens.flip(1))).abs().max() > 1e-3


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_no_block_sees_the_future(attention):
    config = tiny_config(attention=attention)
    model = random_model(config)
    tokens = random_tokens(1, 2 * config.window)
    changed = tokens.clone()
    changed[:, config.window :] = random_tokens(1, config.window, seed=9)
    blocks = config.blocks_in_window
    before, after = offline(model, tokens), offline(model, changed)
    assert torch.equal(before[:, :blocks], after[:, :blocks])
    assert (before[:, blocks:] - after[:, blocks:]).abs().max() > 1e-2


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_a_fresh_segment_forgets_the_one_before(attention):
    config = tiny_config(attention=attention)
    model = random_model(config)
    caches = [new_cache(config)]
    stream(model, config, random_tokens(1, 40, seed=5), caches=caches)
    again = stream(model, config, random_tokens(1, 40), caches=caches)
    assert torch.equal(again, stream(model, config, random_tokens(1, 40)))


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_a_fresh_segment_forgets_what_was_not_finite(attention):
    config = tiny_config(attention=attention)
    model = random_model(config)
    caches = [new_cache(config)]
    stream(model, config, torch.full((1, 40, 8), float("nan")), caches=caches)
    again = stream(model, config, random_tokens(1, 40), caches=caches)
    assert torch.equal(again, stream(model, config, random_tokens(1, 40)))


def test_gain_of_the_receiver_does_not_matter():
    """The running level takes a constant number of dB off exactly."""
    config = tiny_config()
    model = random_model(config)
    tokens = random_tokens(1, 48)
    assert (offline(model, tokens) - offline(model, tokens + 30)).abs().max() <= 1e-4


def test_silence_stays_finite():
    config = tiny_config()
    model = random_model(config)
    tokens = torch.full((1, 16, 8), -200.0)
    tokens[:, 8:] = 0.0
    assert torch.isfinite(stream(model, config, tokens)).all()
