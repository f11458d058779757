# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The spectrogram of one emission as a picture: of its I/Q, else of the waterfall."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from gnuradio.rfattn.recordings.sigmf import META_SUFFIX

from .page import Page

_MARGIN = 0.5
"""Of the width of an emission, on each side of it."""
_LEAST_BINS = 8
_OF_CHANNEL = "the middle of its channel"
_SPAN_DB = 60.0
"""Below the strongest value; what is weaker is drawn alike."""


@dataclass(frozen=True)
class Picture:
    """Values in dB, the oldest row first.

    Attributes:
        values: float [rows, bins].
        low, high: edges of the band, Hz.
        middle: what these count from, in words; "": from 0 Hz.
        seconds: how long it is; None: not known.
        source: what it was made of.
    """

    values: np.ndarray
    low: float
    high: float
    middle: str
    seconds: float | None
    source: str


def find_picture(page: Page, emission: dict) -> Picture | None:
    """The spectrogram of an emission of the page; None where the page has neither I/Q of it nor a
    part of the waterfall.

    Raises:
        PageError: the page does not answer.
    """
    key = emission["key"]
    files = [file["name"] for file in page.get(f"recordings/{key}") or ()]
    metas = [name for name in files if name.endswith(META_SUFFIX)]
    sent = page.get(f"spectrogram/{key}/{metas[0]}") if metas else None
    if sent is not None:
        values = _unpacked(sent).reshape(sent["rows"], sent["bins"])
        edges = sent["low"], sent["high"], "" if sent["is_absolute"] else _OF_CHANNEL
        return Picture(values, *edges, sent["seconds"], "its I/Q, without pauses between bursts")
    return _of_waterfall(page.snapshot()["rows"], emission)


def _of_waterfall(rows: list[dict], emission: dict) -> Picture | None:
    """As pictureOfRows of the page's spectrogram.js."""
    end = emission["sample_start"] + emission["sample_count"]
    nexts = [*(row["sample"] for row in rows[1:]), np.inf]
    within = [
        row
        for row, following in zip(rows, nexts, strict=False)
        if row["time"] >= emission["began"] - 1
        and row["low"] is not None
        and following >= emission["sample_start"]
        and row["sample"] <= end
    ]
    if not within:
        return None
    newest = within[-1]
    same = [row for row in within if (row["low"], row["high"]) == (newest["low"], newest["high"])]
    parts = [_unpacked(row["peak"]) for row in same]
    parts = [part for part in parts if len(part) == len(parts[-1])]
    bins, low = len(parts[-1]), newest["low"]
    width = (newest["high"] - low) / bins
    lower, upper = emission["freq_lower"], emission["freq_upper"]
    margin = max(_MARGIN * (upper - lower), _LEAST_BINS / 2 * width)
    first = max(0, int((lower - margin - low) // width))
    last = min(bins, int(-(-(upper + margin - low) // width)))
    if last - first < 2:
        return None
    return Picture(
        np.stack(parts)[:, first:last],
        low + first * width,
        low + last * width,
        "" if newest["is_absolute"] else "the middle of the band",
        same[-1]["time"] - same[0]["time"] if len(same) > 1 else None,
        "the waterfall",
    )


def _unpacked(sent: dict) -> np.ndarray:
    """Inverse of `feed.packed`."""
    steps = np.frombuffer(base64.b64decode(sent["bytes"]), np.uint8)
    return sent["low_db"] + sent["step_db"] * steps.astype(float)


def draw(picture: Picture, emission: dict) -> bytes:
    """A PNG, the newest row on top; dashed lines are the edges of the emission, unless it is not
    known where in its channel these are."""
    from matplotlib.figure import Figure

    moved = emission["rx_freq"] or 0.0 if picture.middle else 0.0
    figure = Figure(figsize=(7.2, 5.4), layout="constrained")
    axes = figure.subplots()
    scale, unit = (
        (1e6, "MHz") if max(map(abs, (picture.low, picture.high))) >= 1e6 else (1e3, "kHz")
    )
    seconds = picture.seconds or len(picture.values)
    top = float(picture.values.max())
    image = axes.imshow(
        picture.values,
        extent=(picture.low / scale, picture.high / scale, 0.0, seconds),
        origin="lower",
        aspect="auto",
        cmap="inferno",
        vmin=max(float(picture.values.min()), top - _SPAN_DB),
        vmax=top,
        interpolation="nearest",
    )
    edges = emission["freq_lower"], emission["freq_upper"]
    for edge in () if picture.middle == _OF_CHANNEL else edges:
        axes.axvline((edge - moved) / scale, color="white", linestyle="--", linewidth=0.8)
    axes.set_xlim(picture.low / scale, picture.high / scale)
    axes.ticklabel_format(useOffset=False)
    axes.set(
        xlabel=f"frequency{picture.middle and f' from {picture.middle}'} ({unit})",
        ylabel="time (s)" if picture.seconds else "time (rows)",
        title=f"emission {emission['id']}, from {picture.source}",
    )
    figure.colorbar(image, label="power (dB of full scale)")
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=100)
    return file.getvalue()
