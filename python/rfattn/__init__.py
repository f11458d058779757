# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Streaming attention over RF spectra: GNU Radio blocks, models, training and a command.

The blocks load on first use, so that `gnuradio.rfattn.attention`, `.train`, `.front_end`,
`.sigmf` and `.command` import where GNU Radio is absent. A block whose binding is missing or
broken raises the ImportError of that binding.
"""

import sys
from importlib import import_module
from types import ModuleType

from ._version import __version__

_BLOCKS = {
    "band_tagger": ".rfattn_python",
    "latency_probe": ".rfattn_python",
    "power_spectrum": ".rfattn_python",
    "rx_tagger": ".rfattn_python",
    "spectrum_probe": ".rfattn_python",
    "tags": ".rfattn_python",
    "token_buffer": ".rfattn_python",
    "token_squelch": ".rfattn_python",
    "band_splitter": ".band_splitter",
    "detection_sink": ".detection_sink",
    "prometheus_sink": ".prometheus_sink",
    "qt_detection_sink": ".qt_detection_sink",
    "sigmf_annotation_sink": ".sigmf_annotation_sink",
    "sigmf_source": ".sigmf_source",
    "transformer": ".transformer",
    "zmq_stats_sink": ".zmq_stats_sink",
}

__all__ = ["__version__", *_BLOCKS]  # noqa: PLE0604


class _Package(ModuleType):
    """Keeps a block's name for the block, which importing the file `transformer.py` would take."""

    def __setattr__(self, name, value):
        if not (name in _BLOCKS and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name):
    if name not in _BLOCKS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    block = getattr(import_module(_BLOCKS[name], __name__), name)
    globals()[name] = block
    return block


def __dir__():
    return sorted(set(globals()) | set(_BLOCKS))
