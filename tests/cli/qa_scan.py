# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`live` with several frequencies: when it tunes, and what it counts for which."""

import json

import pytest
from gnuradio.rfattn.cli import main
from gnuradio.rfattn.cli.scan import Scan
from gnuradio.rfattn.emissions.record import EmissionRecord
from gnuradio.rfattn.messages import schema

from emission_recording import BAND, CENTRE, RATE, write_emission
from page_messages import emission
from replay import PLUGINS, needs_soapy

LOW, HIGH = 433.92e6, 868.3e6


class Receiver:
    """What a scan tunes, and the clock behind it; it tunes to whole steps of 1 kHz."""

    def __init__(self, dwell_s=2.0):
        self.samples, self.frequency, self.since = {}, None, 0
        self.tuned = [LOW]
        self.scan = Scan((LOW, HIGH), dwell_s, 1e6, self.tuned.append, self)

    def receive(self, seconds):
        """Samples come in, then the scan looks."""
        frequency = round(self.tuned[-1], -3) + 300
        if frequency != self.frequency:
            self.frequency, self.since = frequency, 0
        self.since += seconds * 1e6
        self.samples[frequency] = self.samples.get(frequency, 0) + seconds * 1e6
        self.scan.look()


def test_it_tunes_when_a_dwell_of_samples_has_come():
    receiver = Receiver()
    receiver.scan.look()
    receiver.receive(1.9)
    assert receiver.tuned == [LOW]
    receiver.receive(0.2)
    receiver.scan.look()  # nothing has come from the new frequency
    assert receiver.tuned == [LOW, HIGH]
    receiver.receive(2.0)
    assert receiver.tuned == [LOW, HIGH, LOW]
    assert receiver.scan.to_list() == [
        {"frequency": LOW, "visits": 2, "seconds": 2.1, "emissions": 0},
        {"frequency": HIGH, "visits": 1, "seconds": 2.0, "emissions": 0},
    ]


def test_emissions_count_where_they_were_received():
    receiver = Receiver()
    for frequency in (HIGH + 400, HIGH):
        message = emission(1, "end", rx_freq=frequency)
        receiver.scan.add(EmissionRecord(schema.read("emissions", message)))
    assert [row["emissions"] for row in receiver.scan.to_list()] == [0, 2]


@pytest.mark.parametrize(
    "words, message",
    [
        (["zmq=tcp://127.0.0.1:5", "--freq", "1M,2M"], "--freq 1M,2M needs --source soapy=ARGS or"),
        (
            ["soapy=driver=x", "--freq", "1M", "--dwell", "2"],
            "--dwell needs --freq F,F, got",
        ),
        (["soapy=driver=x", "--freq", "1M,1M"], "argument --freq: 1 MHz stands there twice"),
        (["soapy=driver=x", "--freq", "1M,"], "argument --freq"),
        (["soapy=driver=x", "--freq", "1M,nan"], "argument --freq"),
        (["soapy=driver=x", "--freq", "1M,2M", "--dwell", "0.1"], "--dwell: must be 0.5 s or more"),
        (["soapy=driver=x", "--freq", "1M,2M", "--dwell", "x"], "--dwell: must be 0.5 s or more"),
    ],
)
def test_wrong_usage(capsys, words, message):
    with pytest.raises(SystemExit) as ended:
        main(["live", "--rate", "1M", "--source", *words])
    assert ended.value.code == 2 and message in capsys.readouterr().err


@needs_soapy
def test_a_receiver_at_two_frequencies(tmp_path, monkeypatch, capsys):
    """The emission lies within both bands, so it is found at both, where it is on the air."""
    monkeypatch.setenv("SOAPY_SDR_PLUGIN_PATH", str(PLUGINS))
    write_emission(tmp_path / "one")
    device = f"driver=rfattn_replay,recording={tmp_path}/one,speed=4"
    words = ["--freq", "100M,100.1M", "--dwell", "0.8", "--duration", "2", "--model", "none"]
    out = tmp_path / "x.json"
    start = ["live", "--source", f"soapy={device}", "--rate", "2M", "--quiet", "--json", str(out)]
    assert main([*start, *words]) == 0
    row = json.loads(out.read_text())
    assert [where["frequency"] for where in row["scan"]] == [CENTRE, CENTRE + 1e5]
    for where in row["scan"]:
        assert where["visits"] >= 1 and where["emissions"] >= 1
        assert where["seconds"] >= 0.8
    total = sum(where["seconds"] for where in row["scan"]) * RATE
    assert total == pytest.approx(row["samples"], rel=0.2)
    wanted = CENTRE + sum(BAND) / 2
    middles = [(found["freq_lower"] + found["freq_upper"]) / 2 for found in row["emissions"]]
    assert sum(abs(middle - wanted) < 2e3 for middle in middles) >= 2
    text = capsys.readouterr().out
    assert "2 MHz at 2 frequencies" in text and "  scanned:   100.1 MHz: " in text
