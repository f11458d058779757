# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads JSON that somebody else wrote, within limits."""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path

MAX_DEPTH = 64
"""Lists and objects within each other."""
_TOO_DEEP = f"it nests more than {MAX_DEPTH} levels"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def read_json(path: str | os.PathLike, max_bytes: int):
    """The value in a JSON file, of `parse_json`.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not a regular file, is larger than ``max_bytes``, or is not JSON; one line
            without the name of the file.
    """
    return parse_json(read_bytes(path, max_bytes))


def read_bytes(path: str | os.PathLike, max_bytes: int) -> bytes:
    """What is in a file of at most ``max_bytes``.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not a regular file or is larger; one line without the name of the file.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        raise ValueError("it is not a regular file")
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ValueError(f"it is larger than {max_bytes} bytes")
    return data


def read_settings(what: str, path: str | os.PathLike):
    """The value in a JSON file that a user wrote for this module.

    Raises:
        ValueError: in one line that begins with ``what`` and names the file, when it cannot be read
            or is not JSON.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{what}: {path}: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"{what}: {path}: not JSON: {error}") from None


def parse_json(data: bytes):
    """The value of JSON text in UTF-8, whose numbers are finite, whose texts are Unicode, and which
    nests at most `MAX_DEPTH` levels.

    Raises:
        ValueError: in one line, when it is not so.
    """
    try:
        value = json.loads(
            data.decode("utf-8"), parse_float=_finite, parse_constant=refuse_constant
        )
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if _depth(value) > MAX_DEPTH:
        raise ValueError(_TOO_DEEP)
    if _SURROGATE.search(data):
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text[:20]}… is too large")
    return number


def refuse_constant(name: str):
    """For json.loads, which takes NaN and infinity: they are no JSON."""
    raise ValueError(f"{name} is no JSON number")


def _depth(value) -> int:
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH:
        depth += 1
        containers = [v for v in level if isinstance(v, dict | list)]
        level = [child for v in containers for child in (v.values() if isinstance(v, dict) else v)]
    return depth
