# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""ONNX files run in this process."""

from gnuradio.rfattn.silence import silence


def onnx_session(content: bytes):
    """A function from inputs by name to outputs by name, that runs an ONNX file."""
    with silence(
        2
    ):  # Debian's onnx and onnxruntime share a library that warns when both are loaded
        import onnxruntime
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [place.name for place in session.get_outputs()]
    return lambda inputs: dict(zip(names, session.run(names, inputs), strict=True))
