# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`pulses`: the line for rtl_433 of made-up devices, and what rtl_433 reads with it."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn_station.pulses.flex import groups

RATE, MIDDLE, PLACE = 250_000, 433.92e6, 20e3
CODE = 0xA9878C
BITS = [CODE >> (23 - n) & 1 for n in range(24)]
needs_rtl_433 = pytest.mark.skipif(shutil.which("rtl_433") is None, reason="no rtl_433")


def keyed(spans):
    """Amplitude of pulses and gaps, µs, in turn."""
    parts = [np.full(round(us * RATE / 1e6), n % 2 == 0, float) for n, us in enumerate(spans)]
    return np.concatenate(parts)


def pwm(short=400, long=800, period=1200):
    """A one is a short pulse."""
    spans = [x for bit in BITS for x in ((short, period - short) if bit else (long, period - long))]
    return keyed([*spans, short])


def ppm(pulse=500, zero=1000, one=2000):
    return keyed([*(x for bit in BITS for x in (pulse, one if bit else zero)), pulse])


def manchester(half=400):
    """A one falls in the middle of its bit."""
    halves = [x for bit in [0, *BITS] for x in ((1, 0) if bit else (0, 1))]
    return np.repeat(np.array(halves, float), round(half * RATE / 1e6))


def message(one, gap_us, rows=6):
    gap = np.zeros(round(gap_us * RATE / 1e6))
    return np.concatenate([part for _ in range(rows) for part in (one, gap)])


def fsk(baud=4800, deviation=15e3):
    symbols = np.array([*[1, 0] * 16, *[int(b) for b in f"{0x2DD4:016b}"], *BITS, *BITS, 1, 0])
    sent = np.repeat(2.0 * symbols - 1, RATE // baud)
    return np.exp(2j * np.pi * deviation / RATE * np.cumsum(sent))


def write(folder, *envelopes, noise=0.01):
    """Messages a second apart, at half of full scale, as rtl_433 names such a file."""
    parts = [np.zeros(RATE)]
    for one in envelopes:
        parts += [one, np.zeros(RATE)]
    samples = np.concatenate(parts)
    samples = 0.5 * samples * np.exp(2j * np.pi * PLACE / RATE * np.arange(len(samples)))
    drawn = np.random.default_rng(1).normal(0, noise, (2, len(samples)))
    samples = samples + drawn[0] + 1j * drawn[1]
    octets = np.stack([samples.real, samples.imag], 1) * 127.5 + 127.5
    path = folder / "g001_433.92M_250k.cu8"
    np.clip(np.round(octets), 0, 255).astype(np.uint8).tofile(path)
    return path


def measured(path, capsys):
    assert main(["pulses", str(path), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


DEVICES = {
    "OOK_PWM": (lambda: message(pwm(), 10_000), "OOK", {"s": 400, "l": 800}),
    "OOK_PPM": (lambda: message(ppm(), 9_000), "OOK", {"s": 1000, "l": 2000}),
    "OOK_MC_ZEROBIT": (lambda: message(manchester(), 8_000), "OOK", {"s": 400}),
    "FSK_PCM": (fsk, "FSK", {"s": 208, "l": 208}),
}


@pytest.mark.parametrize("modulation", DEVICES)
def test_the_line_has_the_widths_that_were_sent(modulation, tmp_path, capsys):
    make, keying, widths = DEVICES[modulation]
    found = measured(write(tmp_path, make(), make()), capsys)
    assert found["keying"] == keying and abs(found["frequency"] - MIDDLE - PLACE) < 3000
    spec = dict(part.split("=") for part in found["flex"].split(","))
    assert spec["m"] == modulation
    for name, us in widths.items():
        assert int(spec[name]) == pytest.approx(us, rel=0.04), name


@pytest.mark.parametrize("modulation", ["OOK_PWM", "OOK_PPM", "OOK_MC_ZEROBIT"])
def test_a_weak_signal_is_measured_in_its_width_or_refused(modulation, tmp_path, capsys):
    make, _, widths = DEVICES[modulation]
    flex = measured(write(tmp_path, make(), make(), noise=0.25), capsys)["flex"]
    spec = dict(part.split("=") for part in flex.split(","))
    assert spec["m"] == modulation
    assert int(spec["s"]) == pytest.approx(widths["s"], rel=0.04)
    assert main(["pulses", str(write(tmp_path, make(), make(), noise=0.45))]) == 1
    assert " Hz: must be stronger: at " in capsys.readouterr().err.splitlines()[-1]


@needs_rtl_433
@pytest.mark.parametrize("modulation", DEVICES)
def test_rtl_433_reads_the_bits_with_the_line(modulation, tmp_path, capsys):
    path = write(tmp_path, DEVICES[modulation][0](), DEVICES[modulation][0]())
    assert main(["pulses", str(path)]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith("rtl_433 -f 43394")
    spec = line.split("'")[1]
    command = ["rtl_433", "-R", "0", "-X", spec, "-F", "json", "-r", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    rows = [row for text in done.stdout.splitlines() for row in json.loads(text).get("rows", [])]
    sent = "".join(map(str, BITS))
    read = ["".join(f"{int(c, 16):04b}" for c in row["data"])[: row["len"]] for row in rows]
    turned = sent.translate({48: "1", 49: "0"})
    assert any(sent in bits or turned in bits for bits in read), (spec, read)


def test_a_table_is_for_people(tmp_path, capsys):
    assert main(["pulses", str(write(tmp_path, message(pwm(), 10_000)))]) == 0
    head, pulses, gaps, line = capsys.readouterr().out.splitlines()
    assert head.startswith("433.9") and ", OOK, " in head
    assert pulses.split()[:3] == ["pulses:", "400", "µs"] and gaps.split()[0] == "gaps:"
    assert "-X 'n=device,m=OOK_PWM,s=4" in line


def test_what_cannot_be_measured_is_one_line(tmp_path, capsys):
    assert main(["pulses", str(write(tmp_path, np.ones(RATE // 10)))]) == 1
    err = capsys.readouterr().err.splitlines()[-1]
    assert "must have at least 8 pulses, got 1" in err
    silent = tmp_path / "silent_433.92M_250k.cu8"
    np.full(2 * RATE, 127, np.uint8).tofile(silent)
    assert main(["pulses", str(silent)]) == 1
    assert "no emission was found" in capsys.readouterr().err


def test_rare_widths_form_no_group():
    widths = np.array([400.0] * 50 + [410.0] * 50 + [800.0] * 40 + [9000.0])
    assert [(one.width, one.count) for one in groups(widths)] == [(405.0, 100), (800.0, 40)]
