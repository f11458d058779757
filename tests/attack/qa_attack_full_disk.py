# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every output on a disk that is full: a tmpfs of a few pages, and /dev/full for stdout."""

import errno
import os
import subprocess
import sys

import pytest

pytest.importorskip("pmt", reason="needs GNU Radio")

from gnuradio.rfattn.cli import main

from attention_models import save_model
from emission_recording import write_emission
from output_writers import WRITERS, contents, metadata

DISK_BYTES = 256 * 1024
FILLER = "filler"
FRONT_END = {"fft_size": 64, "hop": 32}
FULL = os.strerror(errno.ENOSPC)


@pytest.fixture
def disk(tmp_path):
    """A file system of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"cannot mount a tmpfs here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk):
    """Leaves no byte."""
    with (disk / FILLER).open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError as error:
            assert error.errno == errno.ENOSPC


@pytest.mark.parametrize("write", WRITERS)
def test_a_writer_leaves_the_old_file_and_names_it(write, disk):
    path = disk / WRITERS[write]
    if path.suffix == ".sigmf-meta":
        metadata(path)
    else:
        path.write_text("old")
    fill(disk)
    before = contents(disk)
    with pytest.raises(OSError) as caught:
        write(disk)
    assert str(caught.value) == f"[Errno {errno.ENOSPC}] {FULL}: '{path}'"
    assert contents(disk) == before
    (disk / FILLER).unlink()
    write(disk)
    assert contents(disk)[path.name] != before[path.name]


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    return write_emission(tmp_path_factory.mktemp("recording") / "one")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return save_model(tmp_path_factory.mktemp("model") / "tiny.pt", FRONT_END, takes="emission")


def refusal(capsys, *arguments):
    """The one line of a command that fails."""
    assert main([str(argument) for argument in arguments]) == 1
    left_out = " :", "(further ones are counted)"
    lines = [
        line
        for line in capsys.readouterr().err.splitlines()
        if not any(text in line for text in left_out)
    ]
    assert len(lines) == 1 and lines[0].startswith("gr-rfattn: "), lines
    return lines[0]


@pytest.mark.parametrize("option, name", [("--json", "out.json"), ("--annotate", "out.sigmf-meta")])
def test_label_leaves_the_old_file_and_names_it(option, name, disk, recording, model, capsys):
    path = disk / name
    metadata(path)
    fill(disk)
    before = contents(disk)
    options = ("--quiet", "--model", model, "--device", "cpu", "--threads", "1")
    line = refusal(capsys, "label", *options, option, path, recording)
    assert f"{FULL}: '{path}'" in line
    assert contents(disk) == before


def test_label_records_no_half_files(disk, recording, model, capsys):
    fill(disk)
    options = ("--quiet", "--model", model, "--device", "cpu", "--threads", "1")
    line = refusal(capsys, "label", *options, "--record", disk / "cut", recording)
    assert f"{FULL}: '{disk / 'cut'}" in line
    left = sorted(p.name for p in disk.rglob("*") if p.is_file())
    assert left == [FILLER]


def test_synthesize_leaves_no_half_recording(disk, capsys):
    fill(disk)
    line = refusal(
        capsys,
        "synthesize",
        "--quiet",
        "--out",
        disk / "made",
        "--per-class",
        1,
        "--classes",
        "noise",
    )
    assert f"{FULL}: '{disk / 'made'}" in line
    left = sorted(p.name for p in disk.rglob("*") if p.is_file())
    assert left == [FILLER]


def test_a_command_names_stdout_when_it_is_full(monkeypatch, capsys):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main(["models"]) == 1
    assert capsys.readouterr().err == f"gr-rfattn: [Errno {errno.ENOSPC}] {FULL}: 'stdout'\n"
