# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""examples/get_recordings.sh against an HTTP server on this machine, and the list that it reads."""

import csv
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.recording import DataType
from gnuradio.rfattn_workshop.synthesis import CLASSES

import sigmf_validator

ROOT = Path(__file__).resolve().parents[2]
SCRIPT, LIST = ROOT / "examples" / "get_recordings.sh", ROOT / "examples" / "recordings.csv"
PAGE = ROOT / "docs" / "recordings.md"
COMMIT = 40 * "a"
COLUMNS = (
    "name,label,rf14,license,datatype,sample_rate,frequency,skip_bytes,data_bytes,sha256,"
    "repository,commit,path"
)
HEADER, DATA, TRAILER = b"RIFF....", bytes(range(64)), b"LIST"
TIME_LIMIT_S = 60

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="no curl")


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def server(tmp_path):
    """The address of a server of two files: one bare, one with a header and a trailer."""
    folder = tmp_path / "served" / "somebody" / "signals" / COMMIT
    folder.mkdir(parents=True)
    (folder / "bare.bin").write_bytes(DATA)
    (folder / "audio.wav").write_bytes(HEADER + DATA + TRAILER)
    handler = partial(QuietHandler, directory=tmp_path / "served")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()
        thread.join()


def row(name, path, content, datatype="cu8", rate="2000000", frequency="433920000", skip=0):
    sha256 = hashlib.sha256(content).hexdigest()
    return (
        f"{name},ook_srd,test,MIT,{datatype},{rate},{frequency},{skip},{len(DATA)},{sha256},"
        f"somebody/signals,{COMMIT},{path}"
    )


BARE = row("bare", "bare.bin", DATA)
AUDIO = row("audio", "audio.wav", HEADER + DATA + TRAILER, "ri16_le", "", "", len(HEADER))


def download(tmp_path, url, *rows, names=()):
    """Runs the script with a list of these rows, into a folder that is not there."""
    table = tmp_path / "list.csv"
    table.write_text("\n".join([COLUMNS, *rows]) + "\n")
    return subprocess.run(
        ["bash", SCRIPT, tmp_path / "got", *names],
        env={**os.environ, "RECORDINGS_URL": url, "RECORDINGS_LIST": str(table)},
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )


def assert_refused(done, tmp_path, *texts):
    """One line on stderr, status 1, and nothing of the recording on the disk."""
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("get_recordings: ")
    for text in texts:
        assert text in line
    assert not (tmp_path / "got").exists()


@needs_curl
def test_recordings_arrive_as_sigmf(server, tmp_path):
    done = download(tmp_path, server, BARE, AUDIO)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 2
    got = tmp_path / "got"
    assert sorted(path.name for path in got.iterdir()) == [
        "audio.sigmf-data",
        "audio.sigmf-meta",
        "bare.sigmf-data",
        "bare.sigmf-meta",
    ]
    bare, audio = open_recording(got / "bare"), open_recording(got / "audio")
    assert (bare.sample_rate, bare.frequency, bare.n_samples) == (2e6, 433.92e6, len(DATA) // 2)
    assert (audio.sample_rate, audio.frequency, audio.n_samples) == (None, None, len(DATA) // 2)
    values = np.frombuffer(DATA, "<i2") / 2**15  # neither header nor trailer
    np.testing.assert_array_equal(audio.samples().real, values.astype(np.float32))
    about = json.loads((got / "bare.sigmf-meta").read_text())["global"]["core:description"]
    assert about == f"ook_srd, from somebody/signals, commit {COMMIT}, bare.bin (MIT)"


@needs_curl
@pytest.mark.skipif(bool(sigmf_validator.missing()), reason=sigmf_validator.missing())
def test_the_metadata_is_valid(server, tmp_path):
    download(tmp_path, server, BARE, AUDIO)
    assert sigmf_validator.problems(*(tmp_path / "got").glob("*.sigmf-meta")) == ""


@needs_curl
def test_names_choose(server, tmp_path):
    done = download(tmp_path, server, BARE, AUDIO, names=["audio"])
    assert done.returncode == 0, done.stderr
    assert {path.stem for path in (tmp_path / "got").iterdir()} == {"audio"}


@needs_curl
def test_a_wrong_checksum_leaves_nothing(server, tmp_path):
    wrong = row("bare", "bare.bin", b"another")
    found, expected = (hashlib.sha256(content).hexdigest() for content in (DATA, b"another"))
    done = download(tmp_path, server, wrong)
    text = f"the SHA-256 must be {expected}, got {found}"
    assert_refused(done, tmp_path, f"{server}/somebody/signals/{COMMIT}/bare.bin", text)


@needs_curl
def test_a_missing_file_leaves_nothing(server, tmp_path):
    done = download(tmp_path, server, row("bare", "gone.bin", DATA))
    assert_refused(done, tmp_path, f"/{COMMIT}/gone.bin: the server has no such file (HTTP 404)")


@needs_curl
def test_no_network_leaves_nothing(tmp_path):
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = download(tmp_path, url, BARE)
    assert_refused(done, tmp_path, f"{url}/", "cannot be downloaded: Failed to connect")


@needs_curl
def test_what_was_complete_stays(server, tmp_path):
    done = download(tmp_path, server, BARE, row("gone", "gone.bin", DATA))
    assert done.returncode == 1
    assert {path.name for path in (tmp_path / "got").iterdir()} == {
        "bare.sigmf-data",
        "bare.sigmf-meta",
    }


@needs_curl
def test_wrong_usage(tmp_path):
    done = download(tmp_path, "http://127.0.0.1:1", BARE, names=["nothing"])
    assert_refused(done, tmp_path, "nothing: not in ")
    done = subprocess.run(["bash", SCRIPT], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "get_recordings: usage: bash get_recordings.sh FOLDER [NAME...]\n"


def read_list():
    with LIST.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_list_is_well_formed():
    assert LIST.read_text().partition("\n")[0] == COLUMNS
    names = [entry["name"] for entry in read_list()]
    assert len(set(names)) == len(names) >= 20
    for entry in read_list():
        assert entry["label"] in CLASSES and entry["rf14"] in ("train", "val", "test")
        assert re.fullmatch(r"[0-9a-f]{64}", entry["sha256"])
        assert re.fullmatch(r"[0-9a-f]{40}", entry["commit"])
        assert int(entry["data_bytes"]) % DataType.parse(entry["datatype"]).sample_bytes == 0
        assert not re.search(r'[,"\s]', "".join(entry.values()))  # bash splits at commas


def test_the_page_has_the_sources_of_the_list():
    sources = {}
    for e in read_list():
        labels = sources.setdefault((e["repository"], e["license"]), {})
        labels.setdefault(e["label"], []).append(f"{e['name']} ({e['rf14']})")
    expected = [
        f"| [{repository}](https://github.com/{repository}) | {license} | "
        + "; ".join(f"{label}: {', '.join(names)}" for label, names in labels.items())
        + " |"
        for (repository, license), labels in sources.items()
    ]
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| [")]
    assert rows == expected
