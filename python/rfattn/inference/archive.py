# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the contract and the weights of a TorchScript file without running anything of it.

A TorchScript file is a zip archive. Its member ``data.pkl`` describes the module and names the
members that hold the weights; it is written in the notation of Python's pickle. `attributes.py`
reads this notation as data. The members with code are checked for damage and otherwise ignored.
"""

from __future__ import annotations

import functools
import math
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np

from ..attention.config import ModelConfig, own_sizes
from ..attention.registry import attention_class
from ..json_files import parse_json
from ..printable import printable
from .attributes import Attributes, StoredTensor, read_attributes
from .contract import MAX_BYTES, ModelFileError, check_contract

CONTRACT = "rfattn.json"
_DTYPES = {"torch FloatStorage": np.dtype("<f4"), "torch LongStorage": np.dtype("<i8")}
_MOST_ATTRIBUTES = 2 * 2**20  # bytes; about a second to read
_SIZES = "patch", "n_bins", "window", "n_heads", "head_dim", "rope"
_MOST_GROWTH = 16
"""Bytes of all members by bytes of the file; that of code is 4."""
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What reading a damaged archive raises."""


def open_zip(path: Path) -> zipfile.ZipFile:
    """A zip archive whose members have been read and compared with their CRC-32.

    Raises:
        one of `DAMAGE`, when it is damaged or not as a model file is written.
    """
    archive = zipfile.ZipFile(path)
    members = archive.infolist()
    if sum(member.file_size for member in members) > _MOST_GROWTH * path.stat().st_size:
        raise ValueError(f"its members have more than {_MOST_GROWTH} times its size")
    if len({member.filename for member in members}) != len(members):
        raise ValueError("two of its members have the same name")
    if len({member.header_offset for member in members}) != len(members):
        raise ValueError("two of its members begin at the same byte")
    if any(m.compress_type not in (0, zipfile.ZIP_DEFLATED) for m in members):
        raise ValueError("a member has an unknown compression")
    damaged = archive.testzip()
    if damaged is not None:
        raise ValueError(f"the CRC-32 of {damaged} is wrong")
    return archive


def read_contract_of(text: bytes, path: Path) -> tuple[dict, bool]:
    """The contract that a model file states, in the form of the present schema, and whether it was
    stated so.

    Raises:
        ModelFileError: in one line.
    """
    try:
        stated = parse_json(text)
    except ValueError as error:
        raise ModelFileError(f"{path}: the contract is not JSON: {error}") from None
    contract = check_contract(stated, path)
    return contract, contract is stated


class Archive:
    """A TorchScript file whose members are undamaged and whose contract holds.

    Attributes:
        contract: of the present schema; see contract.py.

    Raises:
        ModelFileError: in one line, when the file is missing, damaged, not TorchScript or without a
            contract.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        if not self.path.is_file():
            raise ModelFileError(f"{path}: no such file")
        self._members, self._root = self._open()
        text = self.extra(CONTRACT, MAX_BYTES)
        if text is None:
            raise ModelFileError(
                f"{path}: TorchScript without a contract ({CONTRACT}); see attach_contract"
            )
        self.contract, self._is_current = read_contract_of(text, self.path)

    def weights(self) -> dict[str, np.ndarray]:
        """The weights by name, in memory of their own.

        Raises:
            ModelFileError: in one line.
        """
        try:
            found = self._attributes.tensors
            storages: dict[str, np.ndarray] = {}
            return {name: self._array(stored, storages) for name, stored in found.items()}
        except DAMAGE as error:
            raise self._damaged(error) from None

    def extra(self, name: str, most: int) -> bytes | None:
        """What was written beside the contract under a name, see `torchscript.save`; None: nothing.

        Raises:
            ModelFileError: it has more than ``most`` bytes.
        """
        return self._read(f"extra/{name}", most)

    def checked_weights(self) -> dict[str, np.ndarray]:
        """The same, where the file's module has the numbers of its contract."""
        self.check_numbers()
        return self.weights()

    def check_numbers(self) -> None:
        """Compares the numbers that the file's module has, such as its window, with those of the
        contract.

        Raises:
            ModelFileError: naming the first that differs, with both values.
        """
        if not self._is_current:
            return  # modules of schema 1 had other attributes
        stated = _numbers_of(ModelConfig.from_dict(self.contract["model"]))
        for name, value in self._attributes.numbers.items():
            wanted = stated.get(name.rpartition(".")[2])
            if wanted is not None and wanted != value:
                raise ModelFileError(
                    f"{self.path}: {name} of the TorchScript is {value}, by the contract it is "
                    f"{wanted}"
                )

    def _open(self) -> tuple[zipfile.ZipFile, str]:
        """The archive, whose members have been read and compared with their CRC-32, and the folder
        in it."""
        try:
            archive = open_zip(self.path)
        except DAMAGE as error:
            raise self._damaged(error) from None
        roots = [n.split("/")[0] for n in archive.namelist() if n.split("/")[1:] == ["data.pkl"]]
        code = [n for n in archive.namelist() if roots and n.startswith(f"{roots[0]}/code/")]
        if not code:
            raise self._damaged("it has no code")
        return archive, roots[0]

    def _read(self, name: str, most: int) -> bytes | None:
        """A member, None where there is none."""
        try:
            member = self._members.getinfo(f"{self._root}/{name}")
        except KeyError:
            return None
        if member.file_size > most:
            raise ModelFileError(f"{self.path}: {name} in it is larger than {most} bytes")
        return self._members.read(member)

    @functools.cached_property
    def _attributes(self) -> Attributes:
        try:
            return read_attributes(self._read("data.pkl", _MOST_ATTRIBUTES))
        except DAMAGE as error:
            raise self._damaged(error) from None

    def _array(self, stored: StoredTensor, storages: dict[str, np.ndarray]) -> np.ndarray:
        dtype = _DTYPES.get(stored.kind)
        if dtype is None:
            raise ValueError(f"weights of type {stored.kind}, float32 is needed")
        if stored.key not in storages:
            data = self._read(f"data/{stored.key}", self.path.stat().st_size)
            if data is None or len(data) != stored.count * dtype.itemsize:
                raise ValueError(f"data/{stored.key} has not {stored.count} numbers")
            storages[stored.key] = np.frombuffer(data, dtype)
        size, stride = stored.size, stored.stride
        if len(size) != len(stride):
            raise ValueError(f"size {size} has not the axes of {stride}")
        # No stride is negative, and no size unless it is 0.
        last = stored.offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
        if not 0 < math.prod(size) <= stored.count or last >= stored.count:
            raise ValueError(f"size {size} exceeds the {stored.count} stored numbers")
        start, bytes_of = storages[stored.key][stored.offset :], dtype.itemsize
        strides = [bytes_of * step for step in stride]
        return np.lib.stride_tricks.as_strided(start, size, strides).copy()

    def _damaged(self, error: object) -> ModelFileError:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        text = f"{self.path}: not a complete TorchScript file: {printable(reason[:160])}"
        return ModelFileError(text)


def _numbers_of(config: ModelConfig) -> dict[str, bool | int | float]:
    """What the attributes of a module with this shape are, by their names in any of its parts."""
    inner, described = config.of_layers, attention_class(config.attention)
    return {
        **{name: getattr(config, name) for name in (*_SIZES, *own_sizes(config.attention))},
        "block_patches": inner.block_size,
        "block_size": inner.block_size,
        "horizon": config.level_horizon,
        "period": config.rope_period,
        "scale": described.score_width(config) ** -0.5,
        "eps": 1e-5,
    }
