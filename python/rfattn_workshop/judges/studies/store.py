# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results on disk, used again only for the same configuration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn_station.learning.cut_set import Cut


def kept(path: Path, key: dict, make: Callable[[], dict]) -> dict:
    """The result in ``path`` if it has this key; otherwise that of ``make()``, which is written
    there. The file is replaced as a whole."""
    key, found = json.loads(json.dumps(key)), read(path)
    if found is None or found["key"] != key:
        found = {"key": key, "result": json.loads(json.dumps(make(), allow_nan=False))}
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps(found) + "\n")
    return found["result"]


def read(path: Path) -> dict | None:
    """The key and the result in ``path``; None: there is no file."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise ValueError(f"{path}: not a result of the study: {error}") from None


def digest(cuts: Iterable[Cut]) -> str:
    """Tells cuts from others by what they are and what was measured of them."""
    found = hashlib.blake2b(digest_size=16)
    for cut in cuts:
        found.update(f"{cut.label} {cut.group} {cut.split} {cut.origin} {cut.is_piece}".encode())
        found.update(json.dumps(cut.facts, sort_keys=True).encode())
        found.update(np.ascontiguousarray(cut.tokens))
    return found.hexdigest()
