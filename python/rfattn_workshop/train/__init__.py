# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains and evaluates models with torch and numpy; needs no GNU Radio.

`train` loads on first use, so that the configuration imports without torch.
"""

from gnuradio.rfattn_station.learning.stream_logits import stream_logits
from gnuradio.rfattn_station.learning.variants import Augmentation

from .config import TrainConfig
from .data import Tokens, read_tokens
from .evaluate import evaluate, judge, summarise

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


def __getattr__(name):
    if name != "train":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .loop import train

    return train


def __dir__():
    return sorted(__all__)
