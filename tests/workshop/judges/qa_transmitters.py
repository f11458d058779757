# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmarks' own transmitters: their signals, and how scenes know them."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from gnuradio.rfattn.recordings.front_end import CHANNEL_FRONT_END
from gnuradio.rfattn_station.cutting.cut import cut
from gnuradio.rfattn_workshop.judges.air.impostors import IMPOSTORS
from gnuradio.rfattn_workshop.judges.air.transmitters import TRANSMITTERS
from gnuradio.rfattn_workshop.judges.finding.detection_cells import Task
from gnuradio.rfattn_workshop.synthesis.scene import Emission, Scene, render

from signal_parts import in_band, power

SHORT_S = 0.3


@pytest.mark.parametrize("make", (TRANSMITTERS | IMPOSTORS).values())
def test_the_spans_of_a_transmitter_hold_its_energy(make):
    signal = make(np.random.default_rng(2), SHORT_S)
    assert len(signal.samples) == round(SHORT_S * signal.rate)
    assert signal.rate % 25 == 0
    assert signal.spans
    on = np.zeros(len(signal.samples), bool)
    for first, end in signal.spans:
        assert 0 <= first < end <= len(on)
        on[first:end] = True
    energy = np.abs(signal.samples) ** 2
    # Keyed carriers leak between telegrams and have edges.
    assert energy[on].sum() > 0.97 * energy.sum()
    assert len(signal.centres) in (0, len(signal.spans))


@pytest.mark.parametrize("kind", TRANSMITTERS)
def test_the_energy_of_an_emission_lies_in_its_true_boxes(kind):
    scene = Scene(SHORT_S, 1, (Emission(kind, 3, 123456.7, 60.0),))
    rate = 4e6
    samples, bursts = render(scene, rate)
    assert bursts
    total = inside = 0.0
    for burst in bursts:
        first = int(burst.start_s * rate)
        part = samples[first : first + int(burst.duration_s * rate) + 1]
        spread = max(1 / burst.duration_s, 500.0)
        total += power(part) * len(part)
        inside += len(part) * in_band(
            part, rate, burst.freq_lower - spread, burst.freq_upper + spread
        )
    # The 99 % band, and what a cut at the start and the end of a burst spreads.
    assert inside > 0.97 * total


@pytest.mark.parametrize(
    ("kind", "frames"), [("ais", "AIS"), ("lora", "LoRa"), ("pager", "POCSAG"), ("gsm", None)]
)
def test_a_receiver_finds_the_frames_of_a_transmitter(kind, frames):
    """Telephones alone do not send what a receiver finds of GSM."""
    samples, _ = render(Scene(2.0, 1, (Emission(kind, 3, 50e3, 25.0),)), 400e3)
    found = {emission.facts.frames for emission in cut(samples, 400e3, CHANNEL_FRONT_END)} - {None}
    assert found == ({frames} if frames else set())


def test_a_process_that_is_spawned_draws_the_scene_of_a_task():
    task = Task(3, 10.0, duration_s=0.2, kinds=("qpsk", "am"))
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        drawn = pool.submit(Task.scene, task).result(timeout=300)
    assert drawn == task.scene() and drawn.emissions
