# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels that a person gave to recorded emissions, for training."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from gnuradio.rfattn.recordings.labelled_folder import put_in_table
from gnuradio.rfattn.recordings.sigmf import META_SUFFIX, set_label

GENERATOR = "gr-rfattn serve, by hand"
"""The generator of annotations that a person labelled; no program replaces them."""
_LABEL = re.compile(r"[A-Za-z0-9][\w .+/-]{0,39}", re.ASCII)


def check_label(label: str) -> str:
    """The label without spaces around it.

    Raises:
        ValueError: naming the rule and the value.
    """
    label = label.strip()
    if not _LABEL.fullmatch(label):
        raise ValueError(
            "a label must be 1 to 40 letters, digits, spaces or ._+/- and begin with a letter or "
            f"digit, got {label!r:.60}"
        )
    return label


def correct(metas: Iterable[Path], label: str, group: str) -> list[str]:
    """Labels the recordings of one emission, and lists them in ``labels.csv`` of their folder.

    Args:
        metas: their ``.sigmf-meta`` files, all in one folder.
        label: see `check_label`.
        group: see `labelled_folder.LabelledRecording`.

    Returns:
        The names of the files.

    Raises:
        OSError: naming the file that could not be written. What was written before is whole.
        SigMFError: a file cannot be used.
    """
    label = check_label(label)
    metas = [path for path in metas if path.name.endswith(META_SUFFIX)]
    for path in metas:
        set_label(path, label, GENERATOR)
    if metas:
        put_in_table(metas[0].parent, [path.name for path in metas], label, group)
    return [path.name for path in metas]
