# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists the services of mobile radio: digital voice, telephones, pagers, trunked radio."""

from __future__ import annotations

from .amateur_voice import dstar, m17, ysf
from .dect import dect
from .dmr import dmr
from .gsm import gsm
from .nxdn import dpmr, nxdn
from .p25 import p25
from .paging import flex, pocsag
from .tetra import tetra
from .trunking import edacs, motorola_type2, mpt1327, tetrapol

SERVICES = {
    "dmr": dmr,
    "dstar": dstar,
    "ysf": ysf,
    "p25": p25,
    "nxdn": nxdn,
    "dpmr": dpmr,
    "tetra": tetra,
    "pocsag": pocsag,
    "gsm": gsm,
    "dect": dect,
}
OTHERS = {
    "flex": flex,
    "tetrapol": tetrapol,
    "mpt1327": mpt1327,
    "edacs": edacs,
    "m17": m17,
    "motorola_type2": motorola_type2,
}
