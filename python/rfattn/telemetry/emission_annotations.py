# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""From emissions to SigMF annotations: one for each burst, from edge to edge."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import fields, replace
from fractions import Fraction

from ..emissions.record import EmissionRecord
from ..frequency_text import width_text
from ..messages.emission import SIDEBAND, Emission, sideband_text
from ..messages.label_text import UNKNOWN, is_in_doubt
from ..printable import printable
from ..recordings.annotation import Annotation


def burst_annotations(record: EmissionRecord, ratio: Fraction = Fraction(1)) -> list[Annotation]:
    """Returns an annotation for each burst of an emission, with its edges and measurements.

    The label is the class that the model names, or the family. Without either it is "unknown" and
    the width, which fits into the 20 characters that SigMF recommends for a label. The guess, and
    what the emission is compatible with, are no label: both stand in the details, and in the
    comment where the label is in doubt.

    The newest line that was read from a burst stands in its comment and its details.

    Args:
        ratio: samples of the recording to one of the emission's.
    """
    whole = emission_annotation(record.latest)
    return [
        replace(
            _with_content(whole, content),
            start=round(start * ratio),
            count=max(1, round(count * ratio)),
        )
        for (start, count), content in zip(record.all_bursts(), _contents(record), strict=True)
    ]


def _contents(record: EmissionRecord) -> list[str | None]:
    """The newest line that was read from each burst. A frame belongs to the first burst that ends
    after the frame begins; a line whose place is not known to the whole emission, so that it stands
    where no other does."""
    bursts = record.all_bursts()
    found = [None] * len(bursts)
    ends, anywhere = [start + count for start, count in bursts], None
    for decoded in record.decoded:
        line = printable(f"{decoded.source}: {decoded.text}")
        if decoded.sample_start is None:
            anywhere = line
        elif (burst := bisect_right(ends, decoded.sample_start)) < len(bursts):
            found[burst] = line
    return [line or anywhere for line in found]


def _with_content(annotation: Annotation, content: str | None) -> Annotation:
    if content is None:
        return annotation
    return replace(
        annotation,
        comment=f"{annotation.comment}; {content}",
        details={**annotation.details, "content": content},
    )


def emission_annotation(emission: Emission) -> Annotation:
    """Returns the annotation of an emission from its first to its last sample."""
    name = emission.family if is_in_doubt(emission.label) else emission.label
    return Annotation(
        start=emission.sample_start,
        count=emission.sample_count,
        label=name or f"{UNKNOWN}, {width_text(emission.width)}",
        freq_lower_edge=emission.freq_lower,
        freq_upper_edge=emission.freq_upper,
        comment=_comment(emission),
        details=_details(emission),
    )


def _comment(emission: Emission) -> str:
    """What a person reads who points at the box."""
    width = width_text(emission.width)
    words = [f"emission {emission.id}: {width} wide, SNR {emission.snr_db:.1f} dB"]
    words.append(f"duty {emission.duty:.2g}")
    if emission.period_s is not None:
        words.append(f"every {emission.period_s:.3g} s")
    words += [flag for flag in emission.flags if flag != SIDEBAND]
    if emission.is_sideband:
        words.append(sideband_text(emission.sideband_of))
    text = ", ".join(words)
    if emission.label is not None:
        text += f"; {emission.label_text}"
    if emission.nearest and is_in_doubt(emission.label):
        nearest = ", ".join(f"{entry.name} ({entry.score:.2f})" for entry in emission.nearest)
        text += f"; compatible with {nearest}"
    return text


def _details(emission: Emission) -> dict:
    """The fields of docs/sigmf-extension.md, without those that are not known."""
    noted = {
        f.name: _noted(getattr(emission, f.name), f.metadata["note"])
        for f in fields(Emission)
        if "note" in f.metadata["views"]
    }
    nearest = [{"name": n.name, "score": round(n.score, 3)} for n in emission.nearest or []]
    details = {"emission": emission.id, **noted, "nearest": nearest or None}
    return {name: value for name, value in details.items() if value is not None}


def _noted(value, decimals: int | None):
    if isinstance(value, float) and decimals is not None:
        return round(value, decimals)
    return value or None if isinstance(value, list) else value
