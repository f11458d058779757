# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sources of the Debian packages. debian_packages.sh builds and installs them."""

import os
import re
import shutil
import subprocess
from fnmatch import fnmatch

import pytest
from gnuradio import rfattn

from qa_install import BUILD, SOURCE

MISSING = [name for name in ("git", "xz", "tar") if not shutil.which(name)]
SCRIPT = SOURCE / "packaging" / "source_package.sh"

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"no {' '.join(MISSING)}"),
    pytest.mark.skipif(not (SOURCE / ".git").exists(), reason="not a checkout"),
]


def run(*arguments):
    environment = {**os.environ, "DEBFULLNAME": "A Person", "DEBEMAIL": "a@b.example"}
    return subprocess.run(
        ["bash", str(SCRIPT), *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """All that is installed."""
    folder = tmp_path_factory.mktemp("installed")
    command = ["cmake", "--install", BUILD, "--prefix", "/usr"]
    subprocess.run(command, env={**os.environ, "DESTDIR": folder}, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def debian(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources") / "new"
    done = run(folder)
    assert done.returncode == 0, done.stderr
    sources = folder / f"gr-rfattn-{rfattn.__version__}"
    assert done.stdout.strip() == str(sources)
    assert (folder / f"gr-rfattn_{rfattn.__version__}.orig.tar.xz").stat().st_size > 1e6
    return sources / "debian"


def test_everything_is_filled_in(debian):
    for path in (debian / "control", debian / "changelog"):
        assert not re.search(r"@\w+@", path.read_text())
    assert "Maintainer: A Person <a@b.example>" in (debian / "control").read_text()
    changelog = (debian / "changelog").read_text()
    assert changelog.startswith(f"gr-rfattn ({rfattn.__version__}-1) ")


def test_the_library_has_the_name_of_its_soname(debian, tree):
    (library,) = tree.glob("usr/lib/*/libgnuradio-rfattn.so.*.*.*")
    soversion = ".".join(library.name.split(".so.")[1].split(".")[:2])
    assert f"Package: libgnuradio-rfattn{soversion}\n" in (debian / "control").read_text()
    assert (debian / f"libgnuradio-rfattn{soversion}.install").is_file()


def test_it_depends_on_what_bootstrap_installs(debian):
    text = (SOURCE / "bootstrap.sh").read_text()
    wanted = re.search(r"run_packages=\(([^)]+)\)", text)[1].split()
    assert f" {', '.join(wanted)}\nRecommends: python3-torch\n" in (debian / "control").read_text()


def test_every_file_is_in_one_package(debian, tree):
    patterns = [
        line.rstrip("/")
        for path in (*debian.glob("*.install"), debian / "not-installed")
        for line in path.read_text().split()
    ]
    for path in tree.rglob("*"):
        name = str(path.relative_to(tree))
        if path.is_dir() or name.startswith("usr/share/doc/"):
            continue
        owners = [p for p in patterns if fnmatch(name, p) or fnmatch(name, f"{p}/*")]
        assert len(owners) == 1, (name, owners)


def test_an_old_folder_is_refused(tmp_path):
    done = run(tmp_path)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"source_package: {tmp_path}: must be a new folder"
