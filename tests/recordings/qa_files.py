# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files are replaced as a whole: the old one stays until the new one is complete."""

import errno
import os

import pytest
from gnuradio.rfattn.files import replace_file, replace_with


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.ENOSPC, "disk full")])
def test_the_old_file_stays_when_writing_stops(tmp_path, error):
    path = tmp_path / "state.json"
    replace_file(path, "old")

    def write_half(partial):
        partial.write_text("ne")
        raise error

    with pytest.raises(type(error)):
        replace_with(path, write_half)
    assert path.read_text() == "old" and names(tmp_path) == ["state.json"]


def test_the_old_file_stays_until_the_new_one_is_on_the_disk(tmp_path, monkeypatch):
    path = tmp_path / "state"
    replace_file(path, b"old")

    def stop(_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "fsync", stop)
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    replace_file(path, b"new")
    assert path.read_bytes() == b"new" and names(tmp_path) == ["state"]


def test_permissions_are_those_of_the_old_file_or_of_the_umask(tmp_path):
    path = tmp_path / "x"
    before = os.umask(0o027)
    try:
        replace_file(path, "a")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o640
    path.chmod(0o604)
    replace_file(path, "b")
    assert path.stat().st_mode & 0o777 == 0o604


def test_a_link_still_points_to_its_file(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    replace_file(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"


def test_what_is_not_a_regular_file_is_written_directly():
    replace_file("/dev/null", "anything")
    assert not os.path.isfile("/dev/null")


def test_refuses_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "none" / "x", "a")
