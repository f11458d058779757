# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The container of a model with an exported program, a file that ends in ``.export``.

It is a zip archive of our own, so that it outlasts the formats of torch:

    rfattn.json          the contract
    program.pt2          the program, as torch.export.save writes it
    weights.safetensors  of a model of kind "stream": its weights
    library.pt2          optional: the step, compiled for one machine
    library.json         that machine, the version of torch and the attention

Nothing in it runs here.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

from ..files import replace_file
from ..printable import printable
from .archive import CONTRACT, DAMAGE, open_zip, read_contract_of
from .contract import MAX_BYTES, ModelFileError

SUFFIX = ".export"
PROGRAM, WEIGHTS = "program.pt2", "weights.safetensors"
LIBRARY, MACHINE = "library.pt2", "library.json"


class ExportArchive:
    """An undamaged file of this kind, whose contract holds.

    Attributes:
        contract: of the present schema; see contract.py.
        names: of its members.

    Raises:
        ModelFileError: in one line, when the file is missing, damaged or without a contract.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        if not self.path.is_file():
            raise ModelFileError(f"{path}: no such file")
        try:
            self._members = open_zip(self.path)
        except DAMAGE as error:
            raise self.damaged(error) from None
        self.names = self._members.namelist()
        self.contract, _ = read_contract_of(self.read(CONTRACT, MAX_BYTES), self.path)

    def read(self, name: str, most: int | None = None) -> bytes:
        """A member, of at most so many bytes."""
        if name not in self.names:
            raise self.damaged(f"it has no {name}")
        if most is not None and self._members.getinfo(name).file_size > most:
            raise ModelFileError(f"{self.path}: {name} in it is larger than {most} bytes")
        return self._members.read(name)

    def damaged(self, error: object) -> ModelFileError:
        """The error of a file with this damage."""
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        text = f"{self.path}: not a complete {SUFFIX} file: {printable(reason[:160])}"
        return ModelFileError(text)


def write_archive(path: str | Path, contract: dict, members: dict[str, bytes]) -> None:
    """Replaces the file as a whole; its bytes do not depend on its name or the time."""
    content = io.BytesIO()
    text = json.dumps(contract, allow_nan=False).encode()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in {CONTRACT: text, **members}.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    replace_file(path, content.getvalue())
