# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The study: its statistics, what it asks, and a whole tiny one, interrupted and continued."""

import dataclasses

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("sklearn", reason="scikit-learn is not installed (python3-sklearn)")
pytest.importorskip("gnuradio.gr", reason="GNU Radio is not installed")

from gnuradio.rfattn.attention import NORMS, ModelConfig
from gnuradio.rfattn.emissions.decision import Decision
from gnuradio.rfattn.inference import load_eager
from gnuradio.rfattn.recordings.front_end import CHANNEL_FRONT_END
from gnuradio.rfattn_station.learning.cut_set import write_cuts
from gnuradio.rfattn_station.learning.emission_report import observe
from gnuradio.rfattn_workshop.judges import study
from gnuradio.rfattn_workshop.judges.harness import write_report
from gnuradio.rfattn_workshop.judges.naming.labels_kinds import own_kinds
from gnuradio.rfattn_workshop.judges.naming.labels_scenes import Drawn
from gnuradio.rfattn_workshop.judges.studies import (
    comparison,
    exam,
    other_signals,
    report,
    significance,
    store,
    trees,
    whole,
)
from gnuradio.rfattn_workshop.judges.studies.plan import StudyPlan
from gnuradio.rfattn_workshop.judges.studies.trainings import Trainings
from gnuradio.rfattn_workshop.synthesis.scene import Scene as Band
from gnuradio.rfattn_workshop.synthesis.scene_noise import Receiver
from gnuradio.rfattn_workshop.synthesis.scene_truth import Emission
from gnuradio.rfattn_workshop.train.config import emission_config

from cut_sets import cut_of, tiny_cuts, write_cut_folder
from training_folder import TINY

MODELS = [
    "flash_layernorm",
    "perceiver_layernorm",
    "flash_rmsnorm",
    "perceiver_rmsnorm",
    "flash_dyt",
    "flash-gate_layernorm",
    "one_step",
    "perceiver-4_layernorm",
    "perceiver-8_layernorm",
]
HELD = [("a 1", "a"), ("a 1", "a"), ("a 2", "a"), ("b 1", "b")]


def tiny_plan(**changes) -> StudyPlan:
    shape = {k: v for k, v in TINY["model"].items() if k not in ("block_size", "window")}
    training = emission_config()
    training = training.replace(
        model=training.model.replace(**shape, window=16),
        steps=2,
        validate_every=2,
        batch_size=8,
        sequence_tokens=16,
        device="cpu",
    )
    settings = {
        "training": training,
        "attentions": ("flash", "latent"),
        "seeds": 2,
        "rounds": 1,
        "windows": (16,),
        "timing_rounds": 3,
        "round_s": 1e-3,
    }
    return StudyPlan(**(settings | changes))


def made_signals(*_) -> other_signals.OtherSignals:
    """A scene with a signal in two rows, one in none, and a row without a step; and a stranger."""
    known = {"families": [], "right": ["dmr"], "name": "dmr"}
    lost = {"families": [], "right": ["tpms"], "name": "tpms", "main": None}
    stranger = {"families": [], "right": [], "name": "qpsk", "main": 0}
    scenes = [
        other_signals.Scene(True, [{**known, "main": 0}, lost], [[0, 1], []]),
        other_signals.Scene(False, [stranger], [[2]]),
    ]
    return other_signals.OtherSignals(
        scenes, [cut_of("dmr", "x"), cut_of("dmr", "y"), cut_of("tpms", "z")]
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_cut_folder(tmp_path_factory.mktemp("cuts") / "cuts")


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """Cuts of other groups."""
    cuts = [dataclasses.replace(cut, group=f"held {cut.group}") for cut in tiny_cuts()]
    folder = tmp_path_factory.mktemp("held")
    write_cuts(folder / "bands_00099.npz", cuts, CHANNEL_FRONT_END)
    return folder


@pytest.fixture(scope="module")
def done(folder, held, tmp_path_factory):
    """A whole study, and the folder it lies in."""
    out = tmp_path_factory.mktemp("study")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(other_signals.OtherSignals, "read", made_signals)
        patch.setitem(trees.SETTINGS, "max_iter", 2)
        found = whole.run(tiny_plan(), folder, held, out, lambda text: None)
    write_report(f"{out}/report", found, report.markdown(found))
    return found, out


# Statistics


def test_mean_interval_is_that_of_student():
    found = significance.mean_interval([1, 2, 3, 4, 5])
    assert found["mean"] == 3 and found["sd"] == pytest.approx(1.5811, abs=1e-4)
    # t(0.975, 4) = 2.7764
    assert found["high"] - 3 == pytest.approx(2.7764 * 1.5811 / 5**0.5, abs=1e-3)
    assert significance.mean_interval([0.5])["low"] is None


def test_paired_t_test_of_students_sleep_data():
    one = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    two = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    found = significance.paired(one, two)
    assert found["mean"] == pytest.approx(-1.58)
    assert found["p"] == pytest.approx(0.002833, abs=1e-6)
    assert (found["low"], found["high"]) == pytest.approx((-2.4599, -0.7001), abs=1e-4)


def test_sign_flip_counts_all_exchanges():
    assert significance.sign_flip([1, 2, 3, 4, 5], [0] * 5) == pytest.approx(2 / 32)
    assert significance.sign_flip([1, -1], [0, 0]) == 1.0
    assert significance.paired([0.5, 0.5], [0.5, 0.5])["p"] == 1.0
    assert significance.paired([0.5], [0.4])["p"] is None


def test_holm_is_that_of_r():
    # p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
    assert significance.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert significance.holm([0.6, None, 0.7]) == [1.0, None, 1.0]


def test_contributions_of_groups_sum_to_balanced_accuracy():
    found = comparison.contributions({"right": "1011"}, HELD)
    assert found.tolist() == pytest.approx([1 / 6, 1 / 6, 1 / 2])


def test_models_are_compared_over_the_seeds_that_both_have():
    def result(model, seed, right):
        accuracy = (right[:3].count("1") / 3 + right[3:].count("1")) / 2
        held = {"accuracy": accuracy, "right": right}
        return {"model": model, "seed": seed, "held": held, "signals_right": right[:2]}

    results = [result("flash_layernorm", s, "1111") for s in (1, 2)]
    results += [result("gqa_layernorm", 1, "0111"), result("mla_layernorm", 3, "1111")]
    gqa, mla = comparison.against_reference(results, HELD)
    assert (gqa["seeds"], gqa["mean"]) == (1, pytest.approx(-1 / 6))
    assert gqa["p"] is None and gqa["p_emissions"] == 1.0
    assert (gqa["labels"], gqa["p_signals"]) == (-0.5, 1.0)
    assert mla["seeds"] == 0 and mla["mean"] is mla["labels"] is mla["p_signals_holm"] is None
    assert not report.is_significant(gqa) and not report.is_significant(mla)
    assert report.is_significant({"p_holm": None, "p_emissions_holm": 0.01})
    assert not report.is_significant({"p_holm": 0.06, "p_emissions_holm": 0.01})


# What is asked of a model


def test_a_network_answers_as_in_training(done, folder):
    """For whole emissions of one segment; several segments count as one after the other."""
    trainings = Trainings.read(tiny_plan(), folder, done[1])
    model, contract = load_eager(trainings.weights(trainings.plan.jobs()[0]))
    shape = ModelConfig.from_dict(contract["model"])
    cuts = tiny_cuts()[:3]
    answer = exam.network(model, shape)
    logs = answer([[cut.tokens] for cut in cuts])
    for found, expected in zip(logs, observe(model, shape, cuts), strict=True):
        np.testing.assert_allclose(found, expected.logs, atol=1e-6)
    both = answer([[cuts[0].tokens, cuts[1].tokens]])[0]
    assert np.exp(both).sum() == pytest.approx(1) and not np.allclose(both, logs[0])


def test_rows_of_other_signals_are_counted():
    """A main row without a step is missed; another name is wrong; a stranger should get none."""
    names = ("dmr", "tpms", "unknown")
    asked = exam.Exam(names, 8, {}, [], [], [], (1,), made_signals(), "")
    answers = [np.log([0.9, 0.05, 0.05]), np.log([0.1, 0.8, 0.1])]
    found = asked._rows(lambda emissions: answers, Decision(threshold=0.5))
    assert found["rows"]["right"] == 0.5 and found["rows"]["missed"] == 0.5
    assert (found["rows"]["rows"], found["rows"]["named"], found["rows"]["false"]) == (2, 1, 0)
    assert found["strangers"]["wrong"] == 1.0 and found["strangers"]["called"] == {"tpms": 1}
    answers[:] = answers[::-1]
    found = asked._rows(lambda emissions: answers, Decision(threshold=0.5))
    assert found["rows"]["wrong"] == 0.5 and found["rows"]["false"] == 0


def test_a_window_and_all_halves_of_it_are_the_contexts(folder):
    plan = tiny_plan()
    held = [cut_of("dmr", "held 1", count=24), cut_of("dmr", "held 2", count=8)]
    names = ("dmr", "tpms", "unknown")
    asked = exam.Exam.of(plan, names, tiny_cuts(), held, made_signals())
    assert asked.contexts == (1, 2) and asked.held == held and asked.long == held[:1]
    assert [cut.split for cut in asked.recordings] == ["test", "test"]
    with pytest.raises(ValueError, match="got 1 made-up cuts, and 1 groups that both have"):
        exam.Exam.of(plan, names, tiny_cuts(), [cut_of("dmr", "dmr 1")], made_signals())


def test_without_recordings_there_is_no_figure_of_them(folder):
    cuts = [cut_of("dmr", "held 1"), cut_of("tpms", "held 2")]
    names = ("dmr", "tpms", "unknown")
    made = [cut for cut in tiny_cuts() if cut.split != "test"]
    asked = exam.Exam.of(tiny_plan(), names, made, cuts, made_signals())
    found = asked.judge(trees.fit(trees.NUMBERS, made, names, 1))
    assert found["recordings"] is None and found["held"]["count"] == 2
    run = {"model": "trees", "seed": 1, "context": [], "alone": None, **found}
    (row,) = comparison.model_rows([run])
    assert row["recordings"] is None and row["accuracy"]["sd"] is None


def test_what_is_found_of_other_signals_is_kept(tmp_path, monkeypatch):
    kind = next(kind for kind in own_kinds() if kind.name == "carrier")
    band = Band(0.6, 5, (Emission("carrier", 3, 200e3, 30.0),), Receiver())
    drawn = Drawn(band, (kind,), (other_signals.RATE,))
    monkeypatch.setattr(other_signals, "_drawn", lambda rounds: [(True, drawn)])
    shown = []
    arguments = (tmp_path, 1, CHANNEL_FRONT_END, shown.append)
    found = other_signals.OtherSignals.read(*arguments)
    (scene,) = found.scenes
    assert scene.signals[0]["right"] == ["carrier"] and scene.signals[0]["main"] is not None
    segments = scene.rows[scene.signals[0]["main"]]
    assert segments and all(len(found.cuts[k].tokens) >= 8 for k in segments)
    again = other_signals.OtherSignals.read(*arguments)
    assert shown == ["finding carrier"] and again.scenes == found.scenes
    np.testing.assert_array_equal(again.cuts[0].tokens, found.cuts[0].tokens)


def test_a_step_alone_sees_no_other_one(done, folder, held):
    """A network of one step gives nearly the same answers either way: only the level, which it
    subtracts, still averages over several. Those of a network with a window differ more."""
    plan = tiny_plan()
    cuts = [cut_of("dmr", "held 1"), cut_of("tpms", "held 2", count=20)]
    asked = exam.Exam.of(plan, ("dmr", "tpms", "unknown"), tiny_cuts(), cuts, made_signals())
    assert [len(part) for part in exam._steps_of(cuts[1].tokens, 8)] == [8, 8]
    differences = []
    for job in plan.jobs()[:7:6]:  # flash_layernorm and one_step
        path = Trainings.read(plan, folder, done[1]).weights(job)
        model, contract = load_eager(path)
        answer = exam.network(model, ModelConfig.from_dict(contract["model"]))
        joined = answer([[cut.tokens] for cut in cuts])
        alone = answer([exam._steps_of(cut.tokens, 8) for cut in cuts])
        differences.append(np.abs(np.exp(joined) - np.exp(alone)).max())
    assert differences[1] < 0.01 and differences[1] < differences[0] / 2
    steps = asked.judge_steps(model, ModelConfig.from_dict(contract["model"]))
    assert [point["steps"] for point in steps["context"]] == [1, 2] and 0 <= steps["alone"] <= 1


def test_trees_see_numbers_or_the_spectrum_too():
    cuts = tiny_cuts()
    names = ("dmr", "tpms", "unknown")
    for name in (trees.NUMBERS, trees.SPECTRUM):
        logs = trees.fit(name, cuts, names, 1)([[cut.tokens] for cut in cuts])
        assert np.exp(logs).sum(axis=1) == pytest.approx(1)
    right = [names[row.argmax()] == exam.label_of(cut) for row, cut in zip(logs, cuts, strict=True)]
    assert np.mean(right) > 0.95  # each label has a band of its own


def test_a_missing_sklearn_is_named(monkeypatch):
    monkeypatch.setattr(trees, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="apt-get install python3-sklearn"):
        trees.require()


# Resuming


def test_a_result_is_reused_for_its_key_alone(tmp_path):
    path, made = tmp_path / "a.json", []

    def make():
        made.append(1)
        return {"n": len(made)}

    assert store.kept(path, {"k": (1, 2)}, make) == {"n": 1}
    assert store.kept(path, {"k": (1, 2)}, make) == {"n": 1}
    assert store.kept(path, {"k": (1, 3)}, make) == {"n": 2}
    path.write_text("{")
    with pytest.raises(ValueError, match=r"a\.json: not a result of the study"):
        store.kept(path, {"k": 1}, make)


def test_an_interrupted_study_trains_what_is_missing(done, folder):
    plan, (_, out) = tiny_plan(), done
    trainings = Trainings.read(plan, folder, out)
    job = plan.jobs()[1]
    before = load_eager(trainings.weights(job))[0].state_dict()
    trainings.weights(job).unlink()
    lines = []
    trainings.run(lines.append)
    assert lines == ["training 2 of 22: perceiver_layernorm_seed1"]
    after = load_eager(trainings.weights(job))[0].state_dict()
    assert all((after[name] == value).all() for name, value in before.items())
    longer = dataclasses.replace(plan, training=plan.training.replace(steps=3))
    assert Trainings.read(longer, folder, out).result(longer.jobs()[0]) is None


def test_what_is_finished_is_reported(folder, held, tmp_path, monkeypatch):
    plan = tiny_plan(seeds=1)
    monkeypatch.setattr(other_signals.OtherSignals, "read", made_signals)
    monkeypatch.setitem(trees.SETTINGS, "max_iter", 2)
    less = dataclasses.replace(plan, norms=("layernorm",), attentions=("flash",))
    Trainings.read(less, folder, tmp_path).run(print)
    found = whole.run(plan, folder, held, tmp_path, lambda text: None, is_training=False)
    networks = ["flash_layernorm", "flash-gate_layernorm", "one_step"]
    assert [r["model"] for r in found["models"]] == [*networks, trees.NUMBERS, trees.SPECTRUM]
    assert [row["model"] for row in found["rates"]] == ["flash_layernorm"]
    text = report.summary(found)
    assert "| `flash` |" in text and "| `perceiver`, 4 latents | - | - | " in text
    plan = dataclasses.replace(plan, seeds=2)
    found = whole.run(plan, folder, held, tmp_path, lambda text: None, is_training=False)
    assert all("trees" in row["model"] for row in found["models"])


# The whole


def test_the_order_is_balanced():
    plan = StudyPlan(seeds=2)
    names = [job.name for job in plan.jobs()]
    assert len(names) == len(set(names)) == 2 * (2 * 7 + 1 + 2 + 1 + 2) + 2 * 7
    all_ = ["flash", "gqa", "perceiver", "mla", "ssm", "gdn", "hybrid"]
    first = [f"{a}_{n}_seed1" for n in ("layernorm", "rmsnorm") for a in all_]
    more = ["flash_dyt", "flash-gate_layernorm", "gqa-gate_layernorm", "one_step"]
    first += [f"{name}_seed1" for name in more]
    assert names[:19] == [*first, "flash_layernorm_seed2"]
    assert names[36:38] == ["perceiver-4_layernorm_seed1", "perceiver-8_layernorm_seed1"]
    assert names[40:42] == ["flash_layernorm@0.002_seed1", "flash_layernorm@0.008_seed1"]
    jobs = plan.jobs()
    one_step = jobs[17].config.model
    assert (one_step.attention, one_step.window, one_step.block_size) == ("flash", 8, 8)
    assert jobs[14].config.model.norm == "dyt"
    assert [job.config.model.gate for job in jobs[14:18]] == [False, True, True, False]
    config = jobs[19].config
    assert (config.model.attention, config.model.norm, config.seed) == ("gqa", "layernorm", 2)
    latents = [jobs[k].config.model.n_latents for k in (2, 36, 37)]
    assert latents == [2, 4, 8] and jobs[37].config.model.attention == "perceiver"
    assert [jobs[k].config.learning_rate for k in (0, 40, 41)] == [0.004, 0.002, 0.008]


def test_rows_of_a_study(done):
    found, out = done
    assert [row["model"] for row in found["models"]] == [*MODELS, trees.NUMBERS, trees.SPECTRUM]
    assert [t["seeds"] for t in found["shipped"]] == [0, 0]  # of other classes than these cuts
    for row in found["models"]:
        assert row["seeds"] == 2 and 0 <= row["accuracy"]["mean"] <= 1 and row["loss"]["mean"] > 0
        is_network = row["model"] in MODELS and row["model"] != "one_step"
        assert [p["steps"] for p in row["context"]] == ([1, 2] if is_network else [])
        assert (row["alone"] is None) == (not is_network)
    assert [t["model"] for t in found["tests"]] == [*MODELS[1:], trees.NUMBERS, trees.SPECTRUM]
    assert [t["model"] for t in found["norms"]] == MODELS[2:6]
    assert [r["model"] for r in found["rates"]] == MODELS[:2]
    for row in found["rates"]:
        assert row["rates"] == [0.002, 0.004, 0.008] and row["best"] in row["rates"]
        assert all(0 <= found["mean"] <= 1 for found in row["accuracy"])
    timed = {(r["attention"], r["norm"], r["batch"]): r for r in found["rows"]}
    own = [(a, n) for a in ("flash", "perceiver") for n in NORMS]
    own.append(("flash-gate", "layernorm"))
    more = [(f"perceiver-{n}", "layernorm") for n in (4, 8, 32)]
    assert set(timed) == {(*k, b) for k in [*own, *more] for b in (1, 8)}
    assert timed["flash", "layernorm", 8]["to_flash"][0] == 1.0
    assert timed["perceiver", "layernorm", 1]["to_plain"][0] == 1.0
    gated, plain = (timed[name, "layernorm", 1] for name in ("flash-gate", "flash"))
    assert gated["flops"] > plain["flops"] and gated["to_plain"] == gated["to_flash"]
    assert (
        timed["perceiver-8", "layernorm", 1]["flops"]
        > timed["perceiver-4", "layernorm", 1]["flops"]
    )
    assert all("check" in row and "ns" not in row for row in found["rows"])
    text = (out / "report.md").read_text()
    assert "with 2 seeds: 2 steps of 8 sequences" in text and "| trees on the numbers | 2 |" in text
    assert "| `perceiver`, 8 latents, `layernorm` | 2 |" in text
    assert "| `flash`, gate, `layernorm` | 2 |" in text and "| `flash`, `dyt` | 2 |" in text
    assert (out / "report.json").exists()


def test_the_report_begins_with_a_row_for_each_attention(done):
    table = report.summary(done[0])
    assert "| `flash` |" in table and "step of 1 and 8 streams, W 16, µs" in table


# The command


@pytest.mark.parametrize(
    "words, message",
    [
        (["--seeds", "0"], "study: seeds must be >= 1, got 0"),
        (["--attention", "mla"], "study: attentions must be of"),
        (["--norm", "layernorm,batchnorm"], "norms must be of layernorm, rmsnorm, dyt"),
        (["--steps", "0"], "training: steps must be >= 1, got 0"),
        ([], "no cut sets"),
    ],
)
def test_the_script_refuses_what_is_wrong(tmp_path, capsys, words, message):
    status = study.main([str(tmp_path), str(tmp_path), "--out", str(tmp_path), *words])
    error = capsys.readouterr().err
    assert status == 1 and message in error and error.count("\n") == 1


def test_the_script_times_steps_without_cuts(tmp_path, capsys, monkeypatch):
    assert study.main(["--out", str(tmp_path)]) == 1
    assert (
        capsys.readouterr().err
        == "study: CUTS and HELD must be two folders of cuts, but for --timing\n"
    )
    plan = tiny_plan(attentions=("flash", "ssm"), batches=(1,))
    monkeypatch.setattr(study, "make_plan", lambda arguments: plan)
    assert study.main(["--out", str(tmp_path), "--timing", "--quiet"]) == 0
    assert capsys.readouterr().out == f"{tmp_path}/steps.json, {tmp_path}/steps.md\n"
    text = (tmp_path / "steps.md").read_text()
    assert (
        "| `flash-gate` | `layernorm` | 16 | 1 |" in text and "| `ssm` | `dyt` | 16 | 1 |" in text
    )


def test_the_script_reports_what_is_finished(done, folder, capsys, monkeypatch):
    found, out = done
    asked = []

    def run(plan, *arguments):
        asked.append((plan, arguments))
        return found

    monkeypatch.setattr(whole, "run", run)
    words = [str(folder), str(folder), "--out", str(out), "--finished", "--quiet"]
    words += ["--seeds", "3", "--steps", "50", "--attention", "flash,mla", "--norm", "layernorm"]
    words += ["--batch-size", "16", "--rounds", "2"]
    assert study.main(words) == 0
    assert capsys.readouterr().out.endswith("report.md\n")
    ((plan, (*folders, _, is_training)),) = asked
    assert folders == [str(folder), str(folder), str(out)] and not is_training
    assert plan.rounds == 2
    assert (plan.seeds, plan.training.steps, plan.training.validate_every) == (3, 50, 50)
    assert (plan.training.batch_size, plan.training.warmup_steps) == (16, 5)
    assert (plan.attentions, plan.norms) == (("flash", "mla"), ("layernorm",))
