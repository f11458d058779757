# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipe of the conda package: it renders as in conda-build, and agrees with the project.

conda-build, which is in no package index of Python or Debian, is replaced by the few functions and
the selectors that the recipe uses. What is built with it runs elsewhere (docs/install.md).
"""

import os
import re
import subprocess
import sys

import pytest
import yaml

from pages import ROOT

jinja2 = pytest.importorskip("jinja2", reason="needs python3-jinja2")
sys.path.insert(0, str(ROOT / "docs"))

from release_files import version

RECIPE = ROOT / ".conda" / "recipe"
NAMES = {
    "gnuradio": {"gnuradio-core", "gnuradio-soapy", "gnuradio-zeromq"},
    "python3-matplotlib": {"matplotlib-base"},
    "python3-numpy": {"numpy"},
    "python3-prometheus-client": {"prometheus_client"},
    "python3-rich": {"rich"},
    "python3-safetensors": {"safetensors"},
    "python3-soapysdr": {"soapysdr"},
    "python3-sqlalchemy": {"sqlalchemy"},
    "python3-threadpoolctl": {"threadpoolctl"},
    "python3-tornado": {"tornado"},
    "python3-zmq": {"pyzmq"},
    # GNU Radio Companion's, which gnuradio-grc brings, and conda's own choice of BLAS.
    "adwaita-icon-theme": set(),
    "gir1.2-gtk-3.0": set(),
    "librsvg2-common": set(),
    "libopenblas0-openmp": set(),
}
"""The packages of conda-forge for each Debian package that runs the module."""
LINUX = {"linux": True, "py": 313, "build_platform": "linux-64", "target_platform": "linux-64"}


class Unique(yaml.SafeLoader):
    """Refuses a mapping with the same key twice, as conda-build does."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        assert len(keys) == len(set(keys)), keys
        return super().construct_mapping(node, deep)


def load_file_regex(load_file, regex_pattern, from_recipe_dir):
    assert from_recipe_dir
    return re.search(regex_pattern, (RECIPE / load_file).read_text(encoding="utf-8"))


def render(**platform):
    """The recipe as conda-build renders it for a platform and a version of Python."""
    names = LINUX | platform
    lines = []
    for line in (RECIPE / "meta.yaml").read_text(encoding="utf-8").splitlines():
        selector = re.search(r"\s#\s*\[(.*)\]$", line)
        if selector is None or eval(selector[1], {}, names):
            lines.append(line)
    template = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string("\n".join(lines))
    text = template.render(
        target_platform=names["target_platform"],
        compiler=lambda language: f"compiler_{language}",
        stdlib=lambda language: f"stdlib_{language}",
        pin_subpackage=lambda name, max_pin: f"{name} {max_pin}",
        load_file_regex=load_file_regex,
    )
    return yaml.load(text, Unique)


def package_names(requirements):
    return {text.split()[0] for text in requirements}


def test_name_version_and_license_are_those_of_the_project():
    recipe = render()
    assert recipe["package"] == {"name": "gnuradio-rfattn", "version": version()}
    assert recipe["build"]["run_exports"] == ["gnuradio-rfattn x.x"]
    about = recipe["about"]
    assert about["license"] == yaml.safe_load((ROOT / "MANIFEST.yml").read_text())["license"]
    assert (ROOT / about["license_file"]).is_file()


@pytest.mark.parametrize(
    ("platform", "skips"),
    [({"py": 310}, True), ({"py": 311}, False), ({"py": 314}, False), ({"linux": False}, True)],
)
def test_it_is_for_linux_and_python_from_3_11_on(platform, skips):
    assert render(**platform)["build"].get("skip", False) is skips


def test_it_depends_on_what_bootstrap_installs():
    bootstrap = (ROOT / "bootstrap.sh").read_text(encoding="utf-8")
    debian = re.findall(r"(?:run|station)_packages=\(([^)]+)\)", bootstrap)
    debian = " ".join(debian).split()
    assert set(debian) == set(NAMES), "what is it called on conda-forge?"
    run = package_names(render()["requirements"]["run"])
    assert run == set().union(*NAMES.values()) | {"python"}
    assert package_names(render()["requirements"]["run_constrained"]) == {"pytorch"}


def test_only_a_build_for_another_processor_takes_python_of_the_machine():
    native = render()["requirements"]["build"]
    assert native == ["compiler_c", "stdlib_c", "compiler_cxx", "cmake", "ninja", "pkg-config"]
    cross = render(target_platform="linux-aarch64")["requirements"]["build"]
    added = set(cross) - set(native)
    assert added == {"python", "cross-python_linux-aarch64", "numpy", "pybind11"}


def test_its_tests_are_the_import_and_the_command():
    tests = render()["test"]
    assert tests["imports"] == ["gnuradio.rfattn"]
    assert "gr-rfattn --version" in tests["commands"]
    for command in tests["commands"]:
        if header := re.search(r"\$PREFIX/include/(\S+)", command):
            assert (ROOT / "include" / header[1]).is_file()
        if block := re.search(r"grc/blocks/(\S+)", command):
            assert (ROOT / "grc" / block[1]).is_file()


def test_the_script_configures_builds_and_installs(tmp_path):
    """With programs in place of cmake: the options that it gets."""
    cmake = tmp_path / "cmake"
    cmake.write_text('#!/bin/sh\necho "$@" >> "$(dirname "$0")/calls"\n')
    cmake.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PREFIX": "/a prefix",
        "PYTHON": "/a prefix/bin/python",
        "CMAKE_ARGS": "-DCMAKE_AR=ar -DCMAKE_RANLIB=ranlib",
        "CPU_COUNT": "3",
    }
    subprocess.run(["bash", RECIPE / "build.sh"], env=environment, check=True, capture_output=True)
    configure, build, install = (tmp_path / "calls").read_text().splitlines()
    assert configure.startswith("-DCMAKE_AR=ar -DCMAKE_RANLIB=ranlib -G Ninja -S . -B buildconda ")
    for option in ("CMAKE_INSTALL_PREFIX=/a prefix", "PYTHON_EXECUTABLE=/a prefix/bin/python"):
        assert f" -D{option} " in configure
    assert build == "--build buildconda -j 3"
    assert install == "--install buildconda"
