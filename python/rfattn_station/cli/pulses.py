# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measure the pulses of an unknown remote or sensor, and print the line for rtl_433 -X.

RECORDING has some presses of a remote, or messages of a sensor, whose transmitter switches its
carrier (OOK) or between two frequencies (FSK). Of several emissions in it, the one with the most
energy is measured, or that nearest to --at.

What rtl_433 prints with the line are the bits; what they mean is for you to find out. A receiver of
250 kS/s or more is best.
"""

from __future__ import annotations

import json

from gnuradio.rfattn.cli.sources.inputs import FORMATS, add_datatype_option, receiver_hertz

_MOST_SAMPLES = 2**23
"""That are measured, from the first burst on."""
_MARGIN_S = 0.02


def add_arguments(parser) -> None:
    parser.add_argument("recording", metavar="RECORDING", help=FORMATS)
    for name, what in (("rate", "samples a second"), ("freq", "middle of the band")):
        parser.add_argument(
            f"--{name}",
            type=receiver_hertz,
            metavar="HZ",
            help=f"{what}, where the recording does not state it",
        )
    add_datatype_option(parser)
    parser.add_argument(
        "--at", type=receiver_hertz, metavar="HZ", help="frequency of the emission to measure"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments) -> int:
    from gnuradio import rfattn
    from gnuradio.rfattn.recordings.formats import open_recording

    from ..pulses.channel import channel, find_pulses
    from ..pulses.flex import flex_of, groups

    stated = arguments.rate, arguments.freq, arguments.datatype
    recording = open_recording(arguments.recording, *stated)
    rate = recording.require_rate()
    found = rfattn.label(arguments.recording, *stated[:2], datatype=stated[2], model="none")
    if not found:
        raise ValueError(f"{arguments.recording}: no emission was found")
    one = _chosen(found, arguments.at)
    start = max(0, round((one.bursts[0][0] - _MARGIN_S) * rate))
    end = round((one.bursts[-1][1] + _MARGIN_S) * rate)
    samples = recording.samples(start, min(end - start, _MOST_SAMPLES, recording.n_samples - start))
    away = one.frequency - (recording.frequency or 0.0)
    try:
        pulses = find_pulses(*channel(samples, rate, away, one.width), one.width)
        flex = flex_of(pulses)
    except ValueError as error:
        raise ValueError(
            f"{arguments.recording}: emission at {one.frequency:.0f} Hz: {error}"
        ) from None
    widths = {"pulses": groups(pulses.pulses), "gaps": groups(pulses.gaps)}
    if arguments.json:
        shown = {
            name: [{"us": round(g.width * 1e6), "count": g.count} for g in found]
            for name, found in widths.items()
        }
        about = {"frequency": round(one.frequency), "keying": pulses.keying}
        print(json.dumps({**about, **shown, "flex": flex.spec()}))
        return 0
    print(f"{one.frequency / 1e6:.4f} MHz, {pulses.keying}, {len(pulses.pulses)} pulses")
    for name, found in widths.items():
        text = ", ".join(f"{g.width * 1e6:.0f} µs ({g.count})" for g in found)
        print(f"  {name + ':':<8} {text}")
    print(f"rtl_433 -f {round(one.frequency)} -R 0 -X '{flex.spec()}'")
    return 0


def _chosen(found: list, at: float | None):
    """The emission nearest to a frequency, or that with the most energy."""
    if at is not None:
        return min(found, key=lambda one: abs(one.frequency - at))
    return max(found, key=lambda one: 10 ** (one.snr_db / 10) * one.duration_s * one.duty)
