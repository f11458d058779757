# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes members of a zip archive."""

import io
import json
import zipfile

CONTRACT = "extra/rfattn.json"


def rezipped(data: bytes, change, compression=zipfile.ZIP_STORED) -> bytes:
    """A zip archive with valid checks whose members are ``change(name, content)``: new content, or
    None to leave the member out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", compression) as new:
        for name in source.namelist():
            content = change(name, source.read(name))
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def replace_member(path, end: str, change) -> None:
    """Replaces the content of the member of ``path`` whose name has this end by
    ``change(content)``."""

    def one(name: str, content: bytes) -> bytes:
        return change(content) if name.endswith(end) else content

    path.write_bytes(rezipped(path.read_bytes(), one))


def change_contract(path, **changes):
    """Changes entries of a contract; those of ``model`` and ``front_end`` one by one."""

    def changed(text: bytes) -> bytes:
        contract = json.loads(text)
        for name, value in changes.items():
            is_part = name in ("model", "front_end") and isinstance(value, dict)
            contract[name] = {**contract[name], **value} if is_part else value
        return json.dumps(contract).encode()

    replace_member(path, CONTRACT, changed)
