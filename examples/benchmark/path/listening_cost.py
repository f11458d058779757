#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What listening costs: how soon sound comes, and CPU time of `live`, `listen` and demodulators.

`gr-rfattn live` plays a made-up band of 250 kS/s with a tone on FM in real time, without and with a
listener, by turns. Requests are counted from the subscription to the first piece of sound.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import mean

import numpy as np
import zmq
from gnuradio.rfattn.blocks.parts.audio_demodulator import AudioDemodulator
from gnuradio.rfattn.blocks.parts.demodulator import ChannelQueue
from gnuradio.rfattn.messages.audio import AudioRequest
from gnuradio.rfattn.reporting import table_of
from gnuradio.rfattn_station.sound.audio_subscriber import SoundMessages, subscribe_audio

COMMAND = (sys.executable, "-c", "from gnuradio.rfattn.cli import main; raise SystemExit(main())")
RATE, MIDDLE, TONE_HZ, DEVIATION_HZ = 250e3, 145.5e6, 1000.0, 3000.0
EMISSION_HZ = 30e3
"""Of the emission, from the middle of the band."""
REQUEST = AudioRequest(None, round(MIDDLE + EMISSION_HZ), "fm")
CHANNEL_RATE, CHANNEL_S = 20e3, 10.0
TOPIC = "rfattn"
LIMIT_S = 60.0
"""For a message of `live`."""
START_S = 5.0
"""In which a program has started."""


def write_band(folder: Path, seconds: float) -> Path:
    """A recording of the band, cf32, whose name states rate and frequency."""
    t = np.arange(round(seconds * RATE)) / RATE
    turns = EMISSION_HZ * t - DEVIATION_HZ / (2 * np.pi * TONE_HZ) * np.cos(2 * np.pi * TONE_HZ * t)
    rng = np.random.default_rng(1)
    noise = rng.standard_normal(2 * len(t), np.float32).view(np.complex64)
    path = folder / f"tone_{MIDDLE / 1e6:g}M_{RATE / 1e3:g}k.cf32"
    (0.1 * np.exp(2j * np.pi * turns) + 2e-3 * noise).astype(np.complex64).tofile(path)
    return path


@contextmanager
def live(path: Path, address: str):
    """Runs `live` with the recording; gives its process once the emission is on the air."""
    words = ["live", "--source", f"file={path}", "--stats", address, "--quiet"]
    process = subprocess.Popen([*COMMAND, *words], stdout=subprocess.DEVNULL)
    try:
        receive_sound(address)
        yield process
    finally:
        process.terminate()
        process.wait()


def receive_sound(address: str, seconds: float = 0.0) -> float:
    """Listens until sound has come, and for so long; returns after how many s it came."""
    began, first = time.monotonic(), None
    with subscribe_audio(zmq.Context, address, TOPIC, REQUEST, "listening_cost") as socket:
        messages = SoundMessages(TOPIC)
        while first is None or time.monotonic() - began < seconds:
            if not socket.poll(1000 * LIMIT_S):
                raise TimeoutError(f"listening_cost: no sound in {LIMIT_S:g} s")
            _, samples = messages.read(socket.recv_multipart())
            if len(samples) and first is None:
                first = time.monotonic() - began
    return first


def cpu_s(process: subprocess.Popen) -> float:
    """CPU seconds that all threads of a process have taken."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def share(process: subprocess.Popen, wait, seconds: float) -> float:
    """Cores that a process takes while ``wait(seconds)`` runs."""
    before, began = cpu_s(process), time.monotonic()
    wait(seconds)
    return (cpu_s(process) - before) / (time.monotonic() - began)


def listen_share(address: str, folder: Path, seconds: float) -> float:
    """Cores that `gr-rfattn listen --out FILE` takes, its start left out."""
    words = ["listen", f"{REQUEST.frequency}Hz", "--stats", address]
    words += ["--out", str(folder / "sound.wav")]
    process = subprocess.Popen([*COMMAND, *words], stderr=subprocess.DEVNULL)
    try:
        time.sleep(START_S)
        return share(process, time.sleep, seconds)
    finally:
        process.terminate()
        process.wait()


def demodulating_s(kind: str) -> float:
    """CPU seconds for a channel of `CHANNEL_S` s."""
    rng = np.random.default_rng(1)
    count = round(CHANNEL_S * CHANNEL_RATE)
    queue = ChannelQueue(2**30)
    flowgraph = AudioDemodulator(kind, queue, lambda data: True, CHANNEL_RATE, 0.0, 10e3, 1.0)
    queue.put(rng.standard_normal(2 * count, np.float32).view(np.complex64), False)
    queue.end()
    before = time.process_time()
    flowgraph.run()
    return time.process_time() - before


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--turns", type=int, default=3, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=8, help="default: %(default)s")
    chosen = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        address = f"ipc://{folder}/stats"
        length_s = 2 * chosen.turns * (chosen.seconds + 1) + chosen.seconds + 2 * chosen.requests
        path = write_band(folder, length_s + 20.0)
        shares: dict[str, list[float]] = {"nobody": [], "one": []}
        with live(path, address) as process:
            for _ in range(chosen.turns):
                shares["nobody"].append(share(process, time.sleep, chosen.seconds))
                heard = share(process, lambda s: receive_sound(address, s), chosen.seconds)
                shares["one"].append(heard)
            delays = [receive_sound(address) for _ in range(chosen.requests)]
            listening = listen_share(address, folder, chosen.seconds)
    rows = {
        "from the request to the first sound, s": f"{min(delays):.2f} to {max(delays):.2f}",
        "`live`, nobody listens, cores": f"{mean(shares['nobody']):.3f}",
        "`live`, one listener, FM, cores": f"{mean(shares['one']):.3f}",
        "`listen --out`, cores": f"{listening:.3f}",
    } | {
        f"demodulating {CHANNEL_S:g} s, {kind.upper()}, s of CPU": f"{demodulating_s(kind):.2f}"
        for kind in ("fm", "am", "usb")
    }
    print(table_of({"what": lambda row: row[0], "": lambda row: row[1]}, rows.items()), end="")


if __name__ == "__main__":
    main()
