# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of programs that decode the signals of a class."""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from ..checked import FLAG, LINE, LINES, holding, key, one_of, read_table, shown, suggestion

SHIPPED = Path(__file__).with_name("decoders.toml")

DEMODULATIONS = ("iq", "fm", "am", "usb", "lsb")
REAL_FORMATS, COMPLEX_FORMATS = ("u8", "s16", "f32"), ("cu8", "cs16", "cf32")
PLACEHOLDERS = ("rate", "frequency", "folder")
_LEAST_RATE, _MOST_RATE = 1000, 20_000_000


def _is_rate(value) -> bool:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return is_whole and _LEAST_RATE <= value <= _MOST_RATE


def _is_command(value) -> bool:
    return bool(LINES.read(value)) and all(
        name in PLACEHOLDERS for part in value for name in re.findall(r"\{([a-z_]+)\}", part)
    )


def _is_expression(value) -> bool:
    try:
        return LINE.read(value) == value and re.compile(value).groups <= 1
    except (re.error, ValueError):
        return False


@dataclass(frozen=True, kw_only=True)
class Decoder:
    """A program that decodes signals.

    Attributes:
        name: of the table's entry.
        folder: where the table is.
        labels: classes of the emissions that it decodes.
        demodulation: "iq": none; "fm": frequency, full scale at the edges of the emission; "am":
            envelope, without its mean; "usb", "lsb": a sideband's audio, in which the middle of
            the emission is at 1500 Hz.
        sample_rate: that it takes at stdin, Hz.
        sample_format: u8, s16 or f32; of "iq" cu8, cs16 or cf32; in the order of bytes of this
            machine.
        command: program and arguments, without a shell. In these {rate} becomes the sample rate,
            {frequency} the middle of the emission in Hz (0 where that is not known), and {folder}
            the folder of the table.
        lines: a regular expression: lines of stdout in which it is found are kept, of these its
            group where it has one; "": all lines.
        private: what it decodes is meant for one receiver.
        frames: formats, such as RS41; those emissions alone in which frames of one were found.
    """

    name: str
    folder: str
    labels: tuple[str, ...] = key(LINES)
    demodulation: str = key(one_of(DEMODULATIONS))
    sample_rate: int = key(holding(f"a whole number from {_LEAST_RATE} to {_MOST_RATE}", _is_rate))
    sample_format: str = key(one_of((*REAL_FORMATS, *COMPLEX_FORMATS)))
    command: tuple[str, ...] = key(
        holding(
            f"a list of texts, with no placeholder but {{{'}, {'.join(PLACEHOLDERS)}}}", _is_command
        )
    )
    lines: str = key(holding("a regular expression with at most one group", _is_expression), "")
    private: bool = key(FLAG, False)
    frames: tuple[str, ...] = key(LINES, ())

    @property
    def program(self) -> str:
        return self.command[0]

    def takes(self, label: str | None, sync: str | None) -> bool:
        """Whether it decodes emissions with this label, in which frames of ``sync`` were found."""
        return label in self.labels and (not self.frames or sync in self.frames)

    def is_installed(self) -> bool:
        return shutil.which(self.program) is not None

    def arguments(self, frequency: float | None) -> list[str]:
        """The command for an emission whose middle is at ``frequency``, Hz; None: not known."""
        values = {
            "rate": self.sample_rate,
            "frequency": round(frequency or 0),
            "folder": self.folder,
        }
        return [
            re.sub(r"\{([a-z_]+)\}", lambda found: str(values[found[1]]), part)
            for part in self.command
        ]

    def kept(self, line: str) -> str:
        """What is kept of a line of stdout; "": nothing."""
        if not self.lines:
            return line
        found = re.search(self.lines, line)
        if found is None or not found.re.groups:
            return line if found else ""
        return found[1] or ""


def read_decoders(path: str | os.PathLike = SHIPPED) -> tuple[Decoder, ...]:
    """The decoders of a table, in its order.

    Raises:
        ValueError: in one line that names the file, the decoder, the key, the rule and the value.
    """
    try:
        tables = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"decoders: {path}: {error.strerror}") from None
    except ValueError as error:
        raise ValueError(f"decoders: {path}: not TOML: {error}") from None
    if not tables:
        raise ValueError(f"decoders: {path}: must have a table for each decoder, got none")
    folder = str(Path(path).resolve().parent)
    try:
        return tuple(_decoder(name, folder, table) for name, table in tables.items())
    except ValueError as error:
        raise ValueError(f"decoders: {path}: {error}") from None


def check_labels(decoders: tuple[Decoder, ...], classes: list[str]) -> None:
    """Refuses labels that a model with these classes cannot give.

    Raises:
        ValueError: naming the decoder and the label.
    """
    for decoder in decoders:
        for label in decoder.labels:
            if label not in classes:
                raise ValueError(
                    f"decoders: {decoder.name}: labels: the model has no class {label}"
                    f"{suggestion(label, classes)}"
                )


def _decoder(name: str, folder: str, table) -> Decoder:
    if not re.fullmatch("[A-Za-z0-9._-]{1,40}", name):
        raise ValueError(f"name must be at most 40 letters, digits and . _ -, got {shown(name)}")
    decoder = read_table(Decoder, name, table, folder=folder)
    formats = COMPLEX_FORMATS if decoder.demodulation == "iq" else REAL_FORMATS
    if decoder.sample_format not in formats:
        raise ValueError(
            f"{name}: sample_format must be one of {', '.join(formats)} where demodulation is "
            f"{decoder.demodulation}, got {decoder.sample_format}"
        )
    return decoder
