# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The man page, the shell completion and the systemd units."""

import gzip
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec

import pytest
from gnuradio.rfattn.cli import SUBCOMMANDS, make_parser

from qa_install import PACKAGE, SOURCE, output_of

SCRIPT = SOURCE / "packaging" / "make_manual.py"
UNITS = sorted((SOURCE / "packaging" / "systemd").glob("*.service"))
needs_shtab = pytest.mark.skipif(find_spec("shtab") is None, reason="no python3-shtab")


@pytest.fixture(scope="module")
def manual(tmp_path_factory):
    folder = tmp_path_factory.mktemp("manual")
    kinds = ["man"] if find_spec("shtab") is None else ["man", "bash", "zsh"]
    output_of(sys.executable, SCRIPT, folder, *kinds, PYTHONPATH=str(PACKAGE.parents[1]))
    return folder


def test_the_page_has_every_subcommand_and_option(manual):
    text = gzip.decompress((manual / "man" / "gr-rfattn.1.gz").read_bytes()).decode()
    subparsers = next(a for a in make_parser()._actions if isinstance(a.choices, dict))
    for name in SUBCOMMANDS:
        assert f".SH GR-RFATTN {name.upper()}\n" in text
        subparsers.choices[name].fill()
        for action in subparsers.choices[name]._actions:
            if action.help != "==SUPPRESS==":
                for option in action.option_strings:
                    escaped = option.replace("-", "\\-")
                    assert f"\\fB{escaped}\\fR" in text, option
    assert "%(default)s" not in text


@pytest.mark.skipif(shutil.which("man") is None, reason="no man")
def test_the_page_has_no_errors(manual):
    command = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"]
    done = subprocess.run(
        [*command, manual / "man" / "gr-rfattn.1.gz"],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "MANROFFSEQ": "", "MANWIDTH": "80"},
    )
    assert (done.returncode, done.stderr) == (0, "")


def complete(manual, *words):
    """What bash offers for the last of the words."""
    script = (
        f'source "{manual}/bash/gr-rfattn"; function=$(complete -p gr-rfattn | sed "s/.*-F //; '
        's/ .*//"); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); $function; echo "${COMPREPLY[@]}"'
    )
    return output_of("bash", "-c", script, "bash", "gr-rfattn", *words).split()


@needs_shtab
def test_bash_completes_subcommands_options_choices_and_files(manual, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.cu8").write_text("")
    assert complete(manual, "la") == ["label"]
    assert set(complete(manual, "")) == set(SUBCOMMANDS)
    assert "--mqtt-topic" in complete(manual, "live", "--mq")
    assert complete(manual, "label", "--norm", "r") == ["rmsnorm"]
    assert complete(manual, "label", "x.c") == ["x.cu8"]


@needs_shtab
@pytest.mark.parametrize("shell, name", [("bash", "gr-rfattn"), ("zsh", "_gr-rfattn")])
def test_shells_can_read_the_completion(manual, shell, name):
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell}")
    output_of(shell, "-n", manual / shell / name)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_units_run_commands_that_exist(unit):
    """Also where systemd is not: their options are those of the command, each key stands once."""
    text = unit.read_text()
    keys = re.findall(r"^(\w+)=", text, re.MULTILINE)
    assert len(keys) == len(set(keys))
    (start,) = re.findall(r"^ExecStart=/usr/bin/env gr-rfattn (.*)$", text, re.MULTILINE)
    name, *words = start.split()
    subparsers = next(a for a in make_parser()._actions if isinstance(a.choices, dict))
    parser = subparsers.choices[name]
    parser.fill()
    options = {option for action in parser._actions for option in action.option_strings}
    assert {word for word in words if word.startswith("--")} <= options
    assert words[-1] == f"${name.upper()}_OPTIONS" and f"{name}.conf" in text
