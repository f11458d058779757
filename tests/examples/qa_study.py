# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The study: its statistics, its verdicts, and a whole tiny one, interrupted and continued."""

import copy
import dataclasses
import json
import runpy
from functools import partial
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("sklearn", reason="scikit-learn is not installed (python3-sklearn)")

import torch
from gnuradio.rfattn.attention import ATTENTIONS, StreamingTransformer
from gnuradio.rfattn.inference import convert
from gnuradio.rfattn.inference.files import available_models, save_checkpoint
from gnuradio.rfattn.recordings.annotation import Annotation
from gnuradio.rfattn.recordings.variants import Baseband
from gnuradio.rfattn.train import Tokens, TrainConfig, stream_logits
from gnuradio.rfattn.train.run_file import RunFile
from gnuradio.rfattn.train.write_model import make_contract

import accuracy
import claims
import classical
import comparison
import exam
import significance
import store
import study
import study_report
import timing
from attention_models import save_family
from study_plan import StudyPlan, attentions_of

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "study" / "run.py"
COMMAND = runpy.run_path(str(SCRIPT))
TRAINING = {
    "model": {
        "block_size": 4,
        "window": 16,
        "d_model": 16,
        "n_heads": 2,
        "n_layers": 2,
        "patch": 1,
        "n_cross_layers": 1,
        "n_latents": 4,
    },
    "front_end": {"fft_size": 16, "hop": 16, "n_bins": 16},
    "augmentation": {"variants": 2, "max_tokens": 64, "synthetic_noise": 1, "shift_max": 0.05},
    "steps": 12,
    "batch_size": 8,
    "sequence_tokens": 16,
    "learning_rate": 1e-2,
    "warmup_steps": 2,
    "validate_every": 6,
    "device": "cpu",
    "threads": 1,
}


def tiny_plan(**changes) -> StudyPlan:
    settings = dict(
        training=TrainConfig.from_dict(TRAINING),
        attentions=("mha", "flash", "latent", "ssm"),
        seeds=2,
        context_points=2,
        snr_edges_db=(-5, 5, 30),
        snr_draws=1,
        forest_sequences=60,
        forest_trees=5,
        windows=(16, 32),
        whole_windows=(16,),
        rounds=3,
        round_s=1e-3,
    )
    return StudyPlan(**(settings | changes))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Tones, noise and pulses in all splits, and chirps as what no class is."""
    folder = tmp_path_factory.mktemp("recordings")
    rng = np.random.default_rng(3)
    rows = ["file,label,split,group"]
    n = 1600
    k = np.arange(n)
    for label in ("tone", "noise", "pulses", "other"):
        for split in ("train", "val", "test", "test") if label != "other" else ("ood",):
            samples = 0.01 * (rng.standard_normal(n) + 1j * rng.standard_normal(n))
            slope = 1e-4 if label == "other" else 0.0
            if label != "noise":
                on = k // 100 % 2 if label == "pulses" else 1
                samples += 0.3 * on * np.exp(2j * np.pi * (0.1 + slope * k) * k)
            name = f"{label}_{len(rows)}"
            raw = np.column_stack([samples.real, samples.imag]) * 32767
            raw.astype("<i2").tofile(folder / f"{name}.sigmf-data")
            annotation = {"core:sample_start": 0, "core:sample_count": n, "core:label": label}
            meta = {
                "global": {"core:datatype": "ci16_le", "core:version": "1.2.6"},
                "captures": [{"core:sample_start": 0}],
                "annotations": [annotation],
            }
            (folder / f"{name}.sigmf-meta").write_text(json.dumps(meta))
            rows.append(f"{name}.sigmf-data,{label},{split},{name}")
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="module")
def done(folder, tmp_path_factory):
    """A whole study, and the folder it lies in."""
    out = tmp_path_factory.mktemp("study")
    found = study.run(tiny_plan(), folder, out, "test", lambda text: None)
    study_report.write(found, out)
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


def row_of(file, label, right, windows):
    wrong = windows - right
    predictions = {label: right, "other class": wrong}
    predicted = label if right > wrong else "other class"
    return {
        "file": file,
        "label": label,
        "predicted": predicted,
        "windows": windows,
        "window_predictions": predictions,
    }


def test_contributions_of_recordings_sum_to_balanced_accuracy():
    rows = [row_of("1", "a", 3, 4), row_of("2", "a", 0, 6), row_of("3", "b", 5, 5)]
    figures = {"recordings": rows, "per_class": {"a": {}, "b": {}}}
    assert comparison.contributions(figures, "recording") == [0.25, 0.0, 0.5]
    assert sum(comparison.contributions(figures, "step")) == pytest.approx((3 / 10 + 1) / 2)


# What is asked of a model


def test_points_have_a_window_behind_them():
    targets = np.full(40, exam.IGNORE)
    targets[4:12] = targets[28:] = 0
    tokens = Tokens("f", "a", "g", np.arange(40.0)[:, None], targets)
    points = exam.context_points([tokens], 4, 16, 2)
    assert points == [(0, 7), (0, 9)]
    parts = exam.parts_of([tokens], points, 4, [4, 8, 64])
    np.testing.assert_array_equal(parts[8][1][:, 0], np.arange(32, 40))
    assert [len(p) for p in parts[64]] == [32, 40]


@pytest.mark.parametrize("snr_db", [0.0, 20.0])
def test_noise_is_as_strong_as_it_says(snr_db):
    n = 64 * 500
    tone = 0.5 * np.exp(2j * np.pi * np.arange(n) / 8).astype(np.complex64)
    noisy = exam.with_noise(
        Baseband(tone, (Annotation(0, n, "a"),)), snr_db, np.random.default_rng(1)
    )
    # All of the tone's power is in one bin of 64, where noise of power P reads P: 64 * 0.25 over P.
    added = np.mean(np.abs(noisy.samples - tone) ** 2)
    assert 10 * np.log10(64 * 0.25 / added) == pytest.approx(snr_db, abs=0.1)


def test_features_do_not_know_the_level():
    spectra = np.random.default_rng(1).normal(-60, 5, (40, 16)).astype(np.float32)
    found = classical.features(spectra)
    np.testing.assert_allclose(classical.features(spectra + 30), found, atol=1e-3)
    assert np.isfinite(classical.features(spectra[:1])).all()


def test_features_of_steps_see_the_window_and_no_more():
    spectra = np.random.default_rng(1).normal(-60, 5, (24, 16)).astype(np.float32)
    steps = classical.StepFeatures(4, 8)
    found = steps.of(spectra)
    assert len(found) == 6 and steps.of(spectra) is found
    np.testing.assert_array_equal(found[-1], classical.StepFeatures(4, 8).of(spectra[16:])[-1])


def test_a_missing_sklearn_is_named(monkeypatch):
    monkeypatch.setattr(classical, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="apt-get install python3-sklearn"):
        classical.require()


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


def test_an_unfinished_training_of_another_key_is_begun_anew(tmp_path):
    stem = tmp_path / "trainings" / "flash"
    assert isinstance(accuracy.open_run_file(stem, {"seed": 1}), RunFile)
    accuracy.run_path(stem).write_bytes(b"of something else")
    accuracy.open_run_file(stem, {"seed": 1})
    assert not accuracy.run_path(stem).exists()


def test_an_interrupted_study_continues(done, folder, monkeypatch):
    before, out = done
    lost = out / "trainings" / "latent_rmsnorm_seed1.json"
    lost.unlink()
    trained, timed, lines = [], [], []
    train, measure = accuracy.train, timing.measure_length
    monkeypatch.setattr(accuracy, "train", lambda *a: trained.append(a[2]) or train(*a))
    monkeypatch.setattr(timing, "measure_length", lambda *a: timed.append(a) or measure(*a))
    again = study.run(tiny_plan(), folder, out, "test", lines.append)
    assert [(k["attention"], k["norm"], k["seed"]) for k in trained] == [("latent", "rmsnorm", 1)]
    assert not timed and lost.exists()
    assert sum("kept from before" in line for line in lines) == 13
    for old, new in zip(before["accuracy"], again["accuracy"], strict=True):
        assert old["test_recording"] == new["test_recording"]  # the same seed, the same weights


def test_a_training_starts_from_a_converted_model(folder, tmp_path):
    """With a learning rate of nearly 0 it is what the conversion of the source is."""
    data = accuracy.Data.read(tiny_plan(), folder)
    training = TrainConfig.from_dict(TRAINING | {"learning_rate": 1e-30, "steps": 1})
    shape = training.model.replace(n_classes=len(data.exam.classes), n_bins=16)
    torch.manual_seed(5)
    source = StreamingTransformer(shape)
    report = {"classes": data.exam.classes, "init": "", "extra": []}
    init = tmp_path / "source.safetensors"
    save_checkpoint(init, source, make_contract(shape, training, report))
    plan = tiny_plan(training=training, init=str(init))
    data = accuracy.Data.read(plan, folder)
    for norm in ("layernorm", "rmsnorm"):
        key = accuracy._key(plan, data, "flash", norm, 0)
        assert key["start"] == store.weights_fingerprint(source)
        found = accuracy.train(plan, data, key, tmp_path / norm)
        model = source if norm == "layernorm" else convert(source, shape, "flash", norm)
        expected = data.exam.judge(partial(stream_logits, model, shape.replace(norm=norm)))
        assert found["test"] == expected["test"] and found["context"] == expected["context"]


def test_another_configuration_is_trained_anew(done, folder):
    plan = tiny_plan()
    longer = dataclasses.replace(plan, training=dataclasses.replace(plan.training, steps=13))
    data = accuracy.Data.read(plan, folder)
    one, other = (accuracy._key(p, data, "flash", "layernorm", 0) for p in (plan, longer))
    path = done[1] / "trainings" / "flash_layernorm_seed0.json"
    assert store.lookup(path, one) is not None and store.lookup(path, other) is None


# The whole


def test_rows_of_a_study(done):
    found, _ = done
    models = [(r["attention"], r["norm"]) for r in found["accuracy"]]
    assert models == [
        ("flash", "layernorm"),
        ("flash", "rmsnorm"),
        ("latent", "layernorm"),
        ("latent", "rmsnorm"),
        ("ssm", "layernorm"),
        ("ssm", "rmsnorm"),
        ("classical", "-"),
    ]
    for row in found["accuracy"]:
        assert row["test_count"] == 6 and len(row["test_recording"]["values"]) == 2
        assert [p["tokens"] for p in row["context"]] == [4, 8, 16, 32, 64, None]
        assert [(p["low_db"], p["high_db"]) for p in row["snr"]] == [(-5, 5), (5, 30)]
    timed = {(r["mode"], r["window"], r["attention"], r["norm"]) for r in found["rows"]}
    assert len(timed) == 4 * 3 * 2 and all("check" in r and "ns" not in r for r in found["rows"])
    tests = [(t["attention"], t["unit"]) for t in found["tests"]]
    assert len(tests) == 12 and ("classical", "step") in tests
    assert {n["attention"] for n in found["norm"]["accuracy"]} == {"flash", "latent", "ssm", "all"}
    assert all(c["verdict"] != claims.UNMEASURED for c in found["claims"])


def test_kept_bytes_are_exact(done):
    kept = {row["attention"]: row for row in done[0]["mechanism"]}
    # Two layers of keys and values, 16 wide, float32, and the level; latent has one such layer.
    assert kept["mha"]["kv_bytes"] == {"16": 2 * 2 * 16 * 16 * 4 + 4, "32": 2 * 2 * 16 * 32 * 4 + 4}
    assert kept["latent"]["kv_bytes"]["32"] == 2 * 16 * 32 * 4 + 4
    assert kept["mha"]["bytes_per_token_and_layer"] == 2 * 16 * 4
    assert kept["ssm"]["kv_bytes"] == dict.fromkeys(("16", "32"), 2 * 32 * 16 * 4 + 4)
    assert kept["ssm"]["bytes_per_token_and_layer"] is None
    assert all(row["allocated_as_predicted"] for row in kept.values())


def test_files_of_a_study(done):
    found, out = done
    assert json.loads((out / "report.json").read_text()) == json.loads(json.dumps(found))
    text = (out / "report.md").read_text()
    for picture in ("accuracy", "context", "snr", "latency", "norm", "kv_memory", "trade"):
        assert (out / f"{picture}.png").stat().st_size > 5000, picture
        assert f"({picture}.png)" in text
    for claim in found["claims"]:
        assert claim["sentence"] in text
    assert "None" not in text and "nan" not in text


# Verdicts


def made_report() -> dict:
    """A report whose figures are all in the study's favour."""

    def interval(mean, half):
        return {"mean": mean, "sd": half / 2, "low": mean - half, "high": mean + half}

    def timed(attention, norm, mode, window, ms):
        return {
            "attention": attention,
            "norm": norm,
            "mode": mode,
            "window": window,
            "p50_ms": ms,
            "p95_ms": ms,
            "samples_per_s": 3e5,
            "tokens_per_s": 5e3,
            "windows_per_s": 2e3,
            "cpu_share": 1.0,
        }

    models = [("flash", "layernorm", 0.8), ("latent", "layernorm", 0.93), ("classical", "-", 0.6)]
    return {
        "accuracy": [
            {"attention": a, "norm": n, "test_recording": interval(m, 0.01), "test_count": 22}
            for a, n, m in models
        ],
        "rows": [
            timed(a, "layernorm", "stream", w, 1.0)
            for a in ("mha", "latent")
            for w in (1024, 16384)
        ],
        "norm": {
            "accuracy": [{"attention": "all", "unit": "recording", **interval(0.01, 0.005)}],
            "latency": [{"ratio": 0.9, "low": 0.88, "high": 0.92}] * 3,
        },
        "mechanism": [
            {"attention": "mha", "layers": 4, "kv_bytes": {"1024": 1000}},
            {"attention": "latent", "layers": 2, "kv_bytes": {"1024": 500}},
        ],
    }


CLAIMS = {
    "latent_accuracy": lambda r, low: r["accuracy"][1]["test_recording"].update(
        {"mean": 0.7, "low": 0.65, "high": 0.75} if low else {"low": 0.85, "high": 0.95}
    ),
    "norm_accuracy": lambda r, low: r["norm"]["accuracy"][0].update(
        {"low": -0.02, "high": 0.001} if low else {"low": -0.05, "high": 0.05}
    ),
    "latent_latency": lambda r, low: [
        row.update(p50_ms=50.0) for row in r["rows"] if low or row["window"] > 2000
    ],
    "budget": lambda r, low: [
        row.update(p95_ms=50.0) for row in r["rows"] if low or row["window"] > 2000
    ],
    "throughput": lambda r, low: [
        row.update(windows_per_s=10.0, tokens_per_s=99.0, samples_per_s=1e3 if low else 1e6)
        for row in r["rows"]
    ],
}


@pytest.mark.parametrize("name", [*CLAIMS, "norm_latency", "memory"])
def test_a_claim_reproduces_where_the_figures_say_so(name):
    assert getattr(claims, name)(made_report())["verdict"] == claims.REPRODUCES


@pytest.mark.parametrize("name", CLAIMS)
@pytest.mark.parametrize("low, verdict", [(True, claims.FAILS), (False, claims.OPEN)])
def test_a_claim_fails_or_stays_open_where_they_do_not(name, low, verdict):
    changed = made_report()
    CLAIMS[name](changed, low)
    found = getattr(claims, name)(changed)
    assert found["verdict"] == verdict
    assert found["sentence"] != getattr(claims, name)(made_report())["sentence"]


@pytest.mark.parametrize("ratio, text", [(1.1, "several"), (1.0, "too small a part")])
def test_a_slower_norm_is_no_faster_one(ratio, text):
    changed = made_report()
    cell = {"ratio": ratio, "low": ratio - 0.02, "high": ratio + 0.02}
    changed["norm"]["latency"] = [cell] * 3
    found = claims.norm_latency(changed)
    assert found["verdict"] == claims.FAILS and text in found["sentence"]


def test_wide_intervals_settle_no_norm():
    changed = made_report()
    changed["norm"]["latency"] = [{"ratio": 1.0, "low": 0.7, "high": 1.3}] * 3
    assert claims.norm_latency(changed)["verdict"] == claims.OPEN


def test_memory_of_another_ratio_does_not_reproduce():
    changed = made_report()
    changed["mechanism"][1] |= {"layers": 1, "kv_bytes": {"1024": 250}}
    changed["mechanism"].append({"attention": "mla", "layers": 4, "kv_bytes": {"1024": 190}})
    found = claims.memory(changed)
    assert found["verdict"] == claims.FAILS
    assert "1 of 4" in found["sentence"] and "mla (×0.19)" in found["sentence"]


def test_a_busy_machine_settles_no_latency():
    changed = made_report()
    for row in changed["rows"]:
        row |= {"p50_ms": 50.0, "p95_ms": 50.0, "cpu_share": 0.4}
        row |= {"samples_per_s": 1.0, "tokens_per_s": 1.0, "windows_per_s": 1.0}
    for name in ("latent_latency", "budget", "throughput"):
        found = getattr(claims, name)(changed)
        assert found["verdict"] == claims.OPEN and "40% of a processor" in found["sentence"]


def test_who_reaches_the_accuracy_is_said():
    changed = made_report()
    CLAIMS["latent_accuracy"](changed, True)
    assert "No attention reaches it here" in claims.latent_accuracy(changed)["sentence"]
    better = copy.deepcopy(changed)
    better["accuracy"][0]["test_recording"] = {"mean": 0.95, "sd": 0.01, "low": 0.94, "high": 0.96}
    assert "Another does (flash" in claims.latent_accuracy(better)["sentence"]
    better["accuracy"][2]["test_recording"] = {"mean": 0.7, "sd": 0.01, "low": 0.69, "high": 0.71}
    assert "70.0%, no less" in claims.latent_accuracy(better)["sentence"]


def test_what_was_not_measured_is_said():
    nothing = {"accuracy": [], "rows": [], "norm": {"accuracy": [], "latency": []}, "mechanism": []}
    assert {c["verdict"] for c in claims.evaluate(nothing)} == {claims.UNMEASURED}


# The command


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"seeds": 0}, "study: seeds must be >= 1, got 0"),
        ({"attentions": ("mha",)}, "hold flash, got mha"),
        ({"norms": ("layernorm", "batchnorm")}, "norms must be of layernorm, rmsnorm"),
        ({"windows": ()}, "windows must not be empty"),
    ],
)
def test_a_wrong_plan_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        tiny_plan(**changes)


@pytest.mark.parametrize(
    "setting, message",
    [
        ("model.attention=mla", "--set model.attention: the study trains every attention and norm"),
        ("steps=1.5", "--set steps must be of type int, got '1.5'"),
        ("model.width=3", "field of the training, got 'model.width=3'"),
        ("steps", "--set steps must be of type int, got ''"),
    ],
)
def test_the_script_refuses_a_wrong_setting(folder, tmp_path, capsys, setting, message):
    status = COMMAND["main"]([str(folder), "--out", str(tmp_path), "--set", setting])
    error = capsys.readouterr().err
    assert status == 1 and message in error and error.count("\n") == 1


def test_the_script_writes_the_report(folder, tmp_path, capsys):
    config = tmp_path / "config.json"
    config.write_text(json.dumps(TRAINING))
    out = tmp_path / "out"
    status = COMMAND["main"](
        [
            str(folder),
            "--out",
            str(out),
            "--quick",
            "--config",
            str(config),
            "--attention",
            "flash,latent",
            "--norm",
            "layernorm",
            "--window",
            "32",
            "--seeds",
            "1",
            "--steps",
            "4",
            "--quiet",
        ]
    )
    printed = capsys.readouterr().out
    assert status == 0 and (out / "report.md").exists()
    assert "latent, accuracy: claimed 90.6%" in printed and "report.json" in printed


def test_options_override_quick():
    words = ["x", "--out", "y", "--quick", "--seeds", "7", "--steps", "9", "--threads", "2"]
    words += ["--set", "model.d_model=32", "--set", "device=cpu"]
    plan = COMMAND["make_plan"](COMMAND["make_parser"]().parse_args(words))
    assert (plan.seeds, plan.training.steps, plan.training.threads) == (7, 9, 2)
    assert plan.rounds == 3 and plan.extra == ()
    assert (plan.training.model.d_model, plan.training.device) == (32, "cpu")


def test_a_start_brings_shape_and_recipe():
    words = ["x", "--out", "y", "--init", "rf14", "--set", "learning_rate=0.002"]
    plan = COMMAND["make_plan"](COMMAND["make_parser"]().parse_args(words))
    training = plan.training
    assert Path(plan.start("gqa", "rmsnorm")).parts[-2:] == ("rf14", "gqa_rmsnorm.pt")
    assert (training.steps, training.ema_decay) == (400, 0.99)
    assert training.learning_rate == 0.002
    assert (training.model.window, training.model.d_model, training.front_end.n_bins) == (
        2048,
        64,
        128,
    )


def test_what_a_start_has_is_compared(tmp_path):
    """A family and a folder have their attentions; a file becomes each of them."""
    of_family = {m["attention"] for m in available_models() if m["family"] == "rf14"}
    words = ["x", "--out", "y", "--init", "rf14"]
    plan = COMMAND["make_plan"](COMMAND["make_parser"]().parse_args(words))
    assert set(plan.attentions) == of_family
    assert attentions_of(str(save_family(tmp_path / "three"))) == ("mha", "flash", "gqa")
    assert attentions_of(str(tmp_path / "three" / "gqa_layernorm.pt")) == ATTENTIONS
    assert attentions_of("") == ATTENTIONS


@pytest.mark.parametrize(
    "words, message",
    [
        (["--init", "emissions"], "--init emissions: it labels emissions, and the study needs"),
        (["--init", "rf14", "--set", "model.d_model=32"], "with --init it is that of rf14"),
        (["--init", "no_such"], "no_such"),
    ],
)
def test_a_wrong_start_is_refused(folder, tmp_path, capsys, words, message):
    status = COMMAND["main"]([str(folder), "--out", str(tmp_path), *words])
    error = capsys.readouterr().err
    assert status == 1 and message in error and error.count("\n") == 1
