# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent from the `sent` tables of formats: parts, codes, modulations and times."""

import numpy as np
import pytest
from gnuradio.rfattn.catalogue.formats import read_formats
from gnuradio.rfattn_workshop.synthesis.services.rows.bit_parts import BitParts, draw
from gnuradio.rfattn_workshop.synthesis.services.rows.row_sender import frame_s, sender

from occupied import width_99

SPEC = {
    "name": "Gate",
    "words": ["1ACF", "0b101"],
    "crc": [16, 0x1021, 0xFFFF, 0x1D0F],
    "parts": {
        "two": "word2 word2",
        "kept": ["0b01", "0b10"],
        "anew": {"0b01": 1, "0b10": 1},
        "half": {"A": 1},
    },
}


def parts(seed=1):
    return BitParts(np.random.default_rng(seed), SPEC)


def text(bits):
    return "".join(map(str, bits))


@pytest.mark.parametrize(
    ("expression", "bits"),
    [
        ("A5 0b011", "10100101011"),
        ("word 0b0", "00011010110011110"),
        ("two", "101101"),
        ("3(0b10 half)", "101010101010101010"),
        ("manchester(0b10)", "1001"),
        ("manchester0(0b10)", "0110"),
        ("differential(0b101)", "110100"),
        ("inverted(A)", "0101"),
        ("start-stop(81)", "0100000011"),
        ("every(3 0b1 A5)", "101100110101"),
        ("3of6(2E4)", "001110110010011100"),
        # Octets of 123456789 have 0x29B1 by this polynomial; it is sent upside down.
        ("checked(313233343536373839)", f"{0x313233343536373839D64E:088b}"),
        ("bch31(0b011110101000100111000)", f"{0x7A89C197:032b}"),  # ITU-R M.584-2, idle
        ("pn9(000000)", f"{0xFFE11D:024b}"),
        ("", ""),
    ],
)
def test_an_expression_has_these_bits(expression, bits):
    assert text(parts().bits(expression)) == bits


def test_a_transmitter_keeps_what_is_fixed_and_draws_the_rest_anew():
    made = parts()
    for kept in ("fixed(64)", "kept", "4..90(A)"):
        first = made.bits(kept)
        assert all(np.array_equal(first, made.bits(kept)) for _ in range(8))
    for new in ("*64", "anew", "~9(A)", "payload(8)", "content(8)", "decimal(9)", "speech(72)"):
        assert len({text(made.bits(new)) for _ in range(200)}) > 1
    assert text(made.bits("fixed(64)")) != text(made.bits("fixed(64 other)"))
    assert {text(parts(seed).bits("kept")) for seed in range(20)} == {"01", "10"}
    messages = [text(made.bits("messages(64)")) for _ in range(60)]
    assert 1 < len(set(messages)) < 60
    assert all(int(text(made.bits("decimal(1)")), 2) < 10 for _ in range(50))


def test_numbers_are_drawn_from_lists_weights_and_ranges():
    rng = np.random.default_rng(1)
    assert draw(rng, 5e3) == 5000
    assert {draw(rng, [1, 2]) for _ in range(40)} == {1, 2}
    assert {draw(rng, {"3": 1, "7": 0}) for _ in range(20)} == {3}
    values = np.array([draw(rng, "1e2..1e4") for _ in range(500)])
    assert values.min() >= 100 and values.max() <= 10000
    assert np.median(values) == pytest.approx(1000, rel=0.3)


@pytest.mark.parametrize(
    ("expression", "line"),
    [
        ("wird", "Gate: sent: unknown part wird"),
        ("manchster(A)", "Gate: sent: unknown manchster(); did you mean manchester?"),
        ("word3", "Gate: sent: word3: the format has 2 words"),
        ("3(A", "Gate: sent: a bracket is missing in 3(A"),
        ("A)", "Gate: sent: a bracket too much in A)"),
    ],
)
def test_a_wrong_expression_is_refused_in_a_line(expression, line):
    with pytest.raises(ValueError) as refusal:
        parts().bits(expression)
    assert str(refusal.value) == line


ROW = """
[[Gate]]
label = "gate"
source = "own"
modulation = "{modulation}"
baud = [1000]
words = ["1ACFFC1D"]

[Gate.sent]
on_air = "{on_air}"
repeat = "word *64"
burst = "word *64"
carrier_hz = 1e6
ppm = 0
deviation_hz = 500
pause_s = 0.05
{more}
"""


def rows(tmp_path, modulation="fsk2", on_air="always", more=""):
    path = tmp_path / "gate.toml"
    path.write_text(ROW.format(modulation=modulation, on_air=on_air, more=more))
    return read_formats(path)["Gate"]


@pytest.mark.parametrize(
    ("modulation", "more", "low", "high"),
    [
        ("fsk2", 'pulse = "gauss 0.5"', 1000, 2000),
        ("fsk4", 'pulse = "rrc 0.2"', 800, 1800),
        ("msk", 'pulse = "rect"', 900, 2800),
        ("bpsk", 'pulse = "rrc 0.3"', 1000, 1400),
        ("dqpsk", 'pulse = "rc 0.3"', 1000, 1400),
        ("d8psk", 'pulse = "rrc 0.3"', 1000, 1400),
        ("fsk2", "tones_hz = [1200, 2200]", 2000, 9000),
    ],
)
def test_a_modulation_is_as_wide_as_its_rate_has_it(tmp_path, modulation, more, low, high):
    signal = sender(rows(tmp_path, modulation, "always", more))(np.random.default_rng(1), 2.0)
    assert low < width_99(signal.samples, signal.rate) < high
    assert signal.spans == ((0, len(signal.samples)),)


@pytest.mark.parametrize("more", ['pulse = "rrc 0.5"', "tones_hz = [1200, 2200]"])
def test_bursts_last_as_long_as_their_bits_and_rest_between(tmp_path, more):
    made = rows(tmp_path, on_air="bursts", more=f"period_s = 0.25\n{more}")
    assert frame_s(made) == pytest.approx(0.096)
    signal = sender(made)(np.random.default_rng(3), 2.0)
    firsts, ends = np.array(signal.spans[1:-1]).T / signal.rate
    np.testing.assert_allclose(ends - firsts, 0.096, atol=2e-3)
    np.testing.assert_allclose(np.diff(firsts), 0.25, atol=2e-3)


def test_a_further_table_has_what_the_first_one_states(tmp_path):
    path = tmp_path / "gate.toml"
    text = ROW.format(modulation="fsk2", on_air="always", more="share = 0")
    text = text.replace("[Gate.sent]", "[[Gate.sent]]")
    path.write_text(f'{text}\n[[Gate.sent]]\nshare = 1\nmodulation = "bpsk"\npulse = "rrc 0.3"\n')
    signal = sender(read_formats(path)["Gate"])(np.random.default_rng(1), 1.0)
    assert 1000 < width_99(signal.samples, signal.rate) < 1400


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"more": "puls = 3"}, "Gate: sent: unknown key puls; did you mean pulse?"),
        ({"on_air": "sometimes"}, "Gate: sent: on_air must be of always, overs, bursts, got some"),
        ({"modulation": "tones"}, "Gate: sent: modulation must be of bpsk, d8psk, dbpsk, dqpsk, "),
        ({"more": 'pulse = "tri 1"'}, "Gate: sent: pulse must be of rect, gauss, lowpass, rrc, "),
    ],
)
def test_a_wrong_table_is_refused_in_a_line(tmp_path, change, line):
    with pytest.raises(ValueError) as refusal:
        sender(rows(tmp_path, **change))
    assert str(refusal.value).startswith(line)
