# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of the running path: the command line that follows from them."""

import argparse
import inspect
from dataclasses import fields

import pytest
from gnuradio import rfattn
from gnuradio.rfattn.cli.sources.options import add_options, options_from
from gnuradio.rfattn.flowgraph.options import EmissionOptions, ModelOptions


def parsed(defaults, *words):
    parser = argparse.ArgumentParser()
    add_options(parser, defaults)
    return options_from(type(defaults), parser.parse_args(words))


@pytest.mark.parametrize("defaults", [ModelOptions(), EmissionOptions()])
def test_without_words_the_options_are_the_defaults(defaults):
    assert parsed(defaults) == defaults


def test_fields_of_the_model_are_parameters_of_the_block():
    parameters = inspect.signature(rfattn.transformer.__init__).parameters
    for field in fields(ModelOptions):
        assert parameters[field.name].default == field.default, field.name


def test_a_choice_that_is_none_is_wrong_usage(capsys):
    with pytest.raises(SystemExit) as ended:
        parsed(ModelOptions(), "--attention", "flesh")
    assert ended.value.code == 2
    assert "invalid choice: 'flesh'" in capsys.readouterr().err
