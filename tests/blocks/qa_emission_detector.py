# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""emission_detector on made bands: where, how wide, how long; its tags, messages and refusals."""

import numpy as np
import pmt
import pytest
from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.messages.as_pmt import to_python
from gnuradio.rfattn_workshop.judges.air.transmitters import TRANSMITTERS
from gnuradio.rfattn_workshop.synthesis.scene import render
from gnuradio.rfattn_workshop.synthesis.scene_noise import Receiver
from gnuradio.rfattn_workshop.synthesis.scene_truth import Emission, Scene

from message_keeper import MessageKeeper
from step_streams import tag

tags = rfattn.tags

RATE = 480e3
DENSITY = 1e-4 / RATE  # noise power per Hz


def noise(seconds, seed=1, rate=RATE):
    count = round(seconds * rate)
    parts = np.random.default_rng(seed).standard_normal((count, 2)) * np.sqrt(DENSITY * rate / 2)
    return parts.view(np.complex128).ravel()


def signal(band, centre, width, start, end, snr_db, seed=2, rate=RATE):
    """Adds noise of a width, Hz, around a frequency, during a time, s."""
    count = len(band)
    frequencies = np.fft.fftfreq(count, 1 / rate)
    spectrum = np.fft.fft(noise(count / rate, seed, rate))
    made = np.fft.ifft(spectrum * (np.abs(frequencies - centre) < width / 2))
    times = np.arange(count) / rate
    band += made * 10 ** (snr_db / 20) * ((times >= start) & (times < end))


class Run:
    """What the detector sends of a band."""

    def __init__(self, band, stream_tags=(), items=None, connected=True, **parameters):
        self.block = rfattn.emission_detector(**({"sample_rate": RATE} | parameters))
        if items:
            self.block.set_max_noutput_items(items)
        values = band.astype(np.complex64).tolist()
        source = blocks.vector_source_c(values, False, 1, list(stream_tags))
        self.sink, messages = blocks.vector_sink_c(), MessageKeeper(to_python)
        flowgraph = gr.top_block()
        flowgraph.connect(source, self.block)
        if connected:
            flowgraph.connect(self.block, self.sink)
        flowgraph.msg_connect(self.block, "emissions", messages, "in")
        flowgraph.run()
        messages.drain()
        self.messages = messages.found
        self.samples = np.array(self.sink.data(), np.complex64)
        self.tags = [
            (found.offset, to_python(found.value))
            for found in self.sink.tags()
            if pmt.eq(found.key, pmt.intern(tags.EMISSION))
        ]

    def ended(self):
        return [message for message in self.messages if message["state"] == "end"]

    def bursts(self, emission):
        """(start, end) in s of each burst, from all messages of an emission."""
        numbers = [
            number
            for message in self.messages
            if message["id"] == emission["id"]
            for number in message["bursts"]
        ]
        pairs = np.reshape(numbers, (-1, 2)) / RATE
        return [(start, start + length) for start, length in pairs]


@pytest.fixture(scope="module")
def one_signal():
    """12 kHz at +60 kHz from 0.4 to 0.9 s, 10 dB above the noise, at 100 MHz."""
    band = noise(1.5)
    signal(band, 60e3, 12e3, 0.4, 0.9, 10.0)
    stream_tags = [tag(0, "rx_freq", pmt.from_double(100e6))]
    return Run(band, stream_tags)


def test_a_station_beside_chirps_keeps_its_edges():
    """The clicks of a chirp, where it starts again at the other edge, widen neither."""
    rate = 3.2e6
    assert {"wfm", "lora"} <= {*TRANSMITTERS}
    station = Emission("wfm", 560081348, 480051.80144351616, 20.0)
    chirps = Emission("lora", 960889284, 259209.3066002546, 20.0)
    receiver = Receiver(1.6656694883819916, 0.5011205387636529, 4.305717821625672)
    band, truth = render(Scene(2.0, 51000514, (station, chirps), receiver), rate)
    run = Run(band, sample_rate=rate)
    longest = sorted(run.ended(), key=lambda e: e["sample_count"])[-2:]
    found = sorted((e["freq_lower"], e["freq_upper"]) for e in longest)
    true = sorted({(b.freq_lower, b.freq_upper) for b in truth})
    assert np.allclose(found, true, atol=5e3)


@pytest.mark.parametrize("snr_db", [20.0, 40.0, 50.0])
def test_a_switched_carrier_is_not_found_again(snr_db):
    """Clicks and pieces of it may be others, but nothing is that slow maps hold after its end."""
    rate = RATE / 4
    band = noise(8.0, rate=rate)
    times = np.arange(len(band)) / rate
    carrier = np.exp(2j * np.pi * 20e3 * times) * np.sqrt(DENSITY * rate * 10 ** (snr_db / 10))
    run = Run(band + carrier * ((times >= 2.0) & (times < 4.0)), sample_rate=rate)
    ended = run.ended()
    at_carrier = [e for e in ended if e["freq_lower"] < 20e3 < e["freq_upper"]]
    longest = max(at_carrier, key=lambda e: e["sample_count"])
    end = (longest["sample_start"] + longest["sample_count"]) / rate
    assert longest["sample_count"] > 1.2 * rate and end == pytest.approx(4.0, abs=0.1)
    assert len(ended) <= 4
    assert all(m["sample_now"] < 4.2 * rate for m in run.messages if m["state"] == "new")


def test_bursts_may_be_found_in_another_order():
    """Pulses that overlap others: the emission begins with its first burst, and periods are > 0."""
    band = noise(2.0)
    for number in range(12):
        start = 0.5 + 0.01 * number
        signal(band, -100e3, 60e3, start, start + 0.0005, 20.0, seed=number)
    signal(band, 100e3, 30e3, 0.45, 0.7, 20.0, seed=99)
    run = Run(band)
    for emission in run.ended():
        pairs = run.bursts(emission)
        start, end = min(pairs)[0], max(end for _, end in pairs)
        assert emission["sample_start"] == pytest.approx(start * RATE, abs=1)
        assert emission["sample_start"] + emission["sample_count"] == pytest.approx(
            end * RATE, abs=2
        )
        assert emission.get("period_s", 1.0) > 0.0


def test_noise_is_no_emission():
    run = Run(noise(4.0))
    assert run.messages == [] and run.tags == []
    assert run.block.emissions_found() == 0


def test_a_signal_has_its_edges_and_times(one_signal):
    (emission,) = one_signal.ended()
    assert emission["freq_lower"] == pytest.approx(100e6 + 54e3, abs=800)
    assert emission["freq_upper"] == pytest.approx(100e6 + 66e3, abs=800)
    assert emission["snr_db"] == pytest.approx(10.0, abs=1.0)
    assert emission["power_db"] == pytest.approx(10 * np.log10(DENSITY * 12e3) + 10, abs=1.0)
    ((start, end),) = one_signal.bursts(emission)
    assert (start, end) == pytest.approx((0.4, 0.9), abs=0.005)
    assert emission["sample_start"] == pytest.approx(0.4 * RATE, abs=0.005 * RATE)
    assert emission["burst_count"] == 1 and list(emission["flags"]) == []
    assert emission["duty"] == pytest.approx(1.0, abs=0.02)
    assert emission["rx_freq"] == 100e6 and emission["rx_rate"] == RATE


def test_a_signal_is_reported_within_50_ms(one_signal):
    first = one_signal.messages[0]
    assert first["state"] == "new" and first["burst_start"] == first["sample_start"]
    assert first["sample_now"] - 0.4 * RATE < 0.05 * RATE


def test_updates_come_at_most_four_times_a_second(one_signal):
    states = [message["state"] for message in one_signal.messages]
    assert states[0] == "new" and states[-1] == "end"
    assert 1 <= states.count("update") <= 4


def test_tags_lie_where_the_decision_was_made(one_signal):
    for offset, value in one_signal.tags:
        assert offset == value["sample_now"]
    assert one_signal.tags[0][1]["state"] == "new"


def test_samples_pass_unchanged(one_signal):
    band = noise(1.5)
    signal(band, 60e3, 12e3, 0.4, 0.9, 10.0)
    np.testing.assert_array_equal(one_signal.samples, band.astype(np.complex64))


def test_the_output_may_stay_unconnected(one_signal):
    band = noise(1.5)
    signal(band, 60e3, 12e3, 0.4, 0.9, 10.0)
    stream_tags = [tag(0, "rx_freq", pmt.from_double(100e6))]
    assert Run(band, stream_tags, connected=False).messages == one_signal.messages


@pytest.mark.parametrize("items", [1000, 77_777])
def test_chunks_do_not_matter(one_signal, items):
    band = noise(1.5)
    signal(band, 60e3, 12e3, 0.4, 0.9, 10.0)
    stream_tags = [tag(0, "rx_freq", pmt.from_double(100e6))]
    assert Run(band, stream_tags, items=items).tags == one_signal.tags


def test_bursts_of_a_band_are_one_emission():
    band = noise(2.0)
    starts = [0.3, 0.7, 1.1, 1.5]
    for start in starts:
        signal(band, -80e3, 15e3, start, start + 0.05, 15.0)
    run = Run(band)
    (emission,) = run.ended()
    bursts = run.bursts(emission)
    assert [start for start, _ in bursts] == pytest.approx(starts, abs=0.004)
    assert [end - start for start, end in bursts] == pytest.approx([0.05] * 4, abs=0.006)
    assert emission["period_s"] == pytest.approx(0.4, abs=0.004)
    assert emission["duty"] == pytest.approx(0.2 / 1.25, abs=0.03)


def test_neighbours_are_two_emissions():
    band = noise(1.5)
    signal(band, 20e3, 10e3, 0.4, 1.2, 12.0, seed=3)
    signal(band, 35e3, 10e3, 0.6, 1.0, 12.0, seed=4)
    run = Run(band)
    middles = sorted((e["freq_lower"] + e["freq_upper"]) / 2 for e in run.ended())
    assert middles == pytest.approx([20e3, 35e3], abs=700)


def test_the_same_signals_at_another_rate_give_the_same_edges():
    wide = noise(1.5, rate=2 * RATE)
    signal(wide, 60e3, 12e3, 0.4, 0.9, 10.0, rate=2 * RATE)
    (emission,) = Run(wide, sample_rate=2 * RATE).ended()
    assert emission["freq_lower"] == pytest.approx(54e3, abs=800)
    assert emission["freq_upper"] == pytest.approx(66e3, abs=800)
    assert emission["sample_start"] / (2 * RATE) == pytest.approx(0.4, abs=0.005)


def test_a_real_signal_is_found_once():
    band = noise(1.5)
    signal(band, 60e3, 12e3, 0.4, 0.9, 12.0)
    (emission,) = Run(np.real(band) + 0j, sides="one").ended()
    assert emission["freq_lower"] == pytest.approx(54e3, abs=800)


def test_a_retune_ends_the_emissions():
    band = noise(1.5)
    signal(band, 60e3, 12e3, 0.4, 1.5, 10.0)
    retune = round(0.9 * RATE)
    stream_tags = [
        tag(0, "rx_freq", pmt.from_double(100e6)),
        tag(retune, "rx_freq", pmt.from_double(200e6)),
    ]
    first, second = Run(band, stream_tags).ended()
    assert first["segment"] == 0 and second["segment"] == 1
    assert first["sample_start"] + first["sample_count"] <= retune
    assert second["sample_start"] >= retune
    assert second["freq_lower"] == pytest.approx(200e6 + 54e3, abs=800)
    assert second["id"] == first["id"] + 1


@pytest.mark.parametrize(
    "bands, is_ignored",
    [
        ([], False),
        ([(100.05e6, 100.07e6)], True),
        ([(50e3, 70e3)], False),  # where the frequency is known, bands are absolute
        ([(100.05e6, 100.058e6)], False),  # has 4 of its 12 kHz
        ([(100.05e6, 100.058e6), (100.0625e6, 100.07e6)], True),  # has 7.5 of them
    ],
)
def test_what_lies_in_ignored_bands_is_flagged(one_signal, bands, is_ignored):
    band = noise(1.5)
    signal(band, 60e3, 12e3, 0.4, 0.9, 10.0)
    run = Run(band, [tag(0, "rx_freq", pmt.from_double(100e6))], ignored_bands=bands)
    without = [{**message, "flags": []} for message in run.messages]
    assert without == one_signal.messages
    assert ["ignored" in message["flags"] for message in run.ended()] == [is_ignored]
    assert ["ignored" in dict(about)["flags"] for _, about in run.tags][0] == is_ignored


def test_ignored_bands_count_from_the_centre_where_no_frequency_is_known():
    band = noise(1.5)
    signal(band, 60e3, 12e3, 0.4, 0.9, 10.0)
    (emission,) = Run(band, ignored_bands=[(50e3, 70e3)]).ended()
    assert emission["flags"] == ["ignored"]


@pytest.mark.parametrize(
    "parameters, message",
    [
        (
            {"ignored_bands": [(2.0, 1.0)]},
            "ignored_bands must be pairs of a lower and a higher edge, got 2.0+ and 1.0+",
        ),
        ({"ignored_bands": [(0.0, float("nan"))]}, "ignored_bands must be finite, got nan"),
        ({"sample_rate": 0}, "sample_rate must be from 6e3 to 1e8 Hz, got 0"),
        ({"sample_rate": float("nan")}, "sample_rate must be from 6e3 to 1e8 Hz, got nan"),
        ({"sensitivity": 0}, "sensitivity must be from 1e-6 to 10 per second and MHz, got 0"),
        ({"sides": "left"}, "sides must be one of two, one, got 'left'"),
    ],
)
def test_refuses(parameters, message):
    with pytest.raises(ValueError, match=f"emission_detector: {message}"):
        rfattn.emission_detector(**({"sample_rate": RATE} | parameters))
