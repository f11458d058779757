# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a multi-head model to the other attentions and to RMSNorm: eight models, one training.

What has the same shape in both models (embedding, norms, feed-forward layers, head) is taken over
as it is. How close the rest comes to the source, before any training:

- `mha`, `flash`: exact, the weights are the same.
- `gqa`: approximate, the heads of a group share the mean of their keys and values; exact where they
  agreed.
- `mla`: approximate, keys and values pass through a latent of rank c, and the slow part of their
  rotation is lost.
- `latent`: no more than a place to start. Its latents are new and random, so the result is near
  chance until it is trained.
- LayerNorm to RMSNorm: the mean and all but one kind of bias exactly, see `_with_rms_norm`. Not the
  other way: an RMSNorm model may use the mean of its residual stream, which LayerNorm takes off.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..attention.attentions import (
    CrossAttention,
    GroupedAttention,
    LatentKVAttention,
    LatentSelfAttention,
)
from ..attention.config import ATTENTIONS, NORMS
from ..attention.model import StreamingTransformer

SOURCES = ("mha", "flash")


def convert(
    source: StreamingTransformer, shape, attention: str, norm: str | None = None
) -> StreamingTransformer:
    """A model of another attention or norm that starts from the weights of a multi-head one.

    Args:
        source: a model with attention `mha` or `flash`; left as it is.
        shape: its ModelConfig, with the n_kv_heads, n_latents, n_cross_layers, kv_rank and rope_dim
            that the result shall have.
        attention: of the result.
        norm: of the result; None for that of the source.

    Raises:
        ValueError: the source is no multi-head model, attention or norm is unknown, or the norm
            would change from rmsnorm to layernorm.
    """
    norm = norm or shape.norm
    _check(shape, attention, norm)
    with torch.no_grad():
        if norm != shape.norm:
            shape = shape.replace(norm=norm)
            source = _with_rms_norm(source, shape)
        target = StreamingTransformer(shape.replace(attention=attention))
        _take_over(source, target)
        if attention == "latent":
            _fill_latent(source, target)
        else:
            for layer, origin in zip(target.encoder.layers, source.encoder.layers, strict=True):
                layer.load_state_dict(_same_shape(origin, layer), strict=False)
                _fill(layer.attention, origin.attention)
    return target.eval()


def _check(shape, attention: str, norm: str) -> None:
    if shape.attention not in SOURCES:
        raise ValueError(
            f"convert: the source must be {' or '.join(SOURCES)}, got {shape.attention!r}"
        )
    for name, value, known in (("attention", attention, ATTENTIONS), ("norm", norm, NORMS)):
        if value not in known:
            raise ValueError(f"convert: {name} must be one of {', '.join(known)}, got {value!r}")
    if (shape.norm, norm) == ("rmsnorm", "layernorm"):
        raise ValueError("convert: a model with rmsnorm cannot become one with layernorm")


def _with_rms_norm(source, shape) -> StreamingTransformer:
    """The multi-head ``source`` with each LayerNorm as an RMSNorm; ``shape`` says rmsnorm.

    Exact:

    - The mean. Only norms read the residual stream, and they take its mean off; so what writes to
      it (`embed`, `out`, `down`) may write without one. The root mean square of such a stream is
      its standard deviation.
    - The bias of `feed_forward_norm` and of the last norm: a constant through the linear layer
      behind it is part of that layer's bias.

    Approximate: the bias of `attention_norm`, because `qkv` has none. What it adds to queries and
    keys is lost. What it adds to the values is a constant of the stream, since attention weights
    sum to one; `down` writes it, so that only the feed-forward layer between does not see it.
    """
    target = StreamingTransformer(shape)
    target.load_state_dict(_same_shape(source, target))
    _centre(target.embed.project)
    for layer, origin in zip(target.encoder.layers, source.encoder.layers, strict=True):
        up, down, out = layer.feed_forward.up, layer.feed_forward.down, layer.attention.out
        _centre(out)
        _centre(down)
        up.bias += up.weight @ origin.feed_forward_norm.bias
        values = _split(origin.attention)[2].flatten(0, 1)
        down.bias += out.weight @ (values @ origin.attention_norm.bias)
    target.head.bias += target.head.weight @ source.encoder.norm.bias
    return target


def _centre(linear: torch.nn.Linear) -> None:
    """Takes the mean over its outputs off what ``linear`` computes."""
    linear.weight -= linear.weight.mean(dim=0)
    if linear.bias is not None:
        linear.bias -= linear.bias.mean()


def _take_over(source, target) -> None:
    for name in ("embed", "head"):
        getattr(target, name).load_state_dict(getattr(source, name).state_dict())
    target.encoder.norm.load_state_dict(source.encoder.norm.state_dict())


def _same_shape(source, target) -> dict[str, Tensor]:
    wanted = target.state_dict()
    return {
        k: v for k, v in source.state_dict().items() if k in wanted and wanted[k].shape == v.shape
    }


def _split(attention: GroupedAttention) -> tuple[Tensor, Tensor, Tensor]:
    """Query, key and value weights by head, each [h, dh, d]."""
    h, dh = attention.n_heads, attention.head_dim
    return attention.qkv.weight.view(3, h, dh, -1).unbind()


def _fill(attention, origin: GroupedAttention) -> None:
    if isinstance(attention, LatentKVAttention):
        _fill_low_rank(attention, origin)
    else:
        _fill_grouped(attention, origin)
    attention.out.load_state_dict(origin.out.state_dict())


def _fill_grouped(attention: GroupedAttention, origin: GroupedAttention) -> None:
    """The heads of a group share the mean of their keys and values (arXiv 2305.13245, §2.1)."""
    q, k, v = _split(origin)
    G = attention.n_kv_heads
    pooled = [w.view(G, -1, *w.shape[1:]).mean(dim=1) for w in (k, v)]
    attention.qkv.weight.copy_(torch.cat((q, *pooled)).flatten(0, 1))


def _fill_low_rank(attention: LatentKVAttention, origin: GroupedAttention) -> None:
    """Keys and values of all heads through one singular value decomposition of rank c.

    The r/2 fastest rotary pairs become the decoupled part, with keys averaged over the heads. The
    other pairs turn little within a window and become content, which is not rotated.
    """
    q, k, v = _split(origin)
    h, dh, d = q.shape
    c, r = attention.kv_rank, attention.rope_dim
    pairs = torch.arange(min(r, dh) // 2)  # rotary pair i is elements i and i + dh/2
    fast = torch.cat((pairs, pairs + dh // 2))
    content = torch.ones(dh, 1)
    content[fast] = 0.0
    U, S, V = torch.linalg.svd(torch.cat((k * content, v)).flatten(0, 1), full_matrices=False)
    c_used = min(c, len(S))
    down = V[:c_used]
    up = (U * S)[:, :c_used].view(2, h, dh, c_used)
    attention.kv_down.weight.zero_()
    attention.kv_down.weight[:c_used].copy_(down)
    attention.kv_down.weight[c : c + len(fast)].copy_(k[:, fast].mean(dim=0))
    # Normed input has elements of variance 1, and the rows of `down` are orthonormal: the latent
    # has a root mean square of sqrt(c_used / c), which kv_norm takes off.
    gain = (c_used / c) ** 0.5
    attention.key_up.zero_()
    attention.value_up.zero_()
    attention.key_up[:, :, :c_used].copy_(up[0] * gain)
    attention.value_up[:, :c_used].copy_(up[1].transpose(1, 2) * gain)
    # The scores are divided by sqrt(dh + r) instead of sqrt(dh).
    rescaled = q * ((dh + r) / dh) ** 0.5
    query = torch.zeros(h, dh + r, d)
    query[:, :dh] = rescaled * content
    query[:, dh : dh + len(fast)] = rescaled[:, fast]
    attention.query.weight.copy_(query.flatten(0, 1))


def _fill_latent(source, target) -> None:
    """The first layers look at the window, the rest become the tower over the latents."""
    encoder, layers = target.encoder, list(source.encoder.layers)
    receivers = [*encoder.cross, *encoder.tower]
    for layer, origin in zip(receivers, layers, strict=True):
        layer.load_state_dict(_same_shape(origin, layer), strict=False)
        q, k, v = (w.flatten(0, 1) for w in _split(origin.attention))
        attention = layer.attention
        if isinstance(attention, CrossAttention):
            attention.query.weight.copy_(q)
            attention.kv.weight.copy_(torch.cat((k, v)))
            attention.context_norm.load_state_dict(origin.attention_norm.state_dict())
        elif isinstance(attention, LatentSelfAttention):
            attention.qkv.weight.copy_(torch.cat((q, k, v)))
        attention.out.load_state_dict(origin.attention.out.state_dict())
