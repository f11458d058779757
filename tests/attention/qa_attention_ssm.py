# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`ssm`: a state of constant size, which holds the whole segment."""

import pytest
import torch
from gnuradio.rfattn.attention import (
    attention_class,
    cache_shapes,
    kv_bytes,
    new_cache,
    step_flops,
)
from gnuradio.rfattn.attention.ssm import PIECE, StateSpace, Written, scan
from torch.utils.flop_counter import FlopCounterMode

from attention_models import random_model, random_tokens, tiny_config

H, D, S = 3, 2, 5
"""Heads, their width, state size."""
CONFIG = tiny_config(attention="ssm")


def written(T, log_decay=None, streams=2):
    generator = torch.Generator().manual_seed(T)
    draw = torch.rand(streams, T, H, generator=generator)
    return Written(
        torch.randn(streams, T, H, D, generator=generator),
        torch.randn(streams, T, S, generator=generator),
        torch.randn(streams, T, S, generator=generator),
        -draw if log_decay is None else log_decay.expand(streams, T, H),
    )


def token_by_token(parts: Written, state):
    """The recurrence as the paper writes it, in float64: [B, T, H, D] and the state after it."""
    values, b, c, log_decay = (part.double() for part in parts)
    state = state.double().view(-1, S, H, D)
    read = []
    for t in range(values.size(1)):
        new = torch.einsum("bs,bhd->bshd", b[:, t], values[:, t])
        state = log_decay[:, t].exp()[:, None, :, None] * state + new
        read.append(torch.einsum("bs,bshd->bhd", c[:, t], state))
    return torch.stack(read, dim=1), state.flatten(2)


@pytest.mark.parametrize("T", [1, 2, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5])
def test_pieces_equal_the_recurrence(T):
    state = torch.randn(2, S, H * D)
    got, after = scan(written(T), state)
    expected, last = token_by_token(written(T), state)
    assert (got - expected).abs().max() <= 1e-5 * expected.abs().max()  # float32 rounding
    assert (after - last).abs().max() <= 1e-5 * last.abs().max()


def test_fast_decays_cost_a_slow_one_no_digits():
    """Half of a piece forgets everything at each token, and the rest next to nothing. Differences
    of sums from its beginning would be off by a unit of 3200 in float32, 2e-4."""
    fast = torch.arange(PIECE) < PIECE // 2
    log_decay = torch.where(fast, -100.0, -1e-3).view(1, -1, 1)
    parts = written(PIECE, log_decay)
    got, _ = scan(parts, torch.zeros(2, S, H * D))
    expected, _ = token_by_token(parts, torch.zeros(2, S, H * D))
    assert (got - expected).abs().max() <= 2e-6 * expected.abs().max()


def test_memory_does_not_grow_with_the_window():
    """By hand: a float32 level, and a state of d S numbers in each layer."""
    for window in (16, 4096):
        config = CONFIG.replace(window=window, rope_period=2**20)
        for dtype in (torch.float32, torch.bfloat16):
            assert kv_bytes(config, 2, dtype) == 2 * (4 + 4 * 16 * 5 * 3)
            assert all(part.dtype == torch.float32 for part in new_cache(config, dtype=dtype))


def test_the_state_of_bfloat16_holds_what_is_small_beside_it():
    """A thousand small steps on top of a large state: bfloat16 would not move at all."""
    torch.manual_seed(1)
    layer = StateSpace(CONFIG).bfloat16()
    assert layer.project(torch.zeros(1, 4, 16, dtype=torch.bfloat16))[1].dtype == torch.float32
    ones = Written(
        torch.full((1, 1000, H, D), 1e-3),
        torch.ones(1, 1000, S),
        torch.ones(1, 1000, S),
        torch.zeros(1, 1000, H),
    )
    _, state = scan(ones, torch.full((1, S, H * D), 100.0))
    assert (state - 101.0).abs().max() <= 1e-2


@pytest.mark.parametrize("block_size", [4, PIECE, 2 * PIECE + 32])
def test_operations_of_a_step_in_pieces_are_what_torch_counts(block_size):
    config = CONFIG.replace(block_size=block_size, window=block_size, rope_period=2**20)
    model, caches = random_model(config), [new_cache(config)]
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        model(random_tokens(1, block_size), caches, [0], [block_size])
    assert step_flops(config) == counter.get_total_flops()


@pytest.mark.parametrize("attention, is_seen", [("ssm", True), ("flash", False)])
@torch.inference_mode()
def test_it_sees_what_no_window_reaches(attention, is_seen):
    """Token 0 from token 80 on: three layers of windows of 16 reach back 48 tokens."""
    config = tiny_config(attention=attention)
    model = random_model(config)
    tokens = random_tokens(1, 96)
    changed = tokens.clone()
    changed[:, 0, :2] += torch.tensor([20.0, -20.0])  # the level stays as it is
    before, after = model.offline(tokens), model.offline(changed)
    assert not torch.equal(before[:, 0], after[:, 0])
    assert ((before - after)[:, 80 // 4 :].abs().max() > 1e-4) == is_seen


@torch.inference_mode()
def test_the_oracle_sees_a_state_that_was_lost():
    """The negative of the tests of equality: a state that is not kept must not pass."""
    model, tokens = random_model(CONFIG), random_tokens(1, 32)
    cache, got = new_cache(CONFIG), []
    for start in range(0, 32, 4):
        got.append(model(tokens[:, start : start + 4], [cache], [start], [start]))
        for state in cache[1:]:
            state.zero_()
    difference = (torch.stack(got, dim=1) - model.offline(tokens)).abs().amax(dim=(0, 2))
    assert difference[0] <= 1e-5 and difference[1:].max() > 1e-2


@torch.inference_mode()
def test_order_within_a_step_matters():
    model = random_model(CONFIG.replace(block_size=16))
    tokens = random_tokens(1, 16)
    assert (model.offline(tokens) - model.offline(tokens.flip(1))).abs().max() > 1e-3


@torch.inference_mode()
def test_positions_have_no_use():
    model, tokens = random_model(CONFIG), random_tokens(1, 32)
    assert torch.equal(model.offline(tokens, 0), model.offline(tokens, 2**53 + 1))
    assert CONFIG.rotary_dim == 0


@torch.inference_mode()
def test_an_offline_pass_needs_no_square_of_its_length():
    """2**17 tokens: their mask alone would take 16 GiB, the ages of its pairs 128."""
    config = CONFIG.replace(block_size=1024, window=1024, rope_period=2**20)
    assert random_model(config).offline(random_tokens(1, 2**17)).shape == (1, 128, 3)


def test_heads_begin_with_memories_up_to_a_window():
    """Without a token's own part, the rate of head i is 1 / window ** ((i + 1) / heads)."""
    layer = StateSpace(CONFIG.replace(n_heads=2))
    assert torch.nn.functional.softplus(layer.rate).tolist() == pytest.approx([1 / 4, 1 / 16])


def test_what_its_descriptor_states():
    described = attention_class("ssm")
    assert (described.windowed, described.fused, described.stored_as) == (False, False, None)
    assert CONFIG.steady_after == 4 and CONFIG.replace(attention="mha").steady_after == 16
    assert cache_shapes(CONFIG) == [(1,)] + [(1, 5, 16)] * 3
    long = CONFIG.replace(block_size=128, window=128, rope_period=2**20)
    assert described.written_scores(long) == 4 * PIECE * (PIECE + 1)
