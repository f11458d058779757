# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One mathematics, several kernels: each against the plain form it stands for."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
import torch.nn.functional as F
from gnuradio.rfattn.attention import NORMS, attention_class
from gnuradio.rfattn.attention.grouped import GroupedAttention
from gnuradio.rfattn.attention.kernels import (
    ExplicitScores,
    FusedScores,
    KernelWatch,
    ProductScores,
)
from gnuradio.rfattn.attention.layers import build_gate
from gnuradio.rfattn.attention.mla import LatentKVAttention
from gnuradio.rfattn.attention.model import band_mask
from gnuradio.rfattn.attention.norms import DynamicTanh, RMSNorm, build_norm
from gnuradio.rfattn.attention.rings import Segment, fold_heads
from gnuradio.rfattn.attention.rope import Rope, rotate
from torch.nn.attention import SDPBackend, sdpa_kernel

from attention_models import DEVICES, random_model, random_tokens, tiny_config

# fp32 rounding of sums of some dozen terms of order 1
ROUNDING = 1e-5


def band(T, config):
    return band_mask(T, config.block_size, config.window, torch.device("cpu"))


def test_band_mask_by_hand():
    expected = [
        [1, 1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [1, 1, 1, 1, 0, 0],
        [1, 1, 1, 1, 0, 0],
        [0, 0, 1, 1, 1, 1],
        [0, 0, 1, 1, 1, 1],
    ]
    mask = band_mask(6, block_size=2, window=4, device=torch.device("cpu"))
    assert mask.int().tolist() == expected


def test_explicit_scores_by_hand():
    q = torch.tensor([[[[1.0, 0.0]]]])
    k = torch.tensor([[[[math.log(3.0), 5.0], [0.0, 5.0]]]])
    v = torch.tensor([[[[4.0, 0.0], [0.0, 8.0]]]])
    y = ExplicitScores()(q, k, v, None, 1.0)  # softmax(log 3, 0) = (3/4, 1/4)
    assert torch.allclose(y, torch.tensor([[[[3.0, 2.0]]]]))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("masked", [False, True])
def test_fused_equals_explicit(device, masked):
    q, k, v = (torch.randn(2, 4, 12, 8, device=device) for _ in range(3))
    mask = band_mask(12, 3, 6, torch.device(device)) if masked else None
    difference = FusedScores()(q, k, v, mask, 0.3) - ExplicitScores()(q, k, v, mask, 0.3)
    assert difference.abs().max() <= ROUNDING


@pytest.mark.parametrize("masked", [False, True])
def test_products_equal_explicit(masked):
    """Without a mask; with one of all streams, and with one of each."""
    q, k, v = (torch.randn(2, 4, 12, 8) for _ in range(3))
    masks = [None]
    if masked:
        masks = [band_mask(12, 3, 6, torch.device("cpu")), torch.rand(2, 1, 1, 12) < 0.7]
    for mask in masks:
        difference = ProductScores()(q, k, v, mask, 0.3) - ExplicitScores()(q, k, v, mask, 0.3)
        assert difference.abs().max() <= ROUNDING


def test_mha_equals_flash_with_the_same_weights():
    config = tiny_config(attention="mha")
    mha = random_model(config)
    flash = random_model(config.replace(attention="flash"), seed=7)
    flash.load_state_dict(mha.state_dict())
    tokens = random_tokens(2, 48)
    assert (mha.offline(tokens) - flash.offline(tokens)).abs().max() <= ROUNDING


def test_gqa_equals_multi_head_with_repeated_kv_heads():
    config = tiny_config(attention="gqa")
    torch.manual_seed(3)
    grouped = GroupedAttention(config, config.n_kv_heads, FusedScores())
    full = GroupedAttention(config, config.n_heads, ExplicitScores())
    h, G, dh = config.n_heads, config.n_kv_heads, config.head_dim
    q, k, v = grouped.qkv.weight.view(h + 2 * G, dh, -1).split((h, G, G))
    repeated = [q, *(w.repeat_interleave(h // G, dim=0) for w in (k, v))]
    with torch.no_grad():
        full.qkv.weight.copy_(torch.cat(repeated).flatten(0, 1))
        full.out.weight.copy_(grouped.out.weight)
    x = torch.randn(2, 32, config.d_model)
    cos, sin = Rope(dh, 64, 10000.0)([5], 32)
    segment = Segment(cos, sin, band(32, config))
    difference = grouped.offline(x, x, segment) - full.offline(x, x, segment)
    assert difference.abs().max() <= ROUNDING


def naive_mla(layer: LatentKVAttention, x, cos, sin, mask):
    """DeepSeek-V2 as it is written: keys and values of every head expanded from the latent."""
    B, T, _ = x.shape
    h, dh, c, r = layer.n_heads, layer.head_dim, layer.kv_rank, layer.rope_dim
    q_content, q_rotary = layer.query(x).view(B, T, h, dh + r).split((dh, r), -1)
    latent, k_rotary = layer.kv_down(x).split((c, r), dim=-1)
    latent = layer.kv_norm(latent)
    k_content = torch.einsum("btc,hdc->bhtd", latent, layer.key_up)
    v = torch.einsum("btc,hcd->bhtd", latent, layer.value_up)
    k_rotary = rotate(k_rotary.unsqueeze(2), cos, sin).expand(B, T, h, r).transpose(1, 2)
    q = torch.cat((q_content, rotate(q_rotary, cos, sin)), dim=-1).transpose(1, 2)
    k = torch.cat((k_content, k_rotary), dim=-1)
    y = ExplicitScores()(q, k, v, mask, (dh + r) ** -0.5)
    return layer.out(y.transpose(1, 2).reshape(B, T, h * dh))


def test_mla_absorbed_equals_naive():
    config = tiny_config(attention="mla")
    torch.manual_seed(4)
    layer = LatentKVAttention(config, FusedScores())
    x = torch.randn(2, 32, config.d_model)
    cos, sin = Rope(config.rope_dim, 64, 10000.0)([11], 32)
    mask = band(32, config)
    expected = naive_mla(layer, x, cos, sin, mask)
    assert expected.std() > 1e-2
    assert (layer.offline(x, x, Segment(cos, sin, mask)) - expected).abs().max() <= ROUNDING


def test_folding_keeps_the_queries_of_a_group_together():
    q = torch.arange(4)[None, :, None, None].expand(1, 4, 3, 1)  # head numbers
    assert fold_heads(q, 2)[0, :, :, 0].tolist() == [[0, 0, 0, 1, 1, 1], [2, 2, 2, 3, 3, 3]]


def watched(q, k, v):
    with KernelWatch() as watch:
        F.scaled_dot_product_attention(q, k, v)
    return watch.kernels


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("head_dim", [8, 16, 48])
@torch.inference_mode()
def test_the_kernel_that_runs_is_named(device, head_dim):
    x = torch.zeros(1, 1, 4, head_dim, device=device)
    (kernel,) = watched(x, x, x)
    assert kernel in ("flash", "efficient", "cudnn")
    with sdpa_kernel(SDPBackend.MATH):
        assert watched(x, x, x) == {"math"}


@torch.inference_mode()
def test_what_the_fused_kernel_cannot_do_runs_as_math():
    """Values narrower than keys: torch's CPU kernel does not take them."""
    q, k, v = torch.randn(1, 1, 4, 8), torch.randn(1, 1, 6, 8), torch.randn(1, 1, 6, 4)
    assert watched(q, k, v) == {"math"}


@torch.inference_mode()
def test_a_watch_changes_no_result_and_sees_its_own_thread_only():
    x = torch.randn(1, 2, 4, 8)
    expected = F.scaled_dot_product_attention(x, x, x)
    with KernelWatch() as watch, ThreadPoolExecutor(1) as other:
        assert other.submit(F.scaled_dot_product_attention, x, x, x).result().equal(expected)
        assert watch.kernels == set()
        assert F.scaled_dot_product_attention(x, x, x).equal(expected)
    assert watch.kernels == {"flash"}


@pytest.mark.parametrize("scale", [1.0, 1e-4, 0.0])
def test_rmsnorm_equals_torch(scale):
    norm = RMSNorm(16)
    with torch.no_grad():
        norm.weight.copy_(torch.linspace(0.5, 2, 16))
    x = torch.randn(3, 5, 16) * scale
    expected = F.rms_norm(x, (16,), norm.weight, norm.eps)
    assert (norm(x) - expected).abs().max() <= 1e-6


def test_dynamic_tanh_takes_each_element_by_itself():
    norm = DynamicTanh(3)
    with torch.no_grad():
        norm.weight.copy_(torch.tensor([1.0, 2.0, -1.0]))
        norm.bias.copy_(torch.tensor([0.0, 1.0, 0.5]))
        norm.alpha.fill_(2.0)
    found = norm(torch.tensor([0.5, -0.25, 100.0]))
    expected = torch.tensor([math.tanh(1.0), 1.0 + 2.0 * math.tanh(-0.5), -0.5])
    assert (found - expected).abs().max() <= 1e-6


@pytest.mark.parametrize("attention", ["flash", "gqa", "mla"])
def test_a_gate_scales_what_the_softmax_found(attention):
    """Of zeros it is a half everywhere; one that is shut leaves nothing."""
    config = tiny_config(attention=attention)
    make, x = attention_class(attention).modules().make, torch.randn(1, 8, config.d_model)
    torch.manual_seed(4)
    plain, gated = make(config, 1), make(config.replace(gate=True), 1)
    gated.load_state_dict(plain.state_dict() | {"gate.weight": torch.zeros(16, 16)})
    segment = Segment(*Rope(config.rotary_dim, 64, 1e4)([5], 8), band(8, config))
    expected = plain.offline(x, x, segment) / 2
    assert (gated.offline(x, x, segment) - expected).abs().max() <= ROUNDING
    torch.nn.init.eye_(gated.gate.weight)
    assert gated.offline(torch.full_like(x, -200.0), x, segment).abs().max() <= ROUNDING


def test_parts_that_are_off_draw_no_random_numbers():
    """So that a seed gives the weights of earlier versions."""
    torch.manual_seed(4)
    before = torch.get_rng_state()
    build_gate(tiny_config())
    for norm in NORMS:
        build_norm(norm, 16)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("position", [0, 1000, 2**31 + 3, 2**53 + 1])
def test_rope_is_exact_at_any_position(position):
    """Against Python's exact integers: the angle is k_i position / period turns."""
    rope = Rope(8, 2**20, 10000.0)
    cos, sin = (part[1].squeeze(1) for part in rope([7, position], 2))  # of the second stream
    for i, turns in enumerate(rope.turns.tolist()):
        for row in range(2):
            angle = 2 * math.pi * (turns * (position + row) % 2**20) / 2**20
            # 6e-8: half a unit in the last place of float32 at 1
            assert abs(cos[row, i].item() - math.cos(angle)) <= 6e-8
            assert abs(sin[row, i].item() + math.sin(angle)) <= 6e-8
            assert cos[row, i + 4] == cos[row, i]
            assert sin[row, i + 4] == -sin[row, i]


def test_rope_frequencies_are_the_usual_ones_in_whole_turns():
    rope = Rope(8, 2**20, 10000.0)
    usual = [2**20 / (2 * math.pi) * 10000.0 ** (-i / 4) for i in range(4)]
    assert rope.turns.tolist() == [round(turns) for turns in usual]


def test_rope_turns_pairs_by_their_angles():
    rope = Rope(8, 2**20, 10000.0)
    x = torch.randn(5, 8)
    got = rotate(x[None, :, None], *rope([3], 5))[0].squeeze(1)
    angle = torch.outer(torch.arange(3, 8), rope.turns).double() * (2 * math.pi / 2**20)
    pairs = torch.complex(x[:, :4].double(), x[:, 4:].double())
    expected = pairs * torch.polar(torch.ones_like(angle), angle)
    assert (got[:, :4] - expected.real).abs().max() <= 1e-6  # float32 rounding of sums
    assert (got[:, 4:] - expected.imag).abs().max() <= 1e-6
