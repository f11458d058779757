# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Teaching classes: what is fitted from a few examples, and the own model that it becomes."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.emissions.decision import Decision
from gnuradio.rfattn.emissions.evidence import Facts
from gnuradio.rfattn.emissions.taught import in_octaves
from gnuradio.rfattn.inference import available_models, load_eager, read_contract
from gnuradio.rfattn_station.learning.fit_decision import Observed
from gnuradio.rfattn_station.learning.own_model import OwnModel, list_own, own_folder
from gnuradio.rfattn_station.learning.rehearsal import States, read_rehearsal, rehearsed
from gnuradio.rfattn_station.learning.teach import Example, teach

from attention_models import save_model
from cut_sets import LABELS, cut_of, tiny_cuts
from teachable_models import gates, save_teachable

NAMES = ("dmr", "tpms", "unknown")
DECISION = Decision(threshold=0.5)


def seen(label, shares, rng, width_hz=12e3):
    """An emission with about these probabilities."""
    logs = np.log(shares) + 0.1 * rng.standard_normal(3)
    return Observed(label, logs - np.logaddexp.reduce(logs), Facts(width_hz, snr_db=20.0))


@pytest.fixture(scope="module")
def kept():
    rng = np.random.default_rng(1)
    dmr = [seen("dmr", (0.8, 0.1, 0.1), rng, 12e3 * 2 ** rng.normal()) for _ in range(30)]
    tpms = [seen("tpms", (0.1, 0.8, 0.1), rng, 80e3 * 2 ** rng.normal()) for _ in range(30)]
    unknown = [seen("unknown", (0.2, 0.1, 0.7), rng, 30e3 * 2 ** rng.normal()) for _ in range(30)]
    return States.of([*dmr, *tpms, *unknown])


def examples(label, count, shares=(0.2, 0.6, 0.2), width_hz=12e3, seed=2):
    rng = np.random.default_rng(seed)
    return [Example(f"{label} {k}", seen(label, shares, rng, width_hz)) for k in range(count)]


def test_further_emissions_get_the_name_and_others_keep_theirs(kept):
    (lesson,) = teach(NAMES, DECISION, kept, examples("gate", 4), ["gate"])
    assert (lesson.recordings, lesson.emissions, lesson.left_out) == (4, 4, 4)
    assert lesson.taught.parents == ("tpms",) and lesson.strangers == 30 and lesson.called <= 1
    near = {name: one.middle for name, one in lesson.taught.near.items()}
    assert near == {"width_hz": [12e3] * 4}  # no bursts, no rate
    later = [one.observed for one in examples("gate", 20, seed=3)]
    named = [lesson.taught.probability(NAMES, one.logs, one.facts) >= 0.5 for one in later]
    assert sum(named) >= 18
    assert teach(NAMES, DECISION, kept, examples("gate", 1), ["gate"])[0].left_out is None


def test_strangers_of_the_same_kind_are_refused():
    rng = np.random.default_rng(4)

    def sent(label, burst_s):
        one = seen(label, (0.2, 0.6, 0.2), rng)
        return replace(one, facts=replace(one.facts, burst_s=burst_s, burst_count=1))

    strangers = [sent("tpms", 0.02 * 4 ** rng.normal()) for _ in range(80)]
    own = [Example(str(k), sent("gate", 0.3 * 0.1 ** (k % 2))) for k in range(24)]
    (lesson,) = teach(NAMES, DECISION, States.of(strangers[:40]), own[:4], ["gate"])
    assert (lesson.left_out, lesson.strangers, lesson.called <= 2) == (4, 40, True)
    later = [*strangers[40:], *(one.observed for one in own[4:])]
    named = [lesson.taught.probability(NAMES, one.logs, one.facts) >= 0.5 for one in later]
    assert sum(named[:40]) <= 4 and sum(named[40:]) >= 18


def test_two_classes_are_told_apart_by_their_width(kept):
    own = [*examples("bell", 4, width_hz=12e3), *examples("gate", 4, width_hz=50e3)]
    bell, gate = teach(NAMES, DECISION, kept, own, ["bell", "gate"])
    assert (bell.taught.name, gate.taught.name) == ("bell", "gate")
    assert (bell.left_out, gate.left_out) == (4, 4)
    probabilities = [
        [lesson.taught.probability(NAMES, one.observed.logs, one.observed.facts) for one in own]
        for lesson in (bell, gate)
    ]
    assert (np.argmax(probabilities, axis=0) == [0] * 4 + [1] * 4).all()


def test_examples_of_other_do_not_get_the_name(kept):
    gate, neighbour = examples("gate", 3), examples("other", 3, width_hz=25e3)
    facts, logs = neighbour[0].observed.facts, neighbour[0].observed.logs
    without, with_other = (
        teach(NAMES, DECISION, kept, own, ["gate"])[0].taught.probability(NAMES, logs, facts)
        for own in (gate, gate + neighbour)
    )
    assert with_other < 0.5 and with_other < without


def test_a_class_of_the_model_can_be_shown_more_examples(kept):
    (lesson,) = teach(NAMES, DECISION, kept, examples("dmr", 3), ["dmr"])
    assert lesson.strangers == 30  # its own emissions do not count against it


def test_the_rehearsal_is_drawn_by_class():
    cuts = [*tiny_cuts(), cut_of("dmr", "piece", is_piece=True)]
    kept = rehearsed(cuts, ("dmr", "unknown"))
    assert {cut.label for cut in kept} == {"dmr", "other"}
    assert sum(cut.label == "dmr" for cut in kept) == 40
    assert all(cut.split == "train" and not cut.is_piece for cut in kept)


@pytest.fixture
def base(tmp_path, monkeypatch):
    """A tiny model with its rehearsal; own models go to a folder of the test."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return save_teachable(tmp_path, [*LABELS[:2], "unknown"], tiny_cuts())


def add(folder, cuts, model=""):
    with OwnModel.open("my", str(model)) as own:
        return own.add(folder, cuts)


def undo():
    with OwnModel.open("my") as own:
        return own.undo()


def test_an_own_model_is_made_added_to_and_taken_back(base):
    first = add("one", gates(), base)
    assert [one.taught.name for one in first] == ["gate"]
    more = add("two", gates("bell", 3))
    assert [(one.taught.name, one.recordings) for one in more] == [("bell", 3), ("gate", 2)]
    folder = own_folder("my")
    contract, before = read_contract("my"), read_contract(base)
    assert [one["name"] for one in contract.pop("taught")] == ["bell", "gate"]
    assert contract == before
    for name, weight in load_eager(base)[0].state_dict().items():
        assert torch.equal(weight, load_eager("my")[0].state_dict()[name])
    labels = {"bell": (3, 3), "gate": (2, 2)}
    assert list_own() == {
        "my": {
            "folders": ["one", "two"],
            "labels": {name: {"recordings": a, "emissions": b} for name, (a, b) in labels.items()},
        }
    }
    assert undo() == ("two", first)
    assert undo() == ("one", [])
    assert not folder.exists() and list_own() == {}


def test_other_can_be_taught_later(base):
    add("one", gates(count=3), base)
    (lesson,) = add("two", gates("other", 2, width_hz=60e3))
    assert (lesson.taught.name, lesson.recordings) == ("gate", 3)
    assert list_own()["my"]["labels"]["other"] == {"recordings": 2, "emissions": 2}


def test_the_own_model_calls_its_examples_so(base):
    lessons = add("one", gates(count=3), base)
    assert lessons[0].left_out == 3
    assert Decision.of_contract(read_contract("my")).taught == (lessons[0].taught,)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a/b", "--name must be 1 to 40 letters, digits or ._- and begin with a letter or digit"),
        ("rf14", "--name must not be that of a shipped family, got rf14"),
        ("nothing", "--name: there is no own model nothing"),
    ],
)
def test_names_that_are_refused(base, name, message):
    with pytest.raises(ValueError) as refusal, OwnModel.open(name):
        pass
    assert str(refusal.value).startswith(message)


def test_what_cannot_be_taught(base):
    for label, message in (
        ("unknown", "f: 'unknown' is no label to teach; use 'other'"),
        ("other", "f: no emission with a label was found in its recordings"),
    ):
        with pytest.raises(ValueError) as refusal:
            add("f", gates(label), base)
        assert str(refusal.value) == message
    with pytest.raises(ValueError, match="f: no emission with a label was found"):
        add("f", [], base)
    assert not own_folder("my").exists()


def test_another_network_is_refused(base, tmp_path):
    add("one", gates(), base)
    other = tmp_path / "other.pt"
    save_model(other, seed=7, takes="emission")
    with pytest.raises(ValueError, match="made from another network than that of"):
        add("two", gates(), other)
    band = save_model(tmp_path / "band.pt")
    refusal = "labels bands; only models for emissions can be taught"
    with pytest.raises(ValueError, match=refusal), OwnModel.open("new", band):
        pass


def test_a_rehearsal_must_be_there_and_of_the_network(base, tmp_path):
    model, _ = load_eager(base)
    kept = read_rehearsal(base, model, NAMES)
    assert kept.labels[0] == "dmr" and kept.logs.shape == (len(kept), 3)
    rows = in_octaves([Facts(12e3)] * len(kept))
    np.testing.assert_allclose(kept.octaves, rows, atol=0.01)  # float16
    other, _ = load_eager(save_model(tmp_path / "other.pt", seed=7))
    with pytest.raises(ValueError, match="of another network than flash_layernorm.pt"):
        read_rehearsal(base, other, NAMES)
    beside_it = base.with_name("flash_layernorm_rehearsal.npz")
    beside_it.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="not a rehearsal: "):
        read_rehearsal(base, model, NAMES)
    beside_it.unlink()
    with pytest.raises(ValueError, match=r"_rehearsal.npz: not there; gr-rfattn calibrate writes"):
        read_rehearsal(base, model, NAMES)


SHIPPED_FILES = sorted({m["path"] for m in available_models() if m["family"] == "emissions"})


@pytest.mark.parametrize("path", SHIPPED_FILES, ids=lambda path: path.stem)
def test_a_shipped_model_has_its_rehearsal(path):
    """Where a network is trained again, `gr-rfattn calibrate` writes it again."""
    model, contract = load_eager(path)
    kept = read_rehearsal(path, model, tuple(contract["classes"]))
    assert set(kept.labels) == set(contract["classes"])
    np.testing.assert_allclose(np.exp(kept.logs).sum(axis=1), 1.0, atol=0.01)  # float16
