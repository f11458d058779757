# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What training reports about its model: intervals, cards, pictures."""

import copy
import json
import re
import shlex
import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.cli import main, make_parser
from gnuradio.rfattn.wilson import wilson
from gnuradio.rfattn_workshop.cli.card import END
from gnuradio.rfattn_workshop.cli.train import configuration
from gnuradio.rfattn_workshop.train import TrainConfig, train
from gnuradio.rfattn_workshop.train.cards.card import ReportError, card, family_card, read_report
from gnuradio.rfattn_workshop.train.confidence import intervals, redraw
from gnuradio.rfattn_workshop.train.limits import format_rate, limits

from command_line import run_forked
from training_folder import TINY, write_folder

SETTINGS = {**TINY, "steps": 20, "validate_every": 10}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("card") / "recordings"
    return write_folder(place, groups=2)


@pytest.fixture(scope="module")
def family(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("family") / "tones"
    for attention in ("gqa", "flash"):
        shape = {**TINY["model"], "attention": attention}
        train(TrainConfig.from_dict({**SETTINGS, "model": shape}), folder, out, [folder])
    return out


@pytest.fixture
def report(family):
    return json.loads((family / "flash_layernorm_metrics.json").read_text())


@pytest.mark.parametrize(
    "right, count, low, high",
    [
        # Newcombe 1998, Statistics in Medicine 17, 857, table I.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_are_those_in_print(right, count, low, high):
    np.testing.assert_allclose(wilson(right, count), (low, high), atol=5e-5)


def test_a_share_of_nothing_has_no_interval():
    assert wilson(0, 0) is None


def test_groups_are_drawn_whole():
    draws = redraw(["a", "a", "b", "c"], draws=4000)
    assert draws.shape == (4000, 4) and (draws[:, 0] == draws[:, 1]).all()
    assert (draws[:, [0, 2, 3]].sum(axis=1) == 3).all()
    # 4000 draws of a mean of 1 and a variance of 2/3: 0.05 is almost four standard deviations.
    np.testing.assert_allclose(draws.mean(axis=0), 1.0, atol=0.05)
    assert redraw(["a", "a"]).shape == (0, 2)


def row(label, predicted, group, confidence=0.5):
    scores = {"confidence": confidence, "energy": confidence}
    steps = {"windows": 4, "window_predictions": {predicted: 3, label: 1}}
    return {"label": label, "predicted": predicted, "group": group, **scores, **steps}


def test_more_groups_make_narrower_intervals():
    def width(copies, groups):
        rows = [row("a", "ab"[k % 2], f"{k % 2} {k // 2 % (groups // 2)}") for k in range(20)]
        ends = intervals(rows * copies + [row("b", "b", "x")], ("a", "b"))["balanced_accuracy"]
        return ends[1] - ends[0]

    assert width(1, 20) < width(1, 4)
    assert width(5, 4) == pytest.approx(width(1, 4))  # copies in the same groups are no news


def test_intervals_of_the_unknown():
    rows = [row("a", "a", f"a{k}", 0.8) for k in range(5)]
    rows += [row("x", "a", f"x{k}", 0.1 if k else 0.9) for k in range(5)]
    found = intervals(rows, ("a", "b"))
    low, high = found["ood_auroc"]
    assert 0.2 < low < 0.8 < high <= 1.0  # the AUROC is 0.8
    assert found["correct"] == wilson(5, 5) and found["balanced_accuracy"] == (1.0, 1.0)
    assert intervals(rows[:1], ("a",))["balanced_accuracy"] is None


def test_the_card_is_of_the_report(family, report):
    text = (family / "flash_layernorm_card.md").read_text()
    assert text == card(report)
    assert "| `tone` | 2 (2) | 2 (2) | 2 (2) | - | recordings |" in text
    assert "| nobody/tones | MIT | 4 | 4 | 4 | 1 |" in text
    assert "Extra folder `recordings`, recordings in training only: noise 2, tone 2." in text
    assert "| step | 4 tokens, 64 samples |" in text
    test = report["test"]
    assert f"| test | {test['correct']}/4 | {test['correct'] / 4:.2f} (" in text
    assert "noise (2), tone (2)" in text  # few
    assert "The sample rates are not known" in text


def test_the_command_on_the_card_repeats_the_training(report):
    (line,) = re.findall("^    (gr-rfattn train .*)$", card(report), re.MULTILINE)
    arguments = make_parser().parse_args(shlex.split(line)[1:])
    assert arguments.folder == "recordings" and arguments.extra == ["recordings"]
    found = TrainConfig.from_dict(configuration(arguments, TrainConfig().to_dict()))
    assert found == TrainConfig.from_dict(report["config"])
    assert "torchrun --nproc-per-node 4 gr-rfattn" in card({**report, "processes": 4})


def changed(report, **parts):
    report = copy.deepcopy(report)
    for name, change in parts.items():
        report[name] = change(report[name])
    return report


def with_rates(**rates):
    return lambda data: {**data, "rates": {**data["rates"], **rates}}


@pytest.mark.parametrize(
    "parts, expected",
    [
        (
            {"data": lambda d: {**d, "recordings": {"train": d["recordings"]["train"]}}},
            "`noise`, `tone`: never tested",
        ),
        (
            {"data": lambda d: {**d, "groups": {**d["groups"], "train": {"noise": 2, "tone": 1}}}},
            "`tone`: learnt from one group",
        ),
        ({"data": lambda d: {**d, "shared_groups": ["monday"]}}, "share 1 groups: `monday`"),
        (
            {"data": with_rates(train={"noise": [1e6], "tone": [48e3, 1e6]})},
            "noise 1 MS/s; tone 48 kS/s, 1 MS/s",
        ),
        (
            {"data": with_rates(train={"noise": [1e6], "tone": [48e3]})},
            "`noise`, `tone`: recorded at rates at which no other class was",
        ),
        (
            {
                "data": with_rates(
                    train={"noise": [1e6], "tone": [48e3, 1e6]}, val={}, test={"tone": [48e3]}
                )
            },
            "Trained at, but not tested at:** tone at 1 MS/s",
        ),
        (
            {
                "classes": lambda c: [*c, "unknown"],
                "unknown": lambda u: {**u, "refused_ood": 0.25, "refused_known": 0.1},
            },
            "75% of the steps of 1 recordings of no class got one of the labels",
        ),
        (
            {
                "extra_data": lambda parts: [
                    {
                        **p,
                        "sources": [
                            {"source": "x", "licence": "not stated", "recordings": {"train": 3}}
                        ],
                    }
                    for p in parts
                ]
            },
            "3 recordings state no licence",
        ),
    ],
)
def test_limits_follow_from_the_data(report, parts, expected):
    assert not any(expected in text for text in limits(report))
    report = changed(report, **parts)
    assert any(expected in text for text in limits(report))
    assert expected in card(report)


def test_limits_of_a_folder_without_test_and_unknown_recordings(report):
    del report["test"], report["unknown"]
    texts = limits(report)
    assert any("There is no test recording" in text for text in texts)
    assert any("no such recording to measure" in text for text in texts)


def test_rates_have_units():
    assert [format_rate(r) for r in (None, 8e3, 1.92e6, 50.0)] == [
        "not stated",
        "8 kS/s",
        "1.92 MS/s",
        "50 S/s",
    ]


def test_a_family_has_one_table_of_all(family):
    text = family_card(family)
    assert text.startswith("# tones\n")
    assert [m for m in re.findall(r"^\| `(\w+_\w+)` \| \d/4", text, re.MULTILINE)] == [
        "flash_layernorm",
        "gqa_layernorm",
    ] * 2
    assert "| class | `flash_layernorm` | `gqa_layernorm` |" in text
    assert text.count("gr-rfattn train recordings --out OUT") == 2
    assert "noise (2), tone (2)" in text
    done = run_forked("card", family)
    assert done.returncode == 0 and done.stdout == text
    done = run_forked("card", family / "gqa_layernorm_metrics.json")
    assert done.stdout == (family / "gqa_layernorm_card.md").read_text()


def test_writes_the_card_above_your_own_text(family, tmp_path, capsys):
    folder = shutil.copytree(family, tmp_path / "tones")
    assert main(["card", "--write", str(folder)]) == 0
    readme = folder / "README.md"
    assert capsys.readouterr().out == f"written to {readme}\n"
    assert readme.read_text() == f"{family_card(folder)}\n{END}\n"
    readme.write_text(f"old\n{END}\n\nmine\n")
    assert main(["card", "--write", str(folder)]) == 0
    assert readme.read_text() == f"{family_card(folder)}\n{END}\n\nmine\n"
    readme.write_text("mine\n")
    for place, message in (
        (folder, f"{readme}: lacks the line {END}; add it above your own text"),
        (folder / "gqa_layernorm_metrics.json", "card: --write needs a folder, got"),
    ):
        assert main(["card", "--write", str(place)]) == 1
        assert message in capsys.readouterr().err
    assert readme.read_text() == "mine\n"


def test_refuses_what_is_no_family(family, tmp_path):
    with pytest.raises(ReportError, match="no <attention>_<norm>_metrics.json of gr-rfattn train"):
        family_card(tmp_path)
    for path in family.glob("*_metrics.json"):
        report = json.loads(path.read_text())
        report["classes"] = ["noise", path.stem]
        (tmp_path / path.name).write_text(json.dumps(report))
    with pytest.raises(
        ReportError, match="gqa_layernorm and flash_layernorm are no family: other classes"
    ):
        family_card(tmp_path)
    (tmp_path / "gqa_layernorm_metrics.json").write_text("{}")
    with pytest.raises(
        ReportError, match="gqa_layernorm_metrics.json: an older gr-rfattn wrote it"
    ):
        family_card(tmp_path)
    done = run_forked("card", tmp_path / "gqa_layernorm_metrics.json")
    assert done.returncode == 1 and "an older gr-rfattn wrote it" in done.stderr


def test_reads_reports_that_call_evaluations_looks(report, tmp_path):
    text = card(report)
    (tmp_path / "x_metrics.json").write_text(
        json.dumps({"looks" if k == "evaluations" else k: v for k, v in report.items()})
    )
    assert card(read_report(tmp_path / "x_metrics.json")) == text


def test_pictures_show_something(family):
    from matplotlib.image import imread

    for name in ("learning", "confusion_val", "confusion_test"):
        picture = imread(family / f"flash_layernorm_{name}.png")[..., :3]
        assert min(picture.shape[:2]) > 300
        assert 0.05 < (picture < 0.95).any(axis=2).mean() < 0.95 or name == "learning"
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 10
