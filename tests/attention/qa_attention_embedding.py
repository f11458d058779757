# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How spectra become the vectors that the layers see."""

import pytest
import torch
from gnuradio.rfattn.attention.config import EMBEDDINGS
from gnuradio.rfattn.attention.embedding import build_embedding
from torch.nn.functional import conv1d, gelu

from attention_models import random_model, random_tokens, tiny_config


def embedding_of(name, **changes):
    """An embedding with random weights."""
    config = tiny_config(embedding=name, embedding_channels=3, **changes)
    return random_model(config).embed


@pytest.mark.parametrize("n_bins", [1, 2, 8, 64])
@pytest.mark.parametrize("patch", [1, 2, 4])
@pytest.mark.parametrize("name", EMBEDDINGS)
def test_a_vector_for_each_patch(name, patch, n_bins):
    embed = embedding_of(name, patch=patch, n_bins=n_bins)
    assert embed(random_tokens(2, 8, n_bins)).shape == (2, 8 // patch, 16)


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_patches_do_not_see_each_other(name):
    embed = embedding_of(name, patch=2)
    x = random_tokens(2, 8)
    changed = x.clone()
    changed[:, 4:6] += 1.0
    same = (embed(x) == embed(changed)).all(dim=2)
    assert same.tolist() == [[True, True, False, True]] * 2


def test_linear_maps_the_tokens_of_a_patch_side_by_side():
    embed = embedding_of("linear", patch=2)
    x = random_tokens(2, 16)
    joined = torch.cat((x[:, 0::2], x[:, 1::2]), dim=2)
    assert torch.equal(embed(x), embed.project(joined))


def test_conv_has_the_tokens_of_a_patch_as_channels():
    """Written out: bin k of a convolution sees bins 2k - 2 to 2k + 2, zeros beyond the band."""
    embed = embedding_of("conv", patch=2)
    x = random_tokens(1, 6) / 60
    patch = torch.nn.functional.pad(x[0, 2:4], (2, 2))  # the second of three
    half = torch.stack(
        [
            (embed.first.weight * patch[:, 2 * k : 2 * k + 5]).sum(dim=(1, 2)) + embed.first.bias
            for k in range(4)
        ],
        dim=1,
    )
    quarter = gelu(conv1d(gelu(half)[None], embed.second.weight, embed.second.bias, 2, 2))
    expected = embed.project(quarter.flatten())
    assert (embed(x)[0, 1] - expected).abs().max() <= 1e-6


def test_conv_sees_the_same_shape_in_another_place():
    """Four bins up the band, what the convolutions find moves by one of theirs."""
    embed = embedding_of("conv", n_bins=64)
    line = torch.zeros(1, 4, 64)
    line[:, :, 20:23] = torch.tensor([1.0, 3.0, 2.0])
    found, moved = (
        gelu(embed.second(gelu(embed.first(x.reshape(-1, 1, 64)))))
        for x in (line, line.roll(4, dims=2))
    )
    assert torch.equal(found.roll(1, dims=2)[:, :, 2:-2], moved[:, :, 2:-2])


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_the_weights_decide_the_type(name):
    embed = build_embedding(tiny_config(embedding=name)).to(torch.bfloat16)
    assert embed(random_tokens(1, 4)).dtype == torch.bfloat16
