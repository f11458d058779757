# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals of programs of Debian: odr-dabmod, direwolf, minimodem, wsjtx, ebook2cw, codec2, hacktv.

A program that makes audio feeds an ideal transmitter: FM, or the upper sideband.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from subprocess import DEVNULL, PIPE

import numpy as np
import scipy.signal

from .labels_foreign_modulators import audio_of, call
from .labels_foreign_sender import SHORTWAVE, Made, Rng, Sender

_DAB = """
general {{ dabmode 1 nbframes {frames} syslog false tist false managementport 0 }}
remotecontrol {{ telnetport 0 }}
ensemble {{ id 0x4fff ecc 0xe1 local-time-offset auto label "Test" shortlabel "Test" }}
services {{ one {{ id 0x4daa label "One" }} }}
subchannels {{
    data {{ type data bitrate {kbit} id 1 protection 3 inputproto prbs inputuri "prbs://" }}
}}
components {{ part {{ service one subchannel data type 5 }} }}
outputs {{ file "file://./x.eti?type=raw" }}
"""
_VHF = (136e6, 174e6)
_CALLS = "K1ABC W9XYZ DL1ABC G4XYZ JA1ZZZ VK3AB F5XX EA4YY".split()
_GRIDS = "EN37 FN42 JO31 IO91 PM95 QF22 JN18 IN80".split()


def _message(rng: Rng) -> str:
    first, second = rng.choice(_CALLS, 2, replace=False)
    return f"{first} {second} {rng.choice(_GRIDS)}"


def _text(rng: Rng, words: int) -> str:
    letters = list("ETAOINSHRDLUCMFYWGPBVKXQJZ")
    return " ".join("".join(rng.choice(letters, rng.integers(2, 7))) for _ in range(words))


def upper_sideband(audio: np.ndarray, rate: float) -> Made:
    return scipy.signal.hilbert(audio), rate


def frequency_modulated(audio: np.ndarray, rate: float, deviation: float) -> Made:
    return np.exp(2j * np.pi * deviation / rate * np.cumsum(audio)), rate


def dab(rng: Rng) -> Made:
    with tempfile.TemporaryDirectory() as folder:
        kbit = int(rng.choice([256, 512, 768]))
        Path(folder, "x.mux").write_text(_DAB.format(frames=32, kbit=kbit))
        call("odr-dabmux", "x.mux", folder=folder)
        call("odr-dabmod", "x.eti", "-f", "x.iq", "-F", "complexf", "-m", 1, folder=folder)
        return np.fromfile(Path(folder, "x.iq"), np.complex64), 2.048e6


def direwolf(*settings) -> Callable[[Rng], tuple[np.ndarray, int]]:
    """The audio of some packets."""

    def make(rng: Rng) -> tuple[np.ndarray, int]:
        lines = "".join(f"N0CALL>WORLD:{_text(rng, 6)}\n" for _ in range(3))
        return audio_of("gen_packets", *settings, "-r", 48000, "-o", "x.wav", "-", text=lines)

    return make


def on_fm(audio_of_all: Callable, deviation: float = 3000.0) -> Callable[[Rng], Made]:
    """On the air only while there is audio."""

    def make(rng: Rng) -> Made:
        audio, rate = audio_of_all(rng)
        wave, _ = frequency_modulated(audio, rate, deviation)
        loud = scipy.signal.convolve(np.abs(audio), np.ones(99), "same") > 1
        return wave * loud, rate

    return make


def on_sideband(audio_of_all: Callable) -> Callable[[Rng], Made]:
    return lambda rng: upper_sideband(*audio_of_all(rng))


def minimodem(mode: str, words: int) -> Callable[[Rng], tuple[np.ndarray, int]]:
    def make(rng: Rng) -> tuple[np.ndarray, int]:
        text = _text(rng, words) + "\n"
        return audio_of("minimodem", "--tx", "-q", "-f", "x.wav", mode, text=text)

    return make


def wsjtx(program: str, *before, after=()) -> Callable[[Rng], tuple[np.ndarray, int]]:
    """A message without noise."""

    def make(rng: Rng) -> tuple[np.ndarray, int]:
        return audio_of(program, *before, _message(rng), *after)

    return make


def jt65(rng: Rng) -> tuple[np.ndarray, int]:
    """Its program takes no message."""
    return audio_of("jt65sim", "-m", "A", "-f", 1, "-n", 1, "-s", 99)


def wspr(rng: Rng) -> Made:
    message = f"{rng.choice(_CALLS)} {rng.choice(_GRIDS)} {rng.choice([23, 30, 33, 37])}"
    if shutil.which("wsprsim") is None:
        raise FileNotFoundError("wsprsim")
    with tempfile.TemporaryDirectory() as folder:
        # It returns 1 in any case.
        subprocess.run(["wsprsim", "-o", "x.c2", message], cwd=folder, stdout=DEVNULL)
        # The head has a name of 14 bytes, the type, and the frequency.
        return np.fromfile(Path(folder, "x.c2"), "<f4", offset=26).view(np.complex64), 375.0


def morse(rng: Rng) -> tuple[np.ndarray, int]:
    """ebook2cw writes MP3, which ffmpeg decodes."""
    settings = "-w", rng.integers(14, 30), "-f", 700, "-s", 11025, "-b", 64, "-q", 1, "-o", "c"
    with tempfile.TemporaryDirectory() as folder:
        call("ebook2cw", *settings, folder=folder, text=_text(rng, 5))
        (path,) = Path(folder).glob("c*.mp3")
        call("ffmpeg", "-v", "error", "-i", path.name, "-f", "f32le", "x.raw", folder=folder)
        audio = np.fromfile(Path(folder, "x.raw"), np.float32)
    return audio / np.abs(audio).max(), 11025


def codec2_fsk(rng: Rng) -> Made:
    """Four tones of codec2's fsk_mod."""
    baud = int(rng.choice([100, 400, 1200]))
    with tempfile.TemporaryDirectory() as folder:
        rng.integers(0, 2, 2 * 3 * baud).astype(np.uint8).tofile(Path(folder, "bits"))
        settings = 4, 48000, baud, 4000, 2 * baud
        call("fsk_mod", "-c", *settings, "bits", "x.raw", folder=folder)
        parts = np.fromfile(Path(folder, "x.raw"), "<i2").reshape(-1, 2)
    wave = parts @ [1, 1j]
    return wave * np.exp(-2j * np.pi * 4000 / 48000 * np.arange(len(wave))), 48e3


def codec2_carriers(rng: Rng) -> tuple[np.ndarray, int]:
    """FreeDV's modem of 14 carriers, fdmdv_mod."""
    with tempfile.TemporaryDirectory() as folder:
        rng.integers(0, 256, 4 * 1400 // 8).astype(np.uint8).tofile(Path(folder, "bits"))
        call("fdmdv_mod", "bits", "x.raw", folder=folder)
        audio = np.fromfile(Path(folder, "x.raw"), "<i2") / 32768
    return audio / np.abs(audio).max(), 8000


def television(mode: str, rate: float, seconds: float = 0.12) -> Callable[[Rng], Made]:
    """Colour bars of hacktv; it never ends by itself."""

    def make(rng: Rng) -> Made:
        if shutil.which("hacktv") is None:
            raise FileNotFoundError("hacktv")
        count = 4 * round(rate * seconds)
        command = ["hacktv", "-m", mode, "-s", f"{rate:.0f}", "-o", "file:-", "test:colourbars"]
        with subprocess.Popen(command, stdout=PIPE, stderr=DEVNULL) as program:
            octets = program.stdout.read(2 * count)[count:]
            program.kill()
        return np.frombuffer(octets, "<i2").reshape(-1, 2) @ [1, 1j], rate

    return make


_HF, _FM = ("HF digital",), ("analogue FM",)
_FAST = direwolf("-B", 9600)
SENDERS = (
    Sender("DAB", "odr-dabmod", dab, ("dab",)),
    Sender("AFSK of 1200 Bd", "direwolf", on_fm(direwolf("-B", 1200)), ("afsk1200",)),
    Sender("FX.25 of 1200 Bd", "direwolf", on_fm(direwolf("-X", 16)), ("afsk1200",)),
    Sender("packets of 9600 Bd", "direwolf", on_fm(_FAST), ("sat_fsk",), (), (145e6, 438e6)),
    Sender("packets of 300 Bd", "direwolf", on_sideband(direwolf("-B", 300)), (), _HF, SHORTWAVE),
    Sender(
        "QPSK of 2400 bit/s on FM", "direwolf", on_fm(direwolf("-B", 2400, "-j")), (), _FM, _VHF
    ),
    Sender("teletype", "minimodem", on_sideband(minimodem("rtty", 8)), ("rtty",)),
    Sender("Bell 103", "minimodem", on_sideband(minimodem("300", 20)), (), _HF, SHORTWAVE),
    Sender("SAME", "minimodem", on_fm(minimodem("same", 25)), (), _FM, _VHF),
    Sender("FT8", "wsjtx", on_sideband(wsjtx("ft8sim", after=(1500, 0, 0, 0, 1, 99))), ("ft8",)),
    Sender("JT65", "wsjtx", on_sideband(jt65), ("jt65",)),
    Sender("WSPR", "wsjtx", wspr, ("wspr",)),
    Sender(
        *(
            "Q65",
            "wsjtx",
            on_sideband(wsjtx("q65sim", after=("A", 1500, 0, 0, 0, 1, 30, 1, 1, 99))),
        ),
        *((), _HF, (50e6, 146e6)),
    ),
    Sender(
        *("FST4", "wsjtx", on_sideband(wsjtx("fst4sim", after=(15, 1500, 0, 0, 0, 1, 99, "F")))),
        *((), _HF, SHORTWAVE),
    ),
    Sender(
        *("JT4", "wsjtx", on_sideband(wsjtx("jt4sim", after=("A", 1, 0, 0, 1, 99)))),
        *((), _HF, (50e6, 146e6)),
    ),
    Sender(
        *("JT9", "wsjtx", on_sideband(wsjtx("jt49sim", after=("9A", 1, 0, 0, 0, 1, 99)))),
        *((), _HF, SHORTWAVE),
    ),
    Sender(
        *("MSK144", "wsjtx", on_sideband(wsjtx("msk144sim", after=(15, 1500, 0.12, 99, 1)))),
        *((), (*_HF, "FSK packets", "PSK"), (50e6, 146e6)),
    ),
    Sender("Morse", "ebook2cw", on_sideband(morse), ("cw",)),
    Sender("four tones", "codec2", codec2_fsk, (), (*_HF, "FSK telemetry"), SHORTWAVE),
    Sender("14 carriers", "codec2", on_sideband(codec2_carriers), (), _HF, SHORTWAVE),
    Sender("PAL television", "hacktv", television("i", 16e6), (), (), (470e6, 860e6)),
    Sender(
        "D2-MAC on FM", "hacktv", television("d2mac-fm", 40.5e6, 0.06), (), _FM, (950e6, 2150e6)
    ),
    Sender(
        *("television of 32 lines", "hacktv", television("nbtv-am", 1e5, 2.0)),
        *((), ("analogue AM",), SHORTWAVE),
    ),
)
