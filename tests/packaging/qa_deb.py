# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Debian packages that cpack makes: what they say and hold, and that they run unpacked."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from gnuradio import rfattn

from qa_install import BUILD, SOURCE, clean_environment, last_line, output_of

MODULES = "usr/lib/python3/dist-packages"
TOOLS = ("cpack", "dpkg-deb", "dpkg-shlibdeps", "file")
MISSING = [name for name in TOOLS if not shutil.which(name)]

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"no {' '.join(MISSING)} (Debian: dpkg-dev, file)"),
    pytest.mark.skipif(
        not (BUILD / "CPackConfig.cmake").exists(), reason=f"{BUILD} is no build folder"
    ),
]


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deb")
    output_of("cpack", "--config", BUILD / "CPackConfig.cmake", "-G", "DEB", "-B", folder)
    return {path.name.partition("_")[0]: path for path in folder.glob("*.deb")}


@pytest.fixture(scope="module")
def package(packages):
    return packages["gr-rfattn"]


@pytest.fixture(scope="module")
def tree(package, tmp_path_factory):
    """The package unpacked where nothing else is."""
    folder = tmp_path_factory.mktemp("unpacked")
    output_of("dpkg-deb", "-x", package, folder)
    return folder


def field(package, name):
    return output_of("dpkg-deb", "-f", package, name)


def test_says_what_it_is(package):
    assert field(package, "Package") == "gr-rfattn"
    assert field(package, "Version") == rfattn.__version__
    assert field(package, "Section") == "hamradio"
    assert field(package, "Maintainer")
    architecture = output_of("dpkg", "--print-architecture")
    assert field(package, "Architecture") == architecture
    assert package.name == f"gr-rfattn_{rfattn.__version__}_{architecture}.deb"


def test_depends_on_what_bootstrap_installs_and_on_the_libraries_it_links(package):
    depends = {part.split(" (")[0] for part in field(package, "Depends").split(", ")}
    bootstrap = (SOURCE / "bootstrap.sh").read_text()
    run_packages = re.search(r"run_packages=\(([^)]+)\)", bootstrap)[1].split()
    assert {"gnuradio", "python3-soapysdr", "python3-zmq"} <= set(run_packages) <= depends
    assert (field(package, "Recommends"), "python3-torch" in depends) == ("python3-torch", False)
    assert "python3" in depends
    for library in ("libgnuradio-runtime", "libgnuradio-fft", "libvolk", "libstdc++6", "libc6"):
        assert any(name.startswith(library) for name in depends), library
    assert "gr-rfattn" not in depends


@pytest.mark.parametrize(
    "name, needs, more, example",
    [
        ("station", "gr-rfattn", ", python3-sqlalchemy", "web/page/page.js"),
        ("workshop", "gr-rfattn-station", "", "cli/train.py"),
    ],
)
def test_station_and_workshop_are_packages(packages, tree, name, needs, more, example):
    assert sorted(packages) == ["gr-rfattn", "gr-rfattn-station", "gr-rfattn-workshop"]
    package, folder = packages[f"gr-rfattn-{name}"], f"{MODULES}/gnuradio/rfattn_{name}"
    assert field(package, "Depends") == f"{needs} (= {rfattn.__version__}){more}"
    assert field(package, "Architecture") == "all"
    listed = output_of("dpkg-deb", "-c", package)
    paths = re.findall(r" \./(\S+)", listed)
    files = [path for path in paths if not path.endswith("/")]
    assert all(path.startswith((f"{folder}/", "usr/lib/systemd/")) for path in files)
    assert f"{folder}/{example}" in files
    assert not (tree / folder).exists()


@pytest.mark.parametrize(
    "words, needs",
    [
        (("train", "cuts"), "gr-rfattn train needs gr-rfattn-workshop"),
        (("serve",), "gr-rfattn serve needs gr-rfattn-station"),
        (("label", "{recording}", "--mqtt", "broker"), "--mqtt needs gr-rfattn-station"),
    ],
)
def test_a_command_names_the_package_that_it_needs(tree, made, words, needs):
    recording = made.meta("lte_tdd")
    command = [tree / "usr/bin/gr-rfattn", *(word.format(recording=recording) for word in words)]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True)
    line = f"gr-rfattn: {needs}, which is not installed\n"
    assert (done.returncode, done.stderr) == (1, line)


def test_the_help_names_the_packages_that_are_missing(tree):
    listed = " ".join(output_of(tree / "usr/bin/gr-rfattn", "--help").split())
    assert "serve needs gr-rfattn-station, which is not installed" in listed
    assert "train needs gr-rfattn-workshop, which is not installed" in listed


def test_lies_in_usr_and_belongs_to_root(package):
    lines = output_of("dpkg-deb", "-c", package).splitlines()
    for line in lines:
        rights, owner, *_ = line.split()
        assert owner == "root/root"
        assert rights[0] == "l" or (rights[5] != "w" and rights[8] != "w")
    paths = [re.search(r" \./(\S*)", line)[1] for line in lines]
    assert {path.split("/")[0] for path in paths} - {""} == {"usr"}
    assert not [path for path in paths if "__pycache__" in path or path.endswith(".pyc")]


def test_holds_every_part(tree):
    architecture = output_of("dpkg-architecture", "-qDEB_HOST_MULTIARCH")
    version = rfattn.__version__
    assert (tree / f"usr/lib/{architecture}/libgnuradio-rfattn.so.{version}").is_file()
    for path in (
        "usr/bin/gr-rfattn",
        "usr/include/gnuradio/rfattn/tags.h",
        "usr/lib/cmake/gnuradio-rfattn/gnuradio-rfattnConfig.cmake",
        f"{MODULES}/gnuradio/rfattn/models/rf14/flash_layernorm.pt",
        f"{MODULES}/gnuradio/rfattn/models/emissions/flash_layernorm.pt",
        f"{MODULES}/gnuradio/rfattn/models/emissions/flash_layernorm_metrics.json",
        "usr/share/gnuradio/grc/blocks/rfattn_transformer.block.yml",
        "usr/share/gr-rfattn/examples/label_file.grc",
        "usr/share/gr-rfattn/examples/recordings.csv",
        "usr/share/man/man1/gr-rfattn.1.gz",
        "usr/share/bash-completion/completions/gr-rfattn",
        "usr/share/zsh/vendor-completions/_gr-rfattn",
        "usr/lib/systemd/user/gr-rfattn-live.service",
    ):
        assert (tree / path).is_file(), path
    copyright_file = (tree / "usr/share/doc/gr-rfattn/copyright").read_text()
    assert re.findall(r"^Files: (.*)$", copyright_file, re.MULTILINE) == ["*"]


def test_knows_nothing_of_the_folders_that_it_comes_from(tree):
    for path in tree.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert bytes(BUILD) not in content and bytes(SOURCE) not in content, path


def test_refreshes_the_library_cache_and_compiles_python(packages, tmp_path):
    for name, package in packages.items():
        output_of("dpkg-deb", "-e", package, tmp_path / name)
        for script, call in (("postinst", "py3compile"), ("prerm", "py3clean")):
            assert f"{call} -p {name}\n" in (tmp_path / name / script).read_text()
            assert (tmp_path / name / script).stat().st_mode & 0o777 == 0o755
            output_of("sh", "-n", tmp_path / name / script)
    triggers = tmp_path / "gr-rfattn" / "triggers"
    assert triggers.read_text() == "activate-noawait ldconfig\n"
    assert not (tmp_path / "gr-rfattn-workshop" / "triggers").exists()


def test_python_and_library_load_from_the_tree(tree):
    code = "from gnuradio import rfattn; rfattn.power_spectrum(); print(rfattn.__file__)"
    printed = output_of("/usr/bin/python3", "-c", code, PYTHONPATH=str(tree / MODULES))
    assert last_line(printed) == str(tree / MODULES / "gnuradio/rfattn/__init__.py")


def test_command_labels_a_recording(tree, made):
    printed = output_of(tree / "usr/bin/gr-rfattn", "label", "--quiet", made.meta("lte_tdd"))
    assert "emissions: " in printed and "looked at: " in printed


def test_companion_finds_the_blocks(tree, tmp_path):
    example = tree / "usr/share/gr-rfattn/examples/label_file.grc"
    environment = clean_environment(
        GRC_BLOCKS_PATH=str(tree / "usr/share/gnuradio/grc/blocks"),
        PYTHONPATH=str(tree / MODULES),
        HOME=str(tmp_path),
    )
    done = subprocess.run(
        ["grcc", "-o", tmp_path, example], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (made,) = Path(tmp_path).glob("*.py")
    assert "rfattn.transformer(" in made.read_text()
