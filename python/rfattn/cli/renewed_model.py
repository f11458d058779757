# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes over a model of the user's own while `live` runs, when it has learned or was taught."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

LOOK_S = 5.0
"""Between two looks at the file."""


class RenewedModel:
    """Swaps the model of a labeller when its file is another.

    Args:
        swap: takes the model, such as `signal_labeller.set_model`.
        model: as the labeller was given it.
        path: its file.
        clock: as time.monotonic.
    """

    def __init__(
        self,
        swap: Callable[[str], None],
        model: str,
        path: Path,
        clock: Callable[[], float] = time.monotonic,
    ):
        self._swap, self._model, self._path, self._clock = swap, model, path, clock
        self._state = self._look_at_file()
        self._next = clock() + LOOK_S

    def look(self) -> None:
        """Looks at the file where it is time to, and says on stderr what came of it."""
        if self._clock() < self._next:
            return
        self._next = self._clock() + LOOK_S
        state = self._look_at_file()
        if state in (None, self._state):
            return
        self._state = state
        try:
            self._swap(self._model)
        except ValueError as error:
            said = f"has changed and cannot be used: {error}; the model of before keeps running"
        else:
            said = "has changed and is used from now on"
        print(f"gr-rfattn: model {self._model} {said}", file=sys.stderr, flush=True)

    def _look_at_file(self) -> tuple | None:
        """What is another when the file is another; None: there is none."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size


def renewed(labeller, model: str) -> RenewedModel | None:
    """What renews the model of a `signal_labeller`; None where it is none of the user's own."""
    from ..inference.files import own_models, resolve

    if labeller.transformer is None:
        return None
    adapter = labeller.transformer.adapter
    path = resolve(model, adapter.attention, adapter.norm)
    if own_models().resolve() not in path.resolve().parents:
        return None
    return RenewedModel(labeller.set_model, model, path)
