# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""False emissions in noise, recall on real recordings, latency and CPU time of the detector."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.capacity.cpu_time import of_block, thread_cpu_ns
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.labelled_folder import find_recordings
from gnuradio.rfattn.recordings.recording import Recording
from gnuradio.rfattn_station.learning.boxes import Box, edges, score, shared_areas

from ...synthesis.scene import Burst, Scene, draw_scene, render
from ...synthesis.scene_noise import Receiver
from .. import idle_band
from ..air.transmitters import TRANSMITTERS
from .detection_flowgraph import Found, boxes_of, find_emissions, flagged

WARM_UP_S = 0.3
"""Emissions that begin earlier are not used for latency: the noise floor is still being found."""
LIVE_KINDS = ("am", "carrier", "nfm", "pager", "psk31", "qpsk", "rtty", "wfm")
"""Kinds that are on the air for long, for the load of so many live emissions."""
Find = Callable[[np.ndarray, float], dict[int, Found]]


def false_emissions(
    pieces: Iterable[tuple[np.ndarray, float]], find: Find = find_emissions
) -> dict[str, float | None]:
    """False emissions in samples without any: (samples, rate) for each piece."""
    count = faults = exposure = seconds = 0.0
    for samples, rate in pieces:
        found = find(samples, rate)
        receiver = flagged(found)
        count += len(found) - len(receiver)
        faults += len(receiver)
        seconds += len(samples) / rate
        exposure += len(samples) / 1e6
    return {
        "seconds": seconds,
        "false": count,
        "flagged": faults,
        "false /s/MHz": count / exposure if exposure else None,
    }


def noise_scenes(seconds: float, sample_rate: float, receivers: bool, piece_s: float = 10.0):
    """Noise alone in pieces of 10 s, white, or each of another receiver."""
    for k in range(max(1, round(seconds / piece_s))):
        receiver = Receiver.draw(np.random.default_rng([k, 17])) if receivers else Receiver()
        yield render(Scene(piece_s, 500_000 + k, (), receiver), sample_rate)[0], sample_rate


def noise_recordings(folders: Sequence[str]):
    """The complex recordings labelled noise; without a stated rate they count as 1 MS/s."""
    for entry in itertools.chain.from_iterable(map(find_recordings, folders)):
        recording = open_recording(entry.path)
        if entry.label == "noise" and not recording.is_real:
            yield recording.samples(), recording.sample_rate or 1e6


def boxed_recordings(folders: Sequence[str]):
    """Complex recordings with a rate whose annotations all have edges: (name, recording)."""
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.sigmf-meta")):
            recording = open_recording(path)
            if recording.sample_rate and not recording.is_real and has_boxes(recording):
                yield str(path.relative_to(folder)), recording


def has_boxes(recording: Recording) -> bool:
    """Whether there are annotations, and all have edges."""
    marks = recording.annotations
    return bool(marks) and all(a.freq_lower_edge is not None for a in marks)


def true_boxes(recording: Recording) -> list[Box]:
    """The annotations of a recording as boxes relative to its centre."""
    centre = recording.frequency or 0.0
    return [
        Box(a.start, a.count, a.freq_lower_edge - centre, a.freq_upper_edge - centre, number)
        for number, a in enumerate(recording.annotations)
    ]


def score_recording(recording: Recording, find: Find = find_emissions) -> dict:
    """Recall on one recording, its boxes and those that were found."""
    truth = true_boxes(recording)
    found = boxes_of(find(recording.samples(), recording.sample_rate))
    result = score(truth, found)
    boxes = result.boxes_per_emission
    return {
        "boxes": len(truth),
        "found": len(found),
        "touched": result.touched_share,
        "recall 0.3": result.recall(0.3),
        "recall 0.5": result.recall(0.5),
        "boxes an emission": boxes if np.isfinite(boxes) else None,
    }


def latencies(bursts: Sequence[Burst], sample_rate: float, found: dict[int, Found]) -> list[float]:
    """Seconds from the first sample of an emission to the first message about it.

    Counted once for each true emission that begins after `WARM_UP_S` and is touched.
    """
    begun = {b.emission for b in bursts if b.start_s < WARM_UP_S}
    fresh = [b for b in bursts if b.emission not in begun]
    truth = [b.box(sample_rate) for b in fresh]
    best: dict[int, float] = {}
    for emission in found.values():
        if not truth or not emission.boxes:
            continue
        first = min(emission.boxes, key=lambda b: b.sample_start)
        shared = shared_areas(edges(truth), edges([first]))[:, 0]
        if shared.any():
            burst = fresh[int(shared.argmax())]
            delay = emission.first_now / sample_rate - burst.start_s
            best[burst.emission] = min(delay, best.get(burst.emission, np.inf))
    return list(best.values())


def measure_latency(
    seeds: Iterable[int], snr_db: float, sample_rate: float, find: Find = find_emissions
) -> dict:
    """The median and the 95 % quantile over many scenes, in seconds."""
    values: list[float] = []
    for seed in seeds:
        scene = draw_scene(seed, snr_db=snr_db, kinds=tuple(TRANSMITTERS))
        samples, bursts = render(scene, sample_rate)
        values += latencies(bursts, sample_rate, find(samples, sample_rate))
    p50, p95 = np.quantile(values, (0.5, 0.95)).tolist() if values else (None, None)
    return {"snr_db": snr_db, "emissions": len(values), "p50_s": p50, "p95_s": p95}


def measure_cpu(sample_rate: float, emissions: int, seconds: float = 2.0) -> dict:
    """CPU seconds of detector and extractor per second of samples, with emissions on the air.

    Samples are played once: where a scene is repeated, every signal in it breaks off, and the
    clicks of that are emissions of their own. The first 0.4 s and the last 0.1 s are not measured.

    Args:
        seconds: length of the scene.
    """
    scene = draw_scene(77, seconds, emissions, snr_db=(10.0, 25.0), kinds=LIVE_KINDS)
    samples, _ = render(scene, sample_rate)
    detector = rfattn.emission_detector(sample_rate)
    extractor = rfattn.emission_extractor(sample_rate, max_snr_db=0.0, frame_sync=False)
    n_bins = 64
    with tempfile.NamedTemporaryFile(suffix=".cf32") as file:
        samples.tofile(file)
        file.flush()
        top = gr.top_block("cpu")
        source = blocks.file_source(gr.sizeof_gr_complex, file.name, False)
        top.connect(source, detector, extractor, blocks.null_sink(gr.sizeof_float * n_bins))
        top.start()
        first, before = _thread_times(extractor, 0.4 * sample_rate)
        last, after = _thread_times(extractor, (seconds - 0.1) * sample_rate)
        live = detector.emissions_live()
        top.stop()
        top.wait()
    spent = {thread: after[thread] - before.get(thread, 0) for thread in after}
    by_block = {
        name: of_block(spent, block) / 1e9 / ((last - first) / sample_rate)
        for name, block in (("detector", detector), ("extractor", extractor))
    }
    return {
        "sample_rate": sample_rate,
        "drawn": len(scene.emissions),
        "live": live,
        "cpu": by_block,
        "together": sum(by_block.values()),
    }


def _thread_times(block, count: float) -> tuple[int, dict[str, int]]:
    """Waits until a block has read so many items; what it has read, and the CPU nanoseconds of the
    blocks' threads by name."""
    while block.nitems_read(0) < count:
        time.sleep(0.005)
    times = {thread.rpartition("/")[0]: used for thread, used in thread_cpu_ns().items()}
    return block.nitems_read(0), times


def measure_idle(sample_rate: float = 2.4e6, seconds: float = 20.0) -> dict:
    """CPU seconds of a whole flowgraph with a model per second of an idle band; see `idle_band`."""
    whole, source, labeller = idle_band.measure(seconds, sample_rate)
    return {
        "sample_rate": sample_rate,
        "cpu": whole,
        "source": source,
        "processed": labeller.tokens()["processed"],
    }
