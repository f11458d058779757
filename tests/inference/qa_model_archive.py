# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A model file is data: its code does not run, and what disagrees or is damaged is refused."""

import json
import os
import pickle
import zipfile

import pytest
import torch
from gnuradio.rfattn.attention import StreamingTransformer
from gnuradio.rfattn.inference import (
    ModelFileError,
    read_contract,
    save_checkpoint,
    torchscript,
)
from gnuradio.rfattn.inference.contract import SCHEMA, check_contract
from safetensors.torch import load_file, save_file

from attention_models import (
    TensorAdapter,
    contract_of,
    random_model,
    random_tokens,
    save_model,
    tiny_config,
)
from zip_members import CONTRACT, change_contract, replace_member, rezipped


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.pt"
    save_model(path)
    return path


def load(path, **choices):
    return TensorAdapter.load(path, device="cpu", **choices)


def refusal(path, **choices) -> str:
    with pytest.raises(ModelFileError) as caught:
        load(path, **choices)
    message = str(caught.value)
    assert path.name in message and message.isprintable()
    return message


class Writes(StreamingTransformer):
    """TorchScript may write files: this module does so when it is loaded and at every step."""

    def forward(
        self,
        tokens: torch.Tensor,
        caches: list[list[torch.Tensor]],
        positions: list[int],
        seen: list[int],
    ) -> torch.Tensor:
        return torch.from_file("WROTE", True, 3)[None]


class Window(torch.nn.Module):
    """The same as a model of kind "window"."""

    def forward(self, window: torch.Tensor) -> torch.Tensor:
        return torch.from_file("WROTE", True, 3)[None]


def write_scripted(path, module, contract):
    extra = {torchscript.CONTRACT: json.dumps(contract)}
    torch.jit.save(torch.jit.script(module.eval()), str(path), _extra_files=extra)


def test_the_code_of_a_stream_model_does_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config, path = tiny_config(), tmp_path / "m.pt"
    model, hostile = random_model(config), Writes(config)
    hostile.load_state_dict(model.state_dict())
    write_scripted(path, hostile, contract_of(config))
    tokens = random_tokens(1, 4)
    logits = load(path).step(tokens)
    assert not (tmp_path / "WROTE").exists()
    assert (logits - model.offline(tokens)[:, 0]).abs().max() <= 1e-5


def test_the_code_of_a_window_model_runs_only_if_allowed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path, shape = tmp_path / "w.pt", {"n_bins": 8, "n_classes": 3, "block_size": 4, "window": 12}
    contract = {"schema": SCHEMA, "kind": "window", "front_end": {}, "model": shape}
    write_scripted(path, Window(), contract | {"classes": ["a", "b", "c"]})
    assert "runs the code in its file" in refusal(path)
    assert read_contract(path)["kind"] == "window"
    assert not (tmp_path / "WROTE").exists()
    assert load(path, run_code=True).step(random_tokens(1, 4)).shape == (1, 3)
    assert (tmp_path / "WROTE").exists()


class Evil:
    def __reduce__(self):
        return os.system, ("touch WROTE",)


def test_a_pickle_in_its_place_is_not_loaded(saved, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    replace_member(saved, "/data.pkl", lambda _: pickle.dumps({"a": Evil()}, protocol=2))
    assert "names posix" in refusal(saved)
    assert not (tmp_path / "WROTE").exists()


def test_every_damaged_byte_of_a_weight_is_refused(saved):
    whole = saved.read_bytes()
    weight = random_model(tiny_config()).head.weight.detach().numpy().tobytes()
    at = whole.index(weight)
    for offset in range(0, len(weight), 37):
        damaged = bytearray(whole)
        damaged[at + offset] ^= 4
        saved.write_bytes(damaged)
        assert "the CRC-32 of" in refusal(saved)
    saved.write_bytes(whole)
    assert load(saved).window == 16


def test_every_damaged_byte_of_a_checkpoint_is_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    save_checkpoint(path, random_model(tiny_config()), contract_of(tiny_config()))
    whole = path.read_bytes()
    path.write_bytes(whole[:-8] + b"\0" + whole[-7:])
    assert "its SHA-256 is not the weights_sha256 in the .json beside it" in refusal(path)
    path.write_bytes(whole)
    assert load(path).contract == contract_of(tiny_config())


def test_zip_archives_that_are_not_as_torch_writes_them(saved):
    whole = saved.read_bytes()
    big = rezipped(whole, lambda n, c: c + bytes(10**7) if n.endswith("data.pkl") else c, 8)
    saved.write_bytes(big)
    assert "its members have more than 16 times its size" in refusal(saved)
    saved.write_bytes(rezipped(whole, lambda _, content: content, 12))
    assert "a member has an unknown compression" in refusal(saved)
    saved.write_bytes(whole)
    replace_member(saved, "/data/0", lambda content: content[:-4])
    assert "data/0 has not" in refusal(saved)
    saved.write_bytes(whole)
    with zipfile.ZipFile(saved, "a") as archive:  # whose end is written anew
        first, second = archive.infolist()[:2]
        first.header_offset = second.header_offset
        archive.writestr("archive/more", b"")
    assert "two of its members begin at the same byte" in refusal(saved)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"model": {"window": 32}}, "window of the TorchScript is 16, by the contract it is 32"),
        ({"model": {"level_horizon": 32}}, "subtract_level.horizon of the TorchScript is 16"),
        (
            {"model": {"n_heads": 2, "n_kv_heads": 2}},
            "encoder.layers.0.attention.n_heads of the TorchScript is 4, by the contract it is 2",
        ),
        ({"model": {"norm": "rmsnorm"}}, "the model has no encoder.layers.0.attention_norm.bias"),
        ({"model": {"n_layers": 2}}, "the model has no encoder.layers.2.att"),
        (
            {"model": {"attention": "gqa"}},
            "encoder.layers.0.attention.n_kv_heads of the TorchScript is 4",
        ),
        (
            {"model": {"d_model": 4096}},
            "head_dim of the TorchScript is 4, by the contract it is 1024",
        ),
        ({"model": {"rope_base": 10.0}}, "rope.turns is not that of rope_period and rope_base"),
        ({"model": {"n_layers": 2**40}}, "n_layers must be from 1 to 256, got 1099511627776"),
        ({"model": {"ffn_factor": 2**70}}, "got a number of more than 20 digits"),
        ({"model": {"window": 2**24}}, "window must be from 1 to 1048576, got 16777216"),
        ({"model": {"\x1b[31m": -1}}, r"model: '\x1b[31m' must be from 1 to 65536, got -1"),
        ({"model": [1]}, "model must be an object, got [1]"),
        ({"front_end": None}, "front_end must be an object, got None"),
        ({"front_end": {"hop": 0.5}}, "front_end: hop must be a whole number, got 0.5"),
        ({"front_end": {"window": "none"}}, "window must be one of hann, "),
        ({"front_end": {"hop": 2**30}}, "hop * averaging must be at most 16777216"),
        ({"classes": 3}, "classes must be a list, got 3"),
        ({"classes": ["a", "b", 5]}, "classes must be names of printable text, got 5"),
        ({"classes": ["a", "b", "\x1b[31m"]}, r"printable text, got '\x1b[31m'"),
        ({"classes": ["a", "b", "a"]}, "classes must be different names"),
        ({"kind": ["stream"]}, "kind must be one of stream, window, got ['stream']"),
        ({"dtype": "int32"}, "dtype must be one of float32, got 'int32'"),
        ({"training": 5}, "training must be an object, got 5"),
        (
            {"decision": {"family_threshold": "1"}},
            "decision: family_threshold must be from 0 to 1, got '1'",
        ),
    ],
)
def test_a_contract_that_breaks_a_rule_or_disagrees_with_its_file(saved, changes, message):
    change_contract(saved, **changes)
    assert message in refusal(saved)


@pytest.mark.parametrize(
    "text, message",
    [
        (b"[" * 100_000, "not JSON: it nests more than 64 levels"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": 1e400}', "the number 1e400… is too large"),
        (b'{"a": "\\ud800"}', "surrogates not allowed"),
        (b"\xff", "can't decode byte 0xff"),
        (b'"' + b"a" * 5 * 2**20 + b'"', "larger than 4194304 bytes"),
    ],
)
def test_a_contract_that_is_no_json(saved, text, message):
    replace_member(saved, CONTRACT, lambda _: text)
    assert message in refusal(saved)


def test_a_model_that_this_machine_cannot_hold(tmp_path):
    config = tiny_config(window=2**20, block_size=2**16, rope_period=2**21)
    path = tmp_path / "m.safetensors"
    save_checkpoint(path, random_model(config), contract_of(config))
    stated = json.loads(path.with_suffix(".json").read_text())
    assert check_contract(stated, path)
    assert "operations, at most 4e+12 are allowed" in refusal(path) or "memory" in refusal(path)


@pytest.mark.parametrize(
    "change, message",
    [
        (
            lambda w: w.to(torch.int32),
            "int32, ",
        ),
        (lambda w: w * float("nan"), "head.weight is not finite"),
        (
            lambda w: w[:, :4].contiguous(),
            "head.weight is (3, 4) float32, the model needs (3, 16) float32",
        ),
    ],
)
def test_weights_of_another_type_or_value(tmp_path, change, message):
    path = tmp_path / "m.safetensors"
    save_checkpoint(path, random_model(tiny_config()), contract_of(tiny_config()))
    weights = load_file(path)
    save_file({**weights, "head.weight": change(weights["head.weight"])}, path)
    path.with_suffix(".json").write_text(json.dumps(contract_of(tiny_config())))
    assert message in refusal(path)


def test_a_pipe_beside_a_checkpoint_is_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    save_checkpoint(path, random_model(tiny_config()), contract_of(tiny_config()))
    path.with_suffix(".json").unlink()
    os.mkfifo(path.with_suffix(".json"))
    with pytest.raises(ModelFileError, match=r"m.json: not a contract: it is not a regular file"):
        load(path)


def test_swaps_keep_no_memory_of_the_compiler():
    """torch keeps every compilation, so there is one for each configuration."""
    before = torchscript._program.cache_info().misses
    config = tiny_config(attention="mha", d_model=32)
    for seed in range(3):
        model = random_model(config, seed)
        adapter = TensorAdapter(model, contract_of(config), "cpu", runner="torch")
        expected = model.offline(random_tokens(1, 4))[:, 0]
        assert (adapter.step(random_tokens(1, 4)) - expected).abs().max() <= 1e-5
    assert torchscript._program.cache_info().misses == before + 1
