# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Model files: what they carry, what they do not, and how a bad one is refused."""

import json

import pytest
import torch
from gnuradio.rfattn.attention import ModelConfig, StreamingTransformer, attention_class
from gnuradio.rfattn.inference import (
    DEFAULT_EMISSION_MODEL,
    ModelFileError,
    available_models,
    load_checkpoint,
    read_contract,
    save_checkpoint,
    torchscript,
)
from gnuradio.rfattn.inference.files import (
    DEFAULT_MODEL,
    FRONT_END_FIELDS,
    SCHEMA,
    SCHEMA_1_FRONT_END,
    input_of,
    own_models,
    resolve,
)
from gnuradio.rfattn.recordings.front_end import FrontEnd

from attention_models import (
    TensorAdapter,
    contract_of,
    random_model,
    random_tokens,
    save_family,
    save_model,
    tiny_config,
)


def adapter(**changes):
    config = tiny_config(**changes)
    return TensorAdapter(random_model(config), contract_of(config), "cpu")


def steps(model, tokens):
    n = model.block_size
    return torch.stack([model.step(tokens[:, i : i + n]) for i in range(0, tokens.size(1), n)])


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "model.pt"
    adapter().save(path)
    return path


def load(path, **choices):
    return TensorAdapter.load(path, device="cpu", **choices)


def test_a_file_gives_the_model_back(saved):
    tokens = random_tokens(1, 48)
    loaded = load(saved)
    assert loaded.contract == contract_of(tiny_config())
    assert loaded.classes == ["class0", "class1", "class2"]
    assert torch.equal(steps(loaded, tokens), steps(adapter(), tokens))


def test_a_file_is_replaced_as_a_whole(saved):
    """A reader that opened the old file keeps it, and nothing else is left in the folder."""
    other = saved.with_name("other.pt")
    with saved.open("rb") as old:
        old_bytes = saved.read_bytes()
        adapter(norm="rmsnorm").save(saved)
        adapter().save(other)
        assert old.read() == old_bytes == other.read_bytes() != saved.read_bytes()
    save_checkpoint(
        saved.with_suffix(".safetensors"), random_model(tiny_config()), contract_of(tiny_config())
    )
    assert sorted(path.name for path in saved.parent.iterdir()) == [
        "model.json",
        "model.pt",
        "model.safetensors",
        "other.pt",
    ]


def test_a_file_carries_no_stream_state(tmp_path):
    used = adapter()
    steps(used, random_tokens(1, 48, seed=8))
    used.save(tmp_path / "used.pt")
    tokens = random_tokens(1, 32)
    assert torch.equal(steps(load(tmp_path / "used.pt"), tokens), steps(adapter(), tokens))
    assert stored(tmp_path / "used.pt") == list(random_model(tiny_config()).state_dict())


def stored(path):
    """Names of every tensor in the file."""
    module, _ = torchscript.load(path)
    return list(module.state_dict())


def test_mha_and_flash_run_each_others_file(saved):
    tokens = random_tokens(1, 48)
    mha = load(saved, attention="mha")
    assert mha.attention == "mha"
    assert load(saved, attention="mha", runner="torch").kernel == "explicit"
    assert (steps(mha, tokens) - steps(load(saved), tokens)).abs().max() <= 1e-5


def test_a_checkpoint_builds_with_either_kernel(tmp_path):
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, random_model(tiny_config()), contract_of(tiny_config()))
    tokens = random_tokens(1, 48)
    expected = steps(adapter(), tokens)
    for attention in ("model", "flash", "mha"):
        assert (steps(load(path, attention=attention), tokens) - expected).abs().max() <= 1e-5
    model, contract = load_checkpoint(path)
    assert contract["model"]["attention"] == "flash"
    assert torch.equal(model.offline(tokens), random_model(tiny_config()).offline(tokens))


def test_a_family_is_a_folder(tmp_path):
    family = tmp_path / "mine"
    family.mkdir()
    adapter().save(family / "flash_layernorm.pt")
    adapter(attention="gqa", norm="rmsnorm").save(family / "gqa_rmsnorm.pt")
    names = [(m["family"], m["attention"], m["norm"]) for m in available_models(tmp_path)]
    assert names == [
        ("mine", "mha", "layernorm"),
        ("mine", "flash", "layernorm"),
        ("mine", "gqa", "rmsnorm"),
    ]
    assert load(family).attention == "flash"
    assert load(family, attention="mha").attention == "mha"
    assert load(family, attention="gqa", norm="rmsnorm").norm == "rmsnorm"
    with pytest.raises(ModelFileError, match="no mla with layernorm; it has mha with layernorm, "):
        load(family, attention="mla")


def test_the_old_name_of_perceiver_works(tmp_path):
    """In a contract, as name of a file, as a choice, in a configuration and of a shipped file."""
    contract = contract_of(tiny_config(attention="perceiver"))
    contract["model"]["attention"] = "latent"
    model = random_model(tiny_config(attention="latent"))
    (tmp_path / "family").mkdir()
    for path in (tmp_path / "family/latent_layernorm.pt", tmp_path / "model.pt"):
        torchscript.save(torchscript.script(model), contract, path)
    for path in (tmp_path / "family", tmp_path / "model.pt"):
        for name in ("latent", "perceiver"):
            loaded = load(path, attention=name)
            assert (loaded.attention, loaded.config.attention) == ("perceiver", "perceiver")
    assert resolve("emissions/latent_rmsnorm.pt", "model", "model").stem == "perceiver_rmsnorm"
    assert resolve("emissions", "latent", "model").stem == "perceiver_layernorm"
    assert attention_class("latent") is attention_class("perceiver")
    assert ModelConfig.from_dict({"attention": "latent"}) == ModelConfig(attention="perceiver")


def test_the_shipped_families_load():
    for model in available_models():
        loaded = load(model["family"], attention=model["attention"], norm=model["norm"])
        assert (loaded.attention, loaded.norm) == (model["attention"], model["norm"])


def refusal(path, **choices) -> str:
    with pytest.raises(ModelFileError) as caught:
        load(path, **choices)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_refusals_of_files(saved, tmp_path):
    assert "no such file or folder" in refusal(tmp_path / "none.pt")
    truncated = tmp_path / "truncated.pt"
    truncated.write_bytes(saved.read_bytes()[:3000])
    assert "not a complete TorchScript file" in refusal(truncated)
    foreign = tmp_path / "foreign.pt"
    foreign.write_text("not a model")
    assert "not a complete TorchScript file" in refusal(foreign)
    pickled = tmp_path / "pickled.pt"
    torch.save({"a": torch.zeros(2)}, pickled)
    assert "not a complete TorchScript file" in refusal(pickled)
    bare = tmp_path / "bare.pt"
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), str(bare))
    assert "without a contract" in refusal(bare)


def test_refusals_of_choices(saved):
    assert "holds flash, so attention can be mha or flash, not 'gqa'" in refusal(
        saved, attention="gqa"
    )
    assert "was trained with norm layernorm, not 'rmsnorm'" in refusal(saved, norm="rmsnorm")


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"schema": 3}, "contract schema 3, this version reads 1 and 2"),
        ({"input": "signal"}, "input must be one of band, emission, got 'signal'"),
        (
            {"input": "emission", "front_end": {}},
            "a model with input 'emission' needs a front_end with sides 'two', got None",
        ),
        ({"features": "width"}, "features must be a list of names, got 'width'"),
        ({"features": ["width"]}, "the model takes 0 features, the contract names 1"),
        (
            {"features": ["width"], "model": tiny_config(n_features=1).to_dict()},
            "features are those of an emission; input must be 'emission', got 'band'",
        ),
        ({"families": {"class9": "voice"}}, "families: the model has no class9"),
        ({"kind": "batch"}, "kind must be one of stream, window, got 'batch'"),
        ({"classes": ["one"]}, "the model has 3 classes, the contract names 1"),
        (
            {"front_end": {**SCHEMA_1_FRONT_END, "fft_size": 64, "hop": 64, "n_bins": 32}},
            "the front end gives 32 bins, the model takes 8",
        ),
        (
            {"front_end": FrontEnd(n_bins=8, max_snr_db=25.0).to_dict()},
            "max_snr_db is that of an emission; input must be 'emission', got 'band'",
        ),
        (
            {"front_end": {"n_bins": 8}},
            "front_end lacks fft_size, hop, window, averaging, scale, dc, sides",
        ),
        ({"schema": 1, "front_end": {"n_bins": 8}}, "the contract's front_end lacks fft_size, hop"),
        ({"model": {"windows": 3}}, "unknown parameter windows"),
    ],
)
def test_refusals_of_contracts(tmp_path, changes, message):
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, random_model(tiny_config()), contract_of(tiny_config()))
    contract = {**contract_of(tiny_config()), **changes}
    path.with_suffix(".json").write_text(json.dumps(contract))
    assert message in refusal(path)


def test_refusals_of_checkpoints(tmp_path):
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, random_model(tiny_config()), contract_of(tiny_config()))
    narrow = contract_of(tiny_config(d_model=8))
    path.with_suffix(".json").write_text(json.dumps(narrow))
    assert "weights and contract do not match" in refusal(path)
    path.with_suffix(".json").write_text(json.dumps(contract_of(tiny_config())))
    path.write_bytes(b"\x00" * 20)
    assert "not a checkpoint" in refusal(path)
    path.with_suffix(".json").write_text("{")
    assert "model.json: not a contract: Expecting property name" in refusal(path)
    path.with_suffix(".json").unlink()
    assert "No such file" in refusal(path)
    path.with_suffix(".json").symlink_to("/dev/zero")
    assert "model.json: not a contract: it is not a regular file" in refusal(path)


class MeanOfWindow(torch.nn.Module):
    """The plain form: window [1, W, n_bins] → logits [1, 2]."""

    def forward(self, window: torch.Tensor) -> torch.Tensor:
        return torch.stack((window.mean(dim=(1, 2)), window[:, -1].max(dim=1)[0]), dim=1)


def window_contract(n_classes=2) -> dict:
    shape = {"n_bins": 8, "n_classes": n_classes, "block_size": 4, "window": 12}
    return {
        "schema": SCHEMA,
        "kind": "window",
        "front_end": {},
        "model": shape,
        "classes": [str(i) for i in range(n_classes)],
    }


def window_file(tmp_path, contract):
    torch.jit.save(torch.jit.script(MeanOfWindow()), str(tmp_path / "plain.pt"))
    torchscript.attach_contract(tmp_path / "plain.pt", contract, tmp_path / "window.pt")
    return tmp_path / "window.pt"


def test_what_a_model_takes(tmp_path):
    for takes, expected in ((None, "band"), ("band", "band"), ("emission", "emission")):
        saved = save_model(tmp_path / "model.pt", takes=takes)
        assert input_of(load(saved).contract) == expected


def test_a_contract_names_the_features_of_a_token(tmp_path):
    loaded = load(save_model(tmp_path / "m.pt", n_features=2))
    assert loaded.features == ["width", "channel"]
    assert (loaded.n_bins, loaded.n_features, loaded.n_values) == (8, 2, 10)
    tokens = random_tokens(1, 32, n_features=2)
    expected = loaded.offline(tokens)
    assert (steps(loaded, tokens)[:, 0] - expected[0]).abs().max() <= 1e-5


def test_a_contract_of_an_earlier_version_has_no_features(saved):
    contract = contract_of(tiny_config())
    del contract["model"]["n_features"]
    path = saved.with_suffix(".safetensors")
    save_checkpoint(path, random_model(tiny_config()), contract)
    assert load(path).features == [] and load(path).n_values == 8


def test_a_window_model_is_re_encoded_every_step(tmp_path):
    model = load(window_file(tmp_path, window_contract()), run_code=True)
    tokens = random_tokens(1, 20)
    logits = steps(model, tokens)[:, 0]
    for i in (2, 3, 4):  # from the third step on the window holds real tokens alone
        expected = MeanOfWindow()(tokens[:, 4 * i - 8 : 4 * i + 4])
        assert torch.allclose(logits[i], expected[0])
    started = torch.cat((tokens[:, :1].expand(1, 8, 8), tokens[:, :4]), dim=1)
    assert torch.allclose(logits[0], MeanOfWindow()(started)[0])
    assert model.describe()["attention"] == "own"
    assert model.kv_bytes == model.max_kv_bytes == 12 * 8 * 4


def test_a_window_model_that_breaks_its_contract_is_refused(tmp_path):
    model = load(window_file(tmp_path, window_contract(n_classes=5)), run_code=True)
    with pytest.raises(ModelFileError, match=r"returned logits \(1, 2\) .* states \(1, 5\)"):
        model.step(random_tokens(1, 4))


class RaisesAtWindow(torch.nn.Module):
    def forward(self, window):
        assert window.size(1) == 1, "a window of 1, please"
        return window[0]


class TwoOfWindow(torch.nn.Module):
    def forward(self, window):
        return window[0], window[1:]


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (RaisesAtWindow, r"failed at a window \(1, 12, 8\): .*a window of 1, please$"),
        (TwoOfWindow, r"returned logits tuple for a window \(1, 12, 8\)"),
    ],
)
def test_a_window_model_that_fails_is_one_line(tmp_path, module, said):
    path = tmp_path / "window.pt"
    torch.jit.script(module()).save(str(path))
    torchscript.attach_contract(path, window_contract(), path)
    with pytest.raises(ModelFileError, match=said) as failure:
        load(path, run_code=True).step(random_tokens(1, 4))
    assert "\n" not in str(failure.value)


def test_attaching_a_contract_to_something_else_is_refused(tmp_path):
    (tmp_path / "text.pt").write_text("no")
    with pytest.raises(ModelFileError, match="not a TorchScript file"):
        torchscript.attach_contract(tmp_path / "text.pt", window_contract(), tmp_path / "out.pt")


class OldForward(StreamingTransformer):
    """A module as files of schema 1 hold it: its forward steps all streams of a batch at once."""

    def forward(
        self, tokens: torch.Tensor, cache: list[torch.Tensor], position: int, seen: int
    ) -> torch.Tensor:
        return self.head(tokens.mean(dim=(1, 2), keepdim=True).expand(1, 1, 16))[:, 0]


def test_a_file_of_schema_1_runs_with_the_forward_of_this_version(tmp_path):
    config, path = tiny_config(attention="gqa"), tmp_path / "old.pt"
    model, old = random_model(config), OldForward(config)
    old.load_state_dict(model.state_dict())
    contract = contract_of(config) | {"schema": 1}
    contract["front_end"] = {"fft_size": 64, "hop": 32, "n_bins": 8, "sides": "one"}
    extra = {torchscript.CONTRACT: json.dumps(contract)}
    torch.jit.save(torch.jit.script(old.eval()), str(path), _extra_files=extra)
    loaded = load(path)
    tokens = random_tokens(1, 48)
    with torch.inference_mode():
        expected = model.offline(tokens)
    assert (steps(loaded, tokens)[:, 0] - expected[0]).abs().max() <= 1e-5
    stated = {"window": "hann", "averaging": 1, "scale": "db", "dc": "keep"}
    assert loaded.contract["front_end"] == contract["front_end"] | stated
    loaded.save(tmp_path / "new.pt")
    assert torchscript.load(tmp_path / "new.pt")[1] == loaded.contract
    assert loaded.contract["schema"] == SCHEMA


@pytest.mark.parametrize("field", FRONT_END_FIELDS)
def test_a_front_end_states_every_field(tmp_path, field):
    contract = contract_of(tiny_config())
    del contract["front_end"][field]
    with pytest.raises(ModelFileError, match=f"the contract's front_end lacks {field}$"):
        save_checkpoint(tmp_path / "m.safetensors", random_model(tiny_config()), contract)


def test_the_default_models_are_shipped_with_their_whole_front_ends():
    for shipped in available_models():
        contract = read_contract(shipped["path"])
        raw = {torchscript.CONTRACT: ""}
        module = torch.jit.load(str(shipped["path"]), _extra_files=raw)
        assert json.loads(raw[torchscript.CONTRACT]) == contract  # of this version's schema
        more = ("max_snr_db",) if input_of(contract) == "emission" else ()
        assert tuple(contract["front_end"]) == FRONT_END_FIELDS + more
        assert "caches" in str(module.forward.schema)
    takes = {m["family"]: input_of(read_contract(m["path"])) for m in available_models()}
    assert (takes[DEFAULT_MODEL], takes[DEFAULT_EMISSION_MODEL]) == ("band", "emission")


def test_own_models_are_found_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    own_models().mkdir(parents=True)
    save_family(own_models() / "garden")
    assert resolve("garden", "gqa", "model") == own_models() / "garden" / "gqa_layernorm.pt"
    single = own_models() / "single" / "mla_rmsnorm.pt"
    single.parent.mkdir()
    save_model(single, attention="mla", norm="rmsnorm")
    assert resolve("single", "model", "model") == single
    with pytest.raises(ModelFileError, match="has no flash with rmsnorm; it has mla with rmsnorm"):
        resolve("single", "flash", "rmsnorm")
    file = "garden/gqa_layernorm.pt"
    assert resolve(file, "model", "model") == own_models() / file
    with pytest.raises(ModelFileError) as refusal:
        resolve("gardn", "model", "model")
    assert "; own: garden, single); did you mean garden?" in str(refusal.value)


def test_own_models_lie_below_the_home_folder(monkeypatch):
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert str(own_models()) == "/home/somebody/.local/share/gr-rfattn/models"
