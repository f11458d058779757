# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract of a model: what its file states about it, and the rules that it must follow.

The contract is a JSON object:

    schema      2
    kind        "stream": forward(tokens, caches, positions, seen), or
                "window": forward(window [1, W, n_bins + n_features])
    input       "band": the spectra of a whole band; "emission": those of the channel of one
                emission, as emission_extractor makes them; absent: "band"
    front_end   the parameters of power_spectrum that the model was trained with, all of
                FRONT_END_FIELDS; empty where the tokens come from elsewhere. For input "emission"
                also max_snr_db of emission_extractor where it is not 0
    features    names of the values behind the spectrum of each token, in order, as
                emission_extractor makes them, for input "emission"; absent: none
    model       for "stream" all of ModelConfig; for "window" at least n_bins, n_classes,
                block_size and window; n_features is the number of features
    classes     names of the logits, in order
    families    family by class, of classes that look alike; optional
    decision    how evidence adds up to a label, see `Decision`; optional
    taught      classes that a user taught, see `TaughtClass`; optional, for input "emission"
    dtype       of the weights, "float32"
    training, metrics   what is known of them; free

A file of schema 1 loads too: its front end takes the values of `SCHEMA_1_FRONT_END` where it states
none.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..attention.config import ModelConfig
from ..attention.cost import kv_bytes, step_flops
from ..attention.registry import attention_class, today
from ..checked import plain_name, shown
from ..emissions.decision import check_decision
from ..emissions.taught import check_taught
from ..recordings.front_end import FrontEnd
from ..reporting import octets

SCHEMA = 2
MAX_BYTES = 4 * 2**20
"""The JSON text of a contract is at most as long."""
FRONT_END_FIELDS = ("fft_size", "hop", "n_bins", "window", "averaging", "scale", "dc", "sides")
"""A front end states all of these, so that no file depends on the defaults of a version."""
SCHEMA_1_FRONT_END = {"window": "hann", "averaging": 1, "scale": "db", "dc": "keep", "sides": "two"}
"""The defaults while files of schema 1 were written, which they were allowed to leave out."""
_FIELDS = ("schema", "kind", "front_end", "model", "classes")
_KINDS = ("stream", "window")
_INPUTS = ("band", "emission")
_WINDOW_FIELDS = ("n_bins", "n_classes", "block_size", "window")
_MOST = 2**16
_MOST_BY_FIELD = {
    "n_layers": 256,
    "n_classes": 4096,
    "window": 2**20,
    "rope_base": 2**40,
    "rope_period": 2**31,  # the product of two positions is then a 64-bit integer
    "level_horizon": 2**31,
}
"""The largest of each whole number of `ModelConfig`; `_MOST` for the others."""
_MOST_TOKEN_SAMPLES = 2**24
_MOST_FLOPS = 4 * 10**12
"""A step takes at most ten times what width 128 and four layers take for 16384 tokens at once."""
_LONGEST_NAME = 100


class ModelFileError(ValueError):
    """A model that is missing, damaged, not ours, or not what was asked for; the message is one
    clear line."""


def check_contract(contract, path) -> dict:
    """Returns ``contract``, in the form of schema 2, when this version can run it.

    Raises:
        ModelFileError: naming the file, the field and the rule.
    """
    if not isinstance(contract, dict):
        raise ModelFileError(
            f"{path}: the contract must be a JSON object, got {type(contract).__name__}"
        )
    try:
        _require_fields("contract", contract, _FIELDS)
        _require_types(contract)
        contract = _renamed(_upgraded(contract))
        _require_one_of("kind", contract["kind"], _KINDS)
        _require_one_of("input", input_of(contract), _INPUTS)
        for check in (_check_shape, _check_classes, _check_front_end, _check_features):
            check(contract)
        wrong = check_decision(contract, list(contract["classes"]))
        _require(not wrong, wrong)
        wrong = check_taught(contract, list(contract["classes"]))
        _require(not wrong, wrong)
    except ValueError as error:
        raise ModelFileError(f"{path}: {error}") from None
    return contract


def check_cost(contract: dict, path) -> None:
    """Refuses a model of kind "stream" that this machine could hardly run, before it is built.

    Raises:
        ModelFileError: naming the file, what the model takes and what may be taken.
    """
    config = ModelConfig.from_dict(contract["model"])
    taken = kv_bytes(config) + _step_bytes(config)
    if taken > os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2:
        raise ModelFileError(
            f"{path}: window {config.window} and block_size {config.block_size} take about "
            f"{octets(taken)} a stream, more than half of the memory of this machine"
        )
    flops = step_flops(config)
    if flops > _MOST_FLOPS:
        raise ModelFileError(
            f"{path}: a step takes {flops:.2g} operations, at most {_MOST_FLOPS:.2g} are allowed"
        )


def input_of(contract: Mapping) -> str:
    """What a model takes: "band" or "emission"."""
    return contract.get("input", "band")


def features_of(contract: Mapping) -> list[str]:
    """Names of the values behind the spectrum of each token."""
    return list(contract.get("features", ()))


def _step_bytes(config: ModelConfig) -> int:
    """About the largest intermediate value of a step, float32: of the feed-forward part, of the
    input, or the scores where they are written out."""
    n, described = config.block_size, attention_class(config.attention)
    scores = 0 if described.fused else described.written_scores(config)
    channels = config.embedding_channels * config.n_bins if config.embedding == "conv" else 0
    width = max(config.d_model * config.ffn_factor, 3 * config.d_model, config.n_values)
    return 4 * max(n * max(width, channels), scores)


def _check_shape(contract: dict) -> None:
    model = contract["model"]
    for name, value in model.items():
        least, most = int(name != "n_features"), _MOST_BY_FIELD.get(name, _MOST)
        if isinstance(value, int) and not isinstance(value, bool):
            rule = f"model: {plain_name(name)} must be from {least} to {most}, got {shown(value)}"
            _require(least <= value <= most, rule)
    if contract["kind"] == "stream":
        ModelConfig.from_dict(model)
    _require_fields("contract's model", model, _WINDOW_FIELDS)
    for name in (*_WINDOW_FIELDS, "n_features"):
        value = model.get(name, 0)
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        _require(is_whole, f"model: {name} must be a whole number, got {shown(value)}")


def _check_classes(contract: dict) -> None:
    classes, n = contract["classes"], contract["model"]["n_classes"]
    _require(len(classes) == n, f"the model has {n} classes, the contract names {len(classes)}")
    for name in classes:
        _require(is_name(name), f"classes must be names of printable text, got {shown(name)}")
    _require(len(set(classes)) == n, "classes must be different names")


def _check_front_end(contract: dict) -> None:
    stated = contract["front_end"]
    sides = stated.get("sides")
    _require(
        input_of(contract) == "band" or sides == "two",
        f"a model with input 'emission' needs a front_end with sides 'two', got {shown(sides)}",
    )
    if not stated:
        return
    _require_fields("contract's front_end", stated, FRONT_END_FIELDS)
    _require(
        input_of(contract) == "emission" or not stated.get("max_snr_db"),
        "front_end: max_snr_db is that of an emission; input must be 'emission', got "
        f"{shown(input_of(contract))}",
    )
    front_end, n = FrontEnd.from_dict(stated), contract["model"]["n_bins"]
    samples = front_end.samples_per_token
    _require(
        samples <= _MOST_TOKEN_SAMPLES,
        f"front_end: hop * averaging must be at most {_MOST_TOKEN_SAMPLES}, got {shown(samples)}",
    )
    _require(
        front_end.n_bins == n, f"the front end gives {front_end.n_bins} bins, the model takes {n}"
    )


def _check_features(contract: dict) -> None:
    features, n = contract.get("features", []), contract["model"].get("n_features", 0)
    _require(
        isinstance(features, list) and all(map(is_name, features)),
        f"features must be a list of names, got {shown(features)}",
    )
    _require(
        len(features) == n, f"the model takes {n} features, the contract names {len(features)}"
    )
    _require(
        not features or input_of(contract) == "emission",
        "features are those of an emission; input must be 'emission', got "
        f"{shown(input_of(contract))}",
    )


def is_name(value) -> bool:
    """Whether a value is a name that a terminal can show."""
    return isinstance(value, str) and 0 < len(value) <= _LONGEST_NAME and value.isprintable()


def _require_types(contract: dict) -> None:
    for name, kind, rule in (
        ("front_end", dict, "an object"),
        ("model", dict, "an object"),
        ("classes", list, "a list"),
        ("training", dict, "an object"),
        ("metrics", dict, "an object"),
    ):
        value = contract.get(name, kind())
        _require(isinstance(value, kind), f"{name} must be {rule}, got {shown(value)}")
    _require_one_of("dtype", contract.get("dtype", "float32"), ("float32",))


def _require_one_of(name: str, value, choices: tuple[str, ...]) -> None:
    _require(
        isinstance(value, str) and value in choices,
        f"{name} must be one of {', '.join(choices)}, got {shown(value)}",
    )


def _require_fields(name: str, values: dict, fields: tuple[str, ...]) -> None:
    missing = [field for field in fields if field not in values]
    _require(not missing, f"the {name} lacks {', '.join(missing)}")


def _require(holds: bool, refusal: str | None) -> None:
    if not holds:
        raise ValueError(refusal)


def _upgraded(contract: dict) -> dict:
    schema = contract["schema"]
    _require(
        type(schema) is int and schema in (1, SCHEMA),
        f"contract schema {shown(schema)}, this version reads 1 and {SCHEMA}",
    )
    if schema == SCHEMA:
        return contract
    front_end = contract["front_end"]
    if front_end:
        stated = {**SCHEMA_1_FRONT_END, **front_end}
        front_end = {field: stated[field] for field in FRONT_END_FIELDS if field in stated} | stated
    return {**contract, "schema": SCHEMA, "front_end": front_end}


def _renamed(contract: dict) -> dict:
    """The contract with today's name of the attention."""
    attention = contract["model"].get("attention")
    if not isinstance(attention, str) or today(attention) == attention:
        return contract
    return {**contract, "model": {**contract["model"], "attention": today(attention)}}
