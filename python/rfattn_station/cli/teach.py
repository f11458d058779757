# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Teach the default model classes of your own, from a few labelled recordings.

DIR holds labelled recordings: one with labels.csv, or annotations, or what was labelled on the
page. Each label becomes a class beside those of the model, within seconds; 'other' names what must
not get these names. The result is a model of your own: give its name as --model. Teaching again
under the same name adds classes or examples.
"""

from __future__ import annotations

import statistics
from dataclasses import replace

from gnuradio.rfattn.checked import plain_name
from gnuradio.rfattn.inference import DEFAULT_EMISSION_MODEL
from gnuradio.rfattn.packages import WORKSHOP, load
from gnuradio.rfattn.reporting import Progress, table

from ..web.corrections import check_label


def add_arguments(parser) -> None:
    parser.add_argument("folder", nargs="?", metavar="DIR", help="folder of labelled recordings")
    parser.add_argument(
        "--name", default="my", metavar="NAME", help="of your own model (default: %(default)s)"
    ).not_with = "--list"
    parser.add_argument(
        "--model",
        default="",
        metavar="M",
        help="model for emissions that a new own model is made from (default: emissions)",
    ).needs = "DIR"
    parser.add_argument("--list", action="store_true", help="list your own models")
    parser.add_argument("--undo", action="store_true", help="take the last teaching back")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    parser.one_of = "DIR", "--list", "--undo"


def run(arguments) -> int:
    if arguments.list:
        print_own()
    elif arguments.undo:
        undo(arguments.name)
    else:
        teach_folder(arguments)
    return 0


def teach_folder(arguments) -> None:
    from ..learning.own_model import OwnModel

    with OwnModel.open(arguments.name, arguments.model, DEFAULT_EMISSION_MODEL) as own:
        lessons = own.add(arguments.folder, cut_folder(arguments.folder, arguments.quiet))
    print_lessons(lessons)
    print(f"try: gr-rfattn label --model {arguments.name} RECORDING")


def cut_folder(folder: str, quiet: bool) -> list:
    """The cuts of the recordings of a folder, but those of splits val and test.

    Raises:
        ValueError: the folder is not as `labelled_folder.read_folder` needs it, or `with_label`
            refuses a recording.
    """
    from gnuradio.rfattn.recordings.front_end import CHANNEL_FRONT_END
    from gnuradio.rfattn.recordings.labelled_folder import read_folder
    from gnuradio.rfattn.recordings.recording import RecordingError

    from ..cutting.cut_recording import cut_recording

    entries = [one for one in read_folder(folder) if one.split not in ("val", "test")]
    cuts = []
    with Progress(quiet, len(entries)) as progress:
        for number, entry in enumerate(entries, 1):
            try:
                # The edges of a strong signal that was recorded may be those of its skirts.
                found = list(cut_recording(entry, CHANNEL_FRONT_END, send_again, are_bands=True))
            except RecordingError:
                raise
            except ValueError as error:  # a rate that the detector does not take
                progress.log(f"{entry.path.name}: left out: {error}")
                continue
            if not found:
                progress.log(
                    f"{entry.path.name}: no emission of its label found; it needs some 0.2 s of "
                    "quiet around the signal, as --record with --margin 0.3 keeps"
                )
            cuts += with_label(entry, found)
            progress.show(entry.path.name, number)
    return cuts


def send_again(*arguments) -> list:
    """As `cut_training.cut_sent_again`, of the workshop.

    Raises:
        ImportError: it is not installed.
    """
    module = load(f"{WORKSHOP}.flowgraph.cut_training", "teach: a recording of audio")
    return module.cut_sent_again(*arguments)


def with_label(entry, cuts: list) -> list:
    """The cuts of a recording with the label that the folder's table gives it: its annotations may
    have another one, such as that of a program.

    Raises:
        ValueError: the annotations have several labels, and none is that of the table; or the label
            is not as `check_label` needs it, such as that of an unknown emission.
    """
    try:
        check_label(entry.label)
    except ValueError as error:
        raise ValueError(f"{entry.path.name}: {error}; give it one in labels.csv") from None
    labels = {cut.stated or cut.label for cut in cuts}
    if entry.label in labels or not labels:
        return cuts
    if len(labels) > 1:
        names = ", ".join(map(plain_name, sorted(labels)))
        raise ValueError(
            f"{entry.path.name}: labels.csv calls it {plain_name(entry.label)}, its annotations "
            f"{names}: give the emission this label in its annotations, too"
        )
    return [replace(cut, stated=entry.label) for cut in cuts]


def undo(name: str) -> None:
    from ..learning.own_model import OwnModel

    with OwnModel.open(name) as own:
        folder, lessons = own.undo()
    print(f"{name}: took back what {folder} taught")
    if lessons:
        print_lessons(lessons)
    else:
        print(f"{name}: nothing is left, the model is removed")


def print_own() -> None:
    from gnuradio.rfattn.inference.files import own_models

    from ..learning.own_model import list_own

    own = list_own()
    rows = [
        [name, label, str(counts["recordings"]), str(counts["emissions"])]
        for name, one in own.items()
        for label, counts in one["labels"].items()
    ]
    if rows:
        print(table(["model", "label", "recordings", "emissions"], rows), end="")
    else:
        print(f"no own models in {own_models()}")


def print_lessons(lessons) -> None:
    """A row for each class: its examples, what tells it apart, and how well it holds."""
    rows = [
        [
            one.taught.name,
            f"{one.emissions} in {one.recordings}",
            ", ".join(one.taught.parents),
            near_text(one.taught.near) or "shape",
            "" if one.left_out is None else f"{one.left_out}/{one.recordings}",
            f"{one.called} of {one.strangers}",
        ]
        for one in lessons
    ]
    heads = ["class", "emissions", "called so far", "near", "left out", "strangers so called"]
    print(table(heads, rows), end="")
    for one in lessons:
        if one.left_out is not None and one.left_out < one.recordings:
            missed = one.recordings - one.left_out
            print(
                f"{one.taught.name}: {missed} of {one.recordings} not told from strangers by the "
                "others: record more"
            )


def near_text(near) -> str:
    """The middles of the measurements of the examples, such as "width 12.5 kHz, bursts 80 ms"."""
    from gnuradio.rfattn.emissions.taught import MEASURES

    parts = []
    for name, one in near.items():
        value, unit = statistics.median(one.middle), " Bd"
        if name == "width_hz":
            value, unit = (value / 1e3, " kHz") if value < 1e6 else (value / 1e6, " MHz")
        elif name == "burst_s":
            value, unit = (value * 1e3, " ms") if value < 1.0 else (value, " s")
        parts.append(f"{MEASURES[name]} {value:.4g}{unit}")
    return ", ".join(parts)
