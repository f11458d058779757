# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the text of stations on shortwave, and the codes that carry it.

Sources: ITU-T recommendation S.1 (alphabet 2), ITU-R recommendations M.476 and M.540 (SITOR,
NAVTEX), P. Martinez's description of PSK31 (Varicode).
"""

from __future__ import annotations

import numpy as np

from ...waves.waveform import Rng, choice

LETTERS, FIGURES, SPACE = 31, 27, 4
ITA2_LETTERS = {c: i for i, c in enumerate("\0E\nA SIU\rDRJNFCKTZLWHYPQOBG\0MXV") if c != "\0"}
ITA2_FIGURES = {
    c: i for i, c in enumerate("\x003\n- \x0787\r$4',!:(5\")2#6019?&\0./;") if c != "\0"
}
RQ, ALPHA, BETA = 0x66, 0x0F, 0x33
"""Signals of SITOR: phasing 1 (request), idle alpha (phasing 2), idle beta."""

VARICODE = {
    " ": "1", "\r": "11111", "\n": "11101", ".": "1010111", ",": "1110101", "/": "110101111",
    "?": "1010101111", "-": "110101", "a": "1011", "b": "1011111", "c": "101111", "d": "101101",
    "e": "11", "f": "111101", "g": "1011011", "h": "101011", "i": "1101", "j": "111101011",
    "k": "10111111", "l": "11011", "m": "111011", "n": "1111", "o": "111", "p": "111111",
    "q": "110111111", "r": "10101", "s": "10111", "t": "101", "u": "110111", "v": "1111011",
    "w": "1101011", "x": "11011111", "y": "1011101", "z": "111010101", "A": "1111101",
    "B": "11101011", "C": "10101101", "D": "10110101", "E": "1110111", "F": "11011011",
    "G": "11111101", "H": "101010101", "I": "1111111", "J": "111111101", "K": "101111101",
    "L": "11010111", "M": "10111011", "N": "11011101", "O": "10101011", "P": "11010101",
    "Q": "111011101", "R": "10101111", "S": "1101111", "T": "1101101", "U": "101010111",
    "V": "110110101", "W": "101011101", "X": "101110101", "Y": "101111011", "Z": "1010101101",
    "0": "10110111", "1": "10111101", "2": "11101101", "3": "11111111", "4": "101110111",
    "5": "101011011", "6": "101101011", "7": "110101101", "8": "110101011", "9": "110110111",
}  # fmt: skip

WORDS = (
    "the and for you name is here my wx temp rig ant dipole vertical watts pwr all best tnx fer "
    "call ur rst in city old man good to see copy back again report qth age years radio since "
    "licence computer software station info running power into up meters high sky clear rain wind "
    "hope cuagn on this mode nice signal with some qsb noise band open today dear please send qsl "
    "via bureau direct weather sunny deg celsius great contact have a nice day from"
).split()
SEA_WORDS = (
    "GALE WARNING NAVAREA COASTAL WARNINGS POSITION BUOY UNLIT LIGHT DERELICT ADRIFT VESSELS "
    "REQUESTED KEEP SHARP LOOKOUT WIND NORTHWEST SOUTHEAST BACKING VEERING FORCE INCREASING "
    "DECREASING SEA STATE MODERATE ROUGH VISIBILITY GOOD POOR RAIN SHOWERS FORECAST VALID UTC "
    "LOW MOVING EAST HIGH RIDGE FROM AREA BOUNDED BY FIRING EXERCISE CABLE OPERATIONS IN PROGRESS "
    "WIDE BERTH CANCEL THIS MSG SUBFACTS CHART SYNOPSIS NORTH SOUTH PART LATER LOCALLY THUNDERSTORM"
).split()


def _pick(rng: Rng, words, count: int) -> str:
    return " ".join(choice(rng, words) for _ in range(count))


def call_sign(rng: Rng) -> str:
    """Draws a call sign of an amateur."""
    letters = [chr(65 + int(c)) for c in rng.integers(0, 26, 5)]
    prefix = "".join(letters[: int(rng.integers(1, 3))])
    return prefix + str(rng.integers(10)) + "".join(letters[2 : 4 + int(rng.integers(0, 2))])


def ham_text(rng: Rng, length: int) -> str:
    """Draws what an amateur types or a contest program sends: at least ``length`` characters."""
    own, other = call_sign(rng), call_sign(rng)
    out = ""
    while len(out) < length:
        kind = rng.random()
        if kind < 0.3:
            out += "CQ " * int(rng.integers(2, 5)) + f"de {own} {own} {own} pse k\r\n"
        elif kind < 0.5:
            out += f"{other} de {own} 599 {int(rng.integers(1, 1000)):03d} {own}\r\n"
        else:
            out += f"{other} de {own} " + _pick(rng, WORDS, int(rng.integers(5, 40))) + " btu k\r\n"
    return out


def sea_text(rng: Rng, length: int) -> str:
    """Draws messages for ships, with their headers: at least ``length`` characters."""
    out = ""
    while len(out) < length:
        station, subject = chr(65 + int(rng.integers(26))), choice(rng, "ABCDEL")
        out += f"ZCZC {station}{subject}{int(rng.integers(1, 100)):02d}\r\n"
        for _ in range(int(rng.integers(2, 12))):
            out += _pick(rng, SEA_WORDS, int(rng.integers(4, 10)))
            if rng.random() < 0.5:
                lat, lon = rng.uniform(0, 70), rng.uniform(0, 170)
                out += f" {lat:05.2f}N {lon:06.2f}E"
            out += "\r\n"
        out += "NNNN\r\n\r\n"
    return out


def weather_text(rng: Rng, length: int) -> str:
    """Draws weather reports in groups of five figures: at least ``length`` characters."""
    out = ""
    while len(out) < length:
        out += f"CQ CQ CQ DE {call_sign(rng)}\r\n" if rng.random() < 0.15 else ""
        groups = [f"{int(g):05d}" for g in rng.integers(0, 100000, 11)]
        out += "AAXX " + " ".join(groups) + "=\r\n"
    return out


def ita2(text: str) -> list[int]:
    """Encodes text in alphabet 2, with shifts: numbers 0 to 31; drops what it cannot carry."""
    out, shift = [LETTERS], LETTERS
    for c in text.upper():
        wanted = LETTERS if c in ITA2_LETTERS else FIGURES
        code = (ITA2_LETTERS if wanted == LETTERS else ITA2_FIGURES).get(c)
        if code is None:
            continue
        if c not in " \r\n" and wanted != shift:
            out.append(wanted)
            shift = wanted
        out.append(code)
    return out


_FOUR_OF_SEVEN = {
    "A": 0x47, "B": 0x72, "C": 0x1D, "D": 0x53, "E": 0x56, "F": 0x1B, "G": 0x35, "H": 0x69,
    "I": 0x4D, "J": 0x17, "K": 0x1E, "L": 0x65, "M": 0x39, "N": 0x59, "O": 0x71, "P": 0x2D,
    "Q": 0x2E, "R": 0x55, "S": 0x4B, "T": 0x74, "U": 0x4E, "V": 0x3C, "W": 0x27, "X": 0x3A,
    "Y": 0x2B, "Z": 0x63, "\r": 0x78, "\n": 0x6C, " ": 0x5C,
}  # fmt: skip
_BY_ITA2 = {ITA2_LETTERS[c]: code for c, code in _FOUR_OF_SEVEN.items()}
_BY_ITA2 |= {LETTERS: 0x5A, FIGURES: 0x36}


def sitor(text: str) -> list[int]:
    """Encodes text in the alphabet of SITOR, in which four of seven bits are ones."""
    return [_BY_ITA2[code] for code in ita2(text)]


def low_bits_first(codes, width: int) -> np.ndarray:
    """Returns the bits of the codes, the lowest first: int64 [len(codes) * width]."""
    return ((np.asarray(codes)[:, None] >> np.arange(width)) & 1).ravel()
