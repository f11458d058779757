# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""GNU Radio Companion: every block description against the constructor that it calls."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from gnuradio import gr
from gnuradio.grc.core.platform import Platform

from step_streams import save_family, save_model

ROOT = Path(__file__).resolve().parents[1]
GRC = ROOT / "grc"
EXAMPLES = sorted((ROOT / "examples").glob("*.grc"))
RECORDING = ROOT / "examples" / "recordings" / "wifi_cond_11n_13m.sigmf-meta"
LTE = RECORDING.with_name("lte_f2585_s1_92.sigmf-meta")
DESCRIPTIONS = {
    path.name.removesuffix(".block.yml"): yaml.safe_load(path.read_text())
    for path in sorted(GRC.glob("*.block.yml"))
}
ENUMS = [
    (block, parameter["id"], str(option))
    for block, description in DESCRIPTIONS.items()
    for parameter in description["parameters"]
    for option in parameter.get("options", ())
]
TINY = {"n_bins": "8", "block_size": "4", "n_classes": "3"}
REFUSED = [
    ("rfattn_power_spectrum", {"fft_size": "48"}, "fft_size must be a power of two"),
    ("rfattn_power_spectrum", {"fft_size": "4"}, "8 <= fft_size <= 65536"),
    ("rfattn_power_spectrum", {"hop": "0"}, "hop >= 1"),
    ("rfattn_power_spectrum", {"averaging": "0"}, "averaging >= 1"),
    ("rfattn_power_spectrum", {"n_bins": "24"}, "n_bins must be a power of two"),
    ("rfattn_power_spectrum", {"n_bins": "128"}, "n_bins <= (fft_size"),
    ("rfattn_power_spectrum", {"n_bins": "64", "sides": "one"}, "n_bins <= (fft_size"),
    ("rfattn_token_buffer", {"n_bins": "0"}, "n_bins >= 1"),
    ("rfattn_token_buffer", {"block_size": "0"}, "block_size >= 1"),
    ("rfattn_token_buffer", {"capacity": "0"}, "capacity >= 1"),
    ("rfattn_transformer", {"model": "''"}, "model != ''"),
    ("rfattn_transformer", {"attention": "'flesh'"}, "attention in ('model', 'auto', 'mha'"),
    ("rfattn_transformer", {"norm": "'none'"}, "norm in ('model', 'layernorm'"),
    ("rfattn_transformer", {"device": "'gpu'"}, "device in ('auto', 'cpu', 'cuda')"),
    ("rfattn_transformer", {"n_bins": "0"}, "n_bins >= 1"),
    ("rfattn_transformer", {"block_size": "0"}, "block_size >= 1"),
    ("rfattn_transformer", {"n_classes": "0"}, "n_classes >= 1"),
    ("rfattn_transformer", {"threads": "-1"}, "threads >= 0"),
    ("rfattn_transformer", {"attention": "'auto'", "budget_ms": "0"}, "or sample_rate > 0"),
    ("rfattn_latency_probe", {"n_classes": "0"}, "n_classes >= 1"),
    ("rfattn_latency_probe", {"interval_ms": "0"}, "interval_ms > 0"),
    ("rfattn_latency_probe", {"budget_ms": "-1"}, "budget_ms > 0"),
    ("rfattn_spectrum_probe", {"n_bins": "0"}, "n_bins >= 1"),
    ("rfattn_spectrum_probe", {"interval_ms": "0"}, "interval_ms > 0"),
    ("rfattn_zmq_stats_sink", {"address": "127.0.0.1"}, "'://' in address"),
    ("rfattn_zmq_stats_sink", {"topic": "''"}, "topic != ''"),
    ("rfattn_prometheus_sink", {"address": "9557"}, "':' in address"),
    ("rfattn_sigmf_source", {"filename": ""}, "filename != ''"),
    ("rfattn_sigmf_annotation_sink", {"filename": ""}, "filename != ''"),
    ("rfattn_sigmf_annotation_sink", {"min_confidence": "1.5"}, "0 <= min_confidence <= 1"),
]


@pytest.fixture(scope="module")
def platform():
    os.environ["GRC_BLOCKS_PATH"] = str(GRC)
    made = Platform(
        name="qa_grc", prefs=gr.prefs(), version=gr.version(),
        version_parts=(gr.major_version(), gr.api_version(), gr.minor_version()),
    )  # fmt: skip
    made.build_library(str(GRC))
    made.build_library()
    return made


@pytest.fixture(scope="module")
def needed(tmp_path_factory):
    """By block, the values without which the defaults cannot run in a test."""
    folder = tmp_path_factory.mktemp("grc")
    save_family(folder / "tiny")
    for attention in ("latent", "mla"):
        save_model(folder / "tiny" / f"{attention}_layernorm.pt", attention=attention)
    return {
        "rfattn_sigmf_source": {"filename": str(RECORDING)},
        "rfattn_sigmf_annotation_sink": {
            "filename": str(folder / "out.sigmf-meta"),
            "meta": str(RECORDING),
        },
        "rfattn_transformer": {"model": str(folder / "tiny"), "budget_ms": "1e6", **TINY},
        "rfattn_zmq_stats_sink": {"address": "tcp://127.0.0.1:*"},
        "rfattn_prometheus_sink": {"address": "127.0.0.1:0"},
    }


def add_block(platform, block, values):
    """The block in a flowgraph of its own, validated."""
    flow_graph = platform.make_flow_graph()
    rate = flow_graph.new_block("variable")  # GRC starts every flowgraph with this one
    rate.params["id"].set_value("samp_rate")
    rate.params["value"].set_value("32000")
    made = flow_graph.new_block(block)
    assert made is not None and not made.is_dummy_block, f"GRC does not know {block}"
    for name, value in {"id": "made", **values}.items():
        made.params[name].set_value(value)
    flow_graph.rewrite()
    made.validate()
    return made


def errors_of(made):
    """Messages about parameters and rules; unconnected ports are no matter here."""
    own = [text for text in made.get_error_messages() if "Port is not connected" not in text]
    return own + [t for p in made.params.values() for t in p.get_error_messages()]


def construct(made):
    """Runs the imports and the make template as the generated program does; sockets are closed."""
    scope = {"samp_rate": 32000}
    exec(made.templates.render("imports"), scope)
    exec(f"made = {made.templates.render('make')}", scope)
    if hasattr(scope["made"], "close"):
        scope["made"].close()
    return scope["made"]


def test_the_tree_lists_every_block():
    tree = yaml.safe_load((GRC / "rfattn.tree.yml").read_text())
    assert sorted(tree["[RFAttn]"]) == sorted(DESCRIPTIONS)


@pytest.mark.parametrize("block", DESCRIPTIONS)
def test_description_is_complete(block):
    description = DESCRIPTIONS[block]
    assert description["id"] == block
    assert description["label"] and description["documentation"] and description["asserts"]
    for parameter in description["parameters"]:
        assert parameter["label"] and "default" in parameter
        labels = parameter.get("option_labels", [])
        assert len(labels) == len(parameter.get("options", [])), parameter["id"]


@pytest.mark.parametrize("block", DESCRIPTIONS)
def test_defaults_make_a_block(platform, needed, block):
    made = add_block(platform, block, needed.get(block, {}))
    assert errors_of(made) == []
    assert construct(made).name().startswith(block.removeprefix("rfattn_"))


@pytest.mark.parametrize("block, parameter, option", ENUMS)
def test_every_option_makes_a_block(platform, needed, block, parameter, option):
    values = {**needed.get(block, {}), parameter: option}
    if option == "one":
        values["n_bins"] = "32"
    made = add_block(platform, block, values)
    assert errors_of(made) == []
    if option == "'cuda'" and not cuda_is_there():
        with pytest.raises(ValueError, match="device 'cuda' is not there"):
            construct(made)
    else:
        construct(made)


def cuda_is_there():
    import torch

    return torch.cuda.is_available()


def test_defaults_are_those_of_the_constructors(platform, needed):
    """What GRC writes for an untouched block is what leaving the argument out means."""
    made = construct(add_block(platform, "rfattn_token_buffer", {}))
    assert made.name() == "token_buffer"
    front_end = {p["id"]: p["default"] for p in DESCRIPTIONS["rfattn_power_spectrum"]["parameters"]}
    from gnuradio.rfattn.front_end import FrontEnd

    expected = {name: str(value) for name, value in vars(FrontEnd()).items()}
    assert front_end == expected


@pytest.mark.parametrize("block, values, text", REFUSED)
def test_wrong_values_are_refused(platform, needed, block, values, text):
    made = add_block(platform, block, {**needed.get(block, {}), **values})
    assert any(text in message for message in errors_of(made)), errors_of(made)


@pytest.mark.parametrize("name", TINY)
def test_ports_that_do_not_fit_the_model_are_refused(platform, needed, name):
    number = int(TINY[name])
    values = {**needed["rfattn_transformer"], name: str(2 * number)}
    made = add_block(platform, "rfattn_transformer", values)
    with pytest.raises(ValueError, match=f"the model has {name} {number}, the flowgraph "
                                         f"states {2 * number}"):  # fmt: skip
        construct(made)


@pytest.mark.parametrize("callback", DESCRIPTIONS["rfattn_transformer"]["templates"]["callbacks"])
def test_callbacks_exist(platform, needed, callback):
    made = add_block(platform, "rfattn_transformer", needed["rfattn_transformer"])
    name = callback.partition("(")[0]
    assert callable(getattr(construct(made), name))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example_compiles_whole(example, tmp_path):
    program = compile_example(example, tmp_path)
    flow_graph = yaml.safe_load(example.read_text())
    text = program.read_text()
    for block in flow_graph["blocks"]:  # GRC drops a block that it does not know without a word
        assert block["name"] in text or block["id"] == "note"


def test_label_file_runs_and_writes_labels(tmp_path):
    program = compile_example(ROOT / "examples" / "label_file.grc", tmp_path)
    labels = tmp_path / "labels.sigmf-meta"
    ran = subprocess.run(
        [sys.executable, program, "--recording", LTE, "--labels", labels],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = [a["core:label"] for a in json.loads(labels.read_text())["annotations"]]
    assert "lte_tdd" in found


def compile_example(example, folder):
    """The program that grcc makes of it."""
    environment = {**os.environ, "GRC_BLOCKS_PATH": str(GRC)}
    compiled = subprocess.run(["grcc", "-o", folder, example], env=environment,
                              capture_output=True, text=True)  # fmt: skip
    assert compiled.returncode == 0, compiled.stdout + compiled.stderr
    name = yaml.safe_load(example.read_text())["options"]["parameters"]["id"]
    return folder / f"{name}.py"
