# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes over a model of the user's own while `live` runs, when it has learned or was taught."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

from ...flowgraph.options import ModelOptions
from ...inference import NO_MODEL

LOOK_S = 5.0
"""Between two looks at the file."""


class RenewedModel:
    """Swaps the model of a labeller when its file is another than when this was made, which must be
    before the labeller reads it.

    Args:
        model: as the labeller is given it.
        path: its file.
        clock: as time.monotonic.

    Attributes:
        swap: takes the model, such as `signal_labeller.set_model`; to be set before `look`.
    """

    swap: Callable[[str], None]

    def __init__(self, model: str, path: Path, clock: Callable[[], float] = time.monotonic):
        self._model, self._path, self._clock = model, path, clock
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
            self.swap(self._model)
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


def renewed(options: ModelOptions | None) -> RenewedModel | None:
    """What renews a model; None where it is none of the user's own.

    Raises:
        ModelFileError: there is no such model.
    """
    from ...inference.files import own_models, resolve

    if options is None or options.model in ("", NO_MODEL):
        return None
    path = resolve(options.model, options.attention, options.norm)
    if own_models().resolve() not in path.resolve().parents:
        return None
    return RenewedModel(options.model, path)
