# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the signals of real services, with the modulation, framing and timing of their standards.

A service is a function of a random generator and a duration in s. It returns a `Signal` at complex
baseband, at a rate of its own, centred on the service's nominal frequency, without channel and
noise. Each draw is another transmitter with other content: everything that differs between real
transmitters is drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from itertools import chain
from pathlib import Path
from pkgutil import walk_packages

from gnuradio.rfattn.catalogue.classes import classes
from gnuradio.rfattn.catalogue.formats import read_formats, shipped_files

from ..waves.keying import Signal
from ..waves.waveform import Rng, choice
from .rows.row_sender import sender
from .simple import sometimes

Service = Callable[[Rng, float], Signal]

SERVICES: dict[str, Service] = {}
"""What makes an emission of each class of the catalogue."""

OTHERS: dict[str, Service] = {}
"""Technologies that are no class, which a model should call unknown."""

_varied: list[str] = []


def _mixed(makes: list[Service]) -> Service:
    """Draws one of the makers each time."""
    return lambda rng, seconds: choice(rng, makes)(rng, seconds)


_found = [one.name for one in walk_packages(__path__, f"{__name__}.") if not one.ispkg]
for _module in map(import_module, sorted(_found, key=lambda name: name.rpartition(".")[2])):
    SERVICES |= {
        name: sometimes(name, make) for name, make in getattr(_module, "SERVICES", {}).items()
    }
    OTHERS |= getattr(_module, "OTHERS", {})
    if ".unknown." in _module.__name__:
        _varied += getattr(_module, "OTHERS", {})

_files = [*shipped_files(), Path(__file__).parent / "rows" / "unproved.toml"]
_rows: dict[str, list] = {}
BY_ROWS: dict[str, Service] = {}
"""What sends the rows of a label alone."""
BY_FORMAT: dict[str, Service] = {}
"""What sends those of one name alone."""
for _name, _list in chain(*(read_formats(path).items() for path in _files)):
    if _sent := [row for row in _list if row.sent]:
        BY_FORMAT[_name] = sender(_sent)
        _rows.setdefault(_sent[0].label, []).extend(_sent)
for _label, _sent in _rows.items():
    BY_ROWS[_label] = _make = sender(_sent)
    if _label in SERVICES:  # beside those by hand, which are most
        SERVICES[_label] = _mixed([*3 * [SERVICES[_label]], _make])
    elif _label in {row.name for row in classes()}:
        SERVICES[_label] = sometimes(_label, _make)
    else:
        OTHERS[_label] = _make

DRAWN_OTHERS = [*OTHERS, *_varied, *_varied]
"""The names of `OTHERS` as often as they are drawn: those of families of modulation, in
`unknown`, three times, since each draw of them is another technology."""
