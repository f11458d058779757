# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Model files: finding them, their contract, and the checkpoint a trainer writes.

Two kinds of file hold a model. A `.pt` file is TorchScript with the contract inside (see
archive.py). A checkpoint is a `.safetensors` file of weights with the contract as JSON beside it;
it can be built with any kernel of the same mathematics. A *family* is a folder of files named
`<attention>_<norm>.pt` that share front end and classes.
"""

from __future__ import annotations

import hashlib
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..attention.registry import ATTENTIONS, NORMS, stored_as, today
from ..checked import plain_name, suggestion
from ..files import own_folder, replace_file
from ..json_files import read_json
from . import DEFAULT_MODEL as DEFAULT_MODEL
from .archive import Archive
from .contract import FRONT_END_FIELDS as FRONT_END_FIELDS
from .contract import MAX_BYTES, ModelFileError, check_contract, check_cost
from .contract import SCHEMA as SCHEMA
from .contract import SCHEMA_1_FRONT_END as SCHEMA_1_FRONT_END
from .contract import features_of as features_of
from .contract import input_of as input_of

if TYPE_CHECKING:
    import numpy as np

    from ..attention.model import StreamingTransformer

_SHA256 = "weights_sha256"
SHIPPED = Path(__file__).resolve().parent.parent / "models"


own_models = partial(own_folder, "models")
"""Returns the folder of a user's own families, which `gr-rfattn teach` writes."""


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
                if stored_as(name) == today(stored)
            ]
    return found


def read_contract(model: str | Path, attention: str = "model", norm: str = "model") -> dict:
    """The contract of a model that `AttentionModelAdapter.load` would load.

    Raises:
        ModelFileError: in one line, when there is no such model, or its file is damaged.
    """
    path = resolve(model, attention, norm)
    if path.suffix == ".safetensors":
        contract = _without_sum(_beside(path))
    else:
        contract = Archive(path).contract
    return with_attention(contract, attention, norm, path)


def resolve(model: str | Path, attention: str, norm: str) -> Path:
    """The file that ``model`` means: a file as it is, a folder, a shipped family or one of
    `own_models` by attention and norm; a file of such a family is `emissions/gqa_layernorm.pt`.

    In a family, attention "model" means flash and norm "model" layernorm; in one with a single file
    both mean that of the file.

    Raises:
        ModelFileError: when there is none, listing what there is.
    """
    path = Path(model)
    file = next((place for place in _places(path) if place.is_file()), None)
    if file is not None:
        return file
    folder = next((place for place in _places(path) if place.is_dir()), None)
    if folder is None:
        families, own = (
            sorted({m["family"] for m in available_models(place)})
            for place in (SHIPPED, own_models())
        )
        taught = f"; own: {', '.join(own)}" if own else ""
        raise ModelFileError(
            f"model {str(model)!r}: no such file or folder, and no shipped family "
            f"(shipped: {', '.join(families) or 'none'}{taught})"
            f"{suggestion(str(model), families + own)}"
        )
    wanted = (
        "flash" if attention == "model" else today(attention),
        "layernorm" if norm == "model" else norm,
    )
    choices = {
        (m["attention"], m["norm"]): m["path"]
        for m in available_models(folder.parent)
        if m["family"] == folder.name
    }
    if (attention, norm) == ("model", "model") and len(set(choices.values())) == 1:
        return next(iter(choices.values()))
    if wanted not in choices:
        have = ", ".join(f"{a} with {n}" for a, n in choices) or "nothing"
        raise ModelFileError(
            f"model {str(model)!r} has no {' with '.join(map(plain_name, wanted))}; it has {have}"
        )
    return choices[wanted]


def _places(model: Path) -> tuple[Path, ...]:
    """Where a model of this name may be: as stated, shipped, or taught by the user."""
    attention, _, rest = model.name.partition("_")
    shipped = SHIPPED / model.with_name(f"{today(attention)}_{rest}") if rest else SHIPPED / model
    return model, shipped, own_models() / model


def save_checkpoint(path: str | Path, model: StreamingTransformer, contract: dict) -> None:
    """Writes weights to ``path`` (.safetensors) and the contract, with the SHA-256 of the weights,
    to the .json beside it.

    Each file is replaced as a whole.
    """
    from safetensors.torch import save

    path = Path(path)
    contract = check_contract(contract, path)
    weights = {name: t.detach().cpu().contiguous() for name, t in model.state_dict().items()}
    data = save(weights)
    stated = {**contract, _SHA256: hashlib.sha256(data).hexdigest()}
    replace_file(path, data)
    replace_file(path.with_suffix(".json"), json.dumps(stated, indent=2, allow_nan=False) + "\n")


def load_checkpoint(
    path: str | Path, attention: str = "model", norm: str = "model"
) -> tuple[StreamingTransformer, dict]:
    """The eager module of a checkpoint and its contract, built with the kernel of ``attention``.

    Raises:
        ModelFileError: in one line, when a file is missing, damaged or does not fit.
    """
    from .eager import build

    weights, contract = read_model(path, attention, norm)
    return build(contract, weights, path), contract


def read_model(
    path: str | Path, attention: str = "model", norm: str = "model"
) -> tuple[dict[str, np.ndarray] | None, dict]:
    """The weights by name of a model file, and its contract under the kernel of ``attention``.
    Weights are None for a model of kind "window", which is its code. No code runs.

    Raises:
        ModelFileError: in one line, when a file is missing, damaged or does not fit, or when this
            machine could hardly run the model.
    """
    path = Path(path)
    if path.suffix == ".safetensors":
        stated = _beside(path)
        contract, read = _without_sum(stated), lambda: _checkpoint_weights(path, stated)
    else:
        archive = Archive(path)
        contract, read = archive.contract, archive.checked_weights
    contract = with_attention(contract, attention, norm, path)
    if contract["kind"] != "stream":
        return None, contract
    check_cost(contract, path)
    return read(), contract


def _checkpoint_weights(path: Path, stated: dict) -> dict[str, np.ndarray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelFileError(f"{error.filename or path}: {error.strerror or error}") from None
    found = hashlib.sha256(content).hexdigest()
    if stated.get(_SHA256, found) != found:
        raise ModelFileError(f"{path}: its SHA-256 is not the {_SHA256} in the .json beside it")
    try:
        return load(content)
    except (SafetensorError, KeyError, TypeError) as error:  # the latter: of types as bfloat16
        raise ModelFileError(f"{path}: not a checkpoint: {error}") from None


def _beside(path: Path) -> dict:
    """The contract beside a checkpoint, with the SHA-256 of the weights where it is stated."""
    beside = path.with_suffix(".json")
    try:
        return check_contract(read_json(beside, MAX_BYTES), beside)
    except OSError as error:
        raise ModelFileError(f"{beside}: {error.strerror or error}") from None
    except ModelFileError:
        raise
    except ValueError as error:
        raise ModelFileError(f"{beside}: not a contract: {error}") from None


def _without_sum(stated: dict) -> dict:
    return {name: value for name, value in stated.items() if name != _SHA256}


def with_attention(contract: dict, attention: str, norm: str, path) -> dict:
    """The contract of the same weights under another kernel (`mha` and `flash` share theirs).

    Raises:
        ModelFileError: when the weights are those of another attention or norm.
    """
    model, attention = contract["model"], today(attention)
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
