# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`label --json FILE.jsonl` in one process: the file, bad recordings, --resume, refusals."""

import errno
import fcntl
import json
import os
import sys
from dataclasses import replace

import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.cli.many import archive
from gnuradio.rfattn.flowgraph.archive import check_settings, label_recording

from archives import files_of, read_lines, write_archive
from attention_models import save_model

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


def cut_at(whole, what):
    """The file as a kill may leave it."""
    data = whole.read_bytes()
    lines = data.splitlines(keepends=True)
    second = next(n for n, line in enumerate(lines) if b'"summary"' in line) + 1
    return {
        "nothing": b"",
        "half of the settings": lines[0][:20],
        "settings": lines[0],
        "an emission without its summary": b"".join(lines[: second + 1]),
        "half of an emission": b"".join(lines[:second]) + lines[second][:30],
        "half of a summary": b"".join(lines[: second - 1]) + lines[second - 1][:-1],
        "without those that failed": b"".join(lines[:-1]),
        "all": data,
    }[what]


@pytest.mark.parametrize(
    "what, done",
    [
        ("nothing", []),
        ("half of the settings", []),
        ("settings", []),
        ("an emission without its summary", ["a"]),
        ("half of an emission", ["a"]),
        ("half of a summary", []),
        ("without those that failed", ["a", "b", "d"]),
        ("all", ["a", "b", "d"]),
    ],
)
def test_resume_gives_the_same_file(folder, whole, tmp_path, capsys, monkeypatch, what, done):
    tried = []

    def label_and_note(name, **settings):
        tried.append(name.rpartition("/")[2].removesuffix(".sigmf-meta"))
        return label_recording(name, **settings)

    monkeypatch.setattr(archive, "label_recording", label_and_note)
    out = tmp_path / "all.jsonl"
    out.write_bytes(cut_at(whole, what))
    capsys.readouterr()
    assert label(out, folder, "--resume") == 1
    assert out.read_bytes() == whole.read_bytes()
    assert tried == [name for name in "abcd" if name not in done]
    there = f", {len(done)} were there already" if done else ""
    printed = capsys.readouterr()
    assert printed.out.startswith(f"{out}: {3 - len(done)} recordings with ")
    assert printed.out.endswith(f" emissions{there}, 1 failed\n")
    assert "c.sigmf-data is missing" in printed.err


def test_resume_adds_new_recordings_and_makes_a_new_file(tmp_path):
    folder, out = write_archive(tmp_path / "r", 2), tmp_path / "all.jsonl"
    assert label(out, folder / "b", "--resume") == 0
    assert label(out, folder / "b", folder / "a", "--resume") == 0
    assert files_of(out) == ["b", "a"]


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
    assert text == (
        f"gr-rfattn: --json: {whole} exists: continue it with --resume, or name another file"
    )
    text = refusal(capsys, 1, whole, folder, "--resume", "--sensitivity", "0.5")
    assert f"{whole} was made with sensitivity 0.01, now it is 0.5: continue with" in text
    assert whole.read_bytes() == before


@pytest.mark.parametrize(
    "text, message",
    [
        ('{"type": "emission"}\n', "does not begin with settings"),
        ("{}\n", "does not begin with settings"),
        ("[1]\n", "line 1 is no JSON object"),
        ("SETTINGS\x00\x00\n", "line 2 is no JSON object"),
        ("SETTINGS" + "[" * 100_000 + "\n", "line 2 is no JSON object"),
        ('SETTINGS{"type": "summary"}\n', "line 2 names no file"),
        ('SETTINGS{"type": "summary", "file": ["a"]}\n', "line 2 names no file"),
        ("SETTINGS" + 200_000 * " " + "{}\n", "line 2 has more than 200000 bytes"),
    ],
    ids=range(8),
)
def test_another_file_is_not_continued(folder, whole, tmp_path, capsys, monkeypatch, text, message):
    monkeypatch.setattr("gnuradio.rfattn.cli.many.lines_file.MOST_BYTES", 200_000)
    out = tmp_path / "other.jsonl"
    before = text.replace("SETTINGS", whole.read_text().splitlines()[0] + "\n")
    out.write_text(before)
    refused = refusal(capsys, 1, out, folder, "--resume")
    assert f"--json: {out}" in refused and message in refused and "cannot be continued" in refused
    assert out.read_text() == before


def test_what_is_no_file_is_not_continued(folder, tmp_path, capsys):
    """Reading a pipe would never return, and /dev/zero has no end."""
    pipe, zeros = tmp_path / "pipe.jsonl", tmp_path / "zeros.jsonl"
    os.mkfifo(pipe)
    zeros.symlink_to("/dev/zero")
    for out in (pipe, zeros):
        text = refusal(capsys, 1, out, folder, "--resume")
        assert text == f"gr-rfattn: --json: {out} is no regular file"


def test_two_commands_do_not_write_one_file(folder, tmp_path, capsys):
    out = tmp_path / "all.jsonl"
    with out.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        text = refusal(capsys, 1, out, folder, "--resume")
    assert text == f"gr-rfattn: --json: another program writes {out}"


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
    path.write_text('{"low": 1, "high": 2}\n')
    other = refusal(capsys, 1, out, one, "--ignore", path, "--resume")
    assert "was made with ignore [{" in other


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


def test_a_full_disk_ends_it_with_one_line_and_resume_continues(
    folder, whole, tmp_path, monkeypatch, capsys
):
    out, write = tmp_path / "all.jsonl", os.write
    size = len(cut_at(whole, "half of an emission"))

    def write_some(descriptor, data):
        room = size - os.fstat(descriptor).st_size
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, data[:room])

    monkeypatch.setattr(os, "write", write_some)
    text = refusal(capsys, 1, out, folder)
    assert "No space left on device" in text and str(out) in text
    monkeypatch.setattr(os, "write", write)
    assert out.read_bytes() == cut_at(whole, "half of an emission")
    assert label(out, folder, "--resume") == 1
    assert out.read_bytes() == whole.read_bytes()


def test_ctrl_c_leaves_whole_recordings(folder, whole, tmp_path, monkeypatch, capsys):
    out, calls = tmp_path / "all.jsonl", []

    def interrupt(name, **settings):
        calls.append(name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return label_recording(name, **settings)

    monkeypatch.setattr(archive, "label_recording", interrupt)
    assert label(out, folder) == 130
    assert json.loads(out.read_text().splitlines()[-1])["type"] == "summary"
    assert files_of(out) == ["a"]
    monkeypatch.setattr(archive, "label_recording", label_recording)
    assert label(out, folder, "--resume") == 1
    assert out.read_bytes() == whole.read_bytes()


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
