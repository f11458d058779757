# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the running path: the command line that follows from them, refusals, capacities."""

import argparse
import inspect
from dataclasses import fields

import pytest
from gnuradio import blocks, rfattn
from gnuradio.rfattn.cli.sources.options import add_options, options_from
from gnuradio.rfattn.flowgraph.options import ModelOptions, PathOptions
from gnuradio.rfattn.flowgraph.stream import StreamFlowgraph, make_model

from step_streams import save_model


def parsed(defaults, *words):
    parser = argparse.ArgumentParser()
    add_options(parser, defaults)
    return options_from(type(defaults), parser.parse_args(words))


@pytest.mark.parametrize("defaults", [ModelOptions(), PathOptions(), PathOptions(policy="drop")])
def test_without_words_the_options_are_the_defaults(defaults):
    assert parsed(defaults) == defaults


def test_each_field_is_an_option():
    found = parsed(
        PathOptions(),
        *("--policy", "drop", "--capacity", "5", "--budget-ms", "2.5", "--bands", "4"),
    )
    assert found == PathOptions("drop", 5, 2.5, 4)


def test_fields_of_the_model_are_parameters_of_the_block():
    parameters = inspect.signature(rfattn.transformer.__init__).parameters
    for field in fields(ModelOptions):
        assert parameters[field.name].default == field.default, field.name


def test_a_choice_that_is_none_is_wrong_usage(capsys):
    with pytest.raises(SystemExit) as ended:
        parsed(ModelOptions(), "--attention", "flesh")
    assert ended.value.code == 2
    assert "invalid choice: 'flesh'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "values, message",
    [
        ({"bands": 0}, "bands must be >= 1, got 0"),
        ({"capacity": -1}, "capacity must be >= 0, got -1"),
        ({"budget_ms": -0.5}, "budget_ms must be >= 0.0, got -0.5"),
        ({"budget_ms": float("nan")}, "budget_ms must be >= 0.0, got nan"),
        ({"policy": "drop_oldest"}, "policy must be one of block, drop, got 'drop_oldest'"),
    ],
)
def test_refusals(values, message):
    with pytest.raises(ValueError, match=message):
        PathOptions(**values)


@pytest.mark.parametrize(
    "options, steps",
    [
        (PathOptions(), 16),
        (PathOptions(policy="drop"), 2 * 16 // 4),  # two windows
        (PathOptions(policy="drop", capacity=3), 3),
    ],
)
def test_steps_that_may_wait(tmp_path, options, steps):
    """By policy and window, unless the options state a number."""
    path = save_model(tmp_path / "tiny.pt", window=16, block_size=4)
    model = make_model(ModelOptions(model=path, device="cpu", threads=1))
    flowgraph = StreamFlowgraph(blocks.null_source(8), model, options)
    assert flowgraph.capacity == steps


def test_a_model_of_emissions_labels_no_whole_band(tmp_path):
    path = save_model(tmp_path / "tiny.pt", takes="emission")
    model = make_model(ModelOptions(model=path, device="cpu", threads=1))
    with pytest.raises(ValueError, match="the model takes the spectra of one emission; a model "):
        StreamFlowgraph(blocks.null_source(8), model)
