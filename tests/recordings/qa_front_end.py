# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numpy front end against physics: tones, noise, pooling, framing, and every refusal."""

import numpy as np
import pytest
from gnuradio.rfattn.recordings.front_end import WINDOWS, FrontEnd, window_taps

from signal_parts import noise_gain


def of_64(**changes):
    """A front end of 64 bins every 64 samples, but for the changes."""
    return FrontEnd(**{"fft_size": 64, "n_bins": 64, **changes})


def tone(n, cycles_per_sample, amplitude=1.0):
    return (amplitude * np.exp(2j * np.pi * cycles_per_sample * np.arange(n))).astype(np.complex64)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("fft_size", [8, 64, 256])
@pytest.mark.parametrize("hop", [5, 64, 300])
def test_full_scale_tone_reads_0_db_in_its_bin(window, fft_size, hop):
    front_end = FrontEnd(fft_size=fft_size, hop=hop, n_bins=fft_size, window=window)
    tokens = front_end.tokens(tone(2000, 2 / fft_size))
    assert tokens.shape == ((2000 - fft_size) // hop + 1, fft_size) and tokens.dtype == np.float32
    # 1e-4 dB: complex64 rounding of the tone.
    np.testing.assert_allclose(tokens[:, fft_size // 2 + 2], 0.0, atol=1e-4)


def test_tone_on_the_negative_side_is_left_of_the_middle():
    assert of_64().tokens(tone(64, -5 / 64))[0].argmax() == 32 - 5


@pytest.mark.parametrize("window", WINDOWS)
def test_noise_of_a_known_power_reads_it_in_every_bin(window):
    rng = np.random.default_rng(1)
    power = 0.01
    noise = np.sqrt(power / 2) * (
        rng.standard_normal(64 * 4000) + 1j * rng.standard_normal(64 * 4000)
    )
    front_end = of_64(window=window, averaging=4000, scale="linear")
    (token,) = front_end.tokens(noise.astype(np.complex64))
    # 4000 exponential powers have a mean good to 1.6 %; 64 bins stay within 4.5 sigma.
    np.testing.assert_allclose(token, power * noise_gain(front_end), rtol=0.07)


def test_real_tone_one_sided_reads_minus_3_db():
    tokens = of_64(sides="one", n_bins=32).tokens(tone(640, 8 / 64).real.astype(np.complex64))
    # 0.01 dB: the hann side lobes of the image at -8 bins.
    np.testing.assert_allclose(tokens[:, 8], -3.01, atol=0.01)


def test_real_noise_one_sided_reads_twice_the_two_sided_density():
    noise = np.random.default_rng(2).standard_normal(64 * 4000).astype(np.float32)
    front_end = of_64(sides="one", n_bins=32, averaging=4000, scale="linear")
    (token,) = front_end.tokens(noise)
    np.testing.assert_allclose(token[2:], 2 * noise_gain(front_end), rtol=0.07)


def test_for_real_keeps_bins_and_tokens_per_bandwidth():
    """A complex signal and the real one that carries it at twice the rate look the same."""
    complex_view, real_view = of_64(), of_64().for_real()
    assert (real_view.fft_size, real_view.hop, real_view.n_bins, real_view.sides) == (
        128,
        128,
        64,
        "one",
    )
    # At rate fs/2 around fs/4: bin 40 of 64 (8 above the middle) is 40/64 of the band 0..fs/2 in
    # the real signal.
    baseband = complex_view.tokens(tone(6400, 8 / 64))
    passband = real_view.tokens(tone(12800, 40 / 128).real)
    assert baseband.shape == passband.shape
    assert (baseband.argmax(axis=1) == passband.argmax(axis=1)).all()


def test_pooling_and_averaging_are_means_of_linear_power():
    samples = np.random.default_rng(3).standard_normal((2, 3200)).astype(np.float32)
    samples = samples[0] + 1j * samples[1]
    fine = of_64(hop=40, scale="linear").tokens(samples)
    coarse = of_64(hop=40, n_bins=8, averaging=3, scale="linear").tokens(samples)
    expected = fine[: len(coarse) * 3].reshape(-1, 3, 8, 8).mean(axis=(1, 3))
    np.testing.assert_allclose(coarse, expected, rtol=1e-5)  # float32 against float64 sums


def test_decibels_are_floored_at_minus_200():
    assert (of_64().tokens(np.zeros(64, np.complex64)) == -200.0).all()


def test_dc_removal_takes_the_neighbours_outside():
    samples = tone(64, 0.0) + tone(64, 2 / 64, 0.1) + tone(64, -2 / 64, 0.1)
    kept, removed = (
        of_64(dc=dc, scale="linear", window="rectangular").tokens(samples)[0]
        for dc in ("keep", "remove")
    )
    assert kept[32] == pytest.approx(1.0, rel=1e-5)
    np.testing.assert_allclose(removed[31:34], 0.01, rtol=1e-4)
    np.testing.assert_array_equal(np.delete(kept, [31, 32, 33]), np.delete(removed, [31, 32, 33]))


def test_dc_removal_one_sided_takes_bin_2():
    samples = (0.5 + tone(64, 2 / 64, 0.1).real).astype(np.float32)
    token = of_64(sides="one", n_bins=32, dc="remove", scale="linear", window="rectangular").tokens(
        samples
    )[0]
    np.testing.assert_allclose(token[:2], token[2])
    assert token[2] == pytest.approx(0.005, rel=1e-4)


@pytest.mark.parametrize("samples, tokens", [(0, 0), (98, 0), (99, 1), (168, 1), (169, 2)])
def test_only_whole_tokens(samples, tokens):
    front_end = of_64(hop=35, averaging=2)
    assert (front_end.token_samples, front_end.samples_per_token) == (99, 70)
    assert (
        front_end.token_count(samples)
        == tokens
        == len(front_end.tokens(np.zeros(samples, np.complex64)))
    )


def test_windows_are_those_of_gnu_radio():
    window = pytest.importorskip("gnuradio.fft", reason="GNU Radio is not installed").window
    names = dict(
        zip(
            WINDOWS,
            ["HANN", "HAMMING", "BLACKMAN", "BLACKMAN_hARRIS", "FLATTOP", "RECTANGULAR"],
            strict=True,
        )
    )
    for name, constant in names.items():
        for n in (8, 64, 1024):
            built = window.build(getattr(window, f"WIN_{constant}"), n, 0.0)
            # gr::fft::window builds in float32.
            np.testing.assert_allclose(window_taps(name, n), built, atol=3e-7)


@pytest.mark.parametrize(
    "field, value, rule",
    [
        ("fft_size", 48, "fft_size must be a power of two from 8 to 65536, got 48"),
        ("fft_size", 4, "fft_size must be a power of two from 8 to 65536, got 4"),
        ("hop", 0, "hop must be >= 1, got 0"),
        ("n_bins", 128, "n_bins must be a power of two from 1 to 64, got 128"),
        ("n_bins", 24, "n_bins must be a power of two from 1 to 64, got 24"),
        ("window", "kaiser", "window must be one of hann, .*, got 'kaiser'"),
        ("averaging", 0, "averaging must be >= 1, got 0"),
        ("scale", "dB", "scale must be one of db, linear, got 'dB'"),
        ("dc", "off", "dc must be one of keep, remove, got 'off'"),
        ("sides", "both", "sides must be one of two, one, got 'both'"),
    ],
)
def test_refusals(field, value, rule):
    with pytest.raises(ValueError, match=f"front_end: {rule}"):
        of_64(**{field: value})


def test_refuses_a_second_for_real_and_two_dimensions():
    with pytest.raises(ValueError, match=r"sides must be two for for_real\(\), got 'one'"):
        of_64().for_real().for_real()
    with pytest.raises(ValueError, match=r"samples must have one dimension, got shape \(2, 64\)"):
        of_64().tokens(np.zeros((2, 64), np.complex64))


def test_defaults_are_the_front_end_of_the_models_of_bands():
    pytest.importorskip("torch", reason="torch is not installed")
    from gnuradio.rfattn.inference import available_models
    from gnuradio.rfattn.inference.torchscript import load

    fronts = [load(m["path"])[1]["front_end"] for m in available_models() if m["family"] == "rf14"]
    assert fronts and all(FrontEnd.from_dict(f, complete=True) == FrontEnd() for f in fronts)


def test_becomes_a_dictionary_and_back():
    front_end = of_64(hop=40, sides="one", n_bins=32)
    assert front_end.to_dict() == {
        "fft_size": 64,
        "hop": 40,
        "n_bins": 32,
        "window": "hann",
        "averaging": 1,
        "scale": "db",
        "dc": "keep",
        "sides": "one",
    }
    assert FrontEnd.from_dict(front_end.to_dict(), complete=True) == front_end
    assert FrontEnd.from_dict({"hop": 32}) == FrontEnd(hop=32)


def test_the_most_snr_is_stated_where_there_is_one():
    limited = of_64(max_snr_db=25.0)
    assert limited.to_dict() == of_64().to_dict() | {"max_snr_db": 25.0}
    assert FrontEnd.from_dict(limited.to_dict(), complete=True) == limited
    assert of_64().differences(limited) == ["max_snr_db 0.0, the model needs 25.0"]
    with pytest.raises(ValueError, match="front_end: max_snr_db must be from 0 to 200, got -1"):
        of_64(max_snr_db=-1.0)


@pytest.mark.parametrize(
    "values, message",
    [
        ({"windw": "hann"}, "front_end: unknown parameter windw; did you mean window?"),
        ({"hop": "64"}, "front_end: hop must be a whole number, got '64'"),
        ({"hop": True}, "front_end: hop must be a whole number, got True"),
        ({"hop": 64.5}, "front_end: hop must be a whole number, got 64.5"),
        ({"scale": 1}, "front_end: scale must be text, got 1"),
        ({"fft_size": 48}, "front_end: fft_size must be a power of two from 8 to 65536, got 48"),
    ],
)
def test_refuses_dictionaries(values, message):
    with pytest.raises(ValueError) as refusal:
        FrontEnd.from_dict(values)
    assert str(refusal.value) == message


def test_refuses_an_incomplete_front_end_where_all_of_it_counts():
    with pytest.raises(ValueError, match="front_end: scale, dc must be stated"):
        values = FrontEnd().to_dict()
        FrontEnd.from_dict({k: v for k, v in values.items() if k not in ("scale", "dc")}, True)


@pytest.mark.parametrize(
    "field, value",
    [
        ("fft_size", 256),
        ("hop", 32),
        ("n_bins", 64),
        ("window", "hamming"),
        ("averaging", 2),
        ("scale", "linear"),
        ("dc", "remove"),
        ("sides", "one"),
    ],
)
def test_every_field_that_differs_is_named_with_both_values(field, value):
    have = FrontEnd(**{"n_bins": 64, field: value})
    needed = FrontEnd(n_bins=128 if field == "n_bins" else 64)
    assert have.differences(have) == []
    assert have.differences(needed) == [
        f"{field} {value}, the model needs {getattr(needed, field)}"
    ]


def test_several_differences_are_all_named():
    texts = FrontEnd(window="hamming", hop=32).differences(FrontEnd(), by="rf14")
    assert texts == ["hop 32, rf14 needs 64", "window hamming, rf14 needs hann"]
