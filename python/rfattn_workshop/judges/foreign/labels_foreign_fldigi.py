# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals of fldigi, which runs without a screen or a sound card: in Xvfb, with PulseAudio.

It transmits in real time, some seconds of each mode.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
import xmlrpc.client
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import scipy.signal

from .labels_foreign_sender import SHORTWAVE, Sender

FLDIGI = "fldigi"
NEEDED = (FLDIGI, "Xvfb", "pulseaudio", "parec")
_RATE = 48000
_AUDIO_HZ = 12000
"""Rate of what is kept."""
_SECONDS = 8.0
_PATIENCE_S = 30.0
_GAP_S = 0.02
"""Silence of this length within a transmission is a fault of the sound server."""
_SETTINGS = "<FLDIGI_DEFS><MYCALL>N0CALL</MYCALL><AUDIOIO>2</AUDIOIO></FLDIGI_DEFS>"
"""PulseAudio; with a file of settings no questions are asked at the start."""
_FAX, _NAVTEX = "WEFAX576", "NAVTEX"
_KEYED = "CW", "FELDHELL"
"""Silent between their marks."""


def _sender(name: str, mode: str, right=(), others=("HF digital",)) -> Sender:
    return Sender(name, FLDIGI, (mode,), right, others, None if right else SHORTWAVE)


SENDERS = (
    _sender("Morse of fldigi", "CW", ("cw",)),
    _sender("BPSK31", "BPSK31", ("psk31",)),
    _sender("teletype of fldigi", "RTTY", ("rtty",)),
    _sender("NAVTEX", _NAVTEX, ("navtex",)),
    _sender("Olivia 8/500", "OLIVIA-8/500"),
    _sender("Contestia 16/500", "Cont-16/500"),
    _sender("MFSK16", "MFSK16"),
    _sender("MFSK64", "MFSK64"),
    _sender("DominoEX 11", "DOMX11"),
    _sender("THOR 22", "THOR22"),
    _sender("THROB 4", "THROB4"),
    _sender("MT63 1000", "MT63-1KS"),
    _sender("QPSK125", "QPSK125", (), ("HF digital", "PSK")),
    _sender("8PSK500", "8PSK500", (), ("HF digital", "PSK")),
    _sender("Hellschreiber", "FELDHELL", (), ("HF digital", "OOK", "carrier")),
    _sender("radiofax", _FAX),
)


def missing() -> str | None:
    """The first program that is not installed."""
    return next((name for name in NEEDED if shutil.which(name) is None), None)


def make(jobs: Sequence[dict]) -> dict[str, str]:
    """Writes OUT.npz for {"out", "arguments": [mode], "seed"}; the reasons of failures, by OUT."""
    failed = {}
    with _session() as (server, environment):
        for job in jobs:
            rng = np.random.default_rng(job["seed"])
            try:
                audio = _record(server, environment, rng, *job["arguments"])
            except (RuntimeError, OSError, xmlrpc.client.Error) as error:
                failed[job["out"]] = str(error)
                continue
            wave = scipy.signal.hilbert(scipy.signal.resample_poly(audio, _AUDIO_HZ, _RATE))
            np.savez(job["out"], wave=wave.astype(np.complex64), rate=_AUDIO_HZ)
    return failed


@contextlib.contextmanager
def _session() -> Iterator[tuple[xmlrpc.client.ServerProxy, dict]]:
    """A running fldigi, and the environment in which its sound server is found."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        home = Path(name)
        (home / "run").mkdir(mode=0o700)
        (home / "fldigi_def.xml").write_text(_SETTINGS)
        log = stack.enter_context((home / "log").open("w"))
        environment = os.environ | {
            "HOME": name,
            "XDG_RUNTIME_DIR": str(home / "run"),
            "PULSE_LATENCY_MSEC": "1000",
        }

        def start(*command: str, **more) -> subprocess.Popen:
            program = subprocess.Popen(command, env=environment, stderr=log, **more)
            stack.callback(program.wait)
            stack.callback(program.kill)
            return program

        screen = start("Xvfb", "-displayfd", "1", stdout=subprocess.PIPE, text=True)
        environment["DISPLAY"] = f":{screen.stdout.readline().strip()}"
        sink = "module-null-sink", f"sink_name=out rate={_RATE}"
        modules = "-L", "module-native-protocol-unix", "-L", " ".join(sink)
        start("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", *modules)
        port = _free_port()
        start(
            *(FLDIGI, "--home-dir", name, "--config-dir", name),
            *("--xmlrpc-server-port", str(port)),
            stdout=log,
        )
        server = xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}")
        _wait(lambda: server.fldigi.version(), "fldigi does not start")
        yield server, environment


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _wait(is_done, problem: str) -> None:
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if is_done():
                return
        time.sleep(0.1)
    raise RuntimeError(problem)


def _record(server, environment: dict, rng: np.random.Generator, mode: str) -> np.ndarray:
    """What is on the air, float [n] at `_RATE`; again where the sound server left a gap."""
    for _ in range(3):
        audio = _transmit(server, environment, rng, mode)
        (loud,) = np.nonzero(np.abs(audio) > 1e-3)
        if len(loud) < _RATE:
            continue
        audio = audio[loud[0] : loud[-1] + 1]
        if mode in _KEYED or not _has_gap(audio):
            return audio
    raise RuntimeError(f"fldigi sends nothing, or with gaps, in {mode}")


def _has_gap(audio: np.ndarray) -> bool:
    """Whether all samples of some stretch are exactly zero."""
    size = round(_GAP_S * _RATE)
    blocks = audio[: len(audio) // size * size].reshape(-1, size)
    return bool((blocks == 0).all(axis=1).any())


def _transmit(server, environment: dict, rng: np.random.Generator, mode: str) -> np.ndarray:
    server.modem.set_by_name(mode)
    if server.modem.get_name() != mode:
        raise RuntimeError(f"fldigi has no {mode}")
    server.modem.set_carrier(1500)
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder, "x.raw")
        settings = "--format=s16le", f"--rate={_RATE}", "--channels=1", "--raw", "-d", "out.monitor"
        with raw.open("wb") as file:
            recorder = subprocess.Popen(["parec", *settings], env=environment, stdout=file)
            try:
                _send(server, rng, mode, folder)
            finally:
                recorder.terminate()
                recorder.wait()
        return np.fromfile(raw, "<i2") / 32768


def _send(server, rng: np.random.Generator, mode: str, folder: str) -> None:
    """Some seconds of random text, or of a picture."""
    if mode == _FAX:
        from PIL import Image

        points = rng.integers(0, 256, (8, 80)).astype(np.uint8)
        Image.fromarray(points).resize((800, 40)).save(Path(folder, "x.png"))
        server.wefax.send_file(str(Path(folder, "x.png")), 40)
    else:
        letters = list("etaoinshrdlucmfywgpbvkxqjz     ")
        server.text.clear_tx()
        # Of NAVTEX a whole message is sent, even if it is aborted.
        server.text.add_tx("".join(rng.choice(letters, 25 if mode == _NAVTEX else 300)) + "^r")
        server.main.tx()
        time.sleep(_SECONDS)
        server.main.abort()
    _wait(lambda: server.main.get_trx_status() == "rx", f"fldigi does not end {mode}")
