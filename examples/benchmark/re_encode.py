# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The usual alternative to streaming: torch's encoder over the whole window at every step."""

from __future__ import annotations

import torch
from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer
from gnuradio.rfattn.benchmark import verify
from gnuradio.rfattn.benchmark.cases import Case, baseline_case, make_row, place, refuse
from gnuradio.rfattn.benchmark.plan import Plan
from gnuradio.rfattn.inference.devices import dtype_name
from torch import Tensor, nn

LIMIT_S = 20.0
"""A step that takes longer is left out."""


class ReEncode(nn.Module):
    """Runs torch's encoder on its fast path over the whole window at every step.

    With the weights of a `flash` model of ``block_size = window`` without rotation it computes what
    that model computes, which `check_re_encode` verifies.
    """

    def __init__(self, config: ModelConfig, batch: int, source: StreamingTransformer):
        super().__init__()
        layer = nn.TransformerEncoderLayer(
            config.d_model,
            config.n_heads,
            config.ffn_factor * config.d_model,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.encoder = nn.TransformerEncoder(
            layer, config.n_layers, norm=nn.LayerNorm(config.d_model), enable_nested_tensor=False
        )
        self.embed, self.head = source.embed, source.head
        self.encoder.to(self.head.weight)
        for mine, theirs in zip(self.encoder.layers, source.encoder.layers, strict=True):
            _copy_weights(mine, theirs)
        self.encoder.norm.load_state_dict(source.encoder.norm.state_dict())
        self.eval().requires_grad_(False)
        self.window = torch.zeros(
            batch, config.window, config.n_bins, device=self.head.weight.device
        )

    def step(self, tokens: Tensor) -> Tensor:
        with torch.inference_mode():
            new = tokens.to(self.window.device)
            self.window = torch.cat((self.window[:, new.size(1) :], new), dim=1)
            return self(self.window).to("cpu", torch.float32)

    def forward(self, window: Tensor) -> Tensor:
        """window [B, W, n_bins] in dB → logits [B, n_classes]"""
        level = window.mean(dim=(1, 2), keepdim=True)
        x = self.embed(((window - level) / 10.0).clamp(-8.0, 8.0).to(self.head.weight.dtype))
        return self.head(self.encoder(x).mean(dim=1))


def _copy_weights(mine: nn.TransformerEncoderLayer, theirs: nn.Module) -> None:
    attention = mine.self_attn
    with torch.no_grad():
        attention.in_proj_weight.copy_(theirs.attention.qkv.weight)
        attention.in_proj_bias.zero_()
        attention.out_proj.weight.copy_(theirs.attention.out.weight)
        attention.out_proj.bias.zero_()
    mine.linear1.load_state_dict(theirs.feed_forward.up.state_dict())
    mine.linear2.load_state_dict(theirs.feed_forward.down.state_dict())
    mine.norm1.load_state_dict(theirs.attention_norm.state_dict())
    mine.norm2.load_state_dict(theirs.feed_forward_norm.state_dict())


def check_re_encode(
    baseline: ReEncode, model: StreamingTransformer, config: ModelConfig, seed: int
) -> dict:
    """Checks the baseline against the model whose weights it has, over a whole window."""
    n = min(config.window, 256)
    small = config.replace(block_size=n, window=n, attention="flash", rope=False)
    tokens = verify.random_tokens(small, baseline.window.size(0), 1, seed)
    with torch.inference_mode():
        got = baseline(tokens.to(baseline.window.device)).to("cpu", torch.float32)
    want = verify.oracle(model, tokens, small)[:, 0]
    tolerance = verify.TOLERANCE[dtype_name(baseline.head.weight.dtype)]
    return verify.require("re-encode", got, want, tolerance, verify.ORACLE)


def re_encode_case(config: ModelConfig, plan: Plan) -> Case:
    """A case with the weights of the `flash` model; left out where a step takes too long."""
    device, dtype = place(plan)
    row = make_row("re-encode", config, 1, plan)
    model = verify.random_model(config.replace(attention="flash", norm="layernorm"), plan.seed)
    try:
        baseline = ReEncode(config, 1, model.to(device, getattr(torch, dtype)))
        row["check"] = check_re_encode(baseline, model, config, plan.seed)
    except verify.VerificationError as error:
        return refuse(row, error)
    case = baseline_case(row, baseline.step, config, 1, plan, settle=0)
    case.reheat = False  # the window is larger than any cache of the processor
    seconds = case.run()[1] / 1e9
    if seconds > LIMIT_S:
        row["skipped"] = f"one step takes {seconds:.1f} s of CPU, the limit is {LIMIT_S:g} s"
        case.step = None
    return case
