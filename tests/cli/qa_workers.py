# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Workers of dask.distributed: the same file as one process makes, whatever becomes of workers."""

import contextlib
import json
import logging
import os
import signal
import subprocess
from pathlib import Path

import pytest

dask = pytest.importorskip("dask", reason="needs python3-dask")
distributed = pytest.importorskip("distributed", reason="needs python3-distributed")

from gnuradio.rfattn.cli import main
from gnuradio.rfattn.cli.many import tls_errors, workers
from gnuradio.rfattn.cli.many.cluster import Cluster, Outcome, Watch
from gnuradio.rfattn.cli.many.lines_file import LinesFile
from gnuradio.rfattn.cli.many.local_workers import start_cluster

import worker_tasks
from archives import write_archive
from attention_models import save_model
from command_line import COMMAND, own_lines, write_recording
from step_streams import save_model as save_band_model

LIMIT_S = 180
TLS_ERRORS = "gnuradio.rfattn.cli.many.tls_errors"
SUPPORT = Path(__file__).resolve().parents[1] / "support"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a tiny model, and a folder r of recordings a to f, of which c is bad."""
    made = tmp_path_factory.mktemp("archive")
    write_archive(made / "r", 6, bad="c")
    save_model(made / "tiny.pt", {"fft_size": 64, "hop": 32}, takes="emission")
    return made


@pytest.fixture(scope="module")
def whole(folder):
    """What one process makes, by model."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for model in ("none", "tiny.pt"):
            out = folder / f"{model}.jsonl"
            words = ["label", "--json", str(out), "--quiet", "--model", model, "r"]
            assert main(words) == 1
            found[model] = out.read_bytes()
    return found


@pytest.fixture(scope="module")
def two_workers(whole):
    """Workers start behind what this process labels: a thread of dask imports libraries, and
    asking for the libraries of a process at that moment (threadpoolctl) may lock it up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(SUPPORT)
        with start_cluster(2, logging.CRITICAL) as cluster:
            yield cluster


@pytest.fixture
def scheduler(two_workers):
    """The address of a scheduler with two workers, whose keys dask's configuration has."""
    security = two_workers.security
    keys = {
        "ca-file": security.tls_ca_file,
        "client.key": security.tls_client_key,
        "client.cert": security.tls_client_cert,
    }
    with dask.config.set({f"distributed.comm.tls.{name}": key for name, key in keys.items()}):
        yield two_workers.scheduler_address


@pytest.fixture
def cluster(scheduler):
    with distributed.Client(scheduler) as client:
        yield Cluster(client)


@pytest.fixture
def label(folder, tmp_path, monkeypatch):
    """Labels the folder r by its relative path; returns what the file holds."""
    monkeypatch.chdir(folder)

    def run(*words):
        out = tmp_path / "all.jsonl"
        assert main(["label", "--json", str(out), "--quiet", *words, "r"]) == 1
        return out.read_bytes()

    return run


@pytest.fixture
def watch():
    lines = []
    return Watch(lambda text: None, lines.append), lines


BAD = "gr-rfattn: r/c.sigmf-meta: c.sigmf-data is missing\n"


def test_a_cluster_makes_the_same_file(scheduler, label, whole, capsys):
    """Paths are relative."""
    capsys.readouterr()
    assert label("--model", "tiny.pt", "--cluster", scheduler) == whole["tiny.pt"]
    printed = capsys.readouterr()
    assert printed.err == BAD
    assert printed.out.endswith(" emissions, 1 failed\n") and ": 5 recordings with " in printed.out


def test_a_worker_is_killed_in_the_middle(scheduler, label, whole, monkeypatch):
    add, killed = LinesFile.add, []

    def kill_and_add(lines, labelled):
        if not killed:
            with distributed.Client(scheduler, set_as_default=False) as client:
                killed.append(min(client.run(os.getpid).values()))
            os.kill(killed[0], signal.SIGKILL)
        add(lines, labelled)

    monkeypatch.setattr(LinesFile, "add", kill_and_add)
    assert label("--model", "none", "--cluster", scheduler) == whole["none"]
    assert killed


def test_the_workers_of_a_command_make_the_same_file(folder, whole, tmp_path):
    out = tmp_path / "all.jsonl"
    words = ["label", "--json", out, "--workers", "2", "--quiet", "--model", "none", "r"]
    done = subprocess.run(
        [*COMMAND, *map(str, words)], cwd=folder, capture_output=True, text=True, timeout=LIMIT_S
    )
    assert (done.returncode, own_lines(done.stderr)) == (1, BAD)
    assert out.read_bytes() == whole["none"]


def test_a_cluster_judges_as_one_process(scheduler, tmp_path, capsys, monkeypatch):
    """By relative paths; a bad recording does not stop the rest."""
    monkeypatch.chdir(tmp_path)
    save_band_model(tmp_path / "tiny.pt")
    (tmp_path / "r").mkdir()
    for seed, label in enumerate(("class0", "class1", "other")):
        write_recording(tmp_path / "r" / f"r{seed}", seed, label)
    (tmp_path / "r" / "bad.sigmf-meta").write_text("{}")
    found = []
    for out, words in (("one.json", ()), ("many.json", ("--cluster", scheduler))):
        assert main(["eval", "r", "--model", "tiny.pt", "--quiet", "--json", out, *words]) == 1
        found.append(Path(out).read_bytes())
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("gr-rfattn: r/bad.sigmf-meta: ")
    assert found[0] == found[1]
    result = json.loads(found[0])
    assert [row["file"] for row in result["recordings"]] == [f"r{i}.sigmf-data" for i in range(3)]
    assert result["failed"] == {"r/bad.sigmf-meta": line.removeprefix("gr-rfattn: ")}
    assert (result["model"]["name"], result["model"]["threads"]) == ("tiny.pt", 1)


def test_outcomes_come_in_order_and_an_error_is_one_of_them(cluster, watch):
    numbers = [*range(20)]
    found = list(cluster.map(worker_tasks.square, numbers, watch[0]))
    assert found == [
        Outcome(n, None, "13 is refused") if n == 13 else Outcome(n, n * n) for n in numbers
    ]
    assert cluster.run(worker_tasks.square, 3) == 9
    with pytest.raises(ValueError, match="13 is refused"):
        cluster.run(worker_tasks.square, 13)
    assert watch[1] == []


def test_work_of_a_worker_that_died_is_done_again(cluster, watch, tmp_path):
    flags = [str(tmp_path / name) for name in "abc"]
    found = list(cluster.map(worker_tasks.kill_once, flags, watch[0]))
    assert [outcome.result for outcome in found] == ["a", "b", "c"]
    assert len(watch[1]) >= 1 and "died; what it worked on is done again" in watch[1][0]


def test_an_item_that_kills_each_worker_is_given_up(cluster, watch):
    items = ["a", "poison", "b", "c", "d"]
    found = list(cluster.map(worker_tasks.kill_for, items, watch[0]))
    assert [outcome.result for outcome in found] == ["a", None, "b", "c", "d"]
    assert found[1].error == "poison: each worker that worked on it died"
    with pytest.raises(RuntimeError, match="each worker died when it began"):
        cluster.run(worker_tasks.kill_for, "poison")


def test_a_package_that_workers_lack_ends_the_command(cluster, watch):
    with pytest.raises(ImportError, match="no module here"):
        list(cluster.map(worker_tasks.import_nothing, ["a"], watch[0]))


@pytest.fixture
def keys(tmp_path):
    """Options of dask's programs that state keys; dask's configuration has them, too."""
    temporary = distributed.Security.temporary()
    texts = {
        "ca-file": temporary.tls_ca_file,
        "cert": temporary.tls_client_cert,
        "key": temporary.tls_client_key,
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    names = {"ca-file": "ca-file", "cert": "client.cert", "key": "client.key"}
    found = {f"distributed.comm.tls.{key}": str(tmp_path / name) for name, key in names.items()}
    with dask.config.set(found):
        yield [word for name in texts for word in (f"--tls-{name}", str(tmp_path / name))]


@pytest.fixture
def stock(keys, tmp_path):
    """A scheduler with TLS and a worker with a nanny, as docs/many-recordings.md starts them: the
    process of the scheduler, and the file with its address."""
    file = str(tmp_path / "scheduler.json")
    environment = {**os.environ, "PYTHONPATH": f"{SUPPORT}:{os.environ['PYTHONPATH']}"}
    common = ["--no-dashboard", "--scheduler-file", file, "--preload", TLS_ERRORS, *keys]
    commands = [
        ["dask-scheduler", "--host", "127.0.0.1", "--port", "0", "--protocol", "tls"],
        ["dask-worker", "--nworkers", "1", "--nthreads", "1", "--preload-nanny", TLS_ERRORS],
    ]
    started = [
        subprocess.Popen(
            [*command, *common],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for command in commands
    ]
    yield started[0], file
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_scheduler_with_tls_that_others_started(stock, watch):
    """In the end it ends, which is an error and no hang."""
    scheduler, file = stock
    tls_errors.mend()
    with distributed.Client(scheduler_file=file) as client:
        assert client.scheduler.address.startswith("tls://")
        squares = Cluster(client).map(worker_tasks.square, [1, 2, 3], watch[0])
        assert [outcome.result for outcome in squares] == [1, 4, 9]
        work = Cluster(client).map(worker_tasks.leave_cluster, [scheduler.pid], watch[0])
        with pytest.raises(ConnectionError, match="the scheduler is gone"):
            list(work)


def test_a_cluster_without_workers(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(workers, "NO_WORKER_S", 0.2)
    out = tmp_path / "all.jsonl"
    words = ["label", "--json", str(out), "--model", "none", str(folder), "--cluster"]
    with distributed.LocalCluster(
        n_workers=0, host="127.0.0.1", dashboard_address="127.0.0.1:0", protocol="tcp://"
    ) as empty:
        address = empty.scheduler_address
        assert main([*words, address]) == 1
    assert capsys.readouterr().err == (
        f"gr-rfattn: --cluster: no worker has joined {address} in 0.2 s\n"
    )
    assert not out.exists()


@pytest.mark.parametrize(
    "address, message",
    [
        ("127.0.0.1", "--cluster 127.0.0.1: missing port number in address '127.0.0.1'"),
        ("x://127.0.0.1:1", "--cluster x://127.0.0.1:1: unknown address scheme 'x'"),
        ("tls://127.0.0.1:1", "--cluster tls://127.0.0.1:1: TLS expects a"),
    ],
)
def test_an_address_that_is_none(folder, tmp_path, capsys, address, message):
    words = ["label", "--json", str(tmp_path / "x.jsonl"), "--model", "none", "--cluster"]
    assert main([*words, address, str(folder)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
