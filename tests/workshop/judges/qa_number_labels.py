# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The count of labels that change with the type of numbers; the flowgraphs are fakes."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from gnuradio.rfattn_workshop.judges import number_labels as bench

from archives import write_archive


def emission(number, label, confidence=0.9, guess=None, bursts=1):
    latest = SimpleNamespace(
        id=number,
        label=label,
        guess=guess or label,
        confidence=None if label is None else confidence,
        burst_count=bursts,
    )
    return SimpleNamespace(latest=latest)


EXACT = [
    emission(1, "dmr"),
    emission(2, "lora"),
    emission(3, "ook_srd", 0.62),
    emission(4, "unknown", 0.58, "adsb"),
    emission(5, None),
    emission(6, "dmr"),
    emission(7, "dmr", bursts=0),
]
FAST = [
    emission(1, "dmr", 0.8),
    emission(2, "dmr", 0.5),
    emission(3, "unknown", 0.59, "ook_srd"),
    emission(4, "adsb", 0.61),
    emission(5, None),
]


@pytest.fixture
def faked(monkeypatch):
    """Each recording has `EXACT` in float32 and `FAST` in bfloat16; b cannot be labelled."""

    def label_recording(name, settings):
        if "/b." in name:
            raise ValueError(f"{name}: is empty")
        assert (settings.model.threads, settings.sample_rate) == (1, None)
        return SimpleNamespace(records=EXACT if settings.model.dtype == "float32" else FAST)

    monkeypatch.setattr(bench, "label_recording", label_recording)


def test_every_kind_of_change_is_counted(faked, tmp_path, capsys):
    folder = write_archive(tmp_path / "r", 3)
    assert bench.main([str(folder), "--attention", "flash,mla"]) == 0
    out, err = capsys.readouterr()
    assert "; 2 recordings, 1 failed\n" in out and "b.sigmf-meta: is empty" in err
    # Of each recording: 1 the same, 2 another, 3 now unknown, 4 now named, 6 in one alone.
    for attention in ("flash", "mla"):
        assert f"| {attention} | 10 | 2 | 2 | 2 | 2 | 6 | 0.1000 | 0.400 |\n" in out


def test_a_recording_without_a_rate_gets_one(tmp_path, monkeypatch):
    path = write_archive(tmp_path / "r", 1) / "a.sigmf-meta"
    path.write_text(path.read_text().replace('"core:sample_rate": 1000000.0', '"core:author": "x"'))
    given = []

    def label_recording(name, settings):
        given.append(settings.sample_rate)
        return SimpleNamespace(records=[])

    monkeypatch.setattr(bench, "label_recording", label_recording)
    bench.label(str(path), "emissions", "flash", "float32", 2e6)
    assert given == [2e6]


def test_recordings_of_a_size(tmp_path):
    folder = write_archive(tmp_path / "r", 2)
    (folder / "a.sigmf-data").write_bytes(bytes(2_000_000))
    (folder / "labels.csv").write_text("file,label\na.sigmf-data,x\nb.sigmf-data,x\n")
    listed = bench.select([str(folder)], None)
    assert [Path(name).name for name in listed] == ["a.sigmf-data", "b.sigmf-data"]
    small = [str(folder / "b.sigmf-data")]
    assert bench.select([str(folder)], 1.0) == small
    (folder / "labels.csv").unlink()
    assert bench.select([str(folder)], 1.0) == [str(folder / "b.sigmf-meta")]
