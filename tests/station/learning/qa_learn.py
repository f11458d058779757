# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a station learns: which labels become classes, when nothing changes, and the way back."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.emissions.decision import Decision, fingerprint
from gnuradio.rfattn.emissions.evidence import Facts
from gnuradio.rfattn.emissions.example_store import PERSON, StoredExample
from gnuradio.rfattn.inference import read_contract
from gnuradio.rfattn_station.learning.fit_decision import Observed
from gnuradio.rfattn_station.learning.judged import Counts, Judged
from gnuradio.rfattn_station.learning.learn import learn
from gnuradio.rfattn_station.learning.own_model import OwnModel, list_own
from gnuradio.rfattn_station.learning.rehearsal import States
from gnuradio.rfattn_station.learning.teach import Example, band_plan, by_model, fit_class

from cut_sets import cut_of
from observations import NAMES, observation
from teachable_models import save_teachable

UNSURE = (0.44, 0.02, 0.54)
"""What the model makes of the station's ais: no label."""


def states(seed=1):
    """Kept emissions that the model labels rightly, 40 of each class."""
    rng, found = np.random.default_rng(seed), []
    for k, name in enumerate(NAMES):
        for _ in range(40):
            shares = np.full(3, 0.08) + 0.84 * (np.arange(3) == k)
            logs = np.log(shares) + 0.2 * rng.standard_normal(3)
            width = 12e3 * 2 ** rng.normal()
            found.append(Observed(name, logs - np.logaddexp.reduce(logs), Facts(width)))
    return States.of(found)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A new own model of a tiny network; its rehearsal is `states`."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path = save_teachable(tmp_path, NAMES, [cut_of("dmr", "made")])

    def opened(name="my", model=str(path)):
        with OwnModel.open(name, model) as found:
            found.kept = states()
        return found

    return opened


def heard(own, label, count, shares=UNSURE, first=0, seed=2):
    """Examples of a label that the model sees like this."""
    rng, model = np.random.default_rng([seed, first]), fingerprint(own.network.contract)
    found = []
    for number in range(first, first + count):
        noisy = np.exp(np.log(shares) + 0.1 * rng.standard_normal(3))
        one = observation(number, noisy, model, run=label)
        found.append(StoredExample(label, PERSON, number, one))
    return found


def test_a_label_that_the_model_misses_is_learned(own):
    mine = own()
    learned = learn(mine, "kept", heard(mine, "ais", 25))
    assert learned.is_kept and learned.reason == "better on new examples"
    assert learned.judged == (Counts(0, 25, 0), Counts(25, 0, 0))
    assert learned.labels == {"ais": learned.judged} and learned.left_out == {}
    before, after = learned.kept
    assert before == Counts(120, 0, 0) and after.wrong <= 1
    (taught,) = Decision.of_contract(read_contract("my")).taught
    assert (taught.name, taught.parents) == ("ais", ("unknown",))
    assert list_own()["my"]["folders"] == ["kept"]


def test_the_next_night_must_be_better_on_what_is_new_and_one_goes_back(own):
    mine = own()
    examples = heard(mine, "ais", 25)
    learn(mine, "kept", examples)
    again = learn(mine, "kept", examples)
    assert not again.is_kept and again.reason == "no new examples"
    more = heard(mine, "ais", 5, first=25)
    again = learn(own(), "kept", examples + more)
    assert not again.is_kept and again.reason == "no better on new examples"
    assert again.judged == (Counts(5, 0, 0), Counts(5, 0, 0))
    gates = heard(mine, "gate", 15, (0.02, 0.44, 0.54))
    learned = learn(own(), "kept", examples + gates)
    assert learned.is_kept and learned.judged[0] == Counts(0, 15, 0)
    names = [one["name"] for one in read_contract("my")["taught"]]
    assert names == ["ais", "gate"] and list_own()["my"]["folders"] == ["kept"]
    (lesson,) = own().undo_learning()
    assert lesson.taught.name == "ais"
    with pytest.raises(ValueError, match="my: nothing was learned since its last change"):
        own().undo_learning()


def test_undo_removes_a_model_that_was_only_learned(own):
    mine = own()
    learn(mine, "kept", heard(mine, "ais", 25))
    assert own(model="").undo_learning() == [] and list_own() == {}


def test_false_labels_do_not_spoil_it(own):
    mine = own()
    right = heard(mine, "ais", 48)
    wrong = [replace(one, label="dmr") for one in heard(mine, "ais", 2, first=100)]
    learned = learn(mine, "kept", right + wrong)
    assert learned.is_kept and learned.left_out == {"dmr": "no gain"}
    assert learned.labels["ais"][1].right >= 40 and learned.labels["dmr"][1].right == 0


def test_what_takes_the_names_of_others_is_left_out(own):
    """Examples that look like emissions of another class."""
    mine = own()
    learned = learn(mine, "kept", heard(mine, "gate", 100, (0.9, 0.05, 0.05)))
    assert not learned.is_kept and learned.left_out.keys() == {"gate"}


def test_labels_that_are_no_classes_and_single_examples(own):
    mine = own()
    few, others = heard(mine, "dmr", 1), heard(mine, "other", 20, (0.1, 0.1, 0.8))
    learned = learn(mine, "kept", [*few, *others, *heard(mine, "ais", 25)])
    assert learned.left_out == {"dmr": "a single example", "other": "no class"}
    assert learned.is_kept and learned.labels["other"][1] == Counts(20, 0, 0)
    assert learn(own("new"), "kept", few).reason == "no better on new examples"


def test_examples_outside_of_the_bands_of_a_class_teach_that_it_is_there(own):
    """AIS is sent at 162 MHz."""
    mine, kinds = own(), []
    for frequency_hz in (162e6, 434e6):
        examples = [
            replace(one, observation=replace(one.observation, frequency_hz=frequency_hz))
            for one in heard(mine, "ais", 25)
        ]
        name = f"at{frequency_hz / 1e6:.0f}"
        assert learn(own(name), "kept", examples).is_kept
        kinds.append(read_contract(name)["taught"][0]["evidence"])
    assert "outside_band" in kinds[0] and "outside_band" not in kinds[1]


def test_examples_of_another_model_are_counted_or_refused(own):
    mine = own()
    foreign = observation(7, model="another", run="x")
    stored = [*heard(mine, "ais", 25), StoredExample("dmr", PERSON, 0, foreign)]
    assert learn(mine, "kept", stored).others == 1
    with pytest.raises(ValueError, match="kept: no example of this model in it, 1 of others"):
        learn(own(), "kept", stored[-1:])


def test_what_was_taught_by_hand_stays(own):
    mine = own()
    example = {
        "source": "a",
        "label": "gate",
        "logs": np.log([0.02, 0.44, 0.54]).tolist(),
        "facts": Facts(12e3).to_dict(),
    }
    mine._teach([{"folder": "hand", "examples": [example]}])
    assert learn(own(), "kept", heard(mine, "ais", 25)).is_kept
    assert [one["name"] for one in read_contract("my")["taught"]] == ["gate", "ais"]
    assert list_own()["my"]["folders"] == ["hand", "kept"]
    assert [one.taught.name for one in own().undo_learning()] == ["gate"]


def test_labels_of_many_at_once_are_those_of_the_decision():
    rng, decision, kept = np.random.default_rng(3), Decision(threshold=0.5), states()
    logs = np.log(rng.dirichlet(np.ones(3), 60))
    frames = [None, "AIS", "DMR"]
    seen = [
        Observed("ais", row, Facts(12e3 * 2 ** rng.normal(), frames=frames[k % 3]))
        for k, row in enumerate(logs)
    ]
    examples = [Example(str(k), replace(one, label="gate")) for k, one in enumerate(seen[:9])]
    taught = tuple(
        fit_class(NAMES, decision, kept, own, "gate") for own in (examples[:4], examples[4:])
    )
    taught = tuple(replace(one, name=name) for one, name in zip(taught, "ab", strict=True))
    judged = Judged.of(NAMES, decision, seen, taught)
    for names in ((), ("b",), ("a", "b")):
        refined = replace(decision, taught=tuple(one for one in taught if one.name in names))
        expected = [
            refined.refine(
                by_model(NAMES, decision, one), NAMES, one.logs, one.facts, band_plan()
            ).label
            for one in seen
        ]
        assert judged.found(names) == expected
    assert len(set(judged.found(["a", "b"]))) >= 3
