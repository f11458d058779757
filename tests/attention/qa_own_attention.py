# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""An attention and a norm of a user are taken wherever a built-in one is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from gnuradio.rfattn.attention import ATTENTIONS, NORMS, attention_class, own, register
from gnuradio.rfattn.attention.norms import build_norm
from gnuradio.rfattn.attention.shapes.ssm import SelectiveStateSpace, StateSpaceSizes
from gnuradio.rfattn.benchmark import verify
from gnuradio.rfattn.benchmark.streams import make_adapter, step_all
from gnuradio.rfattn.inference import AttentionModelAdapter

from attention_models import tiny_config

PAGE = Path(__file__).resolve().parents[2] / "docs" / "training.md"
NORM = """
from gnuradio.rfattn.attention import register_norm
from torch import nn
register_norm("plain", lambda d: nn.Identity())
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of a user, with the attention of the page; what is registered is forgotten."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    home = tmp_path / "gr-rfattn"
    for kind, names in (("attentions", ATTENTIONS), ("norms", NORMS)):
        (home / kind).mkdir(parents=True)
        monkeypatch.setitem(own._found, kind, {})
        monkeypatch.setitem(own._NAMES, kind, names)
    before = list(ATTENTIONS), list(NORMS)
    text = re.search(r"```py\n(.*?)```", PAGE.read_text(), re.S)[1]
    (home / "attentions" / "retention.py").write_text(text)
    (home / "norms" / "plain.py").write_text(NORM)
    yield home
    ATTENTIONS[:], NORMS[:] = before


def own_config(**values):
    attention_class("retention")
    return tiny_config(**{"attention": "retention", "norm": "layernorm", **values})


@pytest.mark.parametrize("runner", ["auto", "torch", "graph"])
@pytest.mark.parametrize(
    "values",
    [{}, {"attention": "hybrid", "layer_attentions": "retention gqa"}, {"block_size": 1}],
    ids=str,
)
def test_steps_give_what_one_pass_gives(folder, values, runner):
    config = own_config(**values)
    model, contract = verify.random_model(config, 1), verify.contract_of(config)
    adapter = make_adapter(model, contract, "cpu", "float32", 3, runner)
    assert adapter.runner == (runner if runner == "graph" else "torch")
    verify.check_stream(adapter, model, 3, 1, step_all)


def test_a_model_file_has_the_name_and_no_code(folder, tmp_path):
    config = own_config()
    model, contract = verify.random_model(config, 1), verify.contract_of(config)
    adapter = AttentionModelAdapter(model, contract)
    path = tmp_path / "own.pt"
    adapter.save(path)
    again = AttentionModelAdapter.load(path)
    tokens = np.random.default_rng(1).normal(size=(1, config.block_size, config.n_bins))
    tokens = tokens.astype(np.float32)
    assert again.runner == "torch"
    np.testing.assert_allclose(again.step(tokens), adapter.step(tokens), atol=1e-5)
    with pytest.raises(ValueError, match="'native' has only what is built in, got retention;"):
        AttentionModelAdapter.load(path, runner="native")
    (folder / "attentions" / "retention.py").unlink()
    own._found["attentions"].clear()
    ATTENTIONS.remove("retention")
    with pytest.raises(ValueError, match="attention must be one of mha, .* got 'retention'"):
        AttentionModelAdapter.load(path)


def test_a_norm_of_a_user(folder):
    assert type(build_norm("plain", 8)).__name__ == "Identity"
    config = tiny_config(attention="gqa", norm="plain")
    model = verify.random_model(config, 1)
    adapter = make_adapter(model, verify.contract_of(config), "cpu", "float32", 2, "auto")
    assert adapter.runner == "torch"
    verify.check_stream(adapter, model, 2, 1, step_all)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "broken.py: must register 'broken', which is the name of the file"),
        ("x = ", "broken.py: SyntaxError: invalid syntax"),
        ("import nothing_of_this_name", "broken.py: ModuleNotFoundError: No module named"),
    ],
)
def test_a_file_that_fails_is_named(folder, text, message):
    (folder / "attentions" / "broken.py").write_text(text)
    with pytest.raises(ValueError, match=message):
        attention_class("broken")
    with pytest.raises(ValueError, match="attention must be one of mha, .*, got '../broken'"):
        attention_class("../broken")


def test_what_is_built_in_stays(folder):
    class Flash(SelectiveStateSpace):
        name = "flash"

    with pytest.raises(ValueError, match="sizes must be NoSizes"):
        register(Flash)
    Flash.sizes = type("NoSizes", (), {})
    with pytest.raises(ValueError, match="name must be an identifier that is not built in, got 'f"):
        register(Flash)
    assert StateSpaceSizes().state_size and "flash" not in own._found["attentions"]


def test_another_process_knows_the_names_of_the_folder(folder):
    program = "from gnuradio.rfattn.attention import ATTENTIONS, NORMS; print(*ATTENTIONS, *NORMS)"
    words = [sys.executable, "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, env=os.environ, check=True)
    assert {"retention", "plain"} <= {*done.stdout.split()}
