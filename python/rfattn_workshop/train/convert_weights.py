# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a multi-head model to the other attentions and to RMSNorm: many models, one training.

Weights of the same name and shape in both models (embedding, norms, feed-forward layers, head) are
copied. How close the rest comes to the source, before any training:

- `mha`, `flash`: exact, the weights are the same.
- `gqa`: approximate, the heads of a group share the mean of their keys and values; exact where they
  agreed.
- `mla`: approximate, keys and values pass through a latent of rank c, and the slow part of their
  rotation is lost.
- `perceiver`: only a start for training. Its latents are new and random, so the result is near
  chance until it is trained.
- `ssm`, `gdn`: only a start for training. Values and output are kept, of `gdn` also queries and
  keys; the rest of the layer is new. `hybrid`: each layer as its attention.
- LayerNorm to RMSNorm: exact, except for the bias of `attention_norm`, see `_with_rms_norm`. The
  reverse is refused: an RMSNorm model may use the mean of its residual stream, which LayerNorm
  subtracts. So is any change from or to Dynamic Tanh, which scales no vector.
"""

from __future__ import annotations

import torch
from gnuradio.rfattn.attention.layers import load_same_shape
from gnuradio.rfattn.attention.model import StreamingTransformer
from gnuradio.rfattn.attention.registry import ATTENTIONS, BUILT_IN, NORMS, attention_class

SOURCES = tuple(a for a in ATTENTIONS if a in BUILT_IN and attention_class(a).multi_head)


def convert(
    source: StreamingTransformer, shape, attention: str, norm: str | None = None
) -> StreamingTransformer:
    """A model of another attention or norm that starts from the weights of a multi-head one.

    Args:
        source: a model with attention `mha` or `flash`; left as it is.
        shape: its ModelConfig, with the sizes of the result's attention.
        attention: that of the result.
        norm: that of the result; None for that of the source.

    Raises:
        ValueError: the source is no multi-head model, attention or norm is unknown, or the norm
            would change other than from layernorm to rmsnorm.
    """
    norm = norm or shape.norm
    _check(shape, attention, norm)
    with torch.no_grad():
        if norm != shape.norm:
            shape = shape.replace(norm=norm)
            source = _with_rms_norm(source, shape)
        target = StreamingTransformer(shape.replace(attention=attention))
        _take_over(source, target)
        attention_class(attention).convert(target.encoder, source.encoder)
    return target.eval()


def _check(shape, attention: str, norm: str) -> None:
    if shape.attention not in SOURCES:
        raise ValueError(
            f"convert: the source must be {' or '.join(SOURCES)}, got {shape.attention!r}"
        )
    for name, value, known in (("attention", attention, ATTENTIONS), ("norm", norm, NORMS)):
        if value not in known:
            raise ValueError(f"convert: {name} must be one of {', '.join(known)}, got {value!r}")
    if norm != shape.norm and (shape.norm, norm) != ("layernorm", "rmsnorm"):
        raise ValueError(f"convert: a model with {shape.norm} cannot become one with {norm}")


def _with_rms_norm(source, shape) -> StreamingTransformer:
    """The multi-head ``source`` with each LayerNorm as an RMSNorm; ``shape`` has rmsnorm.

    Exact:

    - The mean. Only norms read the residual stream, and they subtract its mean; so the maps that
      write to it (`embed`, `outer`, `out`, `down`) may write without one. The root mean square of
      such a stream is its standard deviation.
    - The bias of `feed_forward_norm` and of the last norm: a constant through the linear layer
      behind it is part of that layer's bias.

    Approximate: the bias of `attention_norm`, because `qkv` has none. Its share in queries and
    keys is lost. Its share in the values is a constant of the stream, since attention weights
    sum to one; `down` writes it, so that only the feed-forward layer between does not see it.
    """
    target = StreamingTransformer(shape)
    load_same_shape(target, source)
    _centre(target.embed.project)
    if shape.n_features:
        _centre(target.add_features.outer)
    for layer, origin in zip(target.encoder.layers, source.encoder.layers, strict=True):
        up, down, out = layer.feed_forward.up, layer.feed_forward.down, layer.attention.out
        _centre(out)
        _centre(down)
        up.bias += up.weight @ origin.feed_forward_norm.bias
        values = origin.attention.heads()[2].flatten(0, 1)
        down.bias += out.weight @ (values @ origin.attention_norm.bias)
    target.head.bias += target.head.weight @ source.encoder.norm.bias
    return target


def _centre(linear: torch.nn.Linear) -> None:
    """Subtracts the mean over the outputs of ``linear`` from each of them."""
    linear.weight -= linear.weight.mean(dim=0)
    if linear.bias is not None:
        linear.bias -= linear.bias.mean()


def _take_over(source, target) -> None:
    for name in ("embed", "add_features", "head"):
        getattr(target, name).load_state_dict(getattr(source, name).state_dict())
    target.encoder.norm.load_state_dict(source.encoder.norm.state_dict())
