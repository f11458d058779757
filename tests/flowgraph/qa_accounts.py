# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every sample and token is accounted for, also when a flowgraph is stopped while it runs."""

import numpy as np
import pytest
from gnuradio import rfattn
from gnuradio.rfattn.flowgraph.emissions import EmissionFlowgraph, RecordingEmissionFlowgraph
from gnuradio.rfattn.flowgraph.options import ModelOptions
from gnuradio.rfattn.recordings.formats import open_recording

from command_line import run_forked
from emission_recording import ON_AIR, RATE, SECONDS, write_emission
from step_streams import save_model

N_FAULTY, FIRST_FAULTY, N_SATURATED = 3, 1000, 50


def assert_accounted(tokens):
    assert tokens["in"] == sum(tokens.values()) - tokens["in"]
    assert min(tokens.values()) >= 0


def test_tokens_of_emissions_when_the_flowgraph_is_stopped(tmp_path):
    path = save_model(tmp_path / "m.pt", takes="emission")
    meta = write_emission(tmp_path / "r")
    source = rfattn.sigmf_source(meta, repeat=True)
    flowgraph = EmissionFlowgraph(
        source, RATE, model=ModelOptions(model=path, device="cpu", threads=1)
    )
    flowgraph.run_watched(lambda: flowgraph.labeller.samples() > SECONDS * RATE)
    tokens = flowgraph.labeller.tokens()
    assert_accounted(tokens)
    assert tokens["processed"] > 0 and tokens["rested"] > 0


def spoil(path, first=FIRST_FAULTY, n_saturated=N_SATURATED):
    """Makes samples of a recording not finite, and later ones saturated."""
    data = str(path).replace("-meta", "-data")
    samples = np.fromfile(data, np.complex64)
    samples[first : first + N_FAULTY] = [np.nan, complex(0, np.inf), 1e20]
    samples[first + 10 : first + 10 + n_saturated] = 1.0 - 0.5j
    samples.tofile(data)


def test_an_emission_is_found_in_spite_of_samples_that_are_not_finite(tmp_path):
    """In each frame of the detector one would hide it, and the floor with it."""
    found = {}
    for name, first in (("clean", None), ("within", int(0.4 * RATE)), ("before", 1000)):
        meta = write_emission(tmp_path / name)
        if first is not None:
            spoil(meta, first, n_saturated=0)
        flowgraph = RecordingEmissionFlowgraph(open_recording(meta))
        flowgraph.run_to_end()
        faulty = flowgraph.costs()["stats"]["samples_non_finite"]
        assert faulty == (0 if first is None else N_FAULTY)
        longest = max(flowgraph.records.all(), key=lambda r: r.latest.sample_count)
        found[name] = longest.latest
    for name, emission in found.items():
        assert ("non-finite" in emission.flags) == (name == "within")
        assert emission.sample_start == pytest.approx(ON_AIR[0] * RATE, abs=0.01 * RATE)
        assert emission.sample_count == pytest.approx(found["clean"].sample_count, rel=0.05)
        assert emission.width == pytest.approx(found["clean"].width, rel=0.1)


@pytest.mark.parametrize("value", [0, -1 - 1j])
def test_samples_that_are_absent_change_nothing_but_their_count(tmp_path, value):
    """The tail behind the recording is not counted."""
    meta = write_emission(tmp_path / "r")
    data, rate = tmp_path / "r.sigmf-data", int(RATE)
    samples = np.fromfile(data, np.complex64)
    silence = np.full(rate // 2, value, np.complex64)
    before = [silence, samples]
    recordings = {"whole": [samples], "padded": [*before, silence[: rate // 10]]}
    recordings["padded for longer than the tail"] = [*before, silence, silence]
    absent_s = dict(zip(recordings, (0.0, 0.6, 1.5), strict=True))
    found = {}
    for name, parts in recordings.items():
        np.concatenate(parts).tofile(data)
        flowgraph = RecordingEmissionFlowgraph(open_recording(meta))
        flowgraph.run_to_end()
        found[name] = [record.latest for record in flowgraph.records.all()]
        assert flowgraph.costs()["stats"]["samples_absent"] == absent_s[name] * rate
    (whole,), *others = found.values()
    for (padded,) in others:
        assert padded.sample_start - len(silence) == pytest.approx(whole.sample_start, abs=200)
        assert padded.sample_count == pytest.approx(whole.sample_count, abs=400)
        assert padded.width == pytest.approx(whole.width, rel=0.02)
        assert padded.snr_db == pytest.approx(whole.snr_db, abs=0.3)


def test_the_command_shows_the_time_that_was_absent(tmp_path):
    meta = write_emission(tmp_path / "r")
    data = tmp_path / "r.sigmf-data"
    samples = np.fromfile(data, np.complex64)
    np.append(samples, np.zeros(len(samples) // 4, np.complex64)).tofile(data)
    done = run_forked("label", "--model", "none", meta)
    assert "  searched:  800 ms, 80.0% of the recording, in " in done.stdout
    expected = "  absent:    200 ms of samples that are exactly constant, as of a muted receiver"
    assert expected in done.stdout.splitlines()


def test_the_command_shows_faulty_samples_of_a_band(tmp_path):
    meta = write_emission(tmp_path / "r")
    spoil(meta, int(0.4 * RATE))
    done = run_forked("label", "--model", "none", "--steps", meta)
    assert "non-finite" in done.stdout and f"{N_FAULTY} samples (0.00%) not finite" in done.stdout
    assert f"{N_SATURATED} samples (0.00%) saturated" in done.stdout
