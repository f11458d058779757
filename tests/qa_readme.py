# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README: its commands are real, those that are cheap run, and what it names exists."""

import re
import shlex
from pathlib import Path

import pytest
from gnuradio import rfattn
from gnuradio.rfattn.attention import ATTENTIONS
from gnuradio.rfattn.command import make_parser

from command_line import run

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```\w*\n(.*?)```", README, re.DOTALL)
LINES = [line.partition(" #")[0].strip() for text in BLOCKS for line in text.splitlines()]
COMMANDS = [line.removeprefix("build/") for line in LINES if "gr-rfattn " in line]
# On what lies in the repository, without a receiver, and within seconds.
RUN = re.compile(
    r"gr-rfattn (label .*examples/|eval examples/|models$|doctor|convert (?!.*RECORDINGS))"
)
CHEAP = [line for line in COMMANDS if RUN.match(line)]


def test_there_are_commands():
    assert len(COMMANDS) > 10 and len(CHEAP) >= 4


@pytest.mark.parametrize("line", COMMANDS)
def test_command_parses(line):
    arguments = make_parser().parse_args(shlex.split(line)[1:])
    assert callable(arguments.run)


@pytest.mark.parametrize("line", CHEAP)
def test_cheap_command_runs(line, tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    done = run(*shlex.split(line)[1:], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_files_that_it_names_exist():
    for name in re.findall(r"\b(?:examples|tests|include|python)/[\w./-]+\.[\w-]+", README):
        assert (ROOT / name).is_file(), name
    for script in re.findall(r"bash ([\w./]+)", README):
        assert (ROOT / script).is_file(), script


def test_tables_are_complete():
    for name in set(rfattn.__all__) - {"__version__", "tags", "band_tagger"}:
        assert f"`{name}`" in README
    tags = {getattr(rfattn.tags, name) for name in dir(rfattn.tags) if name.isupper()}
    for tag in sorted(tag for tag in tags if tag.startswith("rfattn:")):
        assert f"`{tag}`" in README
    for attention in ATTENTIONS:
        assert f"| `{attention}` |" in README
