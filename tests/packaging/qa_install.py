# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Installs the build under test elsewhere and uses it as a stranger would, without ldconfig."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from gnuradio import rfattn

PACKAGE = Path(rfattn.__file__).parent
BUILD = PACKAGE.parents[2]
SOURCE = Path(__file__).resolve().parents[2]

CONSTRUCT_BLOCKS = """
from gnuradio import rfattn
assert rfattn.__file__.startswith(PREFIX), rfattn.__file__
rfattn.latency_probe(4)
rfattn.power_spectrum()
rfattn.token_buffer(64, 8)
print(rfattn.__version__)
"""

CONSUMER_CMAKE = f"""
cmake_minimum_required(VERSION 3.16)
project(consumer CXX)
find_package(gnuradio-rfattn {rfattn.__version__.rpartition(".")[0]} REQUIRED)
add_executable(consumer consumer.cc)
target_link_libraries(consumer gnuradio::gnuradio-rfattn)
"""

CONSUMER_CC = """
#include <gnuradio/rfattn/latency_probe.h>
#include <gnuradio/rfattn/tags.h>
#include <cstdio>

int main()
{
    gr::rfattn::latency_probe::settings s;
    s.budget_ms = 10.0;
    const auto probe = gr::rfattn::latency_probe::make(4, s);
    std::printf("%s %s", probe->name().c_str(), gr::rfattn::tags::STEP);
}
"""

pytestmark = pytest.mark.skipif(
    not (BUILD / "cmake_install.cmake").exists(), reason=f"{PACKAGE} is not in a build folder"
)


def clean_environment(**more):
    """The environment without anything that would help to find the module or its library."""
    helpers = ("PYTHONPATH", "LD_LIBRARY_PATH", "GRC_BLOCKS_PATH", "CMAKE_PREFIX_PATH")
    return {k: v for k, v in os.environ.items() if k not in helpers} | more


def output_of(*command, **more):
    done = subprocess.run(
        [str(c) for c in command], env=clean_environment(**more), capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


def last_line(printed):
    """GNU Radio may log to stdout before, for example that FFTW's wisdom file is in use."""
    return printed.splitlines()[-1]


def install(prefix):
    output_of("cmake", "--install", BUILD, "--prefix", prefix)
    (found,) = prefix.glob("lib/python3*/*-packages/gnuradio/rfattn")
    return found


@pytest.fixture(scope="module")
def prefix(tmp_path_factory):
    path = tmp_path_factory.mktemp("a prefix")
    install(path)
    return path


@pytest.fixture(scope="module")
def venv(tmp_path_factory):
    path = tmp_path_factory.mktemp("venv")
    output_of(sys.executable, "-m", "venv", "--system-site-packages", "--without-pip", path)
    install(path)
    return path


def modules_of(prefix):
    (package,) = prefix.glob("lib/python3*/site-packages/gnuradio/rfattn")
    return package.parents[1]


def test_blocks_from_a_prefix(prefix):
    code = f"PREFIX = {str(prefix)!r}\n{CONSTRUCT_BLOCKS}"
    printed = output_of(sys.executable, "-c", code, PYTHONPATH=str(modules_of(prefix)))
    assert last_line(printed) == rfattn.__version__


def test_blocks_from_a_venv(venv):
    code = f"PREFIX = {str(venv)!r}\n{CONSTRUCT_BLOCKS}"
    assert last_line(output_of(venv / "bin/python3", "-c", code)) == rfattn.__version__


@pytest.mark.parametrize("place", ["prefix", "venv"])
def test_command_finds_its_own_module(place, request):
    command = request.getfixturevalue(place) / "bin/gr-rfattn"
    assert rfattn.__version__ in output_of(command, "--version")


def test_command_of_the_venv_runs_its_python(venv):
    assert (venv / "bin/gr-rfattn").read_text().startswith(f"#!{venv}/bin/python3\n")


def test_command_from_the_build_folder():
    assert rfattn.__version__ in output_of(BUILD / "gr-rfattn", "--version")


def test_every_file_of_the_package_is_installed(prefix):
    """A file that is missing from the CMake lists works in the build folder only."""
    kinds = {".py", ".so", ".pt", ".json", ".safetensors", ".html", ".css", ".js", ".svg"}
    installed = modules_of(prefix) / "gnuradio/rfattn"

    def files(folder):
        return {p.relative_to(folder) for p in folder.rglob("*") if p.suffix in kinds}

    assert files(installed) == files(PACKAGE)


def test_every_header_and_grc_block_is_installed(prefix):
    headers = {p.name for p in (SOURCE / "include/gnuradio/rfattn").glob("*.h")}
    assert {p.name for p in (prefix / "include/gnuradio/rfattn").iterdir()} == headers
    yaml = {p.name for p in (SOURCE / "grc").glob("*.yml")}
    assert {p.name for p in (prefix / "share/gnuradio/grc/blocks").iterdir()} == yaml
    assert "rfattn_latency_probe.block.yml" in yaml


def test_ctest_runs_every_test_file():
    listed = re.findall(r"Test +#\d+: (\w+)", output_of("ctest", "-N", "--test-dir", BUILD))
    tests = [p for kind in ("py", "cc") for p in (SOURCE / "tests").rglob(f"qa_*.{kind}")]
    assert set(listed) >= {p.stem for p in tests}


def test_venv_of_another_python_is_refused(tmp_path):
    """A venv of another Python version cannot load the binding: refused at install time."""
    (tmp_path / "pyvenv.cfg").touch()
    (tmp_path / "bin").mkdir()
    other = tmp_path / "bin/python3"
    other.write_text("#!/bin/sh\necho 'built for another Python' >&2\nexit 1\n")
    other.chmod(0o755)
    done = subprocess.run(
        ["cmake", "--install", BUILD, "--prefix", tmp_path], capture_output=True, text=True
    )
    assert done.returncode != 0
    assert f"cannot install under {tmp_path}" in " ".join(done.stderr.split())


def test_cpp_user(prefix, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(CONSUMER_CMAKE)
    (tmp_path / "consumer.cc").write_text(CONSUMER_CC)
    cache = (BUILD / "CMakeCache.txt").read_text()
    (compiler,) = re.findall(r"^CMAKE_CXX_COMPILER:\w+=(.*)$", cache, re.MULTILINE)
    build = tmp_path / "build"
    output_of(
        "cmake",
        "-S",
        tmp_path,
        "-B",
        build,
        f"-DCMAKE_PREFIX_PATH={prefix}",
        f"-DCMAKE_CXX_COMPILER={compiler}",
    )
    output_of("cmake", "--build", build)
    assert output_of(build / "consumer") == "latency_probe rfattn:step"
