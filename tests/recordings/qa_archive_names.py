# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which recordings folders and addresses stand for, and where their samples are read from."""

from pathlib import Path

import pytest
from gnuradio.rfattn.recordings.archive import list_recordings, local_path
from gnuradio.rfattn.recordings.formats import open_recording
from gnuradio.rfattn.recordings.recording import RecordingError

from archives import SAMPLES, write_burst


@pytest.fixture
def folder(tmp_path):
    """Recordings of all kinds, and other files."""
    for name in ("a.wav", "b.CU8", "notes.txt", "c.bin", ".hidden.cu8", "d.cu8", "e.cf32"):
        (tmp_path / name).touch()
    (tmp_path / "d.sigmf-meta").touch()  # of d.cu8, which core:dataset names
    (tmp_path / "e.cf32.sigmf-meta").touch()
    for name in (".cache", "z"):
        (tmp_path / name).mkdir()
        write_burst(tmp_path / name, "x")
    return tmp_path


def test_a_folder_stands_for_what_is_below_it_by_name(folder):
    found = [name.removeprefix(f"{folder}/") for name in list_recordings([str(folder)])]
    assert found == ["a.wav", "b.CU8", "d.sigmf-meta", "e.cf32.sigmf-meta", "z/x.sigmf-meta"]


def test_names_stay_as_they_are_and_in_order(folder):
    names = [f"{folder}/c.bin", f"{folder}/z", "nosuch", "x://y/b.cu8"]
    assert list_recordings(names) == [names[0], f"{folder}/z/x.sigmf-meta", *names[2:]]


def test_refusals(folder):
    (folder / "empty").mkdir()
    with pytest.raises(RecordingError, match="empty: no recordings in this folder"):
        list_recordings([f"{folder}/empty"])
    with pytest.raises(RecordingError, match=r"a\.wav: given twice"):
        list_recordings([f"{folder}/a.wav", str(folder)])
    with pytest.raises(RecordingError, match="got - for standard input"):
        list_recordings(["-"])


def test_a_relative_path_begins_in_the_folder(folder):
    with local_path("z/x.sigmf-meta", str(folder)) as path:
        assert path == f"{folder}/z/x.sigmf-meta"
    with local_path(f"{folder}/a.wav", "/elsewhere") as path:
        assert path == f"{folder}/a.wav"


def test_addresses(folder):
    """Both files of SigMF are copied, and the copies are deleted."""
    pytest.importorskip("fsspec", reason="needs python3-fsspec")
    address = f"file://{folder}/z/"
    assert list_recordings([address]) == [f"{address}x.sigmf-meta"]
    for name in ("x.sigmf-meta", "x.sigmf-data"):
        with local_path(address + name) as path:
            assert not path.startswith(str(folder))

            assert open_recording(path).n_samples == SAMPLES
        assert not Path(path).exists() and not Path(path).parent.exists()
    with pytest.raises(OSError, match="nosuch"), local_path(f"{address}nosuch.cu8"):
        pass
