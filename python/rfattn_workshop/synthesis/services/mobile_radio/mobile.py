# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists the services of mobile radio: digital voice, telephones, pagers, trunked radio."""

from __future__ import annotations

from .dect import dect
from .dmr import dmr
from .gsm import gsm
from .tetra import tetra

SERVICES = {
    "dmr": dmr,
    "tetra": tetra,
    "gsm": gsm,
    "dect": dect,
}
