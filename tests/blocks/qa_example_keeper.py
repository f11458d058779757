# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""example_keeper keeps emissions that a checksum proved, and one of each class in a time."""

import pytest
from gnuradio import rfattn
from gnuradio.rfattn.emissions.example_store import FILE, ExampleStore
from gnuradio.rfattn.messages.as_pmt import to_message

from observations import observation


def kept_of(folder, *observations, **options):
    block = rfattn.example_keeper(str(folder), **options)
    for one in observations:
        block._take("observations", to_message(one))
    block.close()
    assert block.failures.count == 0
    return block, ExampleStore(folder).examples()


def test_what_a_checksum_proves_is_kept_by_its_class(tmp_path):
    frames = {1: "AIS", 2: "DMR", 3: None, 4: "Mode S"}  # DMR has no checksum that is computed
    seen = [observation(number, frames=name) for number, name in frames.items()]
    block, kept = kept_of(tmp_path, *seen, every_s=0.0)
    assert [(one.label, one.observation.id) for one in kept] == [("ais", 1), ("mode_s", 4)]
    assert (block.kept, block.left_out) == (2, 0)


def test_one_of_a_class_in_a_time_and_its_last_message_counts(tmp_path):
    seen = [observation(n, frames="AIS", snr_db=snr) for n, snr in ((1, 5.0), (1, 9.0), (2, 7.0))]
    block, kept = kept_of(tmp_path, *seen, observation(3, frames="Mode S"), every_s=1e6)
    assert [(one.observation.id, one.observation.snr_db) for one in kept] == [(1, 9.0), (3, 20.0)]
    assert (block.kept, block.left_out) == (2, 1)


def test_what_cannot_be_kept_is_counted_and_ends_nothing(tmp_path, monkeypatch):
    block = rfattn.example_keeper(str(tmp_path), every_s=1e6)

    def refuse(*_):
        raise ValueError("examples.sqlite: database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(ExampleStore, "add", refuse)
        for number in (1, 2):
            block._take("observations", to_message(observation(number, frames="AIS")))
    block._take("observations", to_message(observation(3, frames="AIS")))
    block.close()
    assert (block.kept, block.left_out, block.failures.count, block.error) == (1, 0, 2, None)
    assert str(block.failures.first) == "examples.sqlite: database is locked"
    assert [one.observation.id for one in ExampleStore(tmp_path).examples()] == [3]


def test_parameters_that_are_refused(tmp_path):
    for arguments, message in (
        ((str(tmp_path), -1.0), "example_keeper: every_s must be >= 0, got -1.0"),
        (("",), "example_keeper: folder must not be empty"),
    ):
        with pytest.raises(ValueError) as refusal:
            rfattn.example_keeper(*arguments)
        assert str(refusal.value) == message
    (tmp_path / FILE).mkdir()
    with pytest.raises(ValueError, match=rf"example_keeper: .*{FILE}: unable to open"):
        rfattn.example_keeper(str(tmp_path))
