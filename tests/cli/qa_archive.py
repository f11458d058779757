# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`label --json FILE.jsonl` in one process: the file, bad recordings, refusals."""

import sys
from dataclasses import replace

import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.cli.many import archive
from gnuradio.rfattn.flowgraph.archive import check_settings, label_recording

from archives import files_of, read_lines, write_archive
from attention_models import save_model
from full_disk import files_end_after

MEASURE = ("--model", "none", "--quiet")


def label(out, *words):
    return main(["label", "--json", str(out), *MEASURE, *map(str, words)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Recordings a to d, of which c is bad."""
    return write_archive(tmp_path_factory.mktemp("archive") / "r", 4, bad="c")


@pytest.fixture(scope="module")
def whole(folder, tmp_path_factory):
    """The file of all recordings, made in one go."""
    out = tmp_path_factory.mktemp("whole") / "all.jsonl"
    assert label(out, folder) == 1
    return out


def test_a_file_has_settings_emissions_and_summaries(folder, tmp_path, capsys):
    out = tmp_path / "all.jsonl"
    assert label(out, folder / "b.sigmf-meta", folder / "a.sigmf-meta") == 0
    printed = capsys.readouterr()
    settings, *lines = read_lines(out)
    assert (settings["type"], settings["schema"], settings["model"]) == ("settings", 2, None)
    kinds = [line["type"] for line in lines]
    assert kinds[-1] == "summary" and set(kinds) == {"begin", "emission", "summary"}
    assert files_of(out) == ["b", "a"]
    summary = lines[-1]
    assert list(summary) == [
        *("type", "schema", "file", "samples", "sample_rate", "frequency"),
        *("tokens", "stats", "model", "proofs"),
    ]
    assert (summary["samples"], summary["sample_rate"]) == (20_000, 1e6)
    assert summary["stats"]["samples"] == 20_000 and "uptime_seconds" not in summary["stats"]
    count = kinds.count("emission")
    assert printed.out == f"{out}: 2 recordings with {count} emissions\n" and printed.err == ""


def test_emissions_are_those_of_the_plain_command(folder, tmp_path, capsys):
    path = folder / "a.sigmf-meta"
    assert label(tmp_path / "one.jsonl", path) == 0
    capsys.readouterr()
    assert label("-", path) == 0
    plain = capsys.readouterr().out.splitlines()[:-1]
    ours = (tmp_path / "one.jsonl").read_text().splitlines()[1:-1]
    assert ours == plain != []


def test_a_bad_recording_does_not_stop_the_rest(folder, tmp_path, capsys):
    out = tmp_path / "all.jsonl"
    assert label(out, folder) == 1
    assert files_of(out) == ["a", "b", "d"] and files_of(out, "failed") == ["c"]
    printed = capsys.readouterr()
    error = f"{folder}/c.sigmf-meta: c.sigmf-data is missing"
    assert printed.err == f"gr-rfattn: {error}\n"
    assert read_lines(out)[-1] == {
        "type": "failed",
        "file": f"{folder}/c.sigmf-meta",
        "error": error,
    }
    assert printed.out.endswith(" emissions, 1 failed\n")


def refusal(capsys, status, out, *words):
    """The last line of stderr of a command that is refused."""
    capsys.readouterr()
    try:
        found = label(out, *words)
    except SystemExit as ended:
        found = ended.code
    printed = capsys.readouterr()
    assert (found, printed.out) == (status, "")
    return printed.err.splitlines()[-1]


def test_a_file_that_is_there_is_not_replaced(folder, whole, capsys):
    before = whole.read_bytes()
    text = refusal(capsys, 1, whole, folder)
    assert text == f"gr-rfattn: --json: {whole} exists: name another file"
    assert whole.read_bytes() == before


@pytest.mark.parametrize(
    "words, message",
    [
        (["--annotate", "x"], "all.jsonl does not go with --annotate"),
        (["--workers", "0"], "--workers must be >= 1, got 0"),
    ],
)
def test_what_does_not_go_with_an_archive(tmp_path, capsys, words, message):
    assert message in refusal(capsys, 2, tmp_path / "all.jsonl", "r", *words)


def test_what_is_wrong_with_every_recording_ends_it_before_the_work(folder, tmp_path, capsys):
    out = tmp_path / "all.jsonl"
    text = refusal(capsys, 1, out, folder, "--model", "nosuch")
    assert "model 'nosuch': no such file or folder" in text
    assert "empty: no recordings in this folder" in refusal(capsys, 1, out, empty(tmp_path))
    twice = refusal(capsys, 1, out, folder, folder / "a.sigmf-meta")
    assert twice == f"gr-rfattn: {folder}/a.sigmf-meta: given twice"
    assert "got - for standard input" in refusal(capsys, 1, out, "-")
    assert not out.exists()


def empty(tmp_path):
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


def test_a_label_that_the_model_cannot_give(folder, tmp_path, capsys):
    model = save_model(tmp_path / "tiny.pt", {"fft_size": 64, "hop": 32}, takes="emission")
    words = ("--model", model, "--device", "cpu", "--when", "label=nosuch", "--exec", "true")
    text = refusal(capsys, 1, tmp_path / "all.jsonl", folder, *words)
    assert text.startswith("gr-rfattn: --when: ") and "nosuch" in text


def test_a_command_for_each_emission_none_is_left_out(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("gnuradio.rfattn.cli.attached.emission_command.MOST_WAITING", 1)
    monkeypatch.setattr("gnuradio.rfattn.cli.attached.emission_command.AT_ONCE", 1)
    out = tmp_path / "all.jsonl"
    paths = [folder / f"{name}.sigmf-meta" for name in "abd"]
    assert label(out, *paths, "--exec", "true") == 0
    actions = read_lines(out)[-1]
    shown = sum(line["type"] == "emission" and line["burst_count"] > 0 for line in read_lines(out))
    assert actions == {
        "type": "actions",
        "commands_run": shown,
        "commands_failed": 0,
        "commands_not_run": 0,
    }
    assert f"commands:  {shown} run" in capsys.readouterr().out


@pytest.mark.parametrize("words", [(), ("--sidebands",)])
def test_sidebands_are_counted_apart(folder, tmp_path, capsys, monkeypatch, words):
    """The first emission of each recording is made one here."""

    def with_a_sideband(name, settings, look):
        found = label_recording(name, settings, look)
        first = next(record for record in found.records if record.latest.burst_count)
        first.latest = replace(first.latest, flags=["sideband"], sideband_of=1)
        return found

    monkeypatch.setattr(archive, "label_recording", with_a_sideband)
    out = tmp_path / "all.jsonl"
    assert label(out, *(folder / f"{name}.sigmf-meta" for name in "ab"), *words) == 0
    found = [line for line in read_lines(out) if line["type"] == "emission" and line["burst_count"]]
    assert [line["sideband_of"] for line in found].count(1) == 2
    left_out = "  left out:  2 sidebands of other signals (--sidebands shows them)\n"
    count = len(found) if words else len(found) - 2
    first = f"{out}: 2 recordings with {count} emissions\n"
    assert capsys.readouterr().out == first + ("" if words else left_out)


def test_ignored_bands_are_counted_apart_and_belong_to_the_settings(folder, tmp_path, capsys):
    path, out, one = tmp_path / "ignore.jsonl", tmp_path / "all.jsonl", folder / "a.sigmf-meta"
    path.write_text('{"low": -1e12, "high": 1e12, "note": "all"}\n')
    assert label(out, one, "--ignore", path) == 0
    first, *lines = read_lines(out)
    assert first["ignore"] == [{"low": -1e12, "high": 1e12, "label": None, "note": "all"}]
    found = [line for line in lines if line["type"] == "emission" and line["burst_count"]]
    assert found and all("ignored" in line["flags"] for line in found)
    (summary,) = (line for line in lines if line["type"] == "summary")
    assert summary["stats"]["emissions_ignored"] >= len(found)
    what = "emission that is" if len(found) == 1 else "emissions that are"
    counted = f"{out}: 1 recording with 0 emissions\n  left out:  {len(found)} {what} ignored "
    assert capsys.readouterr().out == counted + "(--ignore)\n"


def test_without_the_package_workers_are_refused(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    out = tmp_path / "all.jsonl"
    for words in (("--workers", "2"), ("--cluster", "127.0.0.1:1")):
        assert refusal(capsys, 1, out, folder, *words) == (
            f"gr-rfattn: {words[0]} needs distributed: apt-get install python3-distributed"
        )
    assert not out.exists()


def test_another_version_does_no_work(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("gnuradio.rfattn.flowgraph.archive.__version__", "0.0.7")
    text = refusal(capsys, 1, tmp_path / "all.jsonl", folder)
    assert "a worker has gr-rfattn 0.0.7, this command is " in text
    assert check_settings.__module__ == label_recording.__module__


def test_a_full_disk_ends_it_with_one_line(folder, whole, tmp_path, capsys):
    out, lines = tmp_path / "all.jsonl", whole.read_bytes().splitlines(keepends=True)
    there = b"".join(lines[:3])[:-10]
    with files_end_after(len(there)):
        text = refusal(capsys, 1, out, folder)
    assert "File too large" in text and str(out) in text
    assert out.read_bytes() == there


def test_ctrl_c_leaves_whole_recordings(folder, tmp_path, monkeypatch):
    """A second run labels the rest: docs/many-recordings.md has the commands."""
    out, calls = tmp_path / "all.jsonl", []

    def interrupt(name, **settings):
        calls.append(name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return label_recording(name, **settings)

    monkeypatch.setattr(archive, "label_recording", interrupt)
    assert label(out, folder) == 130
    assert read_lines(out)[-1]["type"] == "summary" and files_of(out) == ["a"]


def test_a_recording_by_its_address(folder, tmp_path, capsys):
    pytest.importorskip("fsspec", reason="needs python3-fsspec")
    out, address = tmp_path / "all.jsonl", f"file://{folder}/"
    assert label(out, address) == 1
    assert [line["file"] for line in read_lines(out) if line["type"] == "summary"] == [
        f"{address}{name}.sigmf-meta" for name in "abd"
    ]
    (failed,) = capsys.readouterr().err.splitlines()
    assert failed.startswith(f"gr-rfattn: {address}c.sigmf-meta: ") and "c.sigmf-data" in failed


def test_the_package_for_addresses_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    text = refusal(capsys, 1, tmp_path / "all.jsonl", "https://host/x.cu8")
    assert text == "gr-rfattn: https://host/x.cu8 needs fsspec: apt-get install python3-fsspec"
