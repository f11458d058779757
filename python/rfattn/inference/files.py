# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Model files: finding them, their contract, and the checkpoint a trainer writes.

Two kinds of file hold a model. A `.pt` file is TorchScript with the contract inside (see
torchscript.py); it runs as it is. A checkpoint is a `.safetensors` file of weights with the
contract as JSON beside it; it can be built with any kernel of the same mathematics. A *family* is a
folder of files named `<attention>_<norm>.pt` that share front end and classes.

The contract is a JSON object:

    schema      2
    kind        "stream": forward(tokens, caches, positions, seen), or
                "window": forward(window [1, W, n_bins + n_features])
    input       "band": the spectra of a whole band; "emission": those of the channel of one
                emission, as emission_extractor makes them; absent: "band"
    front_end   the parameters of power_spectrum that the model was trained with, all of
                FRONT_END_FIELDS; empty where the tokens come from elsewhere
    features    names of the values behind the spectrum of each token, in order, as
                emission_extractor makes them, for input "emission"; absent: none
    model       for "stream" all of ModelConfig; for "window" at least n_bins, n_classes,
                block_size and window; n_features is the number of features
    classes     names of the logits, in order
    families    family by class, of classes that look alike; optional
    thresholds  least confidence by class, or by "family:" and the name of a family, below which an
                emission does not get its name; optional, a class without one needs none
    family_threshold
                that of families without one of their own; absent: these are never named
    dtype       of the weights, "float32"
    training, metrics   what is known of them; free

A file of schema 1 loads too: its front end takes the values of `SCHEMA_1_FRONT_END` where it states
none, and a "stream" module, which has another forward, is built anew from its weights.
"""

from __future__ import annotations

import json
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save

from ..attention.config import ModelConfig
from ..attention.model import StreamingTransformer
from ..attention.registry import ATTENTIONS, NORMS, stored_as
from ..emissions.doubt import check_doubt
from ..files import replace_file
from . import DEFAULT_MODEL as DEFAULT_MODEL

SCHEMA = 2
SHIPPED = Path(__file__).resolve().parent.parent / "models"
_KINDS = ("stream", "window")
_INPUTS = ("band", "emission")
_WINDOW_FIELDS = ("n_bins", "n_classes", "block_size", "window")
FRONT_END_FIELDS = ("fft_size", "hop", "n_bins", "window", "averaging", "scale", "dc", "sides")
"""A front end states all of these, so that no file depends on the defaults of a version."""
SCHEMA_1_FRONT_END = {
    "window": "hann",
    "averaging": 1,
    "scale": "db",
    "dc": "keep",
    "sides": "two",
}
"""The defaults while files of schema 1 were written, which they were allowed to leave out."""


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
    _require_fields(path, "contract", contract, ("schema", "kind", "front_end", "model", "classes"))
    contract = _upgraded(contract, path)
    if contract["kind"] not in _KINDS:
        raise ModelFileError(
            f"{path}: kind must be one of {', '.join(_KINDS)}, got {contract['kind']!r}"
        )
    if input_of(contract) not in _INPUTS:
        raise ModelFileError(
            f"{path}: input must be one of {', '.join(_INPUTS)}, got {input_of(contract)!r}"
        )
    if contract["kind"] == "stream":
        try:
            ModelConfig.from_dict(contract["model"])
        except ValueError as error:
            raise ModelFileError(f"{path}: {error}") from None
    model, front_end = contract["model"], contract["front_end"]
    _require_fields(path, "contract's model", model, _WINDOW_FIELDS)
    n_classes, n_names = model["n_classes"], len(contract["classes"])
    if n_classes != n_names:
        raise ModelFileError(
            f"{path}: the model has {n_classes} classes, the contract names {n_names}"
        )
    if front_end:
        _require_fields(path, "contract's front_end", front_end, FRONT_END_FIELDS)
    if input_of(contract) == "emission" and front_end.get("sides") != "two":
        raise ModelFileError(
            f"{path}: a model with input 'emission' needs a front_end with sides 'two', got "
            f"{front_end.get('sides')!r}"
        )
    _check_features(contract, path)
    wrong = check_doubt(contract, list(contract["classes"]))
    if wrong:
        raise ModelFileError(f"{path}: {wrong}")
    n_bins = front_end.get("n_bins", model["n_bins"])
    if n_bins != model["n_bins"]:
        raise ModelFileError(
            f"{path}: the front end gives {n_bins} bins, the model takes {model['n_bins']}"
        )
    return contract


def input_of(contract: dict) -> str:
    """What a model takes: "band" or "emission"."""
    return contract.get("input", "band")


def features_of(contract: dict) -> list[str]:
    """Names of the values behind the spectrum of each token."""
    return list(contract.get("features", ()))


def _check_features(contract: dict, path) -> None:
    features, n = contract.get("features", []), contract["model"].get("n_features", 0)
    if not isinstance(features, list) or not all(isinstance(name, str) for name in features):
        raise ModelFileError(f"{path}: features must be a list of names, got {features!r}")
    if len(features) != n:
        raise ModelFileError(
            f"{path}: the model takes {n} features, the contract names {len(features)}"
        )
    if features and input_of(contract) != "emission":
        raise ModelFileError(
            f"{path}: features are those of an emission; input must be 'emission', got "
            f"{input_of(contract)!r}"
        )


def _require_fields(path, name: str, values: dict, fields: tuple[str, ...]) -> None:
    missing = [field for field in fields if field not in values]
    if missing:
        raise ModelFileError(f"{path}: the {name} lacks {', '.join(missing)}")


def _upgraded(contract: dict, path) -> dict:
    if contract["schema"] == SCHEMA:
        return contract
    if contract["schema"] != 1:
        raise ModelFileError(
            f"{path}: contract schema {contract['schema']!r}, this version reads 1 and {SCHEMA}"
        )
    front_end = contract["front_end"]
    if front_end:
        stated = {**SCHEMA_1_FRONT_END, **front_end}
        front_end = {field: stated[field] for field in FRONT_END_FIELDS if field in stated} | stated
    return {**contract, "schema": SCHEMA, "front_end": front_end}


def available_models(folder: str | Path = SHIPPED) -> list[dict]:
    """The models of all families under ``folder``: dicts of family, attention, norm and path.

    A file is listed for each attention that runs its weights, such as `mha` and `flash`.
    """
    found = []
    for path in sorted(Path(folder).glob("*/*.pt")):
        stored, _, norm = path.stem.partition("_")
        if norm in NORMS:
            found += [
                {"family": path.parent.name, "attention": name, "norm": norm, "path": path}
                for name in ATTENTIONS
                if stored_as(name) == stored
            ]
    return found


def read_contract(model: str | Path) -> dict:
    """The contract of a model that `AttentionModelAdapter.load` would load.

    Raises:
        ModelFileError: in one line, when there is none.
    """
    from .torchscript import load

    path = resolve(model, "model", "model")
    return (load_checkpoint if path.suffix == ".safetensors" else load)(path)[1]


def resolve(model: str | Path, attention: str, norm: str) -> Path:
    """The file that ``model`` means: a file as it is, a shipped family or a folder by attention and
    norm.

    In a family, attention "model" means flash and norm "model" layernorm.

    Raises:
        ModelFileError: when there is none, listing what there is.
    """
    path = Path(model)
    if path.is_file():
        return path
    folder = path if path.is_dir() else SHIPPED / str(model)
    if not folder.is_dir():
        families = sorted({m["family"] for m in available_models()})
        raise ModelFileError(
            f"model {str(model)!r}: no such file or folder, and no shipped family "
            f"(shipped: {', '.join(families) or 'none'})"
        )
    wanted = (
        "flash" if attention == "model" else attention,
        "layernorm" if norm == "model" else norm,
    )
    choices = {
        (m["attention"], m["norm"]): m["path"]
        for m in available_models(folder.parent)
        if m["family"] == folder.name
    }
    if wanted not in choices:
        have = ", ".join(f"{a} with {n}" for a, n in choices) or "nothing"
        raise ModelFileError(
            f"model {str(model)!r} has no {wanted[0]} with {wanted[1]}; it has {have}"
        )
    return choices[wanted]


def save_checkpoint(path: str | Path, model: StreamingTransformer, contract: dict) -> None:
    """Writes weights to ``path`` (.safetensors) and the contract to the .json beside it.

    Each file is replaced as a whole.
    """
    path = Path(path)
    contract = check_contract(contract, path)
    weights = {name: t.detach().cpu().contiguous() for name, t in model.state_dict().items()}
    replace_file(path, save(weights))
    replace_file(path.with_suffix(".json"), json.dumps(contract, indent=2) + "\n")


def load_checkpoint(
    path: str | Path, attention: str = "model", norm: str = "model"
) -> tuple[StreamingTransformer, dict]:
    """The eager module of a checkpoint and its contract, built with the kernel of ``attention``.

    Raises:
        ModelFileError: in one line, when a file is missing, damaged or does not fit.
    """
    path = Path(path)
    try:
        weights = load_file(path)
        contract = json.loads(path.with_suffix(".json").read_text())
    except OSError as error:
        raise ModelFileError(f"{error.filename or path}: {error.strerror or error}") from None
    except (SafetensorError, json.JSONDecodeError) as error:
        raise ModelFileError(f"{path}: not a checkpoint: {error}") from None
    contract = with_attention(check_contract(contract, path), attention, norm, path)
    return build(contract, weights, path), contract


def build(contract: dict, weights: dict, path) -> StreamingTransformer:
    """The eager module of a contract with these weights, in evaluation mode."""
    model = StreamingTransformer(ModelConfig.from_dict(contract["model"]))
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise ModelFileError(f"{path}: weights and contract do not match: {reason[:200]}") from None
    return model.eval()


def with_attention(contract: dict, attention: str, norm: str, path) -> dict:
    """The contract of the same weights under another kernel (`mha` and `flash` share theirs).

    Raises:
        ModelFileError: when the weights are those of another attention or norm.
    """
    model = contract["model"]
    have = model.get("attention", "its own attention")
    possible = (have,)
    if have in ATTENTIONS:
        possible = tuple(name for name in ATTENTIONS if stored_as(name) == stored_as(have))
    if attention not in ("model", *possible):
        raise ModelFileError(
            f"{path}: holds {have}, so attention can be {' or '.join(possible)}, not {attention!r}"
        )
    if norm not in ("model", model.get("norm")):
        raise ModelFileError(
            f"{path}: was trained with norm {model.get('norm', 'of its own')}, not {norm!r}"
        )
    if attention in ("model", have):
        return contract
    return {**contract, "model": {**model, "attention": attention}}
