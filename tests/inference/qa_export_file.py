# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file with an exported program: data for a model of kind "stream", code for the rest."""

import io
import json
import os
import pickle
import zipfile

import pytest
import torch
from gnuradio.rfattn.attention import new_pool
from gnuradio.rfattn.inference import (
    ModelFileError,
    export_file,
    load_eager,
    read_contract,
)
from gnuradio.rfattn.inference.contract import SCHEMA

from attention_models import (
    CPU_RUNNERS,
    TensorAdapter,
    contract_of,
    random_model,
    random_tokens,
    tiny_config,
)
from zip_members import replace_member, rezipped

CONFIG = tiny_config()
WINDOW = {
    "schema": SCHEMA,
    "kind": "window",
    "front_end": {},
    "model": {"n_bins": 8, "n_classes": 3, "block_size": 4, "window": 12},
    "classes": ["a", "b", "c"],
}


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "model.export"
    export_file.save(path, random_model(CONFIG), contract_of(CONFIG))
    return path.read_bytes()


@pytest.fixture
def saved(content, tmp_path):
    path = tmp_path / "model.export"
    path.write_bytes(content)
    return path


def load(path, **choices):
    return TensorAdapter.load(path, device="cpu", **choices)


def refusal(path, **choices) -> str:
    with pytest.raises(ModelFileError) as caught:
        load(path, **choices)
    message = str(caught.value)
    assert path.name in message and message.isprintable()
    return message


class Evil:
    def __reduce__(self):
        return os.system, ("touch WROTE",)


def put_evil_weights(program: bytes) -> bytes:
    """The program with a pickle that runs a command in the place of its weights."""
    evil = pickle.dumps({"a": Evil()}, protocol=2)

    def change(name: str, content: bytes) -> bytes:
        if "state_dict" not in name and not name.endswith((".pkl", ".pt")):
            return content
        return rezipped(content, lambda n, c: evil if n.endswith("data.pkl") else c)

    return rezipped(program, change)


@pytest.mark.parametrize("runner", CPU_RUNNERS)
@pytest.mark.parametrize("attention", ["model", "mha"])
def test_a_stream_model_is_built_from_its_weights(saved, runner, attention):
    replace_member(saved, "program.pt2", lambda _: b"no program")
    model, tokens = load(saved, runner=runner, attention=attention), random_tokens(1, 4)
    assert (model.step(tokens) - random_model(CONFIG).offline(tokens)[:, 0]).abs().max() <= 1e-5
    assert model.attention == ("flash" if attention == "model" else "mha")
    assert read_contract(saved) == contract_of(CONFIG)
    eager, contract = load_eager(saved)
    assert contract == contract_of(CONFIG)
    assert list(eager.state_dict()) == list(random_model(CONFIG).state_dict())


def test_the_program_in_it_is_torchs_own_and_is_the_step(saved):
    with zipfile.ZipFile(saved) as archive:
        program = torch.export.load(io.BytesIO(archive.read("program.pt2"))).module()
    tokens, lanes = random_tokens(2, 4), torch.zeros(3, 2, dtype=torch.int64)
    lanes[0] = torch.tensor([2, 0])
    with torch.no_grad():
        logits = program(tokens, lanes, new_pool(CONFIG, 3))
    expected = random_model(CONFIG).offline(tokens)[:, 0]
    assert (logits - expected).abs().max() <= 1e-5


@pytest.mark.parametrize("runner", CPU_RUNNERS)
def test_the_program_of_a_stranger_does_not_run(saved, runner, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    replace_member(saved, "program.pt2", put_evil_weights)
    for run_code in (False, True):
        load(saved, runner=runner, run_code=run_code).step(random_tokens(1, 4))
    assert not (tmp_path / "WROTE").exists()


class Mean(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.map = torch.nn.Linear(8, 3)

    def forward(self, window):
        return self.map(window.mean(dim=1))


@pytest.fixture
def program(tmp_path):
    """A foreign program and the module that it was made of."""
    module, path = Mean().eval(), tmp_path / "mean.pt2"
    torch.export.save(torch.export.export(module, (torch.zeros(1, 12, 8),)), str(path))
    return module, path


@torch.inference_mode()
def test_a_foreign_program_of_kind_window_runs_if_allowed(program, tmp_path):
    module, source = program
    path, tokens = tmp_path / "w.export", random_tokens(1, 16)
    export_file.attach_contract(source, WINDOW, path)
    model = load(path, run_code=True)
    for k in range(4):
        logits = model.step(tokens[:, 4 * k : 4 * k + 4])
    assert (logits - module(tokens[:, 4:])).abs().max() <= 1e-5
    assert model.runner == "torch"
    for runner in ("native", "graph"):
        message = f"'{runner}' cannot run a model of kind 'window'; 'torch' can"
        with pytest.raises(ValueError, match=message):
            load(path, run_code=True, runner=runner)
    with pytest.raises(ValueError, match="an exported program cannot be written as TorchScript"):
        model.save(tmp_path / "w.pt")


def test_it_does_not_run_unless_allowed(program, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "w.export"
    export_file.attach_contract(program[1], WINDOW, path)
    replace_member(path, "program.pt2", put_evil_weights)
    assert refusal(path) == (
        f"{path}: a model of kind 'window' runs the program in its file, which may do what you may "
        "do; allow it with run_code if you trust its author"
    )
    assert read_contract(path)["kind"] == "window"
    with pytest.raises(ModelFileError, match="a model of kind 'window' cannot be trained on"):
        load_eager(path)
    assert not (tmp_path / "WROTE").exists()
    assert "w.export: not an exported program: " in refusal(path, run_code=True)
    assert (tmp_path / "WROTE").exists()  # torch.export.load unpickles


def test_attach_contract_refuses_what_is_no_program_of_a_window(program, tmp_path):
    target, text = tmp_path / "w.export", tmp_path / "text.pt2"
    text.write_text("no program")
    with pytest.raises(ModelFileError, match=r"text.pt2: not an exported program: "):
        export_file.attach_contract(text, WINDOW, target)
    with pytest.raises(ModelFileError, match=r"w.export: kind must be 'window', got 'stream'"):
        export_file.attach_contract(program[1], contract_of(CONFIG), target)
    assert not target.exists()


def test_damage_is_refused(saved, content):
    weight = random_model(CONFIG).head.weight.detach().numpy().tobytes()
    at = content.rindex(weight)
    saved.write_bytes(content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :])
    assert "not a complete .export file: the CRC-32 of weights.safetensors is wrong" in (
        refusal(saved)
    )
    for name in ("rfattn.json", "weights.safetensors"):
        saved.write_bytes(rezipped(content, lambda n, c, name=name: None if n == name else c))
        assert f"not a complete .export file: it has no {name}" in refusal(saved)
    saved.write_bytes(content)
    replace_member(saved, "weights.safetensors", lambda weights: weights[:-4])
    assert "not a complete .export file: weights.safetensors: " in refusal(saved)
    saved.write_bytes(content[:-100])  # an archive in it may now look like the file
    assert "not a complete .export file: " in refusal(saved)
    saved.unlink()
    assert refusal(saved).startswith("model ")


def test_weights_and_contract_must_match(saved):
    replace_member(
        saved, "rfattn.json", lambda text: text.replace(b'"d_model": 16', b'"d_model": 8')
    )
    assert "weights and contract do not match: " in refusal(saved)


def test_the_bytes_depend_on_the_model_alone(content, tmp_path):
    path = tmp_path / "again.export"
    export_file.save(path, random_model(CONFIG), contract_of(CONFIG))
    first, second = (zipfile.ZipFile(io.BytesIO(data)) for data in (content, path.read_bytes()))
    assert first.namelist() == ["rfattn.json", "program.pt2", "weights.safetensors"]
    for name in ("rfattn.json", "weights.safetensors"):
        assert first.read(name) == second.read(name)


def test_without_a_compiler_the_reason_is_one_line(saved, monkeypatch):
    def fail(*_, **__):
        os.write(2, b"x.cpp:1:10: fatal error: ATen/ATen.h: No such file\ncompilation terminated")
        raise RuntimeError("C++ compile error\n\nCommand: g++")

    monkeypatch.setattr(torch._inductor, "aoti_compile_and_package", fail)
    with pytest.raises(ValueError) as caught:
        export_file.save(saved, random_model(CONFIG), contract_of(CONFIG), is_compiled=True)
    assert str(caught.value) == (
        "the step cannot be compiled: ATen/ATen.h: No such file; it needs g++ and headers "
        "(apt-get install g++ libtorch-dev libsleef-dev)"
    )


def test_a_compiled_step_equals_one_offline_pass(tmp_path):
    """Two streams in swapped order, through two wraps of the ring."""
    config = tiny_config(n_layers=1, n_cross_layers=1)
    path, model = tmp_path / "model.export", random_model(config)
    try:
        export_file.save(path, model, contract_of(config), is_compiled=True)
    except ValueError as error:
        pytest.skip(str(error))
    with zipfile.ZipFile(path) as archive:
        content = archive.read("library.pt2")
        assert json.loads(archive.read("library.json"))["attention"] == "flash"
    compiled, pool = torch._inductor.aoti_load_package(io.BytesIO(content)), new_pool(config, 2)
    tokens = random_tokens(2, 48)
    expected = model.offline(tokens)
    for k in range(12):
        order = [0, 1] if k % 2 else [1, 0]
        lanes = torch.tensor([order, [4 * k] * 2, [4 * k] * 2])
        logits = compiled(tokens[order, 4 * k : 4 * k + 4], lanes, pool)
        assert (logits - expected[order, k]).abs().max() <= 1e-5
    library = zipfile.ZipFile(io.BytesIO(content))
    sources = [library.read(name) for name in library.namelist() if name.endswith(".cpp")]
    assert any(b"at::vec::Vectorized<float>" in source for source in sources)
