# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""`ssm` and `gdn`: a state of constant size, which holds the whole segment."""

import pytest
import torch
from gnuradio.rfattn.attention import (
    attention_class,
    cache_shapes,
    gdn,
    kv_bytes,
    new_cache,
    ssm,
    step_flops,
)
from gnuradio.rfattn.attention.shapes.recurrent import PIECE
from gnuradio.rfattn.attention.ssm import StateSpace
from gnuradio.rfattn.attention.states import Pieces
from torch.utils.flop_counter import FlopCounterMode

from attention_models import random_model, random_tokens, tiny_config

H, D, S = 3, 2, 5
"""Heads, their width, state size."""
CONFIG = tiny_config(attention="ssm")
RECURRENT = ("ssm", "gdn")
scan = Pieces(ssm.Scan(), PIECE)


def written(T, log_decay=None, streams=2):
    generator = torch.Generator().manual_seed(T)
    draw = torch.rand(streams, T, H, generator=generator)
    return [
        torch.randn(streams, T, H, D, generator=generator),
        torch.randn(streams, T, S, generator=generator),
        torch.randn(streams, T, S, generator=generator),
        -draw if log_decay is None else log_decay.expand(streams, T, H),
    ]


def written_by_gdn(T, log_decay=None):
    """The same for `gdn`; keys and queries have length 1."""
    generator = torch.Generator().manual_seed(T)
    q, k, v = torch.randn(3, 2, T, H, D, generator=generator)
    q, k = (torch.nn.functional.normalize(part, dim=3) for part in (q, k))
    share, draw = torch.rand(2, 2, T, H, generator=generator)
    return [q, k, v, share, -draw if log_decay is None else log_decay.expand(2, T, H)]


def token_by_token(parts: list, state):
    """The recurrence as the paper writes it, in float64: [B, T, H, D] and the state after it."""
    values, b, c, log_decay = (part.double() for part in parts)
    state = state.double().view(-1, S, H, D)
    read = []
    for t in range(values.size(1)):
        new = torch.einsum("bs,bhd->bshd", b[:, t], values[:, t])
        state = log_decay[:, t].exp()[:, None, :, None] * state + new
        read.append(torch.einsum("bs,bshd->bhd", c[:, t], state))
    return torch.stack(read, dim=1), state.flatten(2)


def corrected_token_by_token(parts: list, state):
    """The same for `gdn`."""
    q, k, v, share, log_decay = (part.double() for part in parts)
    state, read = state.double(), []
    for t in range(q.size(1)):
        state = state * log_decay[:, t].exp()[:, :, None, None]
        wrong = v[:, t] - torch.einsum("bhi,bhij->bhj", k[:, t], state)
        state = state + torch.einsum("bhi,bhj->bhij", k[:, t], share[:, t, :, None] * wrong)
        read.append(torch.einsum("bhi,bhij->bhj", q[:, t], state))
    return torch.stack(read, dim=1), state


@pytest.mark.parametrize("T", [1, 2, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 5])
def test_pieces_of_the_delta_rule_equal_the_recurrence(T):
    state = torch.randn(2, H, D, D)
    got, after = Pieces(gdn.Scan(), PIECE)(written_by_gdn(T), state)
    expected, last = corrected_token_by_token(written_by_gdn(T), state)
    assert (got - expected).abs().max() <= 1e-5 * expected.abs().max()  # float32 rounding
    assert (after - last).abs().max() <= 1e-5 * last.abs().max()


def test_a_key_that_is_written_again_holds_its_last_value():
    """Where nothing decays and the whole share counts, what a key read before is gone."""
    parts = written_by_gdn(2, torch.zeros(1, 1, 1))
    q, k, v, share, log_decay = parts
    k[:, 1], q[:, 1] = k[:, 0], k[:, 0]
    share[:] = 1.0
    read, _ = gdn.Scan()(parts, torch.randn(2, H, D, D))
    assert (read[:, 1] - v[:, 1]).abs().max() <= 1e-5


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


@pytest.mark.parametrize(("attention", "numbers"), [("ssm", 16 * 5), ("gdn", 4 * 4 * 4)])
def test_memory_does_not_grow_with_the_window(attention, numbers):
    """By hand: a float32 level, and a state of d S or h D D numbers in each layer."""
    for window in (16, 4096):
        config = tiny_config(attention=attention, window=window, rope_period=2**20)
        for dtype in (torch.float32, torch.bfloat16):
            assert kv_bytes(config, 2, dtype) == 2 * (4 + 4 * numbers * 3)
            assert all(part.dtype == torch.float32 for part in new_cache(config, dtype=dtype))


def test_the_state_of_bfloat16_holds_what_is_small_beside_it():
    """A thousand small steps on top of a large state: bfloat16 would not move at all."""
    torch.manual_seed(1)
    layer = StateSpace(CONFIG).bfloat16()
    assert layer.project(torch.zeros(1, 4, 16, dtype=torch.bfloat16))[1].dtype == torch.float32
    ones = [
        torch.full((1, 1000, H, D), 1e-3),
        torch.ones(1, 1000, S),
        torch.ones(1, 1000, S),
        torch.zeros(1, 1000, H),
    ]
    _, state = scan(ones, torch.full((1, S, H * D), 100.0))
    assert (state - 101.0).abs().max() <= 1e-2


@pytest.mark.parametrize("block_size", [4, PIECE, 2 * PIECE + 32])
@pytest.mark.parametrize("attention", RECURRENT)
def test_operations_of_a_step_in_pieces_are_what_torch_counts(attention, block_size):
    sizes = dict(block_size=block_size, window=block_size, rope_period=2**20)
    config = tiny_config(attention=attention, **sizes)
    model, caches = random_model(config), [new_cache(config)]
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        model(random_tokens(1, block_size), caches, [0], [block_size])
    assert step_flops(config) == counter.get_total_flops()


@pytest.mark.parametrize("attention, is_seen", [("ssm", True), ("gdn", True), ("flash", False)])
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
    assert ((before - after)[:, 80 // 4 :].abs().max() > 1e-5) == is_seen


@pytest.mark.parametrize("attention", RECURRENT)
@torch.inference_mode()
def test_the_oracle_sees_a_state_that_was_lost(attention):
    """The negative of the tests of equality: a state that is not kept must not pass."""
    config = tiny_config(attention=attention)
    model, tokens = random_model(config), random_tokens(1, 32)
    cache, got = new_cache(config), []
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
    for kind in (StateSpace, gdn.GatedDelta):
        layer = kind(CONFIG.replace(n_heads=2))
        assert torch.nn.functional.softplus(layer.rate).tolist() == pytest.approx([1 / 4, 1 / 16])


def test_what_its_descriptor_states():
    described = attention_class("ssm")
    assert (described.windowed, described.fused, described.stored_as) == (False, False, None)
    assert CONFIG.steady_after == 4 and CONFIG.replace(attention="mha").steady_after == 16
    assert cache_shapes(CONFIG) == [(1,)] + [(1, 5, 16)] * 3
    long = CONFIG.replace(block_size=128, window=128, rope_period=2**20)
    assert described.written_scores(long) == 4 * PIECE * (PIECE + 1)


def test_a_hybrid_has_the_attention_of_each_layer():
    """gdn, gqa and ssm, then gdn again: what each keeps, and in which type."""
    config = tiny_config(attention="hybrid", n_layers=4)
    state, ring, kept = (1, 4, 4, 4), (1, 2, 16, 4), (1, 5, 16)
    assert cache_shapes(config) == [(1,), state, ring, ring, kept, state]
    types = [part.dtype for part in new_cache(config, dtype=torch.bfloat16)]
    exact, half = torch.float32, torch.bfloat16
    assert types == [exact, exact, half, half, exact, exact]
    assert kv_bytes(config, 1, "bfloat16") == 4 * (1 + 64 + 80 + 64) + 2 * (2 * 128)


@pytest.mark.parametrize(
    ("layers", "rule"),
    [
        ("gdn mla", "names of flash, gqa, ssm, gdn, got 'gdn mla'"),
        ("", "names of flash, gqa, ssm, gdn, got ''"),
        ("ssm gdn", "such that a layer sees a window, got 'ssm gdn'"),
    ],
)
def test_a_hybrid_of_other_layers_is_refused(layers, rule):
    with pytest.raises(ValueError, match=f"layer_attentions must be {rule}"):
        tiny_config(attention="hybrid", layer_attentions=layers)
