# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The streams of a transformer: their segments, and whether their tokens are those of its model."""

from __future__ import annotations

import pmt

from ...recordings.front_end import FrontEnd

_MAX_FFT_SIZE = 65536  # of power_spectrum


class EnteredStreams:
    """Begins the segments of a model's streams, and checks their tokens.

    What it has seen of a stream stands in the note of its cache. So it keeps no streams of its own:
    one that has no cache, or another one, is checked again and begins a segment.

    Args:
        front_end: of the model; empty: it takes any tokens.
        features: of the model.
    """

    def __init__(self, front_end: dict, features: list[str]):
        self._front_end, self._features = front_end, features
        self._taken_front_end = self._taken_features = None  # stated by a step before
        self._front_ends = _accepted(front_end)

    def enter(self, adapter, heads) -> tuple[list, list[int], list[int]]:
        """Makes the caches of a call's streams ready, and frees those of streams that have ended.

        Args:
            heads: of the steps of the call, as `step_tags.read` returns them: it gives no call a
                step of a stream that a later step of the call names as ended.

        Returns:
            the states of the streams, the steps of each in the call, and their numbers, stream by
            stream. The streams are in the order of their last steps, as caches are evicted.

        Raises:
            ValueError: when front end or features of a step are not those of the model.
        """
        steps: dict[int, list[int]] = {}
        for i, (stream, *_, ended) in enumerate(heads):
            for other in ended:
                adapter.end(other)
            steps[stream] = [*steps.pop(stream, ()), i]
        states = adapter.hold(list(steps), len(heads))
        for state, own in zip(states, steps.values(), strict=True):
            for i in own:
                self._enter(state, heads[i])
        counts = [len(own) for own in steps.values()]
        return states, counts, [i for own in steps.values() for i in own]

    def _enter(self, state, head) -> None:
        stream, segment, _, _, _, front_end, features, _ = head
        known = state.note
        if known is None or segment != known[0]:
            state.seen = state.position = 0
        if known is None or front_end is not known[1]:
            self._check_front_end(stream, front_end)
        if known is None or features is not known[2]:
            self._check_features(stream, features)
        state.note = segment, front_end, features

    def _check_front_end(self, stream: int, front_end) -> None:
        if not self._front_ends or _equal(front_end, self._taken_front_end):
            return
        if front_end is None:
            raise ValueError(
                f"transformer: the tokens of stream {stream} state no front end; the model needs "
                f"{self._front_end}; make them with power_spectrum"
            )
        stated = FrontEnd.from_dict(pmt.to_python(front_end))
        differences = [stated.differences(own) for own in self._front_ends]
        if all(differences):
            raise ValueError(
                f"transformer: the front end of stream {stream} is not the model's: "
                + "; ".join(min(differences, key=len))
            )
        self._taken_front_end = front_end

    def _check_features(self, stream: int, features) -> None:
        if _equal(features, self._taken_features):
            return
        stated = [] if features is None else list(pmt.to_python(features))
        if stated != self._features:
            raise ValueError(
                f"transformer: the tokens of stream {stream} have {_listed(stated)}, the model "
                f"needs {_listed(self._features)}; see features of emission_extractor"
            )
        self._taken_features = features


def _equal(stated, taken) -> bool:
    """Whether these are equal PMTs, which takes a twentieth of reading them."""
    return stated is not None and taken is not None and pmt.equal(stated, taken)


def _listed(features: list[str]) -> str:
    return f"features {', '.join(features)}" if features else "no features"


def _accepted(front_end: dict) -> list[FrontEnd]:
    """The front ends whose tokens a model takes: its own, and the form of it for real-valued
    samples; none when the model states none."""
    if not front_end:
        return []
    own = FrontEnd.from_dict(front_end)
    has_real_form = own.sides == "two" and 2 * own.fft_size <= _MAX_FFT_SIZE
    return [own, own.for_real()] if has_real_form else [own]
