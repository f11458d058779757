# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps emissions whose class a checksum proves, to learn from."""

from __future__ import annotations

import time

from ..catalogue.formats import checked_formats, formats
from ..emissions.example_store import CHECKSUM, ExampleStore
from ..messages import schema
from .parts.message_sink import MessageSink

_WAIT_S = 0.5
"""For another program that holds the file: the flowgraph ends within 2 s."""


class example_keeper(MessageSink):
    """Keeps emissions whose class a checksum proves, for `gr-rfattn learn`.

    An emission with a frame whose checksum is right is of the class of the frame, whatever the
    model called it. What the model made of it and what was measured goes into the file
    examples.sqlite of the folder: no samples, and nothing of what the frame says. The newest 300 of
    each class are kept, some 1.5 kB each.

    Messages in:
        - observations: dictionaries of `emission_labels`, or of `signal_labeller`.

    Args:
        folder: where to keep them; it is made if its parent exists. Several flowgraphs, and
            `gr-rfattn serve`, may use the same.
        every_s: of each class one emission in so many seconds is kept, >= 0, so that a busy
            transmitter leaves room for others.

    Attributes:
        kept: number of emissions that were kept; left_out: that were proved and not kept.
        failures: emissions that could not be kept, as when another program holds the file: `count`,
            and `first`, the first exception or None.
        messages_lost: number of messages that were discarded, since they came too fast.

    Raises:
        ValueError: naming the parameter, the rule and the value, or the file and what is wrong.
    """

    TOPICS = ("observations",)

    def __init__(self, folder, every_s=60.0):
        if not every_s >= 0.0:
            raise ValueError(f"example_keeper: every_s must be >= 0, got {every_s}")
        if not folder:
            raise ValueError("example_keeper: folder must not be empty")
        self._every_s = every_s
        try:
            self._store = ExampleStore(folder, wait_s=_WAIT_S)
        except ValueError as error:
            raise ValueError(f"example_keeper: {error}") from None
        self._newest: dict[str, tuple[float, tuple]] = {}  # by class: when, and which
        self.kept = self.left_out = 0
        MessageSink.__init__(self, drops=True, is_guest=True)

    def _receive(self, topic: str, message: dict) -> None:
        observation = schema.read(topic, message)
        if observation.frames not in checked_formats():
            return
        label, which = formats()[observation.frames], (observation.run, observation.id)
        when, before = self._newest.get(label, (None, None))
        if which != before:
            now = time.monotonic()
            if when is not None and now - when < self._every_s:
                self.left_out += 1
                return
        self._store.add(label, CHECKSUM, observation)
        if which != before:
            self.kept += 1
            self._newest[label] = now, which

    def summary(self) -> str:
        """What became of the emissions, in a line."""
        return f"kept to learn from: {self.kept} proved emissions, {self.left_out} left out"

    def close(self) -> None:
        """Takes the messages that still wait, then closes the file. A second call does nothing."""
        self.drain()
        self._store.close()
