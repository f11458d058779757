# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The streaming transformer from its equations, in float64: no code of the package, no cache, one
token of a state after the other, keys and values of `mla` written out, angles from whole numbers.

Slow and plain: what the package computes in several ways is compared with it.
"""

import math

import torch
import torch.nn.functional as F


class Part:
    """The weights of one part of a model, by the names inside it."""

    def __init__(self, weights: dict, prefix: str = ""):
        self._weights, self._prefix = weights, prefix

    def __getitem__(self, name: str) -> torch.Tensor:
        return self._weights[self._prefix + name].to(torch.float64)

    def within(self, name: str) -> "Part":
        return Part(self._weights, f"{self._prefix}{name}.")

    def linear(self, name: str, x: torch.Tensor) -> torch.Tensor:
        y = x @ self[f"{name}.weight"].T
        has_bias = f"{self._prefix}{name}.bias" in self._weights
        return y + self[f"{name}.bias"] if has_bias else y

    def norm(self, name: str, x: torch.Tensor, kind: str) -> torch.Tensor:
        own = self.within(name)
        if kind == "dyt":
            return torch.tanh(x * own["alpha"]) * own["weight"] + own["bias"]
        if kind == "rmsnorm":
            return x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() * own["weight"]
        x = x - x.mean(-1, keepdim=True)
        x = x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt()
        return x * own["weight"] + own["bias"]


def logits_of(config, weights: dict, tokens: torch.Tensor, position: int = 0) -> torch.Tensor:
    """Logits [steps, classes] of a segment tokens [T, n_bins + n_features] whose first token has
    the number ``position``."""
    root, layers = Part(weights), _Layers(config, weights, position // config.patch)
    x = _embedded(config, root, tokens.to(torch.float64))
    vectors = layers.of_latents(x) if config.attention == "perceiver" else layers.of_patches(x)
    pooled = root.within("encoder").norm("norm", vectors, config.norm).mean(1)
    return root.linear("head", pooled)


def _gelu(x: torch.Tensor) -> torch.Tensor:
    return 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))


def _levelled(config, spectra: torch.Tensor) -> torch.Tensor:
    n, level, steps = config.block_size, 0.0, []
    for start in range(0, len(spectra), n):
        step = spectra[start : start + n]
        share = n / min(start + n, max(config.level_horizon, n))
        level = level + share * (float(step.mean()) - level)
        steps.append(((step - level) / 10).clamp(-8, 8))
    return torch.cat(steps)


def _embedded(config, root: Part, tokens: torch.Tensor) -> torch.Tensor:
    spectra, own = _levelled(config, tokens[:, : config.n_bins]), root.within("embed")
    patches = spectra.reshape(-1, config.patch, config.n_bins)
    if config.embedding == "conv":
        for name in ("first", "second"):
            kernel, bias = own[f"{name}.weight"], own[f"{name}.bias"]
            patches = _gelu(F.conv1d(patches, kernel, bias, stride=2, padding=2))
    x = own.linear("project", patches.flatten(1))
    if config.n_features:
        own = root.within("add_features")
        features = tokens[config.patch - 1 :: config.patch, config.n_bins :]
        x = x + own.linear("outer", _gelu(own.linear("inner", features)))
    return x


class _Layers:
    """Shapes: T patches of a segment, h heads, D their width, S seen patches."""

    def __init__(self, config, weights: dict, first: int):
        self.c, self.first = config, first
        self.encoder = Part(weights).within("encoder")
        self.n, self.window = config.block_size // config.patch, config.window // config.patch

    def of_patches(self, x: torch.Tensor) -> torch.Tensor:
        """[T, d] → [steps, n, d]"""
        known = {"mla": self.latent_kv, "ssm": self.state_space, "gdn": self.gated_delta}
        names = [self.c.attention]
        if names == ["hybrid"]:
            names = self.c.layer_attentions.split()
        for i in range(self.c.n_layers):
            name = names[i % len(names)]
            attend = known.get(name, self.grouped_query if name == "gqa" else self.multi_head)
            layer = self.encoder.within(f"layers.{i}")
            own = layer.within("attention")
            normed = layer.norm("attention_norm", x, self.c.norm)
            y = attend(own, normed)
            if self.c.gate and name not in ("ssm", "gdn"):
                y = y / (1 + (-own.linear("gate", normed)).exp())
            x = x + own.linear("out", y)
            x = self.fed_forward(layer, x)
        return x.unflatten(0, (-1, self.n))

    def of_latents(self, tokens: torch.Tensor) -> torch.Tensor:
        """[T, d] → [steps, M, d]"""
        steps = []
        for end in range(self.n, len(tokens) + 1, self.n):
            z, first = self.encoder["latents"], max(0, end - self.window)
            for i in range(self.c.n_layers):
                crosses = i < self.c.n_cross_layers
                part = f"cross.{i}" if crosses else f"tower.{i - self.c.n_cross_layers}"
                layer = self.encoder.within(part)
                own, y = layer.within("attention"), layer.norm("attention_norm", z, self.c.norm)
                if crosses:
                    k, v = own.linear(
                        "kv", own.norm("context_norm", tokens[first:end], self.c.norm)
                    ).chunk(2, -1)
                    k = self.rotated(self.heads(k), range(first, end))
                    q = self.rotated(self.heads(own.linear("query", y)), [end - 1] * len(z))
                    y = self.attended(q, k, self.heads(v))
                else:
                    y = self.attended(*map(self.heads, own.linear("qkv", y).chunk(3, -1)))
                z = self.fed_forward(layer, z + own.linear("out", y))
            steps.append(z)
        return torch.stack(steps)

    def multi_head(self, own: Part, x: torch.Tensor) -> torch.Tensor:
        return self.grouped(own, x, self.c.n_heads)

    def grouped_query(self, own: Part, x: torch.Tensor) -> torch.Tensor:
        return self.grouped(own, x, self.c.n_kv_heads)

    def grouped(self, own: Part, x: torch.Tensor, G: int) -> torch.Tensor:
        h, D = self.c.n_heads, self.c.head_dim
        q, k, v = map(self.heads, own.linear("qkv", x).split((h * D, G * D, G * D), -1))
        q, k = (self.rotated(part, range(len(x))) for part in (q, k))
        k, v = (part.repeat_interleave(h // G, dim=1) for part in (k, v))
        return self.over_windows(q, k, v)

    def latent_kv(self, own: Part, x: torch.Tensor) -> torch.Tensor:
        rank, D, places = self.c.kv_rank, self.c.head_dim, range(len(x))
        q = own.linear("query", x).unflatten(-1, (self.c.n_heads, -1))
        down = own.linear("kv_down", x)
        latent = own.norm("kv_norm", down[:, :rank], "rmsnorm")
        k_rotary = self.rotated(down[:, None, rank:], places).expand(-1, self.c.n_heads, -1)
        q = torch.cat((q[..., :D], self.rotated(q[..., D:], places)), -1)
        k = torch.cat((torch.einsum("tc,hdc->thd", latent, own["key_up"]), k_rotary), -1)
        return self.over_windows(q, k, torch.einsum("tc,hcd->thd", latent, own["value_up"]))

    def state_space(self, own: Part, x: torch.Tensor) -> torch.Tensor:
        d, h, S = self.c.d_model, self.c.n_heads, self.c.state_size
        gate, values, b, c, rate = own.linear("inputs", x).split((d, d, S, S, h), -1)
        rate = F.softplus(rate + own["rate"])
        decay = (-rate * own["log_decay"].exp()).exp()
        values, state = self.heads(values), torch.zeros(h, S, d // h, dtype=torch.float64)
        read = []
        for t in range(len(x)):
            new = torch.einsum("s,hd->hsd", b[t], values[t] * rate[t][:, None])
            state = state * decay[t][:, None, None] + new
            read.append(torch.einsum("s,hsd->hd", c[t], state) + own["skip"] * values[t])
        y = own.norm("norm", torch.stack(read).flatten(1), self.c.norm)
        return y * gate * torch.sigmoid(gate)

    def gated_delta(self, own: Part, x: torch.Tensor) -> torch.Tensor:
        d, h = self.c.d_model, self.c.n_heads
        gate, q, k, v, share, rate = own.linear("inputs", x).split((d, d, d, d, h, h), -1)
        q, k, v = map(self.heads, (q, k, v))
        q, k = (part / part.square().sum(-1, keepdim=True).sqrt() for part in (q, k))
        share, decay = torch.sigmoid(share), (-F.softplus(rate + own["rate"])).exp()
        state = torch.zeros(h, d // h, d // h, dtype=torch.float64)
        read = []
        for t in range(len(x)):
            state = state * decay[t][:, None, None]
            wrong = v[t] - torch.einsum("hi,hij->hj", k[t], state)
            state = state + torch.einsum("hi,hj->hij", k[t], share[t][:, None] * wrong)
            read.append(torch.einsum("hi,hij->hj", q[t], state))
        y = own.norm("norm", torch.stack(read).flatten(1), self.c.norm)
        return y * gate * torch.sigmoid(gate)

    def over_windows(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        steps = []
        for end in range(self.n, len(q) + 1, self.n):
            seen = slice(max(0, end - self.window), end)
            steps.append(self.attended(q[end - self.n : end], k[seen], v[seen]))
        return torch.cat(steps)

    def attended(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        """q [T, h, D], k [S, h, D], v [S, h, D] → [T, h D]"""
        scores = torch.einsum("qhd,shd->hqs", q, k) / math.sqrt(q.size(-1))
        return torch.einsum("hqs,shd->qhd", scores.softmax(-1), v).flatten(1)

    def heads(self, x: torch.Tensor) -> torch.Tensor:
        return x.unflatten(-1, (-1, self.c.head_dim))

    def rotated(self, x: torch.Tensor, patches) -> torch.Tensor:
        """x [T, heads, width], rotated by the angles of the segment's patches."""
        if not self.c.rope:
            return x
        width, period = x.size(-1), self.c.rope_period
        radians = [self.c.rope_base ** (-2 * i / width) for i in range(width // 2)]
        turns = [max(1, round(r * period / (2 * math.pi))) for r in radians]
        phases = [[t * (self.first + p) % period for t in turns] for p in patches]
        angle = torch.tensor(phases, dtype=torch.float64)[:, None] * (2 * math.pi / period)
        a, b = x.chunk(2, -1)
        cos, sin = angle.cos(), angle.sin()
        return torch.cat((a * cos - b * sin, a * sin + b * cos), -1)

    def fed_forward(self, layer: Part, x: torch.Tensor) -> torch.Tensor:
        own, y = layer.within("feed_forward"), layer.norm("feed_forward_norm", x, self.c.norm)
        return x + own.linear("down", _gelu(own.linear("up", y)))
