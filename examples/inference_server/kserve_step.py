#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serve the file of export_step.py with KServe's model server, which runs it in ONNX Runtime.

    sudo apt-get install python3-venv
    python3 -m venv server && server/bin/pip install kserve onnxruntime
    server/bin/python kserve_step.py step.onnx --port 8080

Needs neither gr-rfattn nor GNU Radio. The server keeps no state, so any number of them may stand
behind one address, and each request of a stream may go to another one.

KServe listens on all addresses of the machine and asks nobody who they are: it belongs behind a
firewall or into a cluster.
"""

from __future__ import annotations

import argparse

import onnxruntime
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer
from kserve.errors import InvalidInput

_TYPES = {"float32": "FP32", "int64": "INT64"}


class OnnxStep(Model):
    """Runs an ONNX file: the tensors of a request by name in, all outputs of the file out."""

    def __init__(self, name: str, path: str):
        super().__init__(name)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
        self._outputs = [place.name for place in self._session.get_outputs()]
        self.ready = True

    def predict(self, payload: InferRequest, headers=None, response_headers=None) -> InferResponse:
        try:
            tensors = {tensor.name: tensor.as_numpy() for tensor in payload.inputs}
            values = self._session.run(self._outputs, tensors)
        except Exception as error:  # those of ONNX Runtime have no other base
            raise InvalidInput(" ".join(str(error).split())[:300]) from None
        outputs = []
        for name, value in zip(self._outputs, values, strict=True):
            output = InferOutput(name, list(value.shape), _TYPES[str(value.dtype)])
            output.set_data_from_numpy(value)
            outputs.append(output)
        return InferResponse(
            payload.id, self.name, outputs, use_binary_outputs=payload.use_binary_outputs
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", help="written by export_step.py")
    parser.add_argument("--name", default="step", help="of the model, for clients")
    parser.add_argument("--port", type=int, default=8080, help="for HTTP")
    options = parser.parse_args()
    server = ModelServer(http_port=options.port, enable_grpc=False, enable_latency_logging=False)
    server.start([OnnxStep(options.name, options.file)])


if __name__ == "__main__":
    main()
