# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a scene as SigMF recordings, one for each rate, with an annotation for each burst."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn.recordings import sigmf_keys as keys
from gnuradio.rfattn.recordings.sigmf import (
    DATA_SUFFIX,
    GENERATOR,
    META_SUFFIX,
    VERSION,
    Annotation,
)

from .scene import Burst, Scene, render
from .scene_signal import SERVICE


def write_scene(
    scene: Scene,
    out: str | os.PathLike,
    sample_rates: Sequence[float],
    progress: Callable[[str], None] = lambda name: None,
) -> list[Path]:
    """Writes ``scene_SEED_RATEk`` as ci16 into a folder, for each rate.

    An annotation has the kind as its label, exact edges in Hz relative to the centre, and a comment
    with the number of the emission and its SNR.

    Args:
        progress: called with the name of each recording when it is written.

    Returns:
        The ``.sigmf-meta`` files.

    Raises:
        ValueError: see `scene.render`.
        FileExistsError: ``out`` is not empty.
    """
    out = Path(out)
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out}: must be empty or new")
    written = []
    for rate in sample_rates:
        samples, bursts = render(scene, rate)
        out.mkdir(parents=True, exist_ok=True)
        stem = out / f"scene_{scene.seed}_{rate / 1e3:g}k"
        data = np.round(samples.view(np.float32) * 32767).astype("<i2")
        replace_file(f"{stem}{DATA_SUFFIX}", data.tobytes())
        meta = json.dumps(_metadata(scene, rate, bursts), indent=1)
        replace_file(f"{stem}{META_SUFFIX}", meta + "\n")
        written.append(Path(f"{stem}{META_SUFFIX}"))
        progress(stem.name)
    return written


def _metadata(scene: Scene, rate: float, bursts: Sequence[Burst]) -> dict:
    annotations = [_annotation(burst, rate) for burst in bursts]
    return {
        keys.GLOBAL: {
            keys.DATATYPE: "ci16_le",
            keys.SAMPLE_RATE: float(rate),
            keys.VERSION: VERSION,
            keys.LICENSE: "https://spdx.org/licenses/GPL-3.0-or-later.html",
            keys.DESCRIPTION: f"Synthetic scene, seed {scene.seed}: {len(scene.emissions)} "
            "emissions.",
            keys.RECORDER: GENERATOR,
        },
        keys.CAPTURES: [{keys.SAMPLE_START: 0}],
        keys.ANNOTATIONS: [a.to_dict() for a in sorted(annotations, key=lambda a: a.start)],
    }


def _annotation(burst: Burst, rate: float) -> Annotation:
    first = int(burst.start_s * rate)
    end = int(np.ceil((burst.start_s + burst.duration_s) * rate - 1e-6))
    return Annotation(
        first,
        end - first,
        burst.kind.removeprefix(SERVICE),
        burst.freq_lower,
        burst.freq_upper,
        f"emission {burst.emission}, SNR {burst.snr_db:.1f} dB",
    )
