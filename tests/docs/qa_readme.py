# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README: each command runs, here or in the test that is named, and what it names exists."""

import json
import os
import re
import shlex
import signal
import subprocess
from dataclasses import fields
from pathlib import Path

import pmt
import pytest
from gnuradio import rfattn
from gnuradio.rfattn.attention import ATTENTIONS
from gnuradio.rfattn.cli import make_parser
from gnuradio.rfattn.inference import available_models
from gnuradio.rfattn.telemetry.detection import Detection

from command_line import COMMAND, run
from training_folder import write_folder

TESTS = Path(__file__).resolve().parents[1]
ROOT = TESTS.parent
README = (ROOT / "README.md").read_text()
PLUGINS = Path(rfattn.__file__).parents[3] / "tests" / "support" / "soapy_replay"
STEM = ROOT / "examples" / "recordings" / "lte_f2585_s1_92"

# Blocks of commands, as lists of lines without their comments.
BLOCKS = [
    [line.partition(" #")[0].strip() for line in text.splitlines()]
    for text in re.findall(r"```\w*\n(.*?)```", README, re.DOTALL)
]
LINES = [line for block in BLOCKS for line in block if not line.startswith("export ")]
COMMANDS = [line.removeprefix("build/") for line in LINES if re.match(r"(build/)?gr-rfattn ", line)]

# What takes minutes, changes the machine or needs a GPU, and the test of the same with less.
ELSEWHERE = {
    "bash examples/quickstart.sh": "qa_examples::test_quickstart",
    "bash tests/run.sh": "qa_install::test_ctest_runs_every_test_file",  # it runs all, this one too
    "bash bootstrap.sh": "qa_examples::test_quickstart",  # which begins with it
    "bash bootstrap.sh libsoapysdr-dev": "qa_live::test_labels_are_those_of_the_recording",
    "cmake --install build --prefix /usr/local": "qa_install::test_blocks_from_a_prefix",
    "apt-get install dpkg-dev file": "qa_deb::test_says_what_it_is",
    "(cd build && cpack -G DEB)": "qa_deb::test_says_what_it_is",
    "apt-get install --no-install-recommends ./build/gr-rfattn_0.1.0_amd64.deb": "qa_deb::test_command_labels_a_recording",  # unpacked, since installing needs root
    "gnuradio-companion examples/label_file.grc": "qa_grc_opens::test_it_opens_without_an_error",
    "gr-rfattn bench --quick": "qa_bench::test_report_writes_its_files",
    "gr-rfattn bench --out bench": "qa_bench::test_report_writes_its_files",
    "gr-rfattn bench --attention flash,latent --window 4k,16k --block-size 64,W --threads 2": "qa_bench::test_rows_carry_what_they_rest_on",
    "gr-rfattn bench --device cuda --sample-rate 2.4M --budget-ms 10": "qa_bench::test_plan_refuses",
    "gr-rfattn bench --quick --model rf14": "qa_bench::test_a_plan_of_a_model_has_its_shape",
    "gr-rfattn bench --compare bench/report.json": "qa_bench::test_compare_finds_what_is_slower_and_only_that",
    "gr-rfattn bench --compare old.json --against new.json": "qa_bench::test_command_compares_files_and_sets_its_status",
    "gr-rfattn bench --soak 1M": "qa_bench::test_command_soaks_and_sets_its_status",
    "gr-rfattn study RECORDINGS --out study --seeds 5 --threads 1": "qa_study::test_the_command_writes_the_report",
    "gr-rfattn study RECORDINGS --out quick --quick": "qa_study::test_options_override_quick",
}

# What makes a command short, by its name; the later of two equal options counts.
SHORT = {
    "train": "--steps 2 --batch-size 2 --sequence-tokens 64 --validate-every 2 --threads 1 "
    "--augmentation-variants 1 --augmentation-max-tokens 256 --device cpu",
    "convert": "--config short.json",
    "synthesize": "--per-class 1",
    "live": "--duration 1 --threads 1",
    "serve": "--listen 127.0.0.1:0",
}
SHORT_CONVERT = {
    "batch_size": 2,
    "sequence_tokens": 64,
    "threads": 1,
    "augmentation": {"variants": 1, "max_tokens": 256},
}
REPLAY = f"driver=rfattn_replay,recording={STEM},speed=0.5"


def test_there_are_commands():
    assert len(COMMANDS) > 20 and len(BLOCKS) > 10


@pytest.mark.parametrize("line", sorted(set(COMMANDS)))
def test_command_parses(line):
    arguments = make_parser().parse_args(shlex.split(line)[1:])
    assert callable(arguments.run)


def test_every_other_line_is_run_by_a_test():
    others = set(LINES) - {f"build/{c}" for c in COMMANDS} - set(COMMANDS)
    assert others <= ELSEWHERE.keys()
    assert ELSEWHERE.keys() <= set(LINES), "no longer in the README"


@pytest.mark.parametrize("line", ELSEWHERE)
def test_the_named_test_exists(line):
    file, _, name = ELSEWHERE[line].partition("::")
    assert f"def {name}(" in next(TESTS.rglob(f"{file}.py")).read_text()


@pytest.fixture
def place(tmp_path):
    """A folder in which the names that the README uses mean something small."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    write_folder(tmp_path / "RECORDINGS", n_samples=40_000)
    write_folder(tmp_path / "MINE", n_samples=40_000)
    (tmp_path / "short.json").write_text(json.dumps(SHORT_CONVERT))
    return tmp_path


def shortened(line, place):
    """The arguments of a line of the README, made cheap."""
    line = line.removeprefix("build/").removeprefix("gr-rfattn ")
    line = re.sub(r"driver=(?!rfattn_replay)\w+", REPLAY, line)
    line = line.replace("tcp://127.0.0.1:5557", f"ipc://{place}/stats")
    line = re.sub(r"--fine-tune \d+", "--fine-tune 2", line)
    arguments = shlex.split(line)
    extra = SHORT.get(arguments[0], "")
    if arguments[0] == "convert" and "--recordings" not in arguments:
        extra = ""
    return [*arguments, *shlex.split(extra)]


def serve(arguments, environment):
    """Serves its page until it is interrupted."""
    process = subprocess.Popen(
        [*COMMAND, *arguments], text=True, stderr=subprocess.PIPE, env=environment
    )
    assert "page at http://127.0.0.1:" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    process.communicate()
    assert process.returncode == 130


RUN_HERE = [
    block
    for block in BLOCKS
    if any("gr-rfattn " in line and line not in ELSEWHERE for line in block)
    and not any(line.startswith(("apt-get", "(cd")) for line in block)
]


@pytest.mark.parametrize("block", RUN_HERE, ids=lambda block: block[0])
def test_commands_run_one_after_the_other(block, place):
    if not any(m["family"] == "rf14" for m in available_models()):
        pytest.skip("no shipped model rf14")
    if "soapy=" in "".join(block) and not any(PLUGINS.glob("*.so")):
        pytest.skip("no replay device: built without libsoapysdr-dev")
    environment = {**os.environ, "SOAPY_SDR_PLUGIN_PATH": str(PLUGINS)}
    if "my_models/" in "".join(block) and "train" not in block[0]:
        block = [next(line for line in COMMANDS if "--out my_models" in line), *block]
    for line in block:
        if line in ELSEWHERE or line.startswith("export "):
            continue
        arguments = shortened(line, place)
        if arguments[0] == "serve":
            serve(arguments, environment)
            continue
        done = run(*arguments, cwd=place, env=environment)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        assert done.stdout, line


def test_files_that_it_names_exist():
    for name in re.findall(r"\b(?:examples|tests|include|python)/[\w./-]+\.[\w-]+", README):
        assert (ROOT / name).is_file(), name
    for script in re.findall(r"bash ([\w./]+)", README):
        assert (ROOT / script).is_file(), script


def test_links_lead_to_its_own_headings():
    headings = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for anchor in re.findall(r"\]\(#([^)]+)\)", README):
        assert anchor in anchors


def test_the_schema_of_the_statistics_is_complete():
    (text,) = re.findall(r"^## Statistics$(.*?)^## ", README, re.MULTILINE | re.DOTALL)
    stats = pmt.to_python(rfattn.latency_probe(1).stats())
    optional = {"retunes", "overflows", "kv_bytes", "peak_temporary_bytes", "device_bytes"}
    inner = {key for value in stats.values() if isinstance(value, dict) for key in value}
    detection = {field.name for field in fields(Detection)}
    for key in stats.keys() | optional | inner | detection:
        assert re.search(rf"\b{key}\b", text), key


def test_tables_are_complete():
    for name in set(rfattn.__all__) - {"__version__", "tags", "band_tagger"}:
        assert f"`{name}`" in README
    tags = {getattr(rfattn.tags, name) for name in dir(rfattn.tags) if name.isupper()}
    for tag in sorted(tag for tag in tags if tag.startswith("rfattn:")):
        assert f"`{tag}`" in README
    for attention in ATTENTIONS:
        assert f"| `{attention}` |" in README
