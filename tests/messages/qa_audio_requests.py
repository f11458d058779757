# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a listener asks for is read strictly: it comes from other programs."""

import pytest
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.messages.audio import AudioRequest


@pytest.mark.parametrize(
    ("text", "emission", "frequency", "mode"),
    [
        ("e17/auto", 17, None, "auto"),
        ("f145500000/fm", None, 145_500_000, "fm"),
        ("f-125000/lsb", None, -125_000, "lsb"),
    ],
)
def test_a_request_is_a_text_and_back(text, emission, frequency, mode):
    request = AudioRequest.parse(text)
    assert (request.emission, request.frequency, request.mode) == (emission, frequency, mode)
    assert str(request) == text


@pytest.mark.parametrize(
    "text",
    ["", "e/fm", "17/fm", "e17", "e17/", "e17/iq", "e-1/fm", "f1.5/fm", "e17/fm/", "e17/FM"]
    + ["e" + "9" * 19 + "/fm", "f" + "9" * 13 + "/fm", "e١/fm", "e17/fm\n", "e17/" + "a" * 9999],
)
def test_anything_else_is_refused_in_one_line(text):
    with pytest.raises(ValueError, match="^requests: request must be eID/MODE or fHERTZ/MODE") as e:
        AudioRequest.parse(text)
    assert "\n" not in str(e.value) and len(str(e.value)) < 200


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"state": "loud"}, "audio: state must be one of on, waiting, full, wide, ended, got 'l"),
        ({"demodulation": "iq"}, "audio: demodulation must be one of fm, am, usb, lsb, got 'iq'"),
        ({"position": -1}, "audio: position must be a whole number >= 0, got -1"),
        ({"frequency": 1e99}, "audio: frequency must be from -1e.15 to 1e.15"),
    ],
)
def test_what_comes_with_sound_is_checked(fields, text):
    with pytest.raises(ValueError, match=text):
        schema.read("audio", {"request": "e1/fm", "state": "on", **fields})
