# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script that builds for arm64, with programs in place of mmdebstrap, cmake and cpack."""

import os
import subprocess

import pytest

from pages import ROOT


@pytest.fixture
def run(tmp_path):
    """Runs the script; the programs note what they are called with."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("mmdebstrap", "cmake", "cpack"):
        program = programs / name
        note = f'echo {name} "$@" >> {programs}/calls; for last; do :; done'
        made = {"mmdebstrap": 'mkdir "$last"', "cmake": '[ "$1" != -S ] || mkdir "$4"'}.get(
            name, "true"
        )
        program.write_text(f"#!/bin/sh\n{note}\n{made}\n")
        program.chmod(0o755)
    environment = {"PATH": f"{programs}:{os.environ['PATH']}"}

    def run(*folders):
        words = ["bash", ROOT / "packaging" / "arm64.sh", *folders]
        done = subprocess.run(words, env=environment, capture_output=True, text=True)
        calls = programs / "calls"
        return done, calls.read_text().splitlines() if calls.exists() else []

    return run


def test_a_root_of_debian_a_build_and_a_package(run, tmp_path):
    folder = tmp_path / "new"
    done, calls = run(folder)
    assert calls and "mmdebstrap" in calls[0], done.stderr
    assert "--architectures=arm64" in calls[0] and calls[0].endswith(f"trixie {folder}/root")
    included = calls[0].partition("--include=")[2].split()[0].split(",")
    assert {"gnuradio-dev", "python3-numpy", "libopenblas0-openmp"} <= set(included)
    assert not {"", "python3-torch", "gir1.2-gtk-3.0"} & set(included)
    assert f"-B {folder}/build -DCMAKE_TOOLCHAIN_FILE={folder}/toolchain.cmake" in calls[1]
    assert f'set(CMAKE_SYSROOT "{folder}/root")' in (folder / "toolchain.cmake").read_text()
    assert os.readlink(folder / "root" / "lib") == "usr/lib"
    assert calls[2].startswith(f"cmake --build {folder}/build ")
    assert calls[3].startswith("cpack -G DEB -D CPACK_DEBIAN_PACKAGE_ARCHITECTURE=arm64")
    assert done.returncode == 0 and len(calls) == 4


@pytest.mark.parametrize("count", [0, 2])
def test_takes_one_folder(run, tmp_path, count):
    done, calls = run(*[tmp_path / "new"] * count)
    assert (done.returncode, calls) == (1, [])
    assert done.stderr == f"arm64: takes one folder, got {count} arguments\n"


def test_the_folder_must_be_new(run, tmp_path):
    done, calls = run(tmp_path)
    assert (done.returncode, calls) == (1, [])
    assert done.stderr.splitlines()[-1] == f"arm64: {tmp_path}: must be a new folder"
