# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this machine follows: the measured path, the costs of its parts, and the prediction."""

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pytest
from gnuradio import blocks, gr
from gnuradio.rfattn.attention import ModelConfig, kv_bytes, step_flops
from gnuradio.rfattn.capacity.band import BandSource, make_emissions, most_emissions
from gnuradio.rfattn.capacity.bursts import (
    BurstCosts,
    BurstKind,
    Bursts,
    burst_costs,
    burst_kind,
)
from gnuradio.rfattn.capacity.check import compare
from gnuradio.rfattn.capacity.costs import (
    Costs,
    Line,
    costs_of,
    device_step_s,
    line_of,
    measure_costs,
    model_of_window,
)
from gnuradio.rfattn.capacity.path import BLOCKS, PARTS, PathRun, measure_path
from gnuradio.rfattn.capacity.predict import Demand, Machine, fit_of, need_of, totals
from gnuradio.rfattn.flowgraph.options import ModelOptions
from gnuradio.rfattn.inference import AttentionModelAdapter, read_contract

from attention_models import contract_of, random_model, save_model
from plan_costs import CONFIG, COSTS

RATE, WIDTH = 200e3, 12.5e3
SHORT = BurstKind((1e-3, 1e-3))
DEMAND = Demand(receivers=10, sample_rate=2e6, emissions=8, width=20e3, rest_s=0.5)
MACHINE = Machine(cores=4, memory_bytes=1e6, load=0.5)


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    """Whose look is a full call of the model."""
    path = tmp_path_factory.mktemp("model") / "tiny.pt"
    return save_model(path, takes="emission", window=256, rope_period=512)


def test_emissions_have_their_width_and_stand_20_db_above_the_noise():
    signal = make_emissions(RATE, 3, WIDTH)
    assert signal.dtype == np.complex64 and len(signal) == 40_000
    power = np.abs(np.fft.fft(signal)) ** 2 / len(signal) ** 2
    used = np.count_nonzero(power > 1e-3 * power.max()) / len(power) * RATE
    assert used == pytest.approx(3 * WIDTH, rel=1e-3)
    noise = 2 * 0.01**2  # a sample, over the whole band
    assert power.sum() == pytest.approx(100 * noise * 3 * WIDTH / RATE, rel=1e-3)


def test_the_band_goes_on_with_fresh_noise_and_the_same_emissions():
    source, head = BandSource(RATE, 1, WIDTH), blocks.head(gr.sizeof_gr_complex, 80_000)
    sink, graph = blocks.vector_sink_c(), gr.top_block()
    graph.connect(source, head, sink)
    graph.run()
    first, second = np.array(sink.data(), np.complex64).reshape(2, -1)
    noise = first - make_emissions(RATE, 1, WIDTH)
    assert np.var(noise) == pytest.approx(2e-4, rel=0.05)
    assert np.var(first - second) == pytest.approx(4e-4, rel=0.05)
    (tag,) = sink.tags()
    assert str(tag.key) == "rx_rate"


def test_bursts_come_at_their_rate_and_in_any_pieces_are_the_same():
    whole, pieces = np.zeros((2, 200_000), np.complex64)
    Bursts(RATE, 50, SHORT).add_to(whole)
    bursts = Bursts(RATE, 50, SHORT)
    for first in range(0, len(pieces), 777):
        bursts.add_to(pieces[first : first + 777])
    np.testing.assert_allclose(pieces, whole, atol=1e-6)
    # 50 bursts of 1 ms, of which few lie on each other: about a twentieth of the second.
    assert np.count_nonzero(whole) == pytest.approx(0.05 * RATE, rel=0.3)


def test_no_bursts_change_nothing():
    samples = np.zeros(1000, np.complex64)
    Bursts(RATE, 0.0).add_to(samples)
    assert not samples.any()


def test_a_burst_is_as_long_and_as_wide_as_its_kind():
    kind = BurstKind((0.01, 0.01), (20e3, 20e3))
    burst = kind.make(np.random.default_rng(1), RATE)
    assert burst.dtype == np.complex64 and len(burst) == 2000
    assert np.ptp(np.abs(burst)) < 1e-6  # the frequency alone is keyed
    power = np.abs(np.fft.fft(burst)) ** 2
    middle = np.angle(np.sum(power * np.exp(2j * np.pi * np.arange(2000) / 2000)))
    distance = np.angle(np.exp(1j * (2 * np.pi * np.arange(2000) / 2000 - middle)))
    inside = np.abs(distance) < np.pi * 24e3 / RATE  # 99 % of minimum shift keying: 1.2 rates
    assert power[inside].sum() == pytest.approx(0.99 * power.sum(), rel=0.01)


def test_bursts_fit_into_a_narrow_band():
    assert burst_kind(2.4e6) == BurstKind()
    assert burst_kind(50e3).width == (1e3, 5e3)


def test_a_band_takes_so_many_emissions():
    assert most_emissions(2.4e6, 25e3) == 43
    with pytest.raises(ValueError, match="at most 7 of width 12500 Hz at 200000 S/s, got 8"):
        make_emissions(RATE, 8, WIDTH)


def test_the_path_is_measured_part_by_part(model):
    # About 85 steps come in a second, and up to 128 wait for a call of the model: in one or two
    # seconds it may be called before and after, but not within.
    run, adapter = measure_path(RATE, 2, WIDTH, ModelOptions(model=model), 6.0, 120.0)
    assert run.found >= 2 and run.signal_s >= 6.0  # more: parts that were joined later
    assert set(run.cpu) == set(BLOCKS)
    # The queue may pass all its tokens on before or after what is measured.
    assert min(run.cpu.values()) >= 0.0
    assert min(run.cpu[block] for block in ("detector", "extractor", "labels")) > 0.0
    assert set(run.parts) == set(PARTS)
    labels = run.cpu["labels"] + run.cpu["others"]
    assert run.parts["labels"] == pytest.approx(labels / run.signal_s)
    assert run.tokens > 0 and run.steps > 0 and run.process_bytes > 2**20
    assert run.cores == pytest.approx(sum(run.cpu.values()) / run.signal_s)
    assert adapter.config.window == 256


def test_a_path_that_does_not_begin_is_an_error(model):
    with pytest.raises(RuntimeError, match="nothing was measured at 2e\\+06 S/s within 0 s"):
        measure_path(2e6, 1, WIDTH, ModelOptions(model=model), 1.0, 0.0)


def test_costs_are_measured_with_the_window_asked_for(model):
    costs = measure_costs(RATE, WIDTH, ModelOptions(model=model), window=512, signal_s=2.0)
    assert costs.config["window"] == 512
    assert costs.kv_bytes == kv_bytes(CONFIG.replace(window=512, rope_period=1024))
    assert costs.step_flops == step_flops(CONFIG.replace(window=512, rope_period=1024))
    assert costs.tokens_per_s == pytest.approx(2 * WIDTH / 64, rel=0.3)  # a channel, at hop 64
    assert Costs.from_dict(dataclasses.asdict(costs)) == costs


def test_what_a_burst_takes_is_measured(model):
    options = ModelOptions(model=model)
    costs = measure_costs(RATE, WIDTH, options, signal_s=2.0, bursts_per_s=20.0)
    assert costs.bursts.per_s == 20.0
    assert min(costs.bursts.detector, costs.bursts.extractor, costs.bursts.labels) >= 0.0
    assert costs.bursts.detector < 0.05 and costs.bursts.steps >= 0.0
    assert Costs.from_dict(dataclasses.asdict(costs)) == costs


def test_a_step_takes_what_the_model_took_in_all_runs():
    cpu = dict.fromkeys(BLOCKS, 1.0)  # in 10 s
    runs = [PathRun(1e6, n, 10e3, n, 1.0, 10**7, 640 * n, 40 * n, cpu, 1000) for n in (1, 3)]
    model = {"describe": lambda: COSTS.model, "device": "cpu", "dtype": "float32"}
    adapter = SimpleNamespace(config=CONFIG, **model)
    costs = costs_of(runs, adapter, "tiny")
    assert costs.step_s == pytest.approx(2 * len(PARTS["model"]) / 160)
    assert costs.tokens_per_s == pytest.approx(2560 / 40)  # of an emission
    assert costs.detector == Line(0.1, 0.0) and costs.model["name"] == "tiny"


def test_a_burst_takes_what_the_band_without_it_does_not():
    cpu = dict.fromkeys(BLOCKS, 1.0)  # in 10 s
    run = PathRun(1e6, 0, 10e3, 4, 1.0, 10**7, 640, 40, cpu, 1000, bursts_per_s=5.0)
    found = burst_costs(run, COSTS)
    assert found.detector == pytest.approx((0.1 - 0.05) / 5)
    assert found.extractor == pytest.approx((0.3 - 0.02) / 5)
    assert found.labels == pytest.approx(0.2 / 5) and found.steps == pytest.approx(4 / 5)


def test_costs_without_a_step_of_the_model_are_no_costs():
    run = PathRun(1e6, 4, 10e3, 4, 1.0, 10**7, 640, 0, dict.fromkeys(BLOCKS, 0.125), 1000)
    with pytest.raises(RuntimeError, match="the model labelled nothing in 20 s of the band"):
        costs_of([run, run], None, "tiny")


def test_emissions_wider_than_the_band_are_refused(model):
    with pytest.raises(ValueError, match="width must be at most 90000 Hz at a rate of 200000 Hz"):
        measure_costs(RATE, 100e3, ModelOptions(model=model))


def test_a_model_with_its_own_window_is_not_written_again(model):
    with model_of_window(ModelOptions(model=model, threads=4), 256) as used:
        assert used == ModelOptions(model=model, threads=1)
    with model_of_window(ModelOptions(model=model), 512) as used:
        shape = read_contract(used.model)["model"]
        assert (shape["window"], shape["rope_period"]) == (512, 1024)


@pytest.mark.parametrize(
    ("points", "line"),
    [
        ([(2, 5.0), (12, 25.0)], Line(1.0, 2.0)),
        ([(2, 5.0), (12, 4.0)], Line(4.5, 0.0)),  # noise of the measurement
        ([(2, 1.0), (12, 24.0)], Line(0.0, 2.0)),
        ([(3, 6.0)], Line(0.0, 2.0)),
    ],
)
def test_a_line_has_no_negative_part(points, line):
    assert line_of(points) == line


def test_a_receiver_takes_what_its_parts_take():
    need = need_of(DEMAND, COSTS)
    # Twice the width makes 32 tokens a second: a look of 16 tokens lasts 0.5 s, as long as a rest.
    assert need.seen == 0.5 and need.steps_per_s == 8 * 0.5 * 32 / 4
    assert need.detector == pytest.approx(2 * 0.05 + 8 * 0.001)
    assert need.extractor == pytest.approx(2 * 0.02 + 8 * 32 * 1e-5)
    assert need.model == pytest.approx(32 * 1e-3) and need.labels == pytest.approx(0.016)
    assert need.memory_bytes == 1000 + 8 * COSTS.kv_bytes
    assert need.link_bits_per_s == 2e6 * 64
    assert need.cores == need.detector + need.extractor + need.model + need.labels


def test_bursts_cost_besides_the_emissions():
    bursts = BurstCosts(per_s=100.0, detector=1e-3, extractor=2e-3, labels=3e-4, steps=0.5)
    costs = dataclasses.replace(COSTS, bursts=bursts)
    quiet, busy = (need_of(dataclasses.replace(DEMAND, bursts=n), costs) for n in (0.0, 200.0))
    assert busy.detector - quiet.detector == pytest.approx(0.2)
    assert busy.extractor - quiet.extractor == pytest.approx(0.4)
    assert busy.labels - quiet.labels == pytest.approx(0.06)
    assert busy.steps_per_s - quiet.steps_per_s == pytest.approx(100.0)
    assert busy.model - quiet.model == pytest.approx(100.0 * costs.step_s)
    assert quiet == need_of(DEMAND, COSTS)
    edges = need_of(dataclasses.replace(DEMAND, bursts=200.0, edges=True), costs)
    assert edges.detector == edges.extractor == 0.0
    assert (
        edges.link_bits_per_s
        > need_of(dataclasses.replace(DEMAND, edges=True), costs).link_bits_per_s
    )


def test_bursts_that_were_not_measured_are_refused():
    with pytest.raises(ValueError, match="bursts must be 0 where what they take was not measured"):
        need_of(dataclasses.replace(DEMAND, bursts=5.0), COSTS)


def test_edges_send_tokens_and_keep_the_detector():
    need = need_of(dataclasses.replace(DEMAND, edges=True), COSTS)
    assert (need.detector, need.extractor) == (0.0, 0.0)
    assert need.link_bits_per_s == 0.5 * 8 * 32 * 8 * 32  # tokens of eight values
    assert (need.memory_bytes, need.shared_bytes) == (8 * COSTS.kv_bytes, 1000)


def test_more_emissions_than_are_cut_cost_the_detector_alone():
    few, many = (
        need_of(dataclasses.replace(DEMAND, emissions=count, width=10e3), COSTS)
        for count in (64, 100)
    )
    assert many.detector > few.detector
    assert (many.model, many.memory_bytes) == (few.model, few.memory_bytes)


@pytest.mark.parametrize(
    ("changes", "bound", "receivers"),
    [
        ({}, "processor, mostly detector and extractor", 10),
        ({"link_bits_per_s": 3e8}, "the link", 2),
        ({"memory_bytes": 4 * (1000 + 8 * COSTS.kv_bytes)}, "memory", 4),
    ],
)
def test_the_smallest_limit_bounds(changes, bound, receivers):
    need, machine = need_of(DEMAND, COSTS), dataclasses.replace(MACHINE, **changes)
    fit = fit_of(DEMAND, need, machine)
    assert (fit.bound, fit.receivers, fit.streams) == (bound, receivers, 8 * receivers)
    assert not fit.problem and fit.limits[bound] == min(fit.limits.values())


def test_a_slow_model_bounds_the_processor():
    costs = dataclasses.replace(COSTS, step_s=0.1)
    fit = fit_of(DEMAND, need_of(DEMAND, costs), MACHINE)
    assert fit.bound == "processor, mostly the model" and fit.receivers == 0
    assert (
        fit.problem == "one receiver is more than this machine has of processor, mostly the model"
    )
    assert totals(DEMAND, need_of(DEMAND, costs), MACHINE, fit)["machines"] is None


def test_a_thread_cannot_have_more_than_a_core():
    costs = dataclasses.replace(COSTS, detector=Line(0.6, 0.0))
    machine = dataclasses.replace(MACHINE, cores=100)
    fit = fit_of(DEMAND, need_of(DEMAND, costs), machine)
    assert (fit.bound, fit.receivers) == ("the thread of the detector", 0)
    assert "takes 1.2 cores" in fit.problem


def test_a_gpu_has_limits_of_its_own():
    costs = dataclasses.replace(COSTS, device_step_s=1e-2, device_bytes=10**6)
    need = need_of(DEMAND, costs)
    assert need.device == pytest.approx(0.32) and need.memory_bytes == 1000
    machine = dataclasses.replace(MACHINE, devices=1, device_bytes=8 * COSTS.kv_bytes * 1.5)
    fit = fit_of(DEMAND, need, machine)
    assert fit.limits["the model on the GPU"] == pytest.approx(0.5 / 0.32)
    assert fit.limits["memory of the GPU"] == pytest.approx(1.5)
    assert fit.receivers == 1
    assert totals(DEMAND, need, machine, fit)["devices"] == math.ceil(10 * 0.32 / 0.5)


def test_all_receivers_need_whole_machines():
    need = need_of(DEMAND, COSTS)
    machine = dataclasses.replace(MACHINE, link_bits_per_s=3e8)
    found = totals(DEMAND, need, machine, fit_of(DEMAND, need, machine))
    assert (found["machines"], found["streams"]) == (5, 80)
    assert found["cores"] == pytest.approx(10 * need.cores / 0.5)
    assert found["memory_bytes"] == 10 * need.memory_bytes
    assert found["link_bits_per_s"] == 10 * need.link_bits_per_s


@pytest.mark.parametrize(
    ("kind", "changes", "message"),
    [
        (Demand, {"receivers": 0}, "receivers must be from 1 to 1e\\+06, got 0"),
        (Demand, {"rest_s": -1.0}, "rest_s must be from 0 to 1e\\+06, got -1.0"),
        (Demand, {"emissions": 101}, "emissions times width must be at most the rate, 2e\\+06 Hz"),
        (Demand, {"receivers": 10**400}, "got a number of more than 20 digits"),
        (Demand, {"rest_s": float("nan")}, "rest_s must be from 0 to 1e\\+06, got nan"),
        (Demand, {"width": 1e-300}, "width must be from 1 to 1e\\+12, got 1e-300"),
        (Demand, {"sample_rate": 1e18}, "sample_rate must be from 1 to 1e\\+12, got 1e\\+18"),
        (Machine, {"cores": 10**7}, "cores must be from 1 to 1e\\+06, got 10000000"),
        (Machine, {"cores": 0}, "cores must be > 0, got 0"),
        (Machine, {"load": 1.5}, "load must be above 0 and at most 1, got 1.5"),
    ],
)
def test_what_cannot_be_is_refused(kind, changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(DEMAND if kind is Demand else MACHINE, **changes)


def test_a_prediction_is_compared_with_a_run():
    run = PathRun(1e6, 4, 10e3, 4, 1.0, 10**7, 640, 40, dict.fromkeys(BLOCKS, 0.125), 1000)
    row = compare(COSTS, run)
    assert (row["streams"], row["signal_s"], row["measured_cores"]) == (4, 10.0, 0.1)
    assert row["measured_steps_per_s"] == 4.0 and row["samples_per_s"] == 1e7
    assert row["predicted_steps_per_s"] == 4 * 16 / 2 / 4  # it looks for 1 s and rests for 1 s
    assert row["error"] == pytest.approx(row["predicted_cores"] / 0.1 - 1)


def test_a_step_on_a_device_is_that_of_many_streams():
    adapter = AttentionModelAdapter(
        random_model(CONFIG), contract_of(CONFIG), device="cpu", max_streams=3
    )
    assert device_step_s(adapter) > 0.0
    assert adapter.streams == []
    assert isinstance(ModelConfig.from_dict(COSTS.config), ModelConfig)
