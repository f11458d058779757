# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command as a user meets it: exit status, what goes where, JSON, refusals, Ctrl-C."""

import argparse
import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import zmq
from gnuradio import gr, rfattn
from gnuradio.rfattn.attention import ATTENTIONS
from gnuradio.rfattn.capacity import path
from gnuradio.rfattn.cli import GROUPS, SUBCOMMANDS, doctor, main, make_parser
from gnuradio.rfattn.cli import label as label_command
from gnuradio.rfattn.cli import live as live_command
from gnuradio.rfattn.cli.output.doctor_text import two_digits

from command_line import (
    COMMAND,
    N_STEPS,
    TIME_LIMIT_S,
    assert_one_line,
    run_forked,
    write_recording,
)
from emission_recording import write_emission
from step_streams import save_family, save_model
from zip_members import change_contract


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    return save_family(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three labelled recordings of noise, one of them without a class of the model."""
    made = tmp_path_factory.mktemp("recordings")
    for seed, label in enumerate(("class0", "class1", "other")):
        write_recording(made / f"r{seed}", seed, label)
    rows = [
        "file,label,split",
        "r0.sigmf-data,class0,test",
        "r1.sigmf-data,class1,test",
        "r2.sigmf-data,other,ood",
    ]
    (made / "labels.csv").write_text("\n".join(rows) + "\n")
    return made


def test_version():
    done = run_forked("--version")
    assert (done.returncode, done.stdout) == (0, f"gr-rfattn {rfattn.__version__}\n")


@pytest.mark.parametrize("arguments", [[], ["lable"], ["label"], ["label", "x", "--norm", "n"]])
def test_wrong_usage_is_2(arguments):
    done = run_forked(*arguments)
    assert done.returncode == 2
    assert done.stdout == "" and done.stderr.startswith("usage: gr-rfattn")


def test_a_refusal_is_not_hidden_behind_all_options(capsys):
    with pytest.raises(SystemExit):
        main(["label"])
    usage, refusal = capsys.readouterr().err.splitlines()
    assert usage == "usage: gr-rfattn label [OPTION ...] RECORDING [RECORDING ...]"
    assert refusal.endswith("error: the following arguments are required: RECORDING")


def test_without_a_command_the_help_lists_them(capsys):
    assert main([]) == 2
    err = capsys.readouterr().err
    assert "live        Find the emissions" in err


def test_the_help_groups_the_commands(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    titles = [line for line in text.splitlines() if line.endswith(":") and line[0] != " "]
    assert titles == [*(f"{title}:" for title in GROUPS), "options:"]
    for title, names in GROUPS.items():
        section = text.partition(f"{title}:")[2].partition("\n\n")[0]
        assert re.findall(r"^  (\w+)", section, re.MULTILINE) == names


@pytest.mark.parametrize("command, module", [("label", label_command), ("live", live_command)])
def test_the_help_has_the_usual_options_and_help_all_has_all(command, module, capsys):
    def listed(option):
        with pytest.raises(SystemExit) as ended:
            main([command, option])
        assert ended.value.code == 0
        return re.findall(r"^  (?:-h, )?(--[\w-]+)", capsys.readouterr().out, re.MULTILINE)

    usual, all_options = listed("--help"), listed("--help-all")
    assert sorted(usual) == sorted(["--help", "--help-all", *module.USUAL])
    assert len(usual) <= 17 and len(all_options) > 35 and set(usual) < set(all_options)
    assert {"--token-file", "--runner", "--mqtt-ca"} <= set(all_options)


def test_a_command_without_usual_options_lists_all(capsys):
    for option, status in (("--help", 0), ("--help-all", 2)):
        with pytest.raises(SystemExit) as ended:
            main(["devices", option])
        assert ended.value.code == status
    assert "--help-all" not in capsys.readouterr().out


def test_a_misspelt_command_is_refused_with_the_right_one(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--debug", "lable", "x"])
    assert ended.value.code == 2
    assert "no command 'lable'; did you mean label?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words, message",
    [
        (
            ["label", "x", "--jsno", "y"],
            "gr-rfattn label: error: unrecognized arguments: --jsno y; did you mean --json?",
        ),
        (["live", "--source", "file=x", "--frq=1"], "--frq=1; did you mean --freq?"),
        (["label", "x", "--attention", "flsh"], "did you mean flash?"),
        (["label", "x", "--norm", "rms"], "did you mean rmsnorm?"),
        (["doctor", "too", "many"], "unrecognized arguments: too many\n"),
    ],
)
def test_a_misspelt_word_is_refused_with_the_right_one(capsys, words, message):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2 and message in capsys.readouterr().err


def test_a_misspelt_family_is_refused_with_the_right_one(capsys):
    assert main(["models", "emisions"]) == 1
    err = capsys.readouterr().err
    assert "no shipped family (shipped: emissions, rf14); did you mean emissions?" in err


def test_debug_stands_before_or_behind_the_subcommand():
    for words in (["--debug", "label", "/no/x.cu8"], ["label", "--debug", "/no/x.cu8"]):
        with pytest.raises(ValueError, match="No such file"):
            main(words)


def test_the_option_of_home_assistant_stands_beside_those_of_mqtt():
    subparsers = next(a for a in make_parser()._actions if isinstance(a.choices, dict))
    live = subparsers.choices["live"]
    live.fill()
    (group,) = (found for found in live._action_groups if found.title == "acting on emissions")
    names = [action.option_strings[0] for action in group._group_actions]
    assert names[-2:] == ["--mqtt-ca", "--mqtt-discovery"]


def test_every_option_has_help_that_stands_alone():
    """A phrase that says what the option is, before it says what a value means."""
    subparsers = next(a for a in make_parser()._actions if isinstance(a.choices, dict))
    for name, parser in subparsers.choices.items():
        parser.fill()
        for action in parser._actions:
            text = action.help
            if text == argparse.SUPPRESS:
                continue
            assert text, f"{name} {action.option_strings}"
            first = text.split()[0]
            assert not first.endswith(":") and len(text.split()) > 1, f"{name}: {text}"


OF_TORCH = {"train", "convert"}
"""Commands whose options have the defaults of models."""
IMPORTED = """
import sys
from gnuradio.rfattn.cli import main
for words in {words}:
    try:
        main(words)
    except SystemExit as ended:
        assert not ended.code
print({packages} & sys.modules.keys(), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "words, packages",
    [
        ([["--version"], ["--help"]], {"numpy", "scipy", "torch", "gnuradio.gr"}),
        (
            [[name, "--help"] for name in SUBCOMMANDS if name not in OF_TORCH],
            {"scipy", "torch", "gnuradio.gr"},
        ),
    ],
    ids=["of all", "of each"],
)
def test_help_does_not_wait_for_packages(words, packages):
    code = IMPORTED.format(words=words, packages=packages)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "set()\n")
    assert "usage: gr-rfattn" in done.stdout


def test_eval_json(family, folder, tmp_path):
    out = tmp_path / "eval.json"
    done = run_forked("eval", folder, "--model", family, "--json", out, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert "balanced_accuracy" in done.stdout
    report = json.loads(out.read_text())
    assert set(report) >= {
        "recordings",
        "balanced_accuracy",
        "per_class",
        "confusion",
        "ood_auroc",
        "model",
        "versions",
    }
    assert [row["label"] for row in report["recordings"]] == ["class0", "class1", "other"]
    for row in report["recordings"]:
        assert set(row) >= {"file", "label", "predicted", "confidence", "windows", "split"}
        assert row["windows"] == N_STEPS
    assert set(report["per_class"]) == {"class0", "class1"}
    assert report["model"]["attention"] == "flash"


def test_eval_of_variants(family, folder):
    done = run_forked(
        "eval", folder, "--model", family, "--json", "-", "--varied", "2", "--snr-db", "20"
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    labels = [row["label"] for row in report["recordings"]]
    assert labels == ["class0"] * 2 + ["class1"] * 2 + ["other"] * 2
    about = {"attention": "flash", "varied": 2, "snr_db": 20.0, "seed": 1}
    assert report["model"].items() >= about.items()


def test_eval_of_one_split_leaves_the_unknown_out(family, folder):
    done = run_forked("eval", folder, "--split", "test", "--model", family, "--json", "-")
    report = json.loads(done.stdout)
    assert len(report["recordings"]) == 2 and "ood_auroc" not in report


def test_eval_agrees_with_the_offline_evaluation(family, folder):
    """The flowgraph and the trainer's own evaluation see the same recordings the same way."""
    from gnuradio.rfattn.inference import AttentionModelAdapter
    from gnuradio.rfattn.recordings.front_end import FrontEnd
    from gnuradio.rfattn.recordings.labelled_folder import find_recordings
    from gnuradio.rfattn_workshop.train import judge, read_tokens

    done = run_forked("eval", folder, "--model", family, "--json", "-", "--device", "cpu")
    model = AttentionModelAdapter.load(family, device="cpu")
    for row, entry in zip(
        json.loads(done.stdout)["recordings"], find_recordings(folder), strict=True
    ):
        tokens = read_tokens(entry, FrontEnd(**model.contract["front_end"]), model.classes)
        logits = model.offline(tokens.spectra[None, : N_STEPS * 4])[0]
        expected = judge(tokens, logits, model.classes, model.block_size)
        assert row["predicted"] == expected["predicted"]
        # dB of float32 spectra from two FFTs, through softmax
        assert row["confidence"] == pytest.approx(expected["confidence"], abs=1e-3)


def foreign_files(folder, family):
    whole = (Path(family) / "flash_layernorm.pt").read_bytes()
    (folder / "truncated.pt").write_bytes(whole[: len(whole) // 2])
    (folder / "foreign.pt").write_text("not a model")
    return {
        "missing": folder / "missing.pt",
        "truncated": folder / "truncated.pt",
        "foreign": folder / "foreign.pt",
        "folder": folder,
    }


@pytest.mark.parametrize("kind", ["missing", "truncated", "foreign", "folder"])
def test_bad_model_is_one_line(family, folder, tmp_path, kind):
    model = foreign_files(tmp_path, family)[kind]
    assert_one_line(run_forked("eval", folder, "--model", model), str(model))


def test_mismatching_model_is_one_line(family, folder):
    model = Path(family) / "gqa_layernorm.pt"
    done = run_forked("eval", folder, "--model", model, "--attention", "mla")
    assert_one_line(done, "holds gqa", "'mla'")


def test_front_end_that_does_not_fit_is_one_line(folder, tmp_path):
    model = Path(save_model(tmp_path / "bad.pt"))
    change_contract(model, front_end={"window": "kaiser"})
    assert_one_line(run_forked("eval", folder, "--model", model), "window", "kaiser")


@pytest.mark.parametrize("name", ["nothing", "nothing.sigmf-meta"])
def test_missing_recording_is_one_line(tmp_path, name):
    done = run_forked("label", tmp_path / name)
    assert_one_line(done, "nothing.sigmf-meta", "No such file")


@pytest.mark.parametrize(
    "command", [("label", "nothing"), ("live", "--source", "file=nothing"), ("eval", "nothing")]
)
def test_json_without_a_folder_is_refused_before_the_work(command, tmp_path):
    done = run_forked(*command, "--json", tmp_path / "no" / "out.json")
    assert_one_line(done, "--json must name a file in a folder that can be")


def test_debug_shows_the_traceback(tmp_path):
    done = run_forked("--debug", "label", tmp_path / "nothing")
    assert done.returncode == 1 and "Traceback" in done.stderr


def test_ctrl_c_stops_the_flowgraph(tmp_path):
    write_emission(tmp_path / "slow")  # whose waterfall tells that it runs
    address = f"ipc://{tmp_path}/stats"
    command = ["label", str(tmp_path / "slow"), "--throttle", "--model", "none", "--stats", address]
    with zmq.Context() as context, context.socket(zmq.SUB) as socket:
        socket.subscribe("")
        socket.connect(address)
        process = subprocess.Popen(
            [*COMMAND, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert socket.poll(TIME_LIMIT_S * 1000), "the flowgraph never ran"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=TIME_LIMIT_S)
    assert process.returncode == 130
    assert "gr-rfattn: interrupted" in err and "Traceback" not in err


def test_doctor_json(monkeypatch, capsys):
    monkeypatch.setitem(path._PACE, "signal_s", 0.1)
    monkeypatch.setitem(path._BURSTS_PACE, "signal_s", 0.1)
    status = main(["doctor", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert set(report) == {
        "versions",
        "cpu",
        "devices",
        "blas",
        "attention",
        "models",
        "grc",
        "gtk",
        "traps",
        "samples_per_second",
        "bursts_per_second",
    }
    assert set(report["attention"]["cpu"]) == set(ATTENTIONS)
    assert report["devices"][0]["device"] == "cpu"
    assert all(model["loads"] for model in report["models"])
    assert status == (1 if any(t["fatal"] for t in report["traps"]) else 0)


def test_a_path_that_is_slow_is_no_fault_of_the_build(monkeypatch):
    monkeypatch.setitem(path._BURSTS_PACE, "limit_s", 0.0)
    traps = []
    assert doctor.burst_pace(traps) is None
    assert traps == [
        {
            "problem": "nothing was measured at 2.4e+06 S/s within 0 s",
            "cure": "end other programs",
            "fatal": False,
        }
    ]


def test_doctor_finds_a_broken_binding():
    code = (
        "import sys\nsys.modules['gnuradio.rfattn.rfattn_python'] = None\n"
        "from gnuradio.rfattn.cli import main\nsys.exit(main(['doctor']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1 and "PROBLEM: the blocks do not import" in done.stdout
    assert "this machine follows" not in done.stdout


@pytest.mark.parametrize(
    "descriptions, file",
    [
        ("grc", "build/test_modules/gnuradio/rfattn/cli/doctor.py"),
        ("share/gnuradio/grc/blocks", "lib/python3/dist-packages/gnuradio/rfattn/cli/doctor.py"),
    ],
)
def test_doctor_finds_the_block_descriptions_of_a_clone_and_of_a_prefix(
    tmp_path, monkeypatch, descriptions, file
):
    file, folder = tmp_path / file, tmp_path / descriptions
    monkeypatch.setattr(doctor, "__file__", str(file))
    monkeypatch.setattr(gr, "prefs", lambda: SimpleNamespace(get_string=lambda *_: ""))
    monkeypatch.delenv("GRC_BLOCKS_PATH", raising=False)
    traps = []
    assert doctor.grc_folder(traps) is None
    folder.mkdir(parents=True)
    (folder / "rfattn_transformer.block.yml").touch()
    assert doctor.grc_folder(traps) is None
    assert [trap["cure"] for trap in traps] == [
        "set GRC_BLOCKS_PATH to the absolute path of the clone's folder grc",
        f"export GRC_BLOCKS_PATH={folder}",
    ]
    monkeypatch.setenv("GRC_BLOCKS_PATH", str(folder))
    assert doctor.grc_folder(traps) == str(folder) and len(traps) == 2


def test_doctor_names_the_packages_of_gtk(monkeypatch):
    class Gi:
        @staticmethod
        def require_version(name, version):
            raise ValueError(f"Namespace {name} not available")

    traps = []
    monkeypatch.setitem(sys.modules, "gi", Gi)
    assert not doctor.gtk(traps)
    (trap,) = traps
    assert trap["problem"].endswith("does not start without GTK 3: Namespace Gtk not available")
    assert trap["cure"] == "apt-get install python3-gi gir1.2-gtk-3.0 adwaita-icon-theme"
    assert not trap["fatal"]
    monkeypatch.setattr(Gi, "require_version", lambda name, version: None)
    assert doctor.gtk(traps) and len(traps) == 1


def test_doctor_ends_with_what_this_machine_follows(monkeypatch, capsys):
    monkeypatch.setitem(path._PACE, "signal_s", 0.1)
    monkeypatch.setitem(path._BURSTS_PACE, "signal_s", 0.1)
    assert main(["doctor"]) == 0
    last = capsys.readouterr().out.splitlines()[-1]
    line = (
        r"this machine follows about (\S+) MS/s with the default model, at 2.4 MS/s about (\S+) "
        "bursts a second"
    )
    match = re.fullmatch(line, last)
    assert match and float(match[1]) > 0.0 and float(match[2]) > 0.0


def test_doctor_writes_no_powers_of_ten():
    assert [two_digits(value) for value in (9.44, 103.0, 1250.0)] == ["9.4", "100", "1200"]


def test_models_lists_and_shows(family):
    listed = json.loads(run_forked("models", "--json").stdout)
    assert {"family", "attention", "norm", "path", "bytes"} <= set(listed[0])
    shown = run_forked("models", family)
    assert shown.returncode == 0 and "classes: class0, class1, class2" in shown.stdout


def test_train_options_reach_the_configuration(tmp_path):
    import argparse

    from gnuradio.rfattn_workshop.cli import train
    from gnuradio.rfattn_workshop.train import TrainConfig

    file = tmp_path / "config.json"
    file.write_text(json.dumps({"steps": 7, "model": {"attention": "gqa"}}))
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    arguments = parser.parse_args(
        [str(tmp_path), "--out", "o", "--config", str(file), "--seed", "5", "--model-d-model", "32"]
    )
    found = TrainConfig.from_dict(train.configuration(arguments, TrainConfig().to_dict()))
    assert (found.steps, found.seed) == (7, 5)
    assert (found.model.attention, found.model.d_model) == ("gqa", 32)
    assert found.model.window == TrainConfig().model.window


def test_every_option_of_train_has_help():
    import argparse

    from gnuradio.rfattn_workshop.cli import train

    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    help_of = {a.option_strings[0]: a.help for a in parser._actions if a.option_strings}
    assert len(help_of) > 60
    assert help_of["--steps"] == "Steps of the optimiser."
    assert [k for k, text in help_of.items() if not text and not k.startswith("--model-")] == []


@pytest.mark.parametrize(
    "text, message",
    [
        ("{", "not JSON: "),
        ("[1]", "must hold a JSON object"),
        ('{"stepz": 1}', "training: unknown parameter stepz; did you mean steps?"),
        ('{"steps": "1"}', "training: steps must be a whole number, got '1'"),
        ('{"model": 1}', "training: model must be an object, got 1"),
    ],
)
def test_train_refuses_a_configuration_in_one_line(tmp_path, capsys, text, message):
    from gnuradio.rfattn.cli import main

    (tmp_path / "c.json").write_text(text)
    options = ["--out", str(tmp_path / "o"), "--config", str(tmp_path / "c.json")]
    assert main(["train", str(tmp_path), *options]) == 1
    assert message in capsys.readouterr().err


def test_train_of_a_missing_folder_is_one_line(tmp_path):
    assert_one_line(run_forked("train", tmp_path / "x", "--out", tmp_path / "o"), "no such folder")


def test_a_reader_that_leaves_is_no_traceback(tmp_path):
    write_emission(tmp_path / "one")
    script = shlex.join([*COMMAND, "label", str(tmp_path / "one"), "--steps", "--model", "none"])
    done = subprocess.run(["bash", "-c", f"{script} | head -n 1"], capture_output=True, text=True)
    assert "Traceback" not in done.stderr
