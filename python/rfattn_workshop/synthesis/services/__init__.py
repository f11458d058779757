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
from pkgutil import walk_packages

from ..waves.keying import Signal
from ..waves.waveform import Rng
from .simple import sometimes

Service = Callable[[Rng, float], Signal]

SERVICES: dict[str, Service] = {}
"""What makes an emission of each class of the catalogue."""

OTHERS: dict[str, Service] = {}
"""Technologies that are no class, which a model should call unknown."""

_varied: list[str] = []

_found = [one.name for one in walk_packages(__path__, f"{__name__}.") if not one.ispkg]
for _module in map(import_module, sorted(_found, key=lambda name: name.rpartition(".")[2])):
    SERVICES |= {
        name: sometimes(name, make) for name, make in getattr(_module, "SERVICES", {}).items()
    }
    OTHERS |= getattr(_module, "OTHERS", {})
    if ".unknown." in _module.__name__:
        _varied += getattr(_module, "OTHERS", {})

DRAWN_OTHERS = [*OTHERS, *_varied, *_varied]
"""The names of `OTHERS` as often as they are drawn: those of families of modulation, in
`unknown`, three times, since each draw of them is another technology."""
