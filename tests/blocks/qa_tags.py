# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every key of tags.h is in the module, under its name."""

import re
from pathlib import Path

from gnuradio import rfattn

HEADER = Path(__file__).resolve().parents[2] / "include" / "gnuradio" / "rfattn" / "tags.h"


def test_every_key_of_the_header():
    stated = dict(re.findall(r'constexpr char (\w+)\[\] = "(.*)";', HEADER.read_text()))
    names = [name for name in vars(rfattn.tags) if name.isupper()]
    assert {name: getattr(rfattn.tags, name) for name in names} == stated
    assert {"END", "KEY_STREAM", "KEY_FRONT_END", "KEY_ENDED"} < stated.keys()
