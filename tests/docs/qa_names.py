# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""One parameter, one spelling: constructors, GRC, the front end and the command agree."""

import argparse
import dataclasses
import inspect
import re
from pathlib import Path

import pytest
import yaml
from gnuradio import rfattn
from gnuradio.rfattn.attention import ATTENTIONS, NORMS
from gnuradio.rfattn.cli import label
from gnuradio.rfattn.flowgraph import options
from gnuradio.rfattn.inference.build_runner import RUNNERS
from gnuradio.rfattn.inference.devices import DTYPES
from gnuradio.rfattn.recordings.front_end import FrontEnd

GRC = Path(__file__).resolve().parents[2] / "grc"
# What the ports of a block are drawn with whose constructor reads it from the model; where in the
# window a widget goes.
GRC_ONLY = {
    "transformer": ["n_bins", "n_features", "block_size", "n_classes"],
    "edge_source": ["n_bins"],
    "qt_detection_sink": ["gui_hint"],
}
DESCRIPTIONS = {
    path.name.removesuffix(".block.yml").removeprefix("rfattn_"): yaml.safe_load(path.read_text())
    for path in sorted(GRC.glob("*.block.yml"))
}
# The order in which the constructors take them; new ones may follow.
SIGNATURES = {
    "power_spectrum": ["fft_size", "hop", "n_bins", "window", "averaging", "scale", "dc", "sides"],
    "token_buffer": [
        "n_bins",
        "block_size",
        "capacity",
        "policy",
        "n_inputs",
        "max_streams",
        "max_batch",
    ],
    "transformer": ["model", "attention", "norm", "device", "dtype", "threads"],
    "latency_probe": ["n_classes", "interval_ms", "budget_ms"],
    "spectrum_probe": ["n_bins", "interval_ms", "sides"],
    "waterfall_probe": ["sides", "n_bins", "interval_ms"],
    "zmq_stats_sink": ["address", "topic", "curve_keys"],
    "prometheus_sink": ["address", "token_file", "hosts"],
    "sigmf_source": ["filename", "repeat", "throttle"],
    "sigmf_annotation_sink": ["filename", "meta", "min_confidence", "n_bands"],
    "rx_tagger": ["sample_rate", "frequency"],
    "qt_detection_sink": ["seconds", "stream"],
}


def parameters_of(block):
    """The names of a block's constructor; pybind11 writes those of a C++ block into its text."""
    if block.__init__.__doc__ and "->" in block.__init__.__doc__:
        text = block.__init__.__doc__.partition("->")[0]
        return [name for name in re.findall(r"(\w+): ", text) if name != "self"]
    names = [name for name in inspect.signature(block.__init__).parameters if name != "self"]
    if "options" in names:  # whose fields the companion has as parameters
        names.remove("options")
        names += [field.name for field in dataclasses.fields(rfattn.LabellerOptions)]
    return names


@pytest.mark.parametrize("name", SIGNATURES)
def test_constructor(name):
    expected = SIGNATURES[name]
    assert parameters_of(getattr(rfattn, name))[: len(expected)] == expected


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_grc(name):
    found = [parameter["id"] for parameter in DESCRIPTIONS[name]["parameters"]]
    assert sorted(found) == sorted(parameters_of(getattr(rfattn, name)) + GRC_ONLY.get(name, []))


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_grc_passes_each_parameter_by_its_name(name):
    make = DESCRIPTIONS[name]["templates"]["make"]
    for parameter in parameters_of(getattr(rfattn, name)):
        assert re.search(rf"\b{parameter}='?\$\{{{parameter}\}}", make), parameter


def test_one_parameter_has_one_label():
    """What an empty field means, in parentheses, may differ."""
    labels = {}
    for description in DESCRIPTIONS.values():
        for parameter in description["parameters"]:
            labels.setdefault(parameter["id"], set()).add(
                re.sub(r" \(Empty = \w+\)", "", parameter["label"])
            )
    for two_meanings in ("filename", "budget_ms", "sample_rate", "window"):
        labels.pop(two_meanings, None)
    assert {name: found for name, found in labels.items() if len(found) > 1} == {}


def test_front_end():
    assert [*FrontEnd().to_dict()] == SIGNATURES["power_spectrum"]


def test_command_options():
    parser = argparse.ArgumentParser()
    label.add_arguments(parser)
    names = {action.dest for action in parser._actions}
    of_the_path = {*SIGNATURES["transformer"], "throttle"} - {"max_batch", "max_streams"}
    assert names >= of_the_path


def test_command_choices():
    """The command lists them itself, so that it need not import torch to parse its arguments."""
    assert options.attentions() == ("model", *ATTENTIONS)
    assert options.NORMS == ("model", *NORMS)
    assert options.DTYPES == ("auto", *DTYPES)
    assert options.RUNNERS == RUNNERS


def choices(block, parameter):
    found = next(p for p in DESCRIPTIONS[block]["parameters"] if p["id"] == parameter)
    return tuple(option.strip("'") for option in found["options"])


def test_grc_choices():
    assert choices("transformer", "attention") == ("model", *ATTENTIONS)
    assert choices("transformer", "norm") == options.NORMS
    assert choices("transformer", "dtype") == options.DTYPES
    assert choices("transformer", "runner") == options.RUNNERS
    # The commands choose `batch` themselves.
    assert set(choices("token_buffer", "policy")) == {"block", "drop", "batch"}


@pytest.mark.parametrize(
    ("block", "arguments", "named", "sentence"),
    [
        ("token_buffer", [], {}, "missing a required argument: 'n_bins'"),
        ("token_buffer", [3], {}, "missing a required argument: 'block_size'"),
        ("token_buffer", [3, 3], {"n_bins": 3}, "multiple values for argument 'n_bins'"),
        ("band_tagger", [1], {}, "missing a required argument: 'offset'"),
        ("power_spectrum", range(9), {}, "too many positional arguments"),
        (
            "power_spectrum",
            [],
            {"fft_sise": 512},
            "got an unexpected keyword argument 'fft_sise'; did you mean fft_size?",
        ),
        ("power_spectrum", [512.5], {}, "fft_size must be a whole number of 32 bits, got 512.5"),
        ("power_spectrum", [], {"hop": 2**31}, "hop must be a whole number of 32 bits, got 21474"),
        ("power_spectrum", [], {"window": None}, "window must be text, got None"),
        ("emission_detector", ["1M"], {}, "sample_rate must be a number, got '1M'"),
        ("emission_extractor", [1e6], {"samples": "no"}, "samples must be true or false, got 'no'"),
        ("emission_extractor", [1e6], {"features": [1]}, "features must be list[str], got [1]"),
        (
            "emission_detector",
            [1e6],
            {"ignored_bands": [1]},
            "ignored_bands must be list[tuple[float, float]], got [1]",
        ),
        ("rx_tagger", [1e6, "2M"], {}, "frequency must be Optional[float], got '2M'"),
    ],
)
def test_wrong_arguments_of_a_block_in_cpp_are_one_sentence(block, arguments, named, sentence):
    with pytest.raises(TypeError) as found:
        getattr(rfattn, block)(*arguments, **named)
    text = str(found.value)
    assert text.startswith(f"{block}: {sentence}") and "\n" not in text


def test_what_the_constructor_refuses_keeps_its_words():
    with pytest.raises(ValueError, match="^power_spectrum: fft_size must be a power of two from 8"):
        rfattn.power_spectrum(0)
