# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A full disk, a kill or a second writer leaves the old file or the new one."""

import json
import random
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("pmt", reason="needs GNU Radio")

from gnuradio.rfattn.recordings.channel_file import ChannelFile

from full_disk import files_end_after
from output_writers import USERS, WRITERS, contents, metadata

LIMIT_BYTES = 400
START_LIMIT_S = 60
WRITER = """
import sys
from gnuradio.rfattn.recordings.sigmf import Annotation, write_annotations
print("ready", flush=True)
while True:
    write_annotations(sys.argv[1], [Annotation(i, 5, "ours") for i in range(200)])
"""


@pytest.mark.parametrize("write", WRITERS)
def test_a_full_disk_leaves_the_old_file_and_names_it(write, tmp_path):
    if WRITERS[write] == "out.sigmf-meta":
        metadata(tmp_path / "out.sigmf-meta")
    else:
        (tmp_path / WRITERS[write]).write_text("old")
    before = contents(tmp_path)
    with files_end_after(LIMIT_BYTES), pytest.raises(OSError) as caught:
        write(tmp_path)
    assert str(caught.value) == f"[Errno 27] File too large: '{tmp_path / WRITERS[write]}'"
    assert contents(tmp_path) == before
    write(tmp_path)  # the disk has room again
    assert contents(tmp_path) != before


def test_a_full_disk_ends_a_recording_with_its_name(tmp_path):
    file = ChannelFile(tmp_path / "e1", 1e3, 0.0, False)
    with files_end_after(LIMIT_BYTES), pytest.raises(OSError) as caught:
        file.add(np.zeros(100_000, np.complex64), 0, True)
    assert str(caught.value) == f"[Errno 27] File too large: '{tmp_path / 'e1.sigmf-data'}'"
    file.discard()
    assert contents(tmp_path) == {}


def users_annotations(path):
    found = json.loads(path.read_text())["annotations"]
    return [a for a in found if a.get("core:generator") != "gr-rfattn"]


def start_writer(path):
    command = [sys.executable, "-c", WRITER, str(path)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert writer.stdout.readline() == "ready\n"
    return writer


def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path):
    path, rng = metadata(tmp_path / "out.sigmf-meta"), random.Random(1)
    for _ in range(3):
        writer = start_writer(path)
        for _ in range(rng.randrange(200)):
            assert users_annotations(path) == USERS
        writer.kill()
        writer.wait(START_LIMIT_S)
        assert users_annotations(path) == USERS


def test_two_writers_leave_a_whole_file_at_any_moment(tmp_path):
    path = metadata(tmp_path / "out.sigmf-meta")
    writers = [start_writer(path) for _ in range(2)]
    try:
        for _ in range(300):
            assert users_annotations(path) == USERS
        assert [writer.poll() for writer in writers] == [None, None]
    finally:
        for writer in writers:
            writer.kill()
            writer.wait(START_LIMIT_S)
