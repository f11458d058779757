# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logbooks in a folder, and on a PostgreSQL server that the tests start."""

import os
import shutil
import subprocess
import tempfile
from itertools import count
from pathlib import Path

import pytest
from gnuradio.rfattn_station.logbook.heard import Heard
from gnuradio.rfattn_station.logbook.logbook import Logbook

NIGHT = 1_790_035_200.0
"""2026-09-22 00:00 UTC."""
_FAST = "-c fsync=off -c listen_addresses= -c shared_buffers=16MB"


@pytest.fixture(scope="session")
def server():
    """A function that makes a data base and returns its address: at a socket in a folder."""
    programs = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    programs += [Path(found).parent for found in [shutil.which("initdb")] if found]
    if not programs:
        pytest.skip("no PostgreSQL server is installed")
    pytest.importorskip("psycopg2", reason="psycopg2 is not installed")
    folder = Path(tempfile.mkdtemp(prefix="rfattn"))
    as_user = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    if as_user:
        shutil.chown(folder, "postgres")

    def run(name, *words):
        done = subprocess.run(
            [programs[0] / name, *words], cwd=folder, capture_output=True, text=True, **as_user
        )
        assert done.returncode == 0, done.stderr

    data = folder / "data"
    run("initdb", "-D", data, "-A", "trust", "-U", "station", "-N", "-E", "UTF8")
    started = ("-D", data, "-w", "-l", folder / "log")
    run("pg_ctl", *started, "-o", f"-k {folder} {_FAST}", "start")
    numbers = count()

    def make():
        name = f"station{next(numbers)}"
        run("createdb", "-h", folder, "-U", "station", name)
        return f"postgresql://station@/{name}?host={folder}"

    make.restart = lambda: run("pg_ctl", *started, "-m", "immediate", "restart")
    make.stop = lambda: run("pg_ctl", *started, "-m", "immediate", "stop")
    make.start = lambda: run("pg_ctl", *started, "-o", f"-k {folder} {_FAST}", "start")
    yield make
    run("pg_ctl", "-D", data, "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def where(request, tmp_path):
    """The place of a logbook that is not there yet."""
    if request.param == "SQLite":
        return str(tmp_path / "station")
    return request.getfixturevalue("server")()


@pytest.fixture
def logbook(where):
    made = Logbook(where)
    yield made
    made.close()


@pytest.fixture
def heard():
    """A function that makes an emission which begins so many seconds after midnight."""

    def make(start=0.0, length=1.0, mhz=433.92, **more):
        about = {"label": "ais", "receiver": "r", "width_hz": 10e3, "snr_db": 20.0, **more}
        return Heard(NIGHT + start, NIGHT + start + length, mhz * 1e6, **about)

    return make
