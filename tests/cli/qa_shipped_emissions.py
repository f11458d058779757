# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands with the shipped family of models for emissions, beside that for whole bands."""

import json
import shutil

import pytest
from gnuradio.rfattn.attention import ATTENTIONS
from gnuradio.rfattn.benchmark.plan import Plan, fields_of_model
from gnuradio.rfattn.catalogue.classes import known_of
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.cli.models import METRICS_OF, format_right
from gnuradio.rfattn.emissions.evidence import IN_FULL
from gnuradio.rfattn.inference import DEFAULT_EMISSION_MODEL, available_models, read_contract
from gnuradio.rfattn.inference.files import SHIPPED
from gnuradio.rfattn.inference.training_report import measured, report_beside

from command_line import write_recording
from training_folder import write_folder

FOLDER = SHIPPED / DEFAULT_EMISSION_MODEL
REPORT = FOLDER / "flash_layernorm_metrics.json"


def refusal(capsys, *words):
    """What the last line of stderr states of a command that is refused."""
    assert main([str(word) for word in words]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    return err.splitlines()[-1]


def test_its_classes_are_those_of_the_families():
    contract = read_contract(DEFAULT_EMISSION_MODEL)
    classes = set(contract["classes"]) - {"unknown"}
    assert classes <= known_of("family").keys() and "unknown" in contract["classes"]
    assert contract["families"] == {name: known_of("family")[name] for name in classes}


def test_models_shows_its_contract(capsys):
    assert main(["models", DEFAULT_EMISSION_MODEL]) == 0
    text = capsys.readouterr().out
    contract = read_contract(DEFAULT_EMISSION_MODEL)
    assert "input: emission\n" in text and f"features: {', '.join(contract['features'])}\n" in text
    assert f"names a class: {contract['decision']['threshold']:.2f}\n" in text
    for name, family in contract["families"].items():
        assert f" {name}" in next(row for row in text.splitlines() if row.startswith(f"  {family}"))
    assert main(["models", DEFAULT_EMISSION_MODEL, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["metrics"] == measured(json.loads(REPORT.read_text()))
    assert shown["metrics_of"] == METRICS_OF["emission"]
    assert shown["known_by"]["acars"] == "made-up" and shown["known_by"]["ft8"] == "recordings"
    assert shown["classes"] == contract["classes"]


def test_figures_of_a_report():
    report = report_beside(FOLDER / "flash_layernorm.pt")
    assert report == json.loads(REPORT.read_text())
    found = measured(report)
    for split in ("val", "test"):
        row = report[split]["recordings"]
        assert found[split]["wrong"] == row["wrong"] and "answers" not in found[split]
        assert format_right(found[split]) == f"{round(row['right'] * row['count'])}/{row['count']}"
    assert measured(report_beside(FOLDER / "no_such_norm.pt")) == {}


def test_models_lists_the_classes_by_how_they_are_known(capsys):
    assert main(["models"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "emissions, known by made-up (26): acars, ais, am_voice, ble, carrier, cw, dab" in text
    assert "emissions, known by recordings (29): afsk1200, dcf77, dmr" in text
    assert (
        "rf14, known by recordings (14): fsk_srd, ft8" in text and "rf14, known by made" not in text
    )
    heading = "proved by frames of, half of the time from this SNR and time on the air on:"
    assert f"emissions, {heading} acars ACARS" in text and "rf14, proved" not in text
    assert f"emissions: {METRICS_OF['emission']};" in text and METRICS_OF["band"] in text
    assert main(["models", "--json"]) == 0
    for model in json.loads(capsys.readouterr().out):
        classes = read_contract(model["path"])["classes"]
        assert list(model["known_by"]) == [name for name in classes if name != "unknown"]
        assert model["metrics_of"] == METRICS_OF[model["input"]]


def test_a_model_without_its_report_does_not_state_how_classes_are_known(tmp_path, capsys):
    model = shutil.copy(FOLDER / "flash_layernorm.pt", tmp_path)
    assert main(["models", model]) == 0
    line = (
        "classes known by: not stated; that needs the *_metrics.json of training beside the model"
    )
    assert line in capsys.readouterr().out.splitlines()


def test_an_attention_that_is_not_shipped_is_refused_with_those_that_are(tmp_path, capsys):
    have = {m["attention"] for m in available_models() if m["family"] == DEFAULT_EMISSION_MODEL}
    write_recording(tmp_path / "r", 1, "x", n_samples=20_000)
    for attention in set(ATTENTIONS) - have:
        words = ("label", tmp_path / "r.sigmf-meta", "--quiet", "--attention", attention)
        text = refusal(capsys, *words)
        assert f"model 'emissions' has no {attention} with layernorm; it has mha with" in text


def test_the_card_is_that_of_the_folder(tmp_path, capsys):
    assert main(["card", str(FOLDER)]) == 0
    text = capsys.readouterr().out
    assert text.startswith("# emissions\n") and "### Recordings of split test" in text
    decision = read_contract(DEFAULT_EMISSION_MODEL)["decision"]
    for kind, weight in decision["weights"].items():
        is_shown = f"\n| `{kind}` | {weight:.2f} | " in text
        assert is_shown == (kind not in IN_FULL), kind
    assert f"of its own: gr-rfattn card {FOLDER}" in refusal(capsys, "card", REPORT)
    (tmp_path / "flash_layernorm_metrics.json").write_text(REPORT.read_text())
    (tmp_path / "gqa_layernorm_metrics.json").write_text("{}")
    assert "for emissions and for bands are no family" in refusal(capsys, "card", tmp_path)


def test_convert_converts_it_but_measures_no_bands_with_it(tmp_path, capsys):
    words = ("convert", DEFAULT_EMISSION_MODEL, "--attention", "gqa", "--out", tmp_path)
    write_folder(tmp_path / "bands", n_samples=2000)
    text = refusal(capsys, *words, "--recordings", tmp_path / "bands")
    assert "convert: emissions labels one emission, --recordings measures whole bands" in text
    assert main([str(word) for word in words]) == 0
    model = tmp_path / "gqa_layernorm.pt"
    assert f"gr-rfattn label --model {model} RECORDING" in capsys.readouterr().out
    made, source = read_contract(model), read_contract(DEFAULT_EMISSION_MODEL)
    for name in ("input", "features", "classes", "families", "decision", "front_end"):
        assert made[name] == source[name]


@pytest.mark.parametrize("way", [[], ["--varied", "1"]])
def test_it_labels_no_whole_band(way, tmp_path, capsys):
    write_folder(tmp_path / "bands", n_samples=2000)
    where = tmp_path / "bands"
    text = refusal(capsys, "eval", where, "--quiet", "--model", DEFAULT_EMISSION_MODEL, *way)
    assert "one emission" in text and "a model whose input is 'band' is needed" in text


def test_bench_measures_models_of_its_shape():
    shape = read_contract(DEFAULT_EMISSION_MODEL)["model"]
    plan = Plan(**fields_of_model(DEFAULT_EMISSION_MODEL))
    assert (plan.base.n_features, plan.windows) == (shape["n_features"], (shape["window"],))
    assert {"mha", "flash"} <= set(plan.attentions)
