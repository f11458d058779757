# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""GNU Radio Companion: every block description against the constructor that it calls."""

import json
import os
import re
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from gnuradio import gr, rfattn
from gnuradio.grc.core import Messages
from gnuradio.grc.core.platform import Platform
from gnuradio.rfattn.attention import ATTENTIONS, NORMS, stored_as
from gnuradio.rfattn.blocks.parts.grc_support import swap_soon
from gnuradio.rfattn.messages.as_pmt import to_python
from gnuradio.rfattn.recordings.formats import open_recording

from command_line import run_forked
from message_keeper import MessageKeeper
from step_streams import save_family, save_model

ROOT = Path(__file__).resolve().parents[2]
GRC = ROOT / "grc"
EXAMPLES = sorted((ROOT / "examples").glob("*.grc"))
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
STORED = [name for name in ATTENTIONS if stored_as(name) == name]
"""The attentions with model files of their own."""
TINY = {"n_bins": "8", "block_size": "4", "n_classes": "3"}
REFUSED = [
    (
        "rfattn_power_spectrum",
        {"fft_size": "48"},
        "fft_size must be a power of two from 8 to 65536",
    ),
    ("rfattn_power_spectrum", {"fft_size": "4"}, "fft_size must be a power of two from 8 to 65536"),
    ("rfattn_power_spectrum", {"hop": "0"}, "hop must be >= 1"),
    ("rfattn_power_spectrum", {"averaging": "0"}, "averaging must be >= 1"),
    ("rfattn_power_spectrum", {"n_bins": "24"}, "n_bins must be a power of two from 1 to fft_size"),
    (
        "rfattn_power_spectrum",
        {"n_bins": "256"},
        "n_bins must be a power of two from 1 to fft_size",
    ),
    (
        "rfattn_power_spectrum",
        {"n_bins": "128", "sides": "one"},
        "n_bins must be a power of two from 1 to fft_size",
    ),
    ("rfattn_emission_extractor", {"sample_rate": "0"}, "sample_rate must be > 0 and finite"),
    (
        "rfattn_emission_extractor",
        {"fft_size": "48"},
        "fft_size must be a power of two from 8 to 65536",
    ),
    (
        "rfattn_emission_extractor",
        {"fft_size": "4"},
        "fft_size must be a power of two from 8 to 65536",
    ),
    ("rfattn_emission_extractor", {"hop": "0"}, "hop must be >= 1"),
    ("rfattn_emission_extractor", {"averaging": "0"}, "averaging must be >= 1"),
    (
        "rfattn_emission_extractor",
        {"n_bins": "24"},
        "n_bins must be a power of two from 1 to fft_size",
    ),
    (
        "rfattn_emission_extractor",
        {"n_bins": "128"},
        "n_bins must be a power of two from 1 to fft_size",
    ),
    ("rfattn_emission_extractor", {"lookback_s": "11"}, "lookback_s must be from 0 to 10"),
    ("rfattn_emission_extractor", {"delay_s": "0.2"}, "delay_s must be from 0 to lookback_s"),
    ("rfattn_emission_extractor", {"max_emissions": "0"}, "max_emissions must be >= 1"),
    ("rfattn_emission_extractor", {"margin_s": "11"}, "margin_s must be from 0 to 10"),
    ("rfattn_emission_extractor", {"max_snr_db": "-1"}, "max_snr_db must be from 0 to 200"),
    ("rfattn_token_buffer", {"n_bins": "0"}, "n_bins must be >= 1"),
    ("rfattn_token_buffer", {"block_size": "0"}, "block_size must be >= 1"),
    ("rfattn_token_buffer", {"capacity": "0"}, "capacity must be >= 1"),
    ("rfattn_token_buffer", {"n_inputs": "0"}, "n_inputs must be >= 1"),
    (
        "rfattn_token_buffer",
        {"n_inputs": "2", "max_streams": "1"},
        "max_streams must be >= n_inputs",
    ),
    ("rfattn_token_buffer", {"max_batch": "0"}, "max_batch must be >= 1"),
    ("rfattn_token_buffer", {"max_run": "0"}, "max_run must be >= 1"),
    ("rfattn_transformer", {"model": "''"}, "model must not be empty"),
    ("rfattn_transformer", {"attention": "''"}, "attention must be a name"),
    ("rfattn_transformer", {"norm": "''"}, "norm must be a name"),
    ("rfattn_transformer", {"device": "'gpu'"}, "device in ('auto', 'cpu', 'cuda')"),
    ("rfattn_transformer", {"n_bins": "0"}, "n_bins must be >= 1"),
    ("rfattn_transformer", {"n_features": "-1"}, "n_features must be >= 0"),
    ("rfattn_transformer", {"block_size": "0"}, "block_size must be >= 1"),
    ("rfattn_transformer", {"n_classes": "0"}, "n_classes must be >= 1"),
    ("rfattn_transformer", {"threads": "-1"}, "threads must be >= 0"),
    ("rfattn_latency_probe", {"n_classes": "0"}, "n_classes must be >= 1"),
    ("rfattn_latency_probe", {"interval_ms": "0"}, "interval_ms must be > 0 and finite"),
    ("rfattn_latency_probe", {"budget_ms": "-1"}, "budget_ms must be > 0 and finite"),
    ("rfattn_spectrum_probe", {"n_bins": "0"}, "n_bins must be >= 1"),
    ("rfattn_spectrum_probe", {"interval_ms": "0"}, "interval_ms must be > 0 and finite"),
    ("rfattn_waterfall_probe", {"n_bins": "1000"}, "n_bins must be a power of two"),
    ("rfattn_waterfall_probe", {"interval_ms": "0"}, "interval_ms must be > 0 and finite"),
    (
        "rfattn_zmq_stats_sink",
        {"address": "127.0.0.1"},
        "address must be tcp://HOST:PORT, ipc://PATH or inproc://NAME",
    ),
    ("rfattn_zmq_stats_sink", {"topic": "''"}, "topic must not be empty"),
    (
        "rfattn_prometheus_sink",
        {"address": "9557"},
        "address must be HOST:PORT with a port from 0 to 65535",
    ),
    ("rfattn_sigmf_source", {"filename": ""}, "choose a recording"),
    ("rfattn_sigmf_annotation_sink", {"filename": ""}, "name a .sigmf-meta file"),
    (
        "rfattn_emission_labels",
        {"min_confidence": "1.5"},
        "min_confidence must be None or from 0 to 1",
    ),
    (
        "rfattn_signal_labeller",
        {"min_confidence": "-1"},
        "min_confidence must be None or from 0 to 1",
    ),
    (
        "rfattn_sigmf_annotation_sink",
        {"min_confidence": "1.5"},
        "min_confidence must be from 0 to 1",
    ),
    ("rfattn_sigmf_annotation_sink", {"n_bands": "0"}, "n_bands must be >= 1"),
    ("rfattn_emission_labels", {"table": "table.txt"}, "choose a .json file"),
    ("rfattn_frame_contents", {"most_text": "10"}, "most_text must be from 20 to 500"),
    ("rfattn_emission_recorder", {"folder": ""}, "choose a folder"),
    ("rfattn_emission_recorder", {"max_emissions": "0"}, "max_emissions must be >= 1"),
    ("rfattn_emission_recorder", {"margin_s": "-1"}, "margin_s must be >= 0"),
    ("rfattn_emission_decoder", {"max_decoders": "0"}, "max_decoders must be >= 1"),
    ("rfattn_emission_demodulator", {"max_demodulators": "0"}, "max_demodulators must be >= 1"),
    ("rfattn_emission_decoder", {"margin_s": "-1"}, "margin_s must be >= 0"),
    ("rfattn_band_splitter", {"n_bands": "1"}, "n_bands must be >= 2"),
    ("rfattn_band_splitter", {"attenuation_db": "20"}, "attenuation_db must be > 20"),
    ("rfattn_qt_detection_sink", {"seconds": "0"}, "seconds must be > 0"),
    ("rfattn_qt_detection_sink", {"stream": "-1"}, "stream must be >= 0"),
    ("rfattn_rx_tagger", {"sample_rate": "0"}, "sample_rate must be > 0 and finite"),
    ("rfattn_rx_tagger", {"frequency": "float('inf')"}, "frequency must be finite"),
    ("rfattn_emission_detector", {"sample_rate": "0"}, "sample_rate must be from 6e3 to 1e8 Hz"),
    (
        "rfattn_emission_detector",
        {"sensitivity": "0"},
        "sensitivity must be from 1e-6 to 10 per second and MHz",
    ),
    ("rfattn_signal_labeller", {"sample_rate": "0"}, "sample_rate must be from 6e3 to 1e8 Hz"),
    (
        "rfattn_signal_labeller",
        {"sensitivity": "0"},
        "sensitivity must be from 1e-6 to 10 per second and MHz",
    ),
    ("rfattn_signal_labeller", {"attention": "'flesh'"}, "attention in ('model', 'mha'"),
    ("rfattn_signal_labeller", {"norm": "'none'"}, "norm in ('model', 'layernorm'"),
    ("rfattn_signal_labeller", {"device": "'gpu'"}, "device in ('auto', 'cpu', 'cuda')"),
    ("rfattn_signal_labeller", {"threads": "-1"}, "threads must be >= 0"),
    ("rfattn_signal_labeller", {"lookback_s": "11"}, "lookback_s must be from 0 to 10"),
    ("rfattn_signal_labeller", {"margin_s": "11"}, "margin_s must be from 0 to 10"),
    ("rfattn_edge_sink", {"n_bins": "0"}, "n_bins must be from 1 to 131072"),
    ("rfattn_edge_sink", {"address": "127.0.0.1"}, "address must begin with tcp:// or ipc://"),
    ("rfattn_edge_sink", {"edge": "1000"}, "edge must be from 0 to 999"),
    ("rfattn_edge_sink", {"max_waiting": "0"}, "max_waiting must be from 1 to 65536"),
    ("rfattn_edge_source", {"model": "''"}, "model must not be empty"),
    ("rfattn_edge_source", {"n_bins": "0"}, "n_bins must be >= 1"),
    (
        "rfattn_edge_source",
        {"address": "127.0.0.1"},
        "address must be tcp://HOST:PORT, ipc://PATH or inproc://NAME",
    ),
    ("rfattn_edge_source", {"timeout_s": "1"}, "timeout_s must be from 2 to 1e6"),
    ("rfattn_edge_source", {"ends_after": "-1"}, "ends_after must be >= 0"),
    ("rfattn_token_scheduler", {"n_bins": "0"}, "n_bins must be >= 1"),
    ("rfattn_token_scheduler", {"window": "0"}, "window must be >= 1"),
    ("rfattn_token_scheduler", {"first_rest_s": "-1"}, "first_rest_s must be >= 0"),
    ("rfattn_token_scheduler", {"max_rest_s": "0.5"}, "max_rest_s must be >= first_rest_s"),
    ("rfattn_token_scheduler", {"confidence": "1.5"}, "confidence must be 0 to 1"),
    ("rfattn_transformer", {"max_batch": "0"}, "max_batch must be >= 1"),
    ("rfattn_transformer", {"max_streams": "0"}, "max_streams must be >= 1"),
]
# The constructor compares these with the model's, or names a part; or leaves it to the flowgraph.
IN_OTHER_WORDS = {
    *(("rfattn_transformer", name) for name in ("n_bins", "n_features", "block_size", "n_classes")),
    ("rfattn_transformer", "model"),
    ("rfattn_edge_source", "model"),
    ("rfattn_edge_source", "n_bins"),
    ("rfattn_waterfall_probe", "n_bins"),
    ("rfattn_signal_labeller", "margin_s"),
}
# By whoever sends the samples, of which GRC knows nothing.
PACED_FROM_OUTSIDE = {"edge_host.grc", "labeller_zmq.grc"}
# Numbers that count what their label names.
COUNTS = {
    "edge",
    "max_decoders",
    "max_demodulators",
    "max_emissions",
    "max_streams",
    "n_bands",
    "n_bins",
    "n_classes",
    "n_features",
    "n_inputs",
    "stream",
    "threads",
}
# What a dragged block needs around it to run: from these samples on, and to its end.
SAMPLES = [
    ("analog_noise_source_x", {}),
    ("blocks_throttle2", {"samples_per_second": "1e6"}),
    ("blocks_head", {"num_items": "20000"}),
]
TO_TOKENS = [*SAMPLES, ("rfattn_power_spectrum", {})]
TO_END = [("blocks_null_sink", {})]
TOKENS_TO_END = [("blocks_null_sink", {"type": "float", "vlen": "128"})]
LOGITS_TO_END = [("blocks_null_sink", {"type": "float", "vlen": "15"})]
DRAGGED = {
    "rfattn_sigmf_source": ([], TO_END),
    "rfattn_rx_tagger": (SAMPLES, TO_END),
    "rfattn_emission_detector": (SAMPLES, TO_END),
    "rfattn_signal_labeller": (SAMPLES, []),
    "rfattn_band_splitter": (SAMPLES, [("blocks_null_sink", {"num_inputs": "8"})]),
    "rfattn_power_spectrum": (SAMPLES, TOKENS_TO_END),
    "rfattn_token_scheduler": (
        [*SAMPLES, ("rfattn_rx_tagger", {}), ("rfattn_power_spectrum", {})],
        TOKENS_TO_END,
    ),
    "rfattn_emission_extractor": (
        SAMPLES,
        [("blocks_null_sink", {"type": "float", "vlen": "64"})],
    ),
    "rfattn_edge_sink": (TO_TOKENS, []),  # to a host that is not there
    "rfattn_token_buffer": (TO_TOKENS, TOKENS_TO_END),
    "rfattn_spectrum_probe": (TO_TOKENS, []),
    "rfattn_waterfall_probe": (SAMPLES, []),
}
# Of which one run sees to all, since each loads torch and the shipped model; by their inputs. An
# edge_source alone has no end: qa_edge_examples.py runs it.
DRAGGED_TOGETHER = {
    "rfattn_edge_source": [],
    "rfattn_transformer": [],
    "rfattn_latency_probe": [],
    "rfattn_emission_labels": [],
    "rfattn_emission_recorder": [],
    "rfattn_frame_contents": [],
    "rfattn_emission_decoder": [],
    "rfattn_emission_demodulator": [],
    "rfattn_zmq_stats_sink": ["detections", "model", "stats"],
    "rfattn_prometheus_sink": ["detections", "model", "stats"],
    "rfattn_qt_detection_sink": ["detections", "model", "stats"],
    "rfattn_sigmf_annotation_sink": ["detections"],
}


@pytest.fixture(scope="module", autouse=True)
def application():
    """For the blocks that are widgets."""
    if find_spec("PyQt5") is None:
        yield None
        return
    from PyQt5 import QtWidgets

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QT_QPA_PLATFORM", "offscreen")
        yield QtWidgets.QApplication.instance() or QtWidgets.QApplication(["qa_grc"])


@pytest.fixture(scope="module")
def platform():
    os.environ["GRC_BLOCKS_PATH"] = str(GRC)
    made = Platform(
        name="qa_grc",
        prefs=gr.prefs(),
        version=gr.version(),
        version_parts=(gr.major_version(), gr.api_version(), gr.minor_version()),
    )
    made.build_library(str(GRC))
    made.build_library()
    return made


@pytest.fixture(scope="module")
def needed(made, tmp_path_factory):
    """By block, the values without which the defaults cannot run in a test."""
    folder = tmp_path_factory.mktemp("grc")
    save_family(folder / "tiny")
    for attention in set(STORED) - {"flash", "gqa"}:
        save_model(folder / "tiny" / f"{attention}_layernorm.pt", attention=attention)
    save_model(folder / "tiny" / "flash_dyt.pt", norm="dyt")
    (folder / "emission").mkdir()
    for attention in STORED:
        for norm in NORMS if attention == "flash" else NORMS[:1]:
            path = folder / "emission" / f"{attention}_{norm}.pt"
            save_model(path, {"hop": 32}, takes="emission", attention=attention, norm=norm)
    return {
        "rfattn_sigmf_source": {"filename": str(made.meta("wifi_ofdm"))},
        "rfattn_sigmf_annotation_sink": {
            "filename": str(folder / "out.sigmf-meta"),
            "meta": str(made.meta("wifi_ofdm")),
        },
        "rfattn_emission_recorder": {"folder": str(folder / "emissions")},
        "rfattn_transformer": {"model": str(folder / "tiny"), **TINY},
        "rfattn_signal_labeller": {"model": str(folder / "emission")},
        "rfattn_edge_source": {
            "address": "tcp://127.0.0.1:*",
            "model": str(folder / "tiny"),
            "n_bins": TINY["n_bins"],
        },
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
    layout = SimpleNamespace(addWidget=lambda widget: None)
    program = SimpleNamespace(top_layout=layout)
    scope = {"samp_rate": 32000, "self": program}
    exec(made.templates.render("imports"), scope)
    exec(f"self.made = {made.templates.render('make')}", scope)
    if hasattr(program.made, "close"):
        program.made.close()
    return program.made


def test_every_block_is_in_one_group(platform):
    found = {tuple(platform.blocks[block].category) for block in DESCRIPTIONS}
    subcategories = {("RFAttn", name) for name in ("Emissions", "Model", "Sinks")}
    assert found == {("RFAttn",), *subcategories}


@pytest.mark.parametrize("block", DESCRIPTIONS)
def test_labels_are_in_title_case(block):
    """As those of the blocks of GNU Radio; units in parentheses are as they are."""
    for parameter in DESCRIPTIONS[block]["parameters"]:
        words = re.sub(r"\(.*\)", "", parameter["label"]).split()
        assert all(w[0].isupper() or w in ("per", "of") for w in words), parameter["label"]
        assert len(parameter["label"]) <= 24, parameter["label"]  # columns beside the fields


@pytest.mark.parametrize("block", DESCRIPTIONS)
def test_description_is_complete(block):
    description = DESCRIPTIONS[block]
    assert description["id"] == block
    assert description["label"] and description["asserts"]
    assert len(description["documentation"].splitlines()) >= 3
    for parameter in description["parameters"]:
        assert parameter["label"] and "default" in parameter
        labels = parameter.get("option_labels", [])
        assert len(labels) == len(parameter.get("options", [])), parameter["id"]


@pytest.mark.parametrize("block", DESCRIPTIONS)
def test_numbers_say_their_unit(block):
    for parameter in DESCRIPTIONS[block]["parameters"]:
        if parameter["dtype"] in ("int", "real") and parameter["id"] not in COUNTS:
            assert re.search(r"\(.+\)", parameter["label"]), parameter["label"]


@pytest.mark.parametrize("block", DESCRIPTIONS)
def test_a_choice_of_names_is_a_drop_down(block):
    description = DESCRIPTIONS[block]
    rules = " ".join(description["asserts"])
    for parameter in description["parameters"]:
        name = parameter["id"]
        is_choice = parameter["dtype"] in ("enum", "bool") or f"{name} in (" in rules
        is_choice |= f"{name}.isidentifier()" in rules  # or a name of one's own
        assert is_choice == ("options" in parameter), name


@pytest.mark.parametrize("block", DESCRIPTIONS)
def test_every_rule_has_a_value_that_breaks_it(block):
    texts = [text for other, _, text in REFUSED if other == block]
    for rule in DESCRIPTIONS[block]["asserts"]:
        assert any(text in rule for text in texts), rule


@pytest.mark.parametrize("block", DESCRIPTIONS)
def test_defaults_make_a_block(platform, needed, block):
    made = add_block(platform, block, needed.get(block, {}))
    assert errors_of(made) == []
    assert construct(made).name().startswith(block.removeprefix("rfattn_"))


@pytest.mark.parametrize("block, parameter, option", ENUMS)
def test_every_option_makes_a_block(platform, needed, block, parameter, option):
    values = {**needed.get(block, {}), parameter: option}
    if option == "one" and block == "rfattn_power_spectrum":
        values["n_bins"] = "32"
    made = add_block(platform, block, values)
    assert errors_of(made) == []
    refusal = absent().get(option)
    if refusal:
        with pytest.raises(ValueError, match=refusal):
            construct(made)
    else:
        construct(made)


def absent():
    """What an option that this machine lacks the means for is refused with."""
    import torch

    return {} if torch.cuda.is_available() else {"'cuda'": "device 'cuda' is not there"}


def test_defaults_are_those_of_the_constructors(platform, needed):
    """What GRC writes for an untouched block is what leaving the argument out means."""
    made = construct(add_block(platform, "rfattn_token_buffer", {}))
    assert made.name() == "token_buffer"
    front_end = {p["id"]: p["default"] for p in DESCRIPTIONS["rfattn_power_spectrum"]["parameters"]}
    from gnuradio.rfattn.recordings.front_end import FrontEnd

    expected = {name: str(value) for name, value in FrontEnd().to_dict().items()}
    assert front_end == expected


@pytest.mark.parametrize("block, values, text", REFUSED)
def test_wrong_values_are_refused_in_the_words_of_the_constructor(
    platform, needed, block, values, text
):
    made = add_block(platform, block, {**needed.get(block, {}), **values})
    assert any(text in message for message in errors_of(made)), errors_of(made)
    if "must" in text and (block, *values) not in IN_OTHER_WORDS:
        with pytest.raises(ValueError) as refused:
            construct(made)
        assert text.partition(" to fft_size")[0] in str(refused.value)


@pytest.mark.parametrize("name", TINY)
def test_ports_that_do_not_fit_the_model_are_refused(platform, needed, name):
    number = int(TINY[name])
    values = {**needed["rfattn_transformer"], name: str(2 * number)}
    made = add_block(platform, "rfattn_transformer", values)
    with pytest.raises(
        ValueError, match=f"the model has {name} {number}, the flowgraph states {2 * number}"
    ):
        construct(made)


@pytest.mark.parametrize("callback", DESCRIPTIONS["rfattn_transformer"]["templates"]["callbacks"])
def test_callbacks_exist(platform, needed, callback):
    made = add_block(platform, "rfattn_transformer", needed["rfattn_transformer"])
    setter = re.fullmatch(r"swap_soon\(self\.\$\{id\}\.(\w+), \$\{\w+\}\)", callback)[1]
    assert callable(getattr(construct(made), setter))


def test_a_swap_that_is_refused_raises_nothing(platform, needed):
    """In the slot of a Qt program an exception would end it."""
    made = construct(add_block(platform, "rfattn_transformer", needed["rfattn_transformer"]))
    refused = swap_soon(made.set_attention, "flesh").exception()
    assert isinstance(refused, ValueError)
    assert swap_soon(made.set_attention, "gqa").exception() is None
    assert made.adapter.attention == "gqa"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_example_compiles_whole(platform, example, tmp_path):
    program = compile_example(platform, example, tmp_path)
    flow_graph = yaml.safe_load(example.read_text())
    text = program.read_text()
    for block in flow_graph["blocks"]:  # GRC drops a block that it does not know without a word
        written = block["parameters"]["imports"] if block["id"] == "import" else block["name"]
        assert written in text or block["states"]["state"] == "disabled"


@pytest.mark.parametrize(
    "name", ["labeller_rtl_tcp", "labeller_soapy", "labeller_zmq", "qt_live", "signal_labeller"]
)
def test_the_page_and_the_window_get_the_content_of_frames(name):
    graph = yaml.safe_load((ROOT / "examples" / f"{name}.grc").read_text())
    (labeller,) = [block for block in graph["blocks"] if block["id"] == "rfattn_signal_labeller"]
    (view,) = [sink for _, port, sink, _ in graph["connections"] if port == "spectra"]
    assert labeller["parameters"]["contents"] == "True"
    assert [labeller["name"], "decoded", view, "decoded"] in graph["connections"]


def test_label_file_runs_and_writes_labels(platform, made, tmp_path):
    program = compile_example(platform, ROOT / "examples" / "label_file.grc", tmp_path)
    labels = tmp_path / "labels.sigmf-meta"
    ran = run_forked(program, "--recording", made.meta("lte_tdd"), "--labels", labels, timeout=60)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = [a["core:label"] for a in json.loads(labels.read_text())["annotations"]]
    assert "lte_tdd" in found


@pytest.mark.skipif(find_spec("PyQt5") is None, reason="no python3-pyqt5")
def test_single_blocks_find_and_label_as_signal_labeller_does(platform, made, tmp_path):
    program = compile_example(platform, ROOT / "examples" / "emission_blocks.grc", tmp_path)
    description = spec_from_file_location(program.stem, program)
    description.loader.exec_module(module := module_from_spec(description))
    recording, rate = made.meta("ook_srd"), open_recording(made.meta("ook_srd")).sample_rate
    flowgraph = module.emission_blocks_grc(
        recording=str(recording), samp_rate=rate, speed=100.0, stats=f"ipc://{tmp_path}/stats"
    )
    flowgraph.run()
    flowgraph.stop()
    assert flowgraph.rfattn_transformer_0.error is None
    flowgraph.rfattn_emission_labels_0.drain()
    sink = flowgraph.rfattn_qt_detection_sink_0
    sink.drain()
    found = {record.latest.id: record.latest for record in sink.records()}
    flowgraph = gr.top_block()
    labeller, kept = rfattn.signal_labeller(rate), MessageKeeper(to_python)
    flowgraph.connect(rfattn.sigmf_source(str(recording)), labeller)
    flowgraph.msg_connect(labeller, "emissions", kept, "in")
    flowgraph.run()
    labeller.drain()
    kept.drain()
    again = {e["id"]: e for e in kept.found}
    assert found and found.keys() == again.keys()
    for id, emission in found.items():
        assert emission.freq_lower == again[id]["freq_lower"]
        assert emission.label == again[id].get("label")


@pytest.mark.skipif(find_spec("PyQt5") is None, reason="no python3-pyqt5")
def test_signal_labeller_shows_emissions_and_writes_annotations(platform, made, tmp_path):
    annotations = tmp_path / "annotations.sigmf-meta"
    program = compile_example(platform, ROOT / "examples" / "signal_labeller.grc", tmp_path)
    description = spec_from_file_location(program.stem, program)
    description.loader.exec_module(module := module_from_spec(description))
    flowgraph = module.signal_labeller_grc(
        annotations=str(annotations),
        recording=str(made.meta("ook_srd")),
        samp_rate=1e6,
        speed=100.0,
        stats=f"ipc://{tmp_path}/stats",
    )
    flowgraph.run()
    flowgraph.stop()
    found = json.loads(annotations.read_text())["annotations"]
    assert found and all("core:freq_lower_edge" in annotation for annotation in found)
    sink = flowgraph.rfattn_qt_detection_sink_0
    sink.drain()
    sink.widget.refresh()
    assert sink.widget.table.rowCount() == len(sink.records()) > 0


def compile_example(platform, example, folder):
    """The program that grcc makes of it; here each does not read all descriptions again."""
    lines = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Messages, "MESSENGERS_LIST", [lines.append])
        _, program = platform.load_and_generate_flow_graph(str(example), str(folder))
    said = "".join(lines)
    assert program is not None, said
    faults = [line for line in said.splitlines() if re.search("warning|error", line.lower())]
    if example.name in PACED_FROM_OUTSIDE:
        faults = [line for line in faults if "may not have flow control" not in line]
    assert faults == []
    return Path(program)


def test_every_block_is_dragged():
    assert set(DRAGGED) | set(DRAGGED_TOGETHER) == set(DESCRIPTIONS)


@pytest.mark.parametrize("block", DRAGGED)
def test_a_dragged_block_generates_and_runs(platform, needed, block, tmp_path):
    before, after = DRAGGED[block]
    graph = new_graph(platform)
    chain = [*before, (block, needed.get(block, {})), *after]
    connect_chain(graph, [new_block(graph, *one) for one in chain])
    run_generated(platform, graph, tmp_path)


def test_the_dragged_model_probe_and_sinks_generate_and_run(platform, needed, tmp_path):
    """Each as it is dragged, with the shipped model; only addresses and files are of the test."""
    graph = new_graph(platform)
    path = [
        *TO_TOKENS,
        ("rfattn_token_buffer", {}),
        ("rfattn_transformer", {}),
        ("rfattn_latency_probe", {}),
    ]
    made = [new_block(graph, *one) for one in [*path, *LOGITS_TO_END]]
    connect_chain(graph, made)
    model, probe = made[-3], made[-2]
    for block, ports in DRAGGED_TOGETHER.items():
        if not ports or (block == "rfattn_qt_detection_sink" and find_spec("PyQt5") is None):
            continue
        sink = new_block(graph, block, needed.get(block, {}))
        for port in ports:
            source = probe if port == "stats" else model
            graph.connect(port_of(source.sources, port), port_of(sink.sinks, port))
    if find_spec("PyQt5") is not None:
        graph.options_block.params["generate_options"].set_value("qt_gui")
    run_generated(platform, graph, tmp_path)


def new_graph(platform):
    """A flowgraph as GRC begins one, for a program that runs to its end."""
    graph = platform.make_flow_graph()
    values = {"id": "dragged", "generate_options": "no_gui", "run_options": "run"}
    for name, value in values.items():
        graph.options_block.params[name].set_value(value)
    new_block(graph, "variable", {"id": "samp_rate", "value": "32000"})
    return graph


def new_block(graph, key, values):
    made = graph.new_block(key)
    for name, value in {"id": f"{key}_{len(graph.blocks)}", **values}.items():
        made.params[name].set_value(value)
    graph.rewrite()
    return made


def port_of(ports, name):
    return next(port for port in ports if port.key == name)


def connect_chain(graph, made):
    for source, sink in pairwise(made):
        for out, into in zip(stream_ports(source.sources), stream_ports(sink.sinks), strict=True):
            graph.connect(out, into)
    graph.rewrite()


def stream_ports(ports):
    return [port for port in ports if port.domain == "stream"]


def run_generated(platform, graph, folder):
    """Saves, compiles with grcc and runs; a window is closed when the flowgraph is done."""
    graph.rewrite()
    graph.validate()
    assert list(graph.iter_error_messages()) == []
    path = folder / "dragged.grc"
    platform.save_flow_graph(str(path), graph)
    program = compile_example(platform, path, folder)
    if "qt_gui" in path.read_text():
        program = folder / "in_a_window.py"
        program.write_text(RUN_IN_A_WINDOW)
    ran = run_forked(program, timeout=120, cwd=folder, env={"QT_QPA_PLATFORM": "offscreen"})
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for sign in ("Traceback", "ended by"):  # of guard.stop_on_error
        assert sign not in ran.stdout + ran.stderr


RUN_IN_A_WINDOW = """
import sys
from PyQt5 import QtWidgets
from dragged import dragged
application = QtWidgets.QApplication(sys.argv[:1])
flowgraph = dragged()
flowgraph.show()
flowgraph.run()
application.processEvents()
flowgraph.close()
"""
