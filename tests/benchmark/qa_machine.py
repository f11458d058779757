# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report names the machine and the commit that it is of."""

import subprocess

from gnuradio.rfattn.benchmark import machine


def _checkout(folder, package: str):
    """A repository with a file like machine.py in ``package``, and its commit."""
    place = folder / package
    place.mkdir(parents=True)
    (place / "machine.py").write_text("")
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.example"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "one"], check=True)
    run = subprocess.run([*git, "describe", "--always"], capture_output=True, text=True, check=True)
    return place / "machine.py", run.stdout.strip()


def test_the_commit_is_that_of_the_checkout(tmp_path, monkeypatch):
    file, commit = _checkout(tmp_path, "python/rfattn/benchmark")
    monkeypatch.setattr(machine, "__file__", str(file))
    assert machine.commit() == commit


def test_a_checkout_of_another_project_is_not_ours(tmp_path, monkeypatch):
    file, _ = _checkout(tmp_path, "venv/lib/gnuradio/rfattn/benchmark")
    monkeypatch.setattr(machine, "__file__", str(file))
    assert machine.commit() is None


def test_the_summary_is_one_line():
    found = {
        "cpu": "a CPU",
        "cores": 2,
        "load_average": [0.25, 1.0, 1.0],
        "versions": {"torch": "2.6.0"},
        "commit": None,
        "time": "2026-11-30T18:00:00+00:00",
    }
    assert machine.summary(found) == (
        "a CPU, 2 cores, load 0.2, torch 2.6.0, commit unknown, 2026-11-30T18:00:00+00:00"
    )
