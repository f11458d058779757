# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains and evaluates models with torch and numpy; needs no GNU Radio."""

from gnuradio.rfattn_station.learning.stream_logits import stream_logits
from gnuradio.rfattn_station.learning.variants import Augmentation

from .config import TrainConfig
from .data import Tokens, read_tokens
from .evaluate import evaluate, judge, summarise
from .loop import train

__all__ = [
    "Augmentation",
    "Tokens",
    "TrainConfig",
    "evaluate",
    "judge",
    "read_tokens",
    "stream_logits",
    "summarise",
    "train",
]


def __dir__():
    return sorted(__all__)
