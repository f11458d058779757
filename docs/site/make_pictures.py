#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the pictures of the page and of the Qt window, examples/serve.png and examples/qt_live.png.

docs/site/make_pictures.py FOLDER [page] [window]

It makes a band of synthetic signals in FOLDER, which takes some minutes, unless it is there
already; plays it in real time to `gr-rfattn label` and `serve` and takes the picture in Chromium;
and plays it to examples/qt_live.py on a screen of Xvfb. Needs chromium, Xvfb and PYTHONPATH as the
tests do. The picture of the page is taken when it shows all that it must, however slow the machine
is.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
sys.path[:0] = [str(ROOT / "tests" / "support")]

SEED, SECONDS, RATE, MIDDLE = 5, 34.0, 2.4e6, 161.4e6
KINDS = ("nfm", "dmr", "carrier", "pager")
EMISSIONS, SNR_DB = 8, (14.0, 30.0)
AIS_HZ, AIS_SNR_DB, AIS_ROOM_HZ = (161.975e6, 162.025e6), 24.0, 40e3
SHIPS = (  # number (MMSI), latitude, longitude (degrees), speed (kn)
    (211234560, 53.5421, 9.9000, 12.3),
    (219001234, 53.5390, 9.8712, 7.8),
    (244780120, 53.5467, 9.9330, 0.0),
)
SHOWN_AFTER_S = 30.5  # a whole waterfall
LIMIT_S = 900.0  # for each wait: a busy machine plays slower than real time
# Of the waterfall: whether its oldest row is drawn, beside the ground of what is none.
IS_WHOLE = """(() => { const canvas = document.getElementById("waterfall");
  const strip = (x) => canvas.getContext("2d").getImageData(x, 298, 9, 1).data.join();
  return strip(200) !== strip(201); })()"""
# The first emission of the table that has ended and below whose row stands what was read from it.
ENDED = """[...document.querySelectorAll('#lines .ended')]
  .find((row) => row.nextElementSibling?.matches('.content'))"""
FIELDS = "document.querySelector('#contentlines summary')"
COLOURS = 200
RARE = ((67, 199, 123), (98, 168, 255), (111, 227, 255), (255, 255, 255))  # of dots, bars and boxes
SIZE = 1360, 1010


def ships(rng, seconds: float):
    """A channel of AIS: reports of the position of `SHIPS` in turn, some at a time."""
    from gnuradio.rfattn_workshop.synthesis.services.craft.ships import BAUD, FLAG
    from gnuradio.rfattn_workshop.synthesis.services.parts.packets import (
        crc16,
        number_bits,
        stuff,
    )
    from gnuradio.rfattn_workshop.synthesis.waves.keying import send
    from gnuradio.rfattn_workshop.synthesis.waves.waveform import gaussian_fsk

    rate, turn = 48e3, itertools.cycle(SHIPS)

    def burst():
        mmsi, latitude, longitude, knots = next(turn)
        fields = (1, 6), (0, 2), (mmsi, 30), (0, 4), (128, 8), (round(10 * knots), 10), (0, 1)
        fields += (round(600_000 * longitude), 28), (round(600_000 * latitude), 27), (0, 52)
        data = np.concatenate([number_bits(*field) for field in fields])
        data = data.reshape(-1, 8)[:, ::-1].ravel()  # an octet begins with its lowest bit
        body = stuff(np.concatenate([data, 1 - crc16(data)]))
        sent = np.concatenate([[0] * 6, np.arange(24) % 2, FLAG, body, FLAG, [0]])
        levels = np.cumsum(1 - sent) % 2
        return gaussian_fsk(2.0 * levels - 1, rate / BAUD, 2400 / rate, 0.4)

    def gap():
        return rng.uniform(0.2, 1.0) if rng.random() < 0.85 else rng.uniform(5.0, 8.0)

    return send(rng, seconds, rate, burst, gap, 0.0005)


def make_band(folder: Path) -> Path:
    """A recording of signals that may be heard around 161.4 MHz."""
    from gnuradio.rfattn_workshop.judges.air import (  # noqa: F401
        transmitters,  # scenes have its kinds once it is imported
    )
    from gnuradio.rfattn_workshop.synthesis.scene import draw_scene
    from gnuradio.rfattn_workshop.synthesis.scene_files import write_scene
    from gnuradio.rfattn_workshop.synthesis.scene_signal import add_kinds
    from gnuradio.rfattn_workshop.synthesis.scene_truth import Emission

    found = list(folder.glob("*.sigmf-meta"))
    if found:
        return found[0]
    add_kinds({"ships": ships})
    channels = [hz - MIDDLE for hz in AIS_HZ]
    scene = draw_scene(SEED, SECONDS, emissions=EMISSIONS, snr_db=SNR_DB, kinds=KINDS)
    others = [
        emission
        for emission in scene.emissions
        if all(abs(emission.centre_hz - hz) > AIS_ROOM_HZ for hz in channels)
    ]
    ais = [Emission("ships", k, hz, AIS_SNR_DB) for k, hz in enumerate(channels)]
    (meta,) = write_scene(replace(scene, emissions=(*others, *ais)), folder, [RATE])
    about = json.loads(meta.read_text())
    about["captures"][0]["core:frequency"] = MIDDLE
    meta.write_text(json.dumps(about))
    return meta


def take_page(recording: Path, folder: Path) -> None:
    import browser as driver
    from page_server import Server

    driver.LIMIT_S = LIMIT_S
    stats, recordings = f"ipc://{folder}/stats", folder / "recordings"
    command = [ROOT / "build" / "gr-rfattn", "label", recording, "--throttle", "--quiet"]
    command += ["--stats", stats, "--record", recordings]
    with ExitStack() as stack:  # nothing is left running when a wait is over
        server = Server(stats, "--recordings", recordings)
        stack.callback(server.stop)
        browser = driver.Browser(*SIZE, dark=True)
        stack.callback(browser.close)
        browser.tell("Emulation.setScrollbarsHidden", hidden=True)
        browser.open(server.page)
        flowgraph = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        stack.callback(flowgraph.wait)
        stack.callback(flowgraph.terminate)
        picture = show_emissions(browser)
    (EXAMPLES / "serve.png").write_bytes(picture)
    shrink(EXAMPLES / "serve.png")


def show_emissions(browser) -> bytes:
    """The page once its waterfall is whole, with the details of an emission that has ended and the
    fields of its newest frame."""
    browser.wait_for("document.querySelectorAll('#lines tr').length > 0")
    for _ in range(2):  # the loudest first
        browser.value("document.querySelector('[data-column=snr]').click()")
    browser.wait_for(f"{ENDED} && ({ENDED}.click(), true)")
    browser.wait_for("document.getElementById('pictured').innerText.startsWith('From its I/Q')")
    browser.wait_for(f"{FIELDS} && ({FIELDS}.click(), true)")
    browser.wait_for(IS_WHOLE)
    return browser.screenshot()


def take_window(recording: Path) -> None:
    from screen import screen

    driver, picture = ROOT / "tests" / "support" / "picture_of_qt_live.py", EXAMPLES / "qt_live.png"
    arguments = [picture, str(SHOWN_AFTER_S), "--recording", recording]
    with screen() as display:
        subprocess.run(
            [sys.executable, driver, *arguments], env={**os.environ, "DISPLAY": display}, check=True
        )
    shrink(picture)


def shrink(picture: Path) -> None:
    """Reduces a PNG to some 200 colours, which makes a picture of noise a third as large."""
    from PIL import Image

    none = Image.Dither.NONE
    whole = Image.open(picture).convert("RGB")
    palette = Image.new("P", (1, 1))
    common = whole.quantize(COLOURS, dither=none).getpalette()[: 3 * COLOURS]
    palette.putpalette(common + [value for colour in RARE for value in colour])
    whole.quantize(palette=palette, dither=none).save(picture, optimize=True)


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    began = time.monotonic()

    def show(what: str) -> None:
        print(f"{time.monotonic() - began:4.0f} s: {what}", file=sys.stderr, flush=True)

    show("makes the band, unless it is there")
    recording = make_band(folder / "band")
    wanted = sys.argv[2:] or ["page", "window"]
    if "page" in wanted:
        show("takes the page")
        take_page(recording, folder)
    if "window" in wanted:
        show("takes the window")
        take_window(recording)
    show("done")


if __name__ == "__main__":
    main()
