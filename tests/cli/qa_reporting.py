# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers with units, Markdown tables, versions, and progress in a log and on a terminal."""

import io
import json
import sys

import pytest
from gnuradio.rfattn import __version__, reporting
from gnuradio.rfattn.reporting import (
    Progress,
    check_json_path,
    hertz,
    milliseconds,
    octets,
    package_version,
    samples_per_second,
    table,
    track,
    versions,
    write_json,
)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """The time that Progress reads, in a list that tests change."""
    now = [100.0]
    monkeypatch.setattr(reporting.time, "monotonic", lambda: now[0])
    return now


def test_numbers_have_units():
    assert [hertz(v) for v in (None, 50.0, 433.92e6, 2e9)] == ["-", "50 Hz", "433.92 MHz", "2 GHz"]
    assert [octets(v) for v in (None, 12, 1536 * 1024)] == ["-", "12 B", "1.5 MiB"]
    assert [samples_per_second(v) for v in (50.0, 8e3, 1.92e6)] == ["50 S/s", "8 kS/s", "1.92 MS/s"]
    assert milliseconds(0.00125) == "1.25 ms"


def test_a_table_is_markdown():
    assert table(("a", "b"), [(1, "x")]) == "| a | b |\n| --- | --- |\n| 1 | x |\n"


def test_versions_name_what_is_missing():
    assert package_version("no-such-package") == "missing"
    found = versions(("no-such-package",))
    assert found["gr-rfattn"] == __version__ and found["no-such-package"] == "missing"
    assert {"gnuradio", "python"} <= set(found)


def test_gnuradio_may_be_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "gnuradio.gr", None)
    monkeypatch.delattr("gnuradio.gr", raising=False)
    assert reporting.gnuradio_version() == "missing"


def test_json_goes_to_a_file_or_to_stdout(tmp_path, capsys):
    write_json("-", {"a": 1})
    write_json(tmp_path / "x.json", {"a": 1})
    assert json.loads(capsys.readouterr().out) == {"a": 1}
    assert json.loads((tmp_path / "x.json").read_text()) == {"a": 1}
    with pytest.raises(ValueError):
        write_json("-", {"a": float("nan")})


def test_a_log_gets_a_plain_line_every_few_seconds(capsys, clock):
    with Progress(total=4) as progress:
        progress.show("first", 0)
        clock[0] += reporting.PLAIN_INTERVAL_S
        progress.show("second", 1)
        progress.show("too soon", 2)
        clock[0] += reporting.PLAIN_INTERVAL_S
        progress.show("third", 3)
    # 10 s for three steps: the fourth takes 3 s.
    assert capsys.readouterr().err.splitlines() == ["25% 0:15 left second", "75% 0:03 left third"]


def test_a_terminal_gets_a_line_that_is_rewritten_and_removed(monkeypatch, clock):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with Progress(total=2) as progress:
        progress.show("first", 0)
        clock[0] += 1.0
        progress.show("second", 1)
        progress.log("a line that stays")
    shown = sys.stderr.getvalue()
    assert "\r" in shown and "   0% first" in shown and "  50% 0:01 left second" in shown
    assert shown.endswith("\r\x1b[Ka line that stays\n")


def test_quiet_shows_only_what_is_logged(capsys, clock):
    progress = Progress(quiet=True)
    clock[0] += 60.0
    progress.show("hidden")
    progress.log("shown")
    progress.clear()
    assert capsys.readouterr().err == "shown\n"


def test_tracking_yields_the_items_and_shows_the_share(capsys, clock):
    seen = []
    for item in track(["a", "b"], "reading"):
        seen.append(item)
        clock[0] += reporting.PLAIN_INTERVAL_S
    assert seen == ["a", "b"]
    assert capsys.readouterr().err.splitlines() == ["50% 0:05 left reading"]


def test_a_line_is_cut_to_the_width_of_the_terminal(monkeypatch, clock):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "10")
    Progress().show("a line of many words")
    assert sys.stderr.getvalue() == "\ra line of\x1b[K"


def test_a_path_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    for path in (None, "", "-", tmp_path / "x.json", "/dev/stdout"):
        check_json_path(path and str(path))
    for path in (tmp_path / "none" / "x.json", tmp_path):
        with pytest.raises(ValueError, match=f"--json must name a file in a folder .* got {path}"):
            check_json_path(str(path))
