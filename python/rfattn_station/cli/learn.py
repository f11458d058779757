# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Learn from a station's own air: emissions that a checksum proved, or that you labelled.

DIR is the folder that live --learn and serve --learn write to. Its examples teach a model of your
own, and each fifth of them judges what the other four teach. The new model is kept only if it
labels new examples better than the one before, and the emissions of all classes that come with the
model no worse. Give its name as --model. Run it by hand, or each night by the timer
gr-rfattn-learn.
"""

from __future__ import annotations

from gnuradio.rfattn.reporting import Progress, count_of, table

from .own_options import add_own_options, open_own


def add_arguments(parser) -> None:
    parser.add_argument("folder", nargs="?", metavar="DIR", help="folder of examples")
    for option in add_own_options(parser):
        option.not_with = "--forget"
    parser.add_argument(
        "--undo", action="store_true", help="go back to the own model before the last learning"
    )
    parser.add_argument(
        "--forget",
        metavar="LABEL",
        help="remove the examples of a label from DIR, without learning",
    ).needs = "DIR"
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    parser.one_of = "DIR", "--undo"


def run(arguments) -> int:
    if arguments.undo:
        undo(arguments.name)
    elif arguments.forget is not None:
        forget(arguments.folder, arguments.forget)
    else:
        learn_folder(arguments)
    return 0


def learn_folder(arguments) -> None:
    from gnuradio.rfattn.emissions.example_store import ExampleStore

    from ..learning.learn import learn

    store = ExampleStore(arguments.folder, is_new=False)
    with open_own(arguments) as own, Progress(arguments.quiet) as progress:
        learned = learn(own, arguments.folder, store.examples(), progress.show)
    print_learned(learned, arguments.name)


def forget(folder: str, label: str) -> None:
    from gnuradio.rfattn.emissions.example_store import ExampleStore

    count = ExampleStore(folder, is_new=False).forget(label)
    print(f"{folder}: removed {count_of(count, 'example')} of {label}")


def undo(name: str) -> None:
    from ..learning.own_model import OwnModel

    with OwnModel.open(name) as own:
        lessons = own.undo_learning()
    print(f"{name}: went back to the model before the last learning")
    if not lessons:
        print(f"{name}: there was none, the model is removed")


def print_learned(learned, name: str) -> None:
    """A row for each label, and what changed."""
    rows = [
        [label, *map(counts_text, counts), learned.left_out.get(label, "yes")]
        for label, counts in learned.labels.items()
    ]
    heads = ["label", "without learning", "learned", "taught class"]
    print(table(heads, rows), end="")
    print("right / without a label / wrong; each fifth judged by what the others teach")
    if learned.others:
        print(f"not used, since another model looked at them: {learned.others}")
    for what, (before, after) in (
        ("new examples", learned.judged),
        ("kept emissions of all classes", learned.kept),
    ):
        print(f"{what}: before {counts_text(before)}, after {counts_text(after)}")
    if learned.is_kept:
        print(f"{name}: {learned.reason}, the new model is kept (learn --undo takes it back)")
    else:
        print(f"{name}: {learned.reason}, nothing has changed")


def counts_text(counts) -> str:
    """Such as "20 / 3 / 1"."""
    return f"{counts.right} / {counts.unnamed} / {counts.wrong}"
