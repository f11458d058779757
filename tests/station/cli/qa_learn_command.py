# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""gr-rfattn learn: from what a station kept to an own model, and back; and live --learn."""

import numpy as np
import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.emissions.decision import fingerprint
from gnuradio.rfattn.emissions.example_store import CHECKSUM, PERSON, ExampleStore
from gnuradio.rfattn.inference import read_contract
from gnuradio.rfattn.inference.files import SHIPPED, own_models

import sent_frames
from command_line import run
from observations import observation

pytestmark = pytest.mark.skipif(
    not (SHIPPED / "emissions" / "flash_layernorm_rehearsal.npz").is_file(),
    reason="no shipped family of emissions with a rehearsal",
)


@pytest.fixture(autouse=True)
def data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def kept(tmp_path):
    """A folder with 10 examples of a gate that the model does not know, 40 kHz wide."""
    contract = read_contract("emissions")
    names, store = contract["classes"], ExampleStore(tmp_path / "kept")
    rng = np.random.default_rng(1)
    for number in range(10):
        shares = rng.dirichlet(np.full(len(names), 0.1)) + 1e-4
        shares[names.index("unknown")] = shares[names.index("tpms")] = 1.0
        one = observation(number, shares, fingerprint(contract), names=names, width_hz=40e3)
        store.add("gate", PERSON, one)
    store.add("ais", CHECKSUM, observation(99, model="another"))
    return tmp_path / "kept"


def test_a_station_learns_and_goes_back(kept, capsys):
    assert main(["learn", str(kept), "--quiet"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| label | without learning | learned | taught class |"
    assert lines[2].startswith("| gate | 0 / 10 / 0 | ") and lines[2].endswith(" / 0 | yes |")
    assert lines[3].startswith("right / without a label / wrong; each fifth judged by")
    assert lines[4] == "not used, since another model looked at them: 1"
    assert lines[5].startswith("new examples: before 0 / 10 / 0, after ")
    assert lines[6].startswith("kept emissions of all classes: before ")
    assert lines[7] == (
        "my: better on new examples, the new model is kept (learn --undo takes it back)"
    )
    assert [one["name"] for one in read_contract("my")["taught"]] == ["gate"]
    assert main(["learn", str(kept), "--quiet"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "my: no new examples, nothing has changed"
    assert main(["learn", "--undo"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "my: went back to the model before the last learning",
        "my: there was none, the model is removed",
    ]
    assert not (own_models() / "my").exists()


def test_examples_of_a_label_are_forgotten(kept, capsys):
    assert main(["learn", str(kept), "--forget", "gate"]) == 0
    assert capsys.readouterr().out == f"{kept}: removed 10 examples of gate\n"
    assert main(["learn", str(kept)]) == 1
    assert f"{kept}: no example of this model in it, 1 of others" in capsys.readouterr().err


def test_what_is_refused(tmp_path, capsys):
    for words in (["learn"], ["learn", str(tmp_path), "--undo"]):
        with pytest.raises(SystemExit):
            main(words)
        assert "give one of DIR and --undo" in capsys.readouterr().err
    assert main(["learn", str(tmp_path)]) == 1
    assert "no examples.sqlite in it" in capsys.readouterr().err


def test_a_station_keeps_what_proves_itself(tmp_path, monkeypatch):
    signal, _ = sent_frames.ais(monkeypatch, seconds=1.0)
    padded = np.pad(signal.samples, round(0.5 * signal.rate))
    noise = 0.02 * np.random.default_rng(1).standard_normal((len(padded), 2)).view(complex).ravel()
    path = tmp_path / "ships.cf32"
    (0.1 * (padded + noise)).astype(np.complex64).tofile(path)
    words = ["--source", f"file={path}", "--rate", signal.rate, "--learn", tmp_path / "kept"]
    done = run("live", *words)
    assert done.returncode == 0, done.stderr
    assert "\n  kept to learn from: 1 proved emissions, 0 left out\n" in done.stdout
    (one,) = ExampleStore(tmp_path / "kept").examples()
    assert (one.label, one.origin, one.observation.frames) == ("ais", CHECKSUM, "AIS")
    assert one.observation.model == fingerprint(read_contract("emissions"))
