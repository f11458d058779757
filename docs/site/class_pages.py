# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a page for each class of emissions, and one that shows all of them, for the site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from class_pictures import SNR_DB, draw_class
from gnuradio.rfattn.catalogue.class_row import EmissionClass
from gnuradio.rfattn.catalogue.classes import classes
from gnuradio.rfattn.catalogue.formats import checked_formats, formats_of
from gnuradio.rfattn.catalogue.frames_found import SNRS_DB, TIMES_S, frames_found
from gnuradio.rfattn.content import READERS
from gnuradio.rfattn.decoding.decoder import Decoder, read_decoders
from gnuradio.rfattn.inference import DEFAULT_EMISSION_MODEL
from gnuradio.rfattn.inference.files import resolve
from gnuradio.rfattn.inference.training_report import MADE_UP, RECORDINGS, known_by, report_beside
from gnuradio.rfattn.reporting import duration, hertz, table
from gnuradio.rfattn_workshop.synthesis.scene import BAND_HZ
from site_source import CLASSES, contents

PICTURES = "pictures"
STRONG_DB = 12.0
CARD = f"../python/rfattn/models/{DEFAULT_EMISSION_MODEL}/README.md"
_HEAD = """\
# Classes

What the shipped models for emissions may call a signal, family by family: classes of a family look
alike. The pictures show made-up signals, {snr:g} dB above the noise: frequency to the right, time
downwards. The second panel enlarges what lies between the white lines of the first.
"""
_LEARNT = {
    RECORDINGS: "recordings and made-up signals",
    MADE_UP: "made-up signals alone: nothing has shown how well it is recognised on the air",
}
_DEMODULATIONS = {"iq": "I/Q", "fm": "FM", "am": "AM", "usb": "USB", "lsb": "LSB"}


def write_pages(source: Path) -> None:
    """Writes all pages and pictures into `CLASSES` of the folder of the site's pages."""
    folder, rows, decoders = source / CLASSES, classes(), read_decoders()
    (folder / PICTURES).mkdir(parents=True)
    report = report_beside(resolve(DEFAULT_EMISSION_MODEL, "model", "model"))
    for row in rows:
        draw_class(row, folder / picture(row))
        text = page(row, rows, decoders, report)
        (folder / f"{row.name}.md").write_text(text, encoding="utf-8")
    (folder / "index.md").write_text(first_page(rows, known_by(report)), encoding="utf-8")


def picture(row: EmissionClass) -> str:
    return f"{PICTURES}/{row.name}.webp"


def first_page(rows: Iterable[EmissionClass], known: Mapping[str, str]) -> str:
    named = [f"{row.name} <{row.name}>" for row in rows]
    parts = [_HEAD.format(snr=SNR_DB), contents("", named)]
    for family, members in groupby(rows, lambda row: row.family):
        parts.append(f"## {family}\n")
        parts += [
            f"{_link(row)}: {row.words}. Learnt from {_LEARNT[known[row.name]]}.\n\n"
            f'<img src="{picture(row)}" alt="Two spectrograms of {row.name}" width="448px">\n'
            for row in members
        ]
    return "\n".join(parts)


def page(
    row: EmissionClass,
    rows: Iterable[EmissionClass],
    decoders: Iterable[Decoder],
    report: Mapping,
) -> str:
    """The page of a class, as Markdown.

    Args:
        rows: of all classes.
        report: of the training of the shipped model.
    """
    return "\n".join(
        [
            f"# {row.name}: {row.words}\n",
            f"![Two spectrograms of {row.name}]({picture(row)})\n",
            f"A made-up signal, {SNR_DB:g} dB above the noise. Frequency runs to the right, time "
            "downwards.\n",
            table(("", ""), _facts(row, rows, known_by(report)[row.name])),
            "## What its label stands on\n",
            *_evidence(row),
            "\n## How often it is labelled right\n",
            _figures(row.name, report),
            "## What reads it\n",
            *_readers(row, decoders),
            *_commands(row),
        ]
    )


def _facts(row: EmissionClass, rows: Iterable[EmissionClass], known: str) -> list[tuple[str, str]]:
    alike = [_link(r) for r in rows if r.family == row.family and r.name != row.name]
    facts = {
        "family": row.family,
        "looks like": ", ".join(alike),
        "transmits at": ", ".join(_span(*band) for band in row.bands_hz) or "any frequency",
        "usual width": hertz(row.usual_width_hz),
        "least width": row.least_width_hz and hertz(row.least_width_hz),
        "greatest width": row.most_width_hz and hertz(row.most_width_hz),
        "shortest burst": row.least_burst_s and duration(row.least_burst_s),
        "longest burst": row.most_burst_s and duration(row.most_burst_s),
        "symbol rates": ", ".join(f"{rate:g}" for rate in row.rates_bd)
        + " Bd" * bool(row.rates_bd),
        "frames": ", ".join(f"`{name}`" for name in formats_of(row.name)),
        "mode of a receiver": row.listen.upper(),
        "learnt from": _LEARNT[known],
        "source of the figures": row.source,
    }
    return [(name, value) for name, value in facts.items() if value]


def _evidence(row: EmissionClass) -> list[str]:
    """What may stand behind a label of the class, and what speaks against one."""
    frames = formats_of(row.name)
    checked = ", ".join(f"`{name}`" for name in frames if name in checked_formats())
    against = {
        "a frequency where it does not transmit": row.bands_hz,
        "a width that it never has": row.least_width_hz or row.most_width_hz,
        "bursts of a length that it never has": row.least_burst_s or row.most_burst_s,
        "another symbol rate": row.rates_bd,
    }
    against = [words for words, is_known in against.items() if is_known]
    return [
        *[f"- `proved`: frames of its formats{_frames_found(row.name)}."] * bool(frames),
        *[f"- A checksum is checked in frames of {checked}."] * bool(checked),
        *["- `rate`: the symbol rate is one of its rates."] * bool(row.rates_bd),
        "- `shape`: how it looks in time and frequency, as the model sees it.",
        *[f"\nAgainst it count {', '.join(against)}."] * bool(against),
        "\n[What stands behind a label](../docs/label.md#what-stands-behind-a-label) explains the "
        "words, [how labels are weighed](../docs/how-labels-are-weighed.md) the sum.",
    ]


def _frames_found(name: str) -> str:
    """In how many strong emissions frames are found, by their time on the air."""
    counts = frames_found().counts.get(name)
    if counts is None:
        return ""
    strong = counts[SNRS_DB.index(STRONG_DB) :].sum(axis=0).tolist()
    spans = [*(f"up to {duration(most)}" for most in TIMES_S[1:]), "longer"]
    by_time = [
        f"{found} of {count} {span}"
        for span, (found, count) in zip(spans, strong, strict=True)
        if count
    ]
    return f", found at {STRONG_DB:g} dB and more, by time on the air: {', '.join(by_time)}"


def _figures(name: str, report: Mapping) -> str:
    """What the shipped model answered, for made-up emissions and for recordings."""
    made = report["val_augmented"]["emissions"]["per_class"].get(name, {})
    recorded = Counter()
    for split in ("val", "test"):
        recorded.update(report[split]["recordings"]["per_class"].get(name, {}))
    rows = [
        (words, sum(answers.values()), answers.get(name, 0), _others(name, answers))
        for words, answers in (("made-up emissions", made), ("held-out recordings", recorded))
        if answers
    ]
    header = ("what", "count", "right", "other answers")
    return (
        f"{table(header, rows)}\nThe shipped model alone, on cuts without their frequency: "
        f"[its card]({CARD}) explains how that was measured.\n"
    )


def _others(name: str, answers: Mapping[str, int]) -> str:
    others = Counter({answer: n for answer, n in answers.items() if answer != name})
    return ", ".join(f"{answer} {n}" for answer, n in others.most_common())


def _readers(row: EmissionClass, decoders: Iterable[Decoder]) -> list[str]:
    own = [f"`{name}`" for name in formats_of(row.name) if name in READERS]
    lines = [f"- gr-rfattn itself, frames of {', '.join(own)} ([content](../docs/content.md))."]
    lines *= bool(own)
    for decoder in decoders:
        if row.name in decoder.labels:
            rate = f"{decoder.sample_rate / 1e3:g} kS/s"
            private = ", with `--content`" * decoder.private
            lines.append(
                f"- `{decoder.name}`, with `--decode`{private}: it takes "
                f"{_DEMODULATIONS[decoder.demodulation]}, {rate} "
                "([decoders](../docs/decoders.md#the-shipped-table))."
            )
    nothing = (
        "Nothing that comes with gr-rfattn; a [table of your own]"
        "(../docs/decoders.md#a-program-of-your-own) may name a program."
    )
    return [*(lines or [nothing]), ""]


def _commands(row: EmissionClass) -> list[str]:
    """How to make such signals and label them, where they fit into a scene."""
    if row.usual_width_hz > BAND_HZ:
        return []
    seconds = max(2, round(row.shows_in_s))
    return [
        "## Make some\n",
        f"    gr-rfattn synthesize --scene --out {row.name} --emissions 3 --snr 25 "
        f"--duration {seconds} --kinds {row.name}",
        f"    gr-rfattn label {row.name}/scene_1_2400k.sigmf-meta\n",
    ]


def _link(row: EmissionClass) -> str:
    return f"[`{row.name}`]({row.name}.md)"


def _span(low: float, high: float) -> str:
    """Two frequencies with one unit, such as "65 to 108 MHz"."""
    first, last = hertz(low), hertz(high)
    number, unit = first.split()
    return f"{number} to {last}" if last.endswith(f" {unit}") else f"{first} to {last}"
