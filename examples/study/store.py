# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results on disk, used again only for the same configuration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import torch
from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn.train import Tokens


def kept(path: Path, key: dict, make: Callable[[], dict]) -> dict:
    """The result in ``path`` if it has this key; otherwise that of ``make()``, which is written
    there. The file is replaced as a whole."""
    key = json.loads(json.dumps(key))
    found = lookup(path, key)
    if found is None:
        found = json.loads(json.dumps(make(), allow_nan=False))
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps({"key": key, "result": found}) + "\n")
    return found


def lookup(path: Path, key: dict) -> dict | None:
    """The result in ``path`` if it has this key; None otherwise."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ValueError(f"{path}: not a result of the study: {error}") from None
    return content["result"] if content.get("key") == json.loads(json.dumps(key)) else None


def fingerprint(recordings: Iterable[Tokens]) -> str:
    """A digest of files, labels, groups, spectra and targets."""
    digest = hashlib.blake2b(digest_size=16)
    for tokens in recordings:
        digest.update(f"{tokens.file} {tokens.label} {tokens.group}".encode())
        digest.update(np.ascontiguousarray(tokens.spectra))
        digest.update(np.ascontiguousarray(tokens.targets))
    return digest.hexdigest()


def weights_fingerprint(model: torch.nn.Module) -> str:
    """A digest of names and values of all weights."""
    digest = hashlib.blake2b(digest_size=16)
    for name, value in model.state_dict().items():
        digest.update(name.encode())
        digest.update(value.contiguous().numpy())
    return digest.hexdigest()
