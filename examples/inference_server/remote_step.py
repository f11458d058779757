#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Step a stream on an inference server, and compare with the same step in this process.

    python3 remote_step.py --address 127.0.0.1:8080 --model emissions --attention flash --steps 200

Speaks the Open Inference Protocol (KServe v2) over HTTP with binary tensors. The state of a stream
is a dictionary of arrays that goes out with a step and comes back with its logits.
"""

from __future__ import annotations

import argparse
import http.client
import json
import time

import numpy as np

_DTYPES = {"FP32": np.float32, "INT64": np.int64}
_TYPES = {np.dtype(dtype): name for name, dtype in _DTYPES.items()}
_LENGTH = "Inference-Header-Content-Length"


class RemoteStep:
    """The model of a server.

    Args:
        address: host:port.
        name: of the model there.
        timeout_s: for each answer.
    """

    def __init__(self, address: str, name: str = "step", timeout_s: float = 10.0):
        self._connection = http.client.HTTPConnection(address, timeout=timeout_s)
        self._path = f"/v2/models/{name}/infer"

    def step(self, tokens: np.ndarray, state: dict) -> tuple[np.ndarray, dict]:
        """Logits [1, n_classes] of tokens float32 [1, n, n_bins + n_features], and the next state.

        Raises:
            OSError: the server cannot be reached.
            RuntimeError: it refused; the text is its answer.
        """
        tensors = {"tokens": tokens, **state}
        inputs = [
            {
                "name": name,
                "shape": list(value.shape),
                "datatype": _TYPES[value.dtype],
                "parameters": {"binary_data_size": value.nbytes},
            }
            for name, value in tensors.items()
        ]
        request = {"inputs": inputs, "parameters": {"binary_data_output": True}}
        head = json.dumps(request).encode()
        body = b"".join([head, *(value.tobytes() for value in tensors.values())])
        kind = {"Content-Type": "application/octet-stream", _LENGTH: str(len(head))}
        self._connection.request("POST", self._path, body, kind)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {content[:200].decode(errors='replace')}")
        found = read_tensors(content, int(answer.headers[_LENGTH]))
        logits = found.pop("logits")
        return logits, {name.removeprefix("new_"): value for name, value in found.items()}

    def close(self) -> None:
        self._connection.close()


def read_tensors(content: bytes, length: int) -> dict[str, np.ndarray]:
    """The outputs of an answer, whose JSON has ``length`` bytes; the tensors stand behind it."""
    found, place = {}, length
    for output in json.loads(content[:length])["outputs"]:
        size = output["parameters"]["binary_data_size"]
        values = np.frombuffer(content[place : place + size], _DTYPES[output["datatype"]])
        found[output["name"]] = values.reshape(output["shape"])
        place += size
    return found


def new_state(config) -> dict[str, np.ndarray]:
    """The state of a stream that begins, of a `ModelConfig`."""
    from gnuradio.rfattn.attention import cache_shapes

    level, *rings = (np.zeros(shape, np.float32) for shape in cache_shapes(config))
    count = np.zeros(1, np.int64)
    named = {f"ring{i}": ring for i, ring in enumerate(rings)}
    return {"level": level, "position": count, "seen": count, **named}


def compare(remote: RemoteStep, adapter, steps: int, seed: int = 1) -> dict:
    """Steps one stream here and there in turns.

    Args:
        adapter: an `AttentionModelAdapter` on the CPU, of the model that the server has.

    Returns:
        difference: the largest of any logit; here_ms, there_ms: of a step with a full window, the
        time within which the fastest tenth of them end, since other programs make the others
        slower; state_bytes: that go each way.
    """
    config, state = adapter.config, new_state(adapter.config)
    random = np.random.default_rng(seed)
    shape = (1, config.block_size, config.n_values)
    difference, here, there = 0.0, [], []
    for _ in range(config.blocks_in_window + steps):
        tokens = random.normal(-60.0, 10.0, shape).astype(np.float32)
        tokens[:, :, config.n_bins :] = random.normal(0.0, 1.0, (*shape[:2], config.n_features))
        began = time.perf_counter()
        expected = adapter.step(tokens)
        between = time.perf_counter()
        logits, state = remote.step(tokens, state)
        there.append(time.perf_counter() - between)
        here.append(between - began)
        difference = max(difference, float(np.abs(logits - expected).max()))
    full = slice(config.blocks_in_window, None)
    return {
        "difference": difference,
        "here_ms": 1e3 * float(np.quantile(here[full], 0.1)),
        "there_ms": 1e3 * float(np.quantile(there[full], 0.1)),
        "state_bytes": sum(value.nbytes for value in state.values()),
    }


def main() -> None:
    from gnuradio.rfattn.inference import AttentionModelAdapter, blas
    from gnuradio.rfattn.inference.onnx_file import RUNS

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--address", default="127.0.0.1:8080", help="host:port of the server")
    parser.add_argument("--name", default="step", help="of the model there")
    parser.add_argument("--model", default="emissions", help="family or file to compare with")
    parser.add_argument("--attention", default="flash", choices=RUNS)
    parser.add_argument("--steps", type=int, default=200, help="timed, with a full window")
    options = parser.parse_args()
    blas.set_torch_threads(1)
    adapter = AttentionModelAdapter.load(options.model, options.attention, device="cpu")
    remote = RemoteStep(options.address, options.name)
    found = compare(remote, adapter, options.steps)
    remote.close()
    print(
        f"{options.model}, {options.attention}: largest difference {found['difference']:.1e}, "
        f"a step takes {found['here_ms']:.2f} ms here, {found['there_ms']:.2f} ms there, state "
        f"{found['state_bytes'] / 1024:.0f} KiB each way"
    )


if __name__ == "__main__":
    main()
