# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The step in C++, and its Python twin, against the equations in float64."""

import itertools
import random

import numpy as np
import pytest
import torch
from gnuradio.rfattn.attention import ModelConfig, kv_bytes
from gnuradio.rfattn.attention.registry import ATTENTIONS, NORMS

from attention_models import gated, random_model, random_tokens, tiny_config
from model_oracle import logits_of

native = pytest.importorskip(
    "gnuradio.rfattn.model_python", reason="the compiled part is not built for this Python"
)

TOLERANCE = 1e-5
"""Of the root mean square of the logits; or three times what the twin in torch is off, where the
norm of a small vector makes rounding larger: `ssm`, by 1.4e-5."""
SHAPES = (
    dict(block_size=4, window=16),
    dict(block_size=8, window=64, patch=4, n_bins=16, n_features=5, embedding="conv"),
    dict(block_size=6, window=30, patch=2, n_bins=13, embedding="conv", embedding_channels=3),
    dict(block_size=1, window=7, n_bins=5),
    dict(block_size=16, window=16, d_model=40, n_features=2),
    dict(block_size=80, window=160, rope=False),
)
STARTS = (0, 2**31, 2**53 - 2**12)


def weights_of(model) -> dict[str, np.ndarray]:
    return {name: weight.numpy() for name, weight in model.state_dict().items()}


def lively_model(config: ModelConfig):
    """A model whose norms, biases and decays matter too."""
    model = random_model(config)
    for weight in model.parameters():
        if weight.dim() == 1:
            weight.add_(0.3 * torch.randn_like(weight))
    return model


class Streams:
    """Steps a native model as a caller does: in runs, where each stream stands."""

    def __init__(self, config: ModelConfig, weights, start: int, instructions: str = ""):
        self.model = native.native_model(config.to_dict(), weights, instructions)
        self.n, self.start = config.block_size, start
        self.at: dict[int, list[int]] = {}

    def step(self, tokens: np.ndarray, streams: list[int], runs: list[int]) -> np.ndarray:
        for stream in streams:
            if stream not in self.at:
                self.model.hold(stream)
                self.at[stream] = [self.start, 0]
        places = [self.at[stream] for stream in streams]
        positions, seen = ([place[i] for place in places] for i in (0, 1))
        logits = self.model.step(tokens, streams, positions, seen, runs)
        for place, count in zip(places, runs, strict=True):
            place[0] += count * self.n
            place[1] += count * self.n
        return logits

    def begin_segment(self, stream: int) -> None:
        if stream in self.at:
            self.at[stream][1] = 0


def stepped(streams: Streams, tokens: list[np.ndarray], cuts: list[int]) -> list[np.ndarray]:
    """Logits of streams that come in random runs, each with a new segment at its cut."""
    n, chance = streams.n, random.Random(3)
    done, found = [0] * len(tokens), [[] for _ in tokens]
    ends = [len(part) // n for part in tokens]
    while open_ := [s for s in range(len(tokens)) if done[s] < ends[s]]:
        chosen, parts, runs = chance.sample(open_, chance.randint(1, len(open_))), [], []
        for s in chosen:
            end = min(ends[s], done[s] + chance.choice((1, 1, 2, 5, 11)))
            if done[s] < cuts[s]:
                end = min(end, cuts[s])
            elif done[s] == cuts[s]:
                streams.begin_segment(s)
            parts.append(tokens[s][done[s] * n : end * n].reshape(-1, n, tokens[s].shape[1]))
            runs.append(end - done[s])
        logits = streams.step(np.concatenate(parts), chosen, runs)
        for s, count in zip(chosen, runs, strict=True):
            found[s].append(logits[:count])
            logits = logits[count:]
            done[s] += count
    return [np.concatenate(rows) for rows in found]


@pytest.mark.parametrize(
    ("attention", "shape"), list(itertools.product(ATTENTIONS, range(len(SHAPES))))
)
def test_steps_are_the_equations(attention, shape):
    number = shape + ATTENTIONS.index(attention)
    of_layers = dict(norm=NORMS[number % 3], gate=gated(attention, number % 2))
    config = tiny_config(attention=attention, **of_layers, rope_period=512, **SHAPES[shape])
    n, model = config.block_size, lively_model(config)
    start = STARTS[number % len(STARTS)] // config.patch
    start *= config.patch
    count = n * (2 * config.blocks_in_window + 3)
    features = config.n_features
    tokens = [random_tokens(1, count, config.n_bins, s, features)[0] for s in range(3)]
    cuts = [0, 2, 3]  # steps of a first segment, after which there is another
    segments = [
        [(rows[: cut * n], start), (rows[cut * n :], start + cut * n)][not cut :]
        for rows, cut in zip(tokens, cuts, strict=True)
    ]
    weights = model.state_dict()
    expected, twin = [], []
    for parts in segments:
        expected.append(torch.cat([logits_of(config, weights, *part) for part in parts]).numpy())
        twin.append(torch.cat([model.offline(rows[None], at)[0] for rows, at in parts]).numpy())
    allowed = [max(TOLERANCE, 3 * error(*pair)) for pair in zip(twin, expected, strict=True)]
    assert max(allowed) <= 3 * TOLERANCE
    for instructions in native.instruction_sets():
        streams = Streams(config, weights_of(model), start, instructions)
        found = stepped(streams, [part.numpy() for part in tokens], cuts)
        for logits, wanted, most in zip(found, expected, allowed, strict=True):
            assert error(logits, wanted) <= most, instructions


def error(logits: np.ndarray, wanted: np.ndarray) -> float:
    """The largest difference by the size of the logits."""
    return np.abs(logits - wanted).max() / np.sqrt(np.square(wanted).mean())


@pytest.mark.parametrize("attention", ATTENTIONS)
def test_a_stream_takes_what_is_predicted_and_the_level_a_cache_line(attention):
    config = tiny_config(attention=attention, window=64, rope_period=128, d_model=64, state_size=16)
    model = native.native_model(config.to_dict(), weights_of(random_model(config)))
    assert model.bytes_per_stream == kv_bytes(config) + 60


def test_tokens_that_are_no_numbers_stay_so():
    """As in torch, and the next segment is clean."""
    config = tiny_config()
    model = lively_model(config)
    streams = Streams(config, weights_of(model), 0)
    good = random_tokens(2, 4)
    wanted = streams.step(good[:1].numpy(), [0], [1])
    for bad in (np.nan, np.inf):
        tokens = good.numpy().copy()
        tokens[0, 0, 0] = bad
        assert np.isnan(streams.step(tokens[:1], [0], [1])).all()
        assert np.isnan(streams.step(tokens[1:], [0], [1])).all()  # it sees the window
        streams.begin_segment(0)
        streams.at[0][0] = 0
        assert np.array_equal(streams.step(good[:1].numpy(), [0], [1]), wanted)


def refusal(shape: dict, weights: dict, instructions: str = "") -> str:
    with pytest.raises(ValueError) as refused:
        native.native_model(shape, weights, instructions)
    return str(refused.value)


def test_a_shape_of_other_types_is_refused():
    shape, weights = tiny_config().to_dict(), weights_of(random_model(tiny_config()))
    assert refusal(shape | {"width": 4}, weights) == "native_model: the shape has no width"
    whole = "native_model: d_model must be a whole number, got <class 'float'>"
    assert refusal(shape | {"d_model": 16.0}, weights) == whole
    assert refusal(shape | {"d_model": True}, weights).endswith("got <class 'bool'>")
    assert "d_model must be from 1 to 65536" in refusal(shape | {"d_model": -1}, weights)
    assert "d_model must be from 1 to 65536" in refusal(shape | {"d_model": 10**30}, weights)
    rule = "native_model: gate must be false with ssm, got "
    assert refusal(shape | {"attention": "ssm", "gate": True}, weights).startswith(rule)
    assert "gate has another type" in refusal(shape | {"gate": "on"}, weights)
    assert "attention has another type" in refusal(shape | {"attention": 3}, weights)
    sets = ", ".join(native.instruction_sets())
    known = f"native_model: instructions must be one of {sets}, got mmx"
    assert refusal(shape, weights, "mmx") == known


def test_weights_of_other_types_are_refused():
    shape, weights = tiny_config().to_dict(), weights_of(random_model(tiny_config()))
    name = "head.weight"
    double = weights | {name: weights[name].astype(np.float64)}
    assert refusal(shape, double) == f"{name} is float64, weights must be float32"
    assert refusal(shape, weights | {name: [1.0]}) == f"native_model: {name} must be an array"
    flat = weights | {name: np.float32(1.0)[None][0:0]}
    assert refusal(shape, flat) == f"{name} is (0,) float32, the model needs (3, 16) float32"
    turns = weights | {"rope.turns": weights["head.bias"]}
    assert refusal(shape, turns) == "rope.turns is (3,) float32, the model needs (2,) int64"
    # A copy that lies otherwise in memory is the same weight.
    native.native_model(shape, weights | {name: np.asfortranarray(weights[name])})


def test_calls_that_do_not_fit_are_refused():
    config = tiny_config()
    model = native.native_model(config.to_dict(), weights_of(random_model(config)))
    model.hold(0)
    tokens = random_tokens(2, 4).numpy()
    for given, lists, rule in (
        (tokens, ([0], [0], [0], [1]), r"tokens must be \(1, 4, 8\)"),
        (tokens[0], ([0], [0], [0], [1]), r"tokens must be \(1, 4, 8\)"),
        (tokens[:, :, :7], ([0], [0], [0], [2]), r"tokens must be \(2, 4, 8\)"),
        (tokens, ([0], [0, 1], [0], [2]), "slots, positions, seen and runs must be as many"),
        (tokens, ([0], [0], [0], [2**63]), "runs must be those of the tokens"),
        (tokens, ([1], [0], [0], [2]), "slot must be one that is held, got 1"),
    ):
        with pytest.raises(ValueError, match=rule):
            model.step(given, *lists)
    assert model.step(tokens[:0], [], [], [], []).shape == (0, 3)


@pytest.mark.parametrize("seed", range(40))
def test_any_shape_and_weights_step_or_are_refused_in_a_line(seed):
    chance = random.Random(seed)
    config = tiny_config(attention=chance.choice(ATTENTIONS), norm=chance.choice(NORMS))
    shape, weights = config.to_dict(), weights_of(random_model(config))
    for _ in range(chance.randint(1, 3)):
        name = chance.choice(list(shape))
        shape[name] = chance.choice((0, 1, 2, 3, 5, 2**16, 2**40, -1, None, "flash", 1e300, True))
    name = chance.choice(list(weights))
    if chance.random() < 0.5:
        weights[name] = chance.choice(
            (
                weights[name][..., :1],
                weights[name].T,
                np.zeros(0, np.float32),
                weights[name] + np.inf,
            )
        )
    try:
        model = native.native_model(shape, weights)
    except (ValueError, TypeError) as error:
        assert "\n" not in str(error)
        return
    model.hold(0)
    n, values = shape["block_size"], shape["n_bins"] + shape["n_features"]
    assert model.step(np.zeros((1, n, values), np.float32), [0], [0], [0], [1]).shape[0] == 1
