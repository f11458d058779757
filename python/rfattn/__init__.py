# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Streaming attention over RF spectra: GNU Radio blocks, models, training and a command.

`label(samples, rate)` finds the emissions in samples or in a file and labels them, in one call; see
help(rfattn.label).

The blocks load on first use, so that the packages `attention`, `inference`, `recordings`, `train`
and `synthesis` import where GNU Radio is absent. A block whose binding is missing or broken raises
the ImportError of that binding.
"""

from importlib import import_module

from ._version import __version__

_BLOCKS = {
    "tags": ".rfattn_python",
    "sigmf_source": ".blocks.sigmf_source",
    "rx_tagger": ".rfattn_python",
    "band_splitter": ".blocks.band_splitter",
    "band_tagger": ".rfattn_python",
    "emission_detector": ".rfattn_python",
    "power_spectrum": ".rfattn_python",
    "emission_extractor": ".blocks.emission_extractor",
    "frame_contents": ".blocks.frame_contents",
    "token_scheduler": ".rfattn_python",
    "edge_sink": ".blocks.edge_sink",
    "edge_source": ".blocks.edge_source",
    "token_buffer": ".rfattn_python",
    "transformer": ".blocks.transformer",
    "latency_probe": ".rfattn_python",
    "spectrum_probe": ".rfattn_python",
    "waterfall_probe": ".blocks.waterfall_probe",
    "emission_labels": ".blocks.emission_labels",
    "signal_labeller": ".blocks.signal_labeller",
    "zmq_stats_sink": ".blocks.zmq_stats_sink",
    "prometheus_sink": ".blocks.prometheus_sink",
    "sigmf_annotation_sink": ".blocks.sigmf_annotation_sink",
    "qt_detection_sink": ".blocks.qt_detection_sink",
    "detection_sink": ".blocks.detection_sink",
    "emission_recorder": ".blocks.emission_recorder",
    "emission_decoder": ".blocks.emission_decoder",
    "emission_demodulator": ".blocks.emission_demodulator",
}
"""Module of each block, in the order of the signal path and of docs/blocks.md."""

_FUNCTIONS = dict.fromkeys(("label", "LabelledEmission"), ".flowgraph.label")
_FUNCTIONS["LabellerOptions"] = ".blocks.labeller_options"
"""Module of what is no block: a function, what it returns, and what a block takes."""

MESSAGE_SINKS = {
    "stats": (
        "zmq_stats_sink",
        "ADDRESS",
        "publish emissions, labels, statistics and spectra over ZMQ, e.g. tcp://127.0.0.1:5557, "
        "for gr-rfattn serve and watch",
    ),
    "prometheus": (
        "prometheus_sink",
        "HOST:PORT",
        "serve metrics to Prometheus, e.g. 127.0.0.1:9557",
    ),
}
"""Options of `label` and `live` that open a message sink: its block, and the option's value and
help. The block takes the value as its first argument."""

__all__ = ["__version__", *_FUNCTIONS, *_BLOCKS]  # noqa: PLE0604


def __getattr__(name):
    modules = _FUNCTIONS | _BLOCKS
    if name not in modules:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(modules[name], __name__), name)
    if getattr(found, "__module__", "") == f"{__name__}.rfattn_python":
        import_module(".wrong_arguments", __name__).explain_arguments(found)
    globals()[name] = found
    return found


def __dir__():
    return sorted(__all__)
