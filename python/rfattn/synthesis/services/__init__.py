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

from ..keying import Signal
from ..waveform import Rng
from . import hf_lines, hf_modems, hf_teletype, hf_weak, hf_wide, unknown_keyed, unknown_swept

Service = Callable[[Rng, float], Signal]

SERVICES: dict[str, Service] = {}
"""What makes an emission of each class of `emissions.families`."""
SERVICES |= hf_weak.SERVICES | hf_teletype.SERVICES

OTHERS: dict[str, Service] = {}
"""Technologies that are no class, which a model should call unknown."""
OTHERS |= hf_weak.OTHERS | hf_teletype.OTHERS
OTHERS |= hf_modems.OTHERS | hf_lines.OTHERS | hf_wide.OTHERS
OTHERS |= unknown_keyed.OTHERS | unknown_swept.OTHERS
