# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command that a page shows runs: here with small files, or in the test that is named.

To add a command, write it in a `sh` fence of a page. A command of gr-rfattn and a script in examples/
then runs here; `SHORT` makes it cheap. Anything else gets a line in `ELSEWHERE`.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest
from gnuradio import rfattn
from gnuradio.rfattn.cli import make_parser
from gnuradio.rfattn.inference import available_models
from gnuradio.rfattn_workshop.synthesis import CLASSES

from command_line import COMMAND, run_forked, write_recording
from labelled_band import write as write_labelled_band
from pages import PAGES, ROOT, commands, fences, indented_commands
from training_folder import write_folder

TESTS = Path(__file__).resolve().parents[1]
PLUGINS = Path(rfattn.__file__).parents[3] / "tests" / "support" / "soapy_replay"
ADDRESS = "tcp://127.0.0.1:5557"
SEED = 3
MADE = re.compile(rf"made/(\w+)/synthetic_(\w+)_{SEED}_0000")

# A block of commands: the page and its lines.
BLOCKS = [
    (page, commands(text))
    for page, contents in PAGES.items()
    for language, text in fences(contents)
    if language == "sh"
]
LINES = {line for _, block in BLOCKS for line in block if not line.startswith("export ")}
COMMANDS = sorted(line for line in LINES if re.match(r"(build/)?gr-rfattn ", line))

# What takes minutes, changes the machine, needs a GPU, a display or a publisher, and the test that
# runs the same with less.
ELSEWHERE = {
    "bash examples/quickstart.sh": "qa_examples::test_quickstart",
    "bash tests/run.sh": "qa_install::test_ctest_runs_every_test_file",  # it runs all, this one too
    "bash .ci/run": "qa_install::test_ctest_runs_every_test_file",  # it ends with tests/run.sh
    "bash bootstrap.sh": "qa_examples::test_quickstart",  # which begins with it
    "bash bootstrap.sh --tests libsoapysdr-dev": "qa_live::test_interrupted_it_says_what_it_was",
    "cmake --install build --prefix /usr/local": "qa_install::test_blocks_from_a_prefix",
    "apt-get install dpkg-dev file": "qa_deb::test_says_what_it_is",
    "(cd build && cpack -G DEB)": "qa_deb::test_says_what_it_is",
    # Unpacked there, since installing needs root.
    "apt-get install --no-install-recommends ./build/gr-rfattn*.deb": "qa_deb::test_command_labels_a_recording",
    "apt-get install git xz-utils dpkg-dev": "qa_debian_sources::test_everything_is_filled_in",
    "sources=$(bash packaging/source_package.sh /tmp/gr-rfattn-sources)": "qa_debian_sources::test_everything_is_filled_in",
    # These change the machine; debian_packages.sh runs them in a bare one.
    'apt-get build-dep --no-install-recommends "$sources"': "qa_debian_sources::test_everything_is_filled_in",
    '(cd "$sources" && dpkg-buildpackage -us -uc)': "qa_debian_sources::test_everything_is_filled_in",
    "apt-get install --no-install-recommends /tmp/gr-rfattn-sources/*rfattn*.deb": "qa_debian_sources::test_everything_is_filled_in",
    "gnuradio-companion examples/signal_labeller.grc": "qa_grc_opens::test_it_opens_without_an_error",
    "python3 examples/qt_live.py --soapy driver=rtlsdr --rate 2.4M --freq 433.92M": "qa_qt_example::test_a_hand_swaps_the_model_and_the_labels_go_on",
    "gr-rfattn cut --out cuts --rounds 60 --recordings RECORDINGS --jobs 2": "qa_cut_command::test_a_recording_becomes_a_cut_set",
    "gr-rfattn train cuts --out my_emission_models": "qa_emissions::test_the_command_trains_on_cut_sets",
    "gr-rfattn label --model my_emission_models scene/scene_8_2400k.sigmf-meta": "qa_emission_commands::test_a_model_labels_it",
    "gr-rfattn pulses g001_433.92M_250k.cu8": "qa_pulses::test_rtl_433_reads_the_bits_with_the_line",
    "gr-rfattn watch --once tcp://127.0.0.1:5557": "qa_watch::test_once_is_the_whole_view_as_text",
    "gr-rfattn bench --quick": "qa_bench::test_report_writes_its_files",
    "gr-rfattn bench --out bench": "qa_bench::test_report_writes_its_files",
    "gr-rfattn bench --attention flash,perceiver --window 4k,16k --block-size 64,W --threads 2": "qa_bench::test_rows_carry_what_they_rest_on",
    "gr-rfattn bench --device cuda --sample-rate 2.4M --budget-ms 10": "qa_bench::test_plan_refuses",
    "gr-rfattn bench --quick --model rf14": "qa_bench::test_a_plan_of_a_model_has_its_shape",
    "gr-rfattn bench --compare bench/report.json": "qa_bench::test_compare_finds_what_is_slower_and_only_that",
    "gr-rfattn bench --compare old.json --against new.json": "qa_bench::test_command_compares_files_and_sets_its_status",
    "python3 examples/edge_host.py --ends-after 1 --policy block --json emissions.jsonl --stats tcp://127.0.0.1:5557": "qa_edge_examples::test_a_host_labels_what_an_edge_finds",
    "python3 examples/edge.py --recording scene/scene_8_2400k.sigmf-meta --edge 1": "qa_edge_examples::test_a_host_labels_what_an_edge_finds",
    "python3 -m gnuradio.rfattn_workshop.judges.study --out study --timing": "qa_study::test_the_script_times_steps_without_cuts",
    "python3 -m gnuradio.rfattn_workshop.judges.study cuts held --out study": "qa_study::test_rows_of_a_study",
    "python3 -m gnuradio.rfattn_workshop.judges.study cuts held --out study --finished": "qa_study::test_the_script_reports_what_is_finished",
}

# What makes a command short, by its name and first option where that decides; the later of two
# equal options counts.
SHORT = {
    "train": "--steps 2 --batch-size 2 --sequence-tokens 64 --validate-every 2 --threads 1 "
    "--augmentation-variants 1 --augmentation-max-tokens 256 --device cpu",
    "convert": "--config short.json",
    "synthesize": "--per-class 1 --classes ft8,mode_s,noise",
    "synthesize --scene": "--duration 0.3 --emissions 2",
    "live": "--duration 1",
    "serve": "--listen 127.0.0.1:0",
}
SHORT_CONVERT = {
    "batch_size": 2,
    "sequence_tokens": 64,
    "threads": 1,
    "augmentation": {"variants": 1, "max_tokens": 256},
}
REPLAY = "driver=rfattn_replay,recording=made/mode_s/synthetic_mode_s_3_0000,speed=0.5"
TRAINING = "gr-rfattn train RECORDINGS --out my_models"
SAMPLES = 40_000


def runs_here(line: str) -> bool:
    return line not in ELSEWHERE and (line in COMMANDS or line.startswith("python3 examples/"))


def test_there_are_commands():
    assert len(COMMANDS) > 20 and len(BLOCKS) > 15


@pytest.mark.parametrize("line", COMMANDS)
def test_command_parses(line):
    arguments = make_parser().parse_args(shlex.split(line)[1:])
    assert callable(arguments.run)


@pytest.mark.parametrize("page", PAGES)
def test_commands_that_are_only_quoted_parse(page):
    for line in indented_commands(PAGES[page]):
        if "…" not in line:
            make_parser().parse_args(shlex.split(line)[1:])


@pytest.mark.parametrize("page", PAGES)
def test_commands_stand_where_they_are_run(page):
    for language, text in fences(PAGES[page]):
        assert language, f"{page}: a fence without a language:\n{text}"
        if language not in ("sh", "python"):
            assert not re.search(r"^(gr-rfattn|build/|bash|python3) ", text, re.MULTILINE), text


def test_every_other_line_is_run_by_a_test():
    assert not {line for line in LINES if not runs_here(line)} - ELSEWHERE.keys()
    assert ELSEWHERE.keys() <= LINES, "no longer on any page"


@pytest.mark.parametrize("line", ELSEWHERE)
def test_the_named_test_exists(line):
    file, _, name = ELSEWHERE[line].partition("::")
    assert f"def {name}(" in next(TESTS.rglob(f"{file}.py")).read_text()


@pytest.mark.parametrize("line", sorted(line for line in LINES if re.match("bash|python3", line)))
def test_the_script_exists(line):
    name = line.split()[1]
    if name == "-m":
        name = line.split()[2].replace("gnuradio.", "python/").replace(".", "/") + ".py"
    assert (ROOT / name).is_file()


def test_made_recordings_have_the_names_that_synthesize_gives():
    pages = [text for text in PAGES.values() if MADE.search(text)]
    assert pages
    for text in pages:
        assert f"--out made --per-class 1 --seed {SEED}" in text
        for folder, label in MADE.findall(text):
            assert folder == label and label in CLASSES


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """What the names that the pages use mean, which is something small."""
    folder = tmp_path_factory.mktemp("pages")
    (folder / "examples").symlink_to(ROOT / "examples")
    write_folder(folder / "RECORDINGS", n_samples=SAMPLES)
    write_folder(folder / "MINE", n_samples=SAMPLES)
    for number, middle in enumerate((30e3, -20e3), 1):
        write_labelled_band(folder / "heard", "gate", f"gate_{number}", middle)
    (folder / "short.json").write_text(json.dumps(SHORT_CONVERT))
    for stem in {match[0] for match in MADE.finditer("".join(PAGES.values()))}:
        (folder / stem).parent.mkdir(parents=True, exist_ok=True)
        write_recording(folder / stem, seed=1, label="noise", n_samples=SAMPLES)
    return folder


@pytest.fixture(scope="module")
def trained(named):
    """The same, with the models that the first commands of a page train."""
    run_line(TRAINING, named)
    return named / "my_models"


@pytest.fixture
def place(named, tmp_path):
    """A folder in which a page's commands run."""
    shutil.copytree(named, tmp_path, symlinks=True, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "my_models", ignore_errors=True)
    return tmp_path


def shortened(line, place):
    """The arguments of a command of a page, made cheap."""
    line = line.removeprefix("gr-rfattn ")
    line = re.sub(r"driver=(?!rfattn_replay)\w+", REPLAY, line)
    line = line.replace(ADDRESS, f"ipc://{place}/stats").replace("--out made", "--out fresh")
    line = re.sub(r"--fine-tune \d+", "--fine-tune 2", line)
    arguments = shlex.split(line)
    extra = SHORT.get(" ".join(arguments[:2]), SHORT.get(arguments[0], ""))
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


def run_line(line, place):
    """Runs a line of a page, with cheap arguments, and asserts that it succeeds."""
    environment = {"SOAPY_SDR_PLUGIN_PATH": str(PLUGINS), "XDG_DATA_HOME": str(place / "data")}
    arguments = shortened(line, place)
    if arguments[0] == "serve":
        serve(arguments, {**os.environ, **environment})
        return
    arguments = arguments[1:] if arguments[0] == "python3" else arguments
    done = run_forked(*arguments, cwd=place, env=environment)
    assert done.returncode == 0, f"{line}: {done.stderr}"
    assert done.stdout, line


def blocks_to_run() -> list:
    """The blocks with commands that run here, each once."""
    found = {}
    for page, block in BLOCKS:
        lines = tuple(line.removeprefix("build/") for line in block if runs_here(line))
        if lines:
            found.setdefault(lines, f"{page}: {block[0]}")
    return [pytest.param(list(lines), id=name) for lines, name in found.items()]


@pytest.mark.parametrize("block", blocks_to_run())
def test_commands_run_one_after_the_other(block, place, request):
    if not any(m["family"] == "rf14" for m in available_models()):
        pytest.skip("no shipped model rf14")
    text = "\n".join(block)
    if "soapy=" in text and not any(PLUGINS.glob("*.so")):
        pytest.skip("no replay device: built without libsoapysdr-dev")
    if "my_models" in text and TRAINING not in block:
        shutil.copytree(request.getfixturevalue("trained"), place / "my_models")
    for line in block:
        run_line(line, place)


PYTHON = [
    (page, text)
    for page, contents in PAGES.items()
    for language, text in fences(contents)
    if language == "python"
]


@pytest.mark.parametrize("page, code", PYTHON, ids=[page for page, _ in PYTHON])
def test_python_runs(page, code):
    rng = np.random.default_rng(1)
    samples = rng.normal(size=(2, SAMPLES)).astype("f4").view("c8")[0]
    tokens = rng.normal(-60.0, 3.0, (2, 32, 128)).astype("f4")  # two steps of rf14
    exec(compile(code, page, "exec"), {"samples": samples, "tokens": tokens})
