# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The optional packages agree with what is read here."""

import numpy as np
import pytest
from gnuradio.rfattn.content import ais, libraries, mode_s
from gnuradio.rfattn.content.bit_fields import reversed_octets


@pytest.fixture(autouse=True)
def found_again():
    libraries.library.cache_clear()
    yield
    libraries.library.cache_clear()


def random_octets(count, seed):
    return np.random.default_rng(seed).bytes(count)


@pytest.mark.parametrize("kind", [1, 3, 4, 18, 19, 21])
def test_pyais_agrees(kind):
    pyais = pytest.importorskip("pyais", reason="pip install pyais")
    for seed in range(20):
        data = bytes([kind << 2]) + random_octets(38 if kind in (19, 21) else 20, seed)
        theirs = pyais.decode(ais._sentence(data)).asdict()
        text, ours = ais.read(reversed_octets(data + b"\0\0"))
        assert (ours["type"], ours["mmsi"]) == (theirs["msg_type"], int(theirs["mmsi"]))
        if "latitude" in ours:
            assert ours["latitude"] == pytest.approx(theirs["lat"], abs=2e-6)
            assert ours["longitude"] == pytest.approx(theirs["lon"], abs=2e-6)
        if "speed_kn" in ours:
            assert ours["speed_kn"] == pytest.approx(theirs["speed"])


@pytest.mark.parametrize("code", [2, 4, 9, 12, 18, 19, 31])
def test_pymodes_agrees(code):
    modes = pytest.importorskip("pyModeS", reason="pip install pyModeS")
    for seed in range(20):
        octets = bytearray(random_octets(14, seed))
        octets[0], octets[4] = 0x8D, code << 3
        theirs = dict(modes.decode(octets.hex().upper()))
        _, ours = mode_s.read(bytes(octets))
        assert (ours["address"], ours["type_code"]) == (theirs["icao"], theirs["typecode"])
        if "callsign" in ours:
            assert ours["callsign"] == theirs["callsign"].replace("#", "").strip("_ ")
        if "altitude_ft" in ours:
            assert ours["altitude_ft"] == theirs["altitude"]
