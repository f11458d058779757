#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints every emission of a SigMF recording: python3 signal_labeller.py RECORDING."""

import sys

from gnuradio import gr, rfattn
from gnuradio.rfattn.blocks.parts.message_sink import MessageSink
from gnuradio.rfattn.messages.label_text import is_in_doubt, label_text


class EmissionList(MessageSink):
    """Keeps the last message of each emission; a label may come after its end."""

    TOPICS = ("emissions",)

    def __init__(self):
        self.emissions = {}
        super().__init__()

    def _receive(self, topic, emission):
        self.emissions[emission["id"]] = emission

    def print(self):
        """Prints where each emission was, and what it may be; without bursts it was none."""
        for emission in self.emissions.values():
            if emission["burst_count"]:
                self._print_one(emission)

    def _print_one(self, emission):
        middle = (emission["freq_lower"] + emission["freq_upper"]) / 2e6
        width = (emission["freq_upper"] - emission["freq_lower"]) / 1e3
        seconds = emission["sample_count"] / emission["rx_rate"]
        keys = ("label", "family", "guess", "confidence")
        text = label_text(*(emission.get(key) for key in keys)) or "no label"
        if is_in_doubt(emission.get("label")):
            names = ", ".join(entry["name"] for entry in emission.get("nearest", ()))
            text += f", compatible with {names or 'nothing known'}"
        print(
            f"{emission['id']:4}: {middle:11.4f} MHz, {width:8.1f} kHz wide, {seconds:7.3f} s, "
            f"{emission['snr_db']:5.1f} dB, {text}"
        )


class SignalLabeller(gr.top_block):
    def __init__(self, filename):
        super().__init__("signal labeller")
        self.source = rfattn.sigmf_source(filename)
        recording = self.source.recording
        sides = "one" if self.source.is_real else "two"
        self.labeller = rfattn.signal_labeller(recording.sample_rate, sides=sides)
        self.sink = EmissionList()
        self.connect(self.source, self.labeller)
        self.msg_connect(self.labeller, "emissions", self.sink, "emissions")


if len(sys.argv) != 2:
    sys.exit("usage: signal_labeller.py RECORDING.sigmf-meta")
flowgraph = SignalLabeller(sys.argv[1])
flowgraph.run()
flowgraph.labeller.drain()  # the ends of emissions that lasted until now
flowgraph.sink.drain()
flowgraph.sink.print()
for block in (flowgraph.source, flowgraph.labeller):
    if block.error:  # a block that fails ends the flowgraph and keeps the reason
        sys.exit(str(block.error))
