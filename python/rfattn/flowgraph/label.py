# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels samples or a recording in one call."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass

from ..catalogue.band_plan import SHIPPED
from ..emissions.record import EmissionRecord
from ..frequency_text import width_text
from ..inference import emission_model
from ..messages.label_text import label_text
from ..recordings.audio import DEVIATION_HZ
from ..recordings.formats import open_recording
from ..recordings.sample_array import SampleArray
from ..reporting import baud
from .audio import AudioOptions, as_received
from .emissions import RecordingEmissionFlowgraph
from .options import EmissionOptions, ModelOptions

_AS_MEASURED = (
    *("label", "confidence", "guess", "probabilities", "basis", "family", "width", "snr_db"),
    *("duty", "period_s", "symbol_rate", "sync", "is_sideband"),
)
"""Fields of a `LabelledEmission` that its last measurement has under the same name."""


@dataclass(frozen=True, repr=False)
class LabelledEmission:
    """One transmitter's signal in one band of frequencies, as `label` returns it.

    Times count from the first sample, in s. Frequencies are in Hz: absolute where the frequency of
    the recording is known, else relative to the middle of the band; in real-valued samples from 0.

    Attributes:
        label: the class; "unknown" where the model is in doubt; None where neither a model nor
            frames give one.
        confidence: probability of the guess, 0 to 1; None without a model.
        guess: the most probable class; None without a model.
        probabilities: by class, by all that is known; None without a model.
        basis: what the label stands on: "proved", "rate" or "shape"; None without a class.
        family: family of the class; of an unknown one the family that is certain, or None.
        start_s: when its first burst begins.
        duration_s: from there to the end of its last burst.
        frequency: middle between its edges.
        width: distance of its edges.
        snr_db: power between the edges during the bursts over that of the noise, dB.
        duty: share of the duration that its bursts take, 0 to 1.
        period_s: median time from burst to burst; None for fewer than three.
        symbol_rate: symbols a second, where power and frequency of the emission show the same rate;
            else None.
        sync: format whose frames were found, such as "DMR"; else None.
        bursts: begin and end of each burst.
        nearest: names of known signals with such measurements, the most similar first; no label.
        time_unix_s: when its first burst begins, s since 1970; None where the recording does not
            state its time.
        is_sideband: whether it is beside a stronger emission, and on the air only with it.
        decoded: what the newest 200 of its frames state, a line each.
    """

    label: str | None
    confidence: float | None
    guess: str | None
    probabilities: dict[str, float] | None
    basis: str | None
    family: str | None
    start_s: float
    duration_s: float
    frequency: float
    width: float
    snr_db: float
    duty: float
    period_s: float | None
    symbol_rate: float | None
    sync: str | None
    bursts: list[tuple[float, float]]
    nearest: list[str]
    time_unix_s: float | None
    is_sideband: bool = False
    decoded: tuple[str, ...] = ()

    def __str__(self) -> str:
        symbols = baud(self.symbol_rate)
        shown = label_text(self.label, self.family, self.guess, self.confidence, self.basis)
        return (
            f"{self.frequency / 1e6:.4f} MHz, {width_text(self.width)} wide, at "
            f"{self.start_s:.3f} s for {self.duration_s:.3f} s: {shown or 'not labelled'}"
            f"{symbols and ', '}{symbols}"
        )

    def __repr__(self) -> str:
        return f"<LabelledEmission {self}>"


def label(
    samples,
    rate=None,
    frequency=None,
    *,
    datatype=None,
    model="",
    min_confidence=None,
    sensitivity=0.01,
    band_plan=SHIPPED,
    ignore="",
    audio=None,
    deviation=DEVIATION_HZ,
    sidebands=False,
) -> list[LabelledEmission]:
    """Finds the emissions in samples, or in a recording, and labels them.

    This is what the command ``gr-rfattn label`` does::

        from gnuradio import rfattn

        for emission in rfattn.label("g001_433.92M_250k.cu8"):
            print(emission)

        emissions = rfattn.label(iq, rate=2.4e6, frequency=433.92e6)
        strong = [e for e in emissions if e.label == "ook_srd" and e.confidence > 0.9]

    A signal that fills the whole band is found only if it is OFDM or has about constant power.

    Args:
        samples: complex [n], full scale 1.0; or float [n], such as audio; or the path of a SigMF
            recording, a WAV file or a file of raw samples.
        rate: samples a second, Hz. Needed for an array, and for a file that does not state it.
        frequency: middle of the band, Hz; None: that of the file, or unknown.
        datatype: type of raw samples in a file, such as "cu8"; None: by its name.
        model: a model whose input is "emission": a family, a folder or a file; "": the shipped
            family; "none": emissions are measured, and frames alone give labels.
        min_confidence: probability that a class, or a family, needs to be named, 0 to 1; None:
            the thresholds of the model.
        sensitivity: false emissions that noise may cause, a second and MHz, > 0; a higher value
            finds weaker ones.
        band_plan: where classes transmit, which counts where the frequency is known: "shipped", or
            a JSON file {class: [[low, high], …]} in Hz; "none": it does not count.
        ignore: JSON Lines file with the bands and classes of emissions that are not returned; "":
            only those without a name and with an SNR below 0 dB; "none": all are returned.
        audio: what real samples come from: "fm" or "am", a detector; "usb" or "lsb", a receiver of
            that sideband. They are put back on a carrier, which frequencies count from. None: the
            audio of a detector, as far as that shows, gets no labels.
        deviation: with audio "fm", that of the transmitter where the audio is loudest, Hz.
        sidebands: whether to return sidebands of other emissions, too.

    Returns:
        The emissions in the order in which they begin; see help(rfattn.LabelledEmission).

    Raises:
        ValueError: in one line, when an argument is wrong or the file cannot be read.

    Warns:
        UserWarning: when samples are not finite, or audio gets no labels.
    """
    if isinstance(samples, str | os.PathLike):
        recording = open_recording(samples, rate, frequency, datatype)
    else:
        if datatype is not None:
            raise ValueError(f"datatype is for files, got {datatype!r} for an array")
        recording = SampleArray.of(samples, rate, frequency)
    name = emission_model(model)
    received = as_received(
        recording,
        AudioOptions(audio, deviation),
        EmissionOptions(sensitivity, min_confidence, band_plan, ignore),
        ModelOptions(model=name) if name else None,
    )
    if "note" in received.about:
        warnings.warn(f"{recording.path}: {received.about['note']}", stacklevel=2)
    flowgraph = RecordingEmissionFlowgraph(
        received.recording,
        options=received.options,
        model=received.model,
        contents=received.has_labels,
    )
    flowgraph.run_to_end()
    faulty = flowgraph.faulty_samples()["samples_non_finite"]
    if faulty:
        warnings.warn(
            f"{faulty} of {flowgraph.samples()} samples are not finite and were taken for 0",
            stacklevel=2,
        )
    records = [r for r in flowgraph.records.all() if r.latest.is_shown(sidebands)]
    records.sort(key=lambda record: record.latest.sample_start)
    return [_emission(record, flowgraph.sample_rate) for record in records]


def _emission(record: EmissionRecord, rate: float) -> LabelledEmission:
    latest = record.latest
    return LabelledEmission(
        **{name: getattr(latest, name) for name in _AS_MEASURED},
        start_s=latest.sample_start / rate,
        duration_s=latest.sample_count / rate,
        frequency=latest.middle,
        bursts=[(start / rate, (start + count) / rate) for start, count in record.all_bursts()],
        nearest=[entry.name for entry in latest.nearest or []],
        time_unix_s=record.time_unix_s,
        decoded=tuple(decoded.text for decoded in record.decoded),
    )
