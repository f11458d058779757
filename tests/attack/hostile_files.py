# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes hostile files from good ones; the same random generator makes the same file."""

import copy
import io
import json
import zipfile

from zip_members import rezipped

VALUES = (
    None,
    True,
    False,
    "",
    "text",
    "5",
    "x" * 5000,
    "\x1b]0;owned\x07",
    "\ud800",
    0,
    -1,
    1,
    2**31,
    2**40,
    2**63,
    2**70,
    10**400,
    -(10**400),
    0.5,
    -0.5,
    1e-300,
    1e20,
    1e308,
    float("nan"),
    float("inf"),
    float("-inf"),
    [],
    [1],
    ["a", None],
    [[[[]]]],
    {},
    {"a": 1},
    {"name": 5},
)
"""Values to put in the place of any other."""
_TEXTS = (
    b"",
    b"null",
    b"5",
    b"[]",
    b'"text"',
    b"{",
    b"\xff\xfe{}",
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"global": {}, "captures": 1e400}',
    b"9" * 5000,
    b"\x00" * 64,
)
"""Contents to put in the place of the whole JSON."""


def hostile_json(rng, good: dict) -> bytes:
    """JSON text near ``good``: one to three changed, removed or added fields, or other text."""
    if rng.random() < 0.05:
        return rng.choice(_TEXTS)
    value = copy.deepcopy(good)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        _change(rng, value)
    text = json.dumps(value).encode()
    if rng.random() < 0.05:
        return flipped(rng, text)
    return text[: rng.randrange(len(text))] if rng.random() < 0.03 else text


def _change(rng, value) -> None:
    """Changes one place of a nested value."""
    container = value
    while True:
        keys = list(container) if isinstance(container, dict) else list(range(len(container)))
        if not keys:
            return
        key = rng.choice(keys)
        inner = container[key]
        if isinstance(inner, dict | list) and inner and rng.random() < 0.85:
            container = inner
            continue
        break
    kind = rng.random()
    if kind < 0.15:
        del container[key]
    elif kind < 0.2 and isinstance(container, list):
        container.extend([copy.deepcopy(inner)] * rng.choice((1, 100)))
    elif kind < 0.25 and isinstance(container, dict):
        container[rng.choice(("new", "core:new", "\x1b[31m"))] = _value(rng)
    elif kind < 0.4 and isinstance(inner, int | float) and abs(inner) < 2**99:
        container[key] = inner * rng.choice((-1, 2, 4, 1024, 0.5, 2**20))
    else:
        container[key] = _value(rng)


def _value(rng):
    """One of `VALUES`; a copy, since it may be changed in turn."""
    return copy.deepcopy(rng.choice(VALUES))


def flipped(rng, data: bytes, most: int = 32) -> bytes:
    """The bytes with 1 to ``most`` flipped bits."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, most)):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def damaged(rng, data: bytes) -> bytes:
    """The bytes flipped, cut, doubled, or with a part that is zero or noise."""
    start = rng.randrange(len(data))
    end = min(len(data), start + rng.choice((1, 8, 512, 4096)))
    kind = rng.randrange(5)
    if kind == 0:
        return data[:start]
    if kind == 1:
        return data[:start] + bytes(end - start) + data[end:]
    if kind == 2:
        return data[:start] + rng.randbytes(end - start) + data[end:]
    if kind == 3:
        return data[:start] + data[end:]
    return flipped(rng, data)


ARCHIVE_PARTS = ("contract",) * 5 + ("description",) * 3 + ("bytes",) * 3 + ("weight", "zip")


def hostile_archive(rng, data: bytes, contract: dict, kind: str) -> bytes:
    """A TorchScript file whose ``kind`` of `ARCHIVE_PARTS` is hostile; the others are good.

    The checks of the archive are right, except with "bytes".
    """
    if kind == "bytes":
        return damaged(rng, data)
    if kind == "zip":
        return _hostile_zip(rng, data)
    ends = {"contract": "extra/rfattn.json", "description": "data.pkl", "weight": None}[kind]
    weight = rng.randrange(20)

    def change(name: str, content: bytes) -> bytes:
        if kind == "contract" and name.endswith(ends):
            return hostile_json(rng, contract)
        if kind == "description" and name.endswith(ends):
            return damaged(rng, content)
        if kind == "weight" and name.endswith(f"/data/{weight}"):
            return damaged(rng, content)
        return content

    return rezipped(data, change)


def _hostile_zip(rng, data: bytes) -> bytes:
    """A bomb, a member twice, a missing one, or members under other names."""
    kind = rng.randrange(4)
    if kind == 0:
        bomb = bytes(8 * 2**20)
        grown = rezipped(data, lambda _, content: content, zipfile.ZIP_DEFLATED)
        out = io.BytesIO(grown)
        with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("archive/data/bomb", bomb)
        return out.getvalue()
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    chosen = rng.choice(names)
    if kind == 1:
        return rezipped(data, lambda name, content: None if name == chosen else content)
    if kind == 2:
        return data.replace(
            b"archive/", rng.choice((b"archive\\", b"../../x/", b"\xff\xff\xff\xff\xff\xff\xff/"))
        )
    compression = rng.choice((zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_DEFLATED))
    return rezipped(data, lambda _, content: content, compression)
