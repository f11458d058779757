# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The step on an inference server: the client, and KServe where KSERVE_PYTHON names a Python."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
from gnuradio.rfattn.attention import kv_bytes
from gnuradio.rfattn.inference import AttentionModelAdapter, onnx_file

from attention_models import contract_of, random_model, tiny_config
from onnx_sessions import onnx_session

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "inference_server"
sys.path.insert(0, str(FOLDER))
from remote_step import RemoteStep, compare, new_state, read_tensors  # noqa: E402

KSERVE_PYTHON = os.environ.get("KSERVE_PYTHON", "")
LENGTH = "Inference-Header-Content-Length"
CONFIG = tiny_config(n_features=3)
TYPES = {"float32": "FP32", "int64": "INT64"}
TOLERANCE = 1e-5  # float32 rounding through three layers
needs_onnx = pytest.mark.skipif(bool(onnx_file.missing()), reason=str(onnx_file.missing()))


def make_adapter() -> AttentionModelAdapter:
    return AttentionModelAdapter(random_model(CONFIG), contract_of(CONFIG), device="cpu")


@pytest.fixture(scope="module")
def content() -> bytes:
    return onnx_file.export_step(random_model(CONFIG), CONFIG)


@pytest.fixture
def server(content):
    """The address of a server that follows the protocol and knows the model "step"."""
    run = onnx_session(content)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != "/v2/models/step/infer":
                return self.answer(404, b'{"error": "no such model"}', {})
            length = int(self.headers[LENGTH])
            request = json.loads(body[:length])
            assert request["parameters"] == {"binary_data_output": True}
            found = run(read_tensors(as_answer(body, length), answer_length(body, length)))
            outputs = [described(name, value) for name, value in found.items()]
            head = json.dumps({"outputs": outputs}).encode()
            values = b"".join(value.tobytes() for value in found.values())
            self.answer(200, head + values, {LENGTH: str(len(head))})

        def answer(self, status: int, body: bytes, headers: dict):
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as served:
        thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{served.server_port}"
        served.shutdown()
        thread.join()


def described(name: str, value: np.ndarray) -> dict:
    size = {"binary_data_size": value.nbytes}
    kind = TYPES[str(value.dtype)]
    return {"name": name, "shape": list(value.shape), "datatype": kind, "parameters": size}


def as_answer(body: bytes, length: int) -> bytes:
    """A request in the form of an answer: both describe tensors alike."""
    return json.dumps({"outputs": json.loads(body[:length])["inputs"]}).encode() + body[length:]


def answer_length(body: bytes, length: int) -> int:
    return len(as_answer(body, length)) - (len(body) - length)


@needs_onnx
def test_a_stream_on_a_server_equals_the_one_in_this_process(server):
    remote = RemoteStep(server)
    found = compare(remote, make_adapter(), steps=8)  # over three wraps of the ring
    remote.close()
    assert found["difference"] <= TOLERANCE
    assert found["state_bytes"] == kv_bytes(make_adapter().config) + 2 * 8  # and two counts
    assert found["here_ms"] > 0.0 and found["there_ms"] > 0.0


@needs_onnx
def test_streams_of_one_server_do_not_disturb_each_other(server):
    remote, states = RemoteStep(server), [new_state(CONFIG), new_state(CONFIG)]
    tokens = np.full((1, CONFIG.block_size, CONFIG.n_values), -60.0, np.float32)
    first, states[0] = remote.step(tokens, states[0])
    second, states[1] = remote.step(tokens, states[1])
    remote.close()
    assert np.array_equal(first, second)
    assert all(state["seen"] == CONFIG.block_size for state in states)


@needs_onnx
def test_what_the_server_refuses_is_said(server):
    remote = RemoteStep(server, name="other")
    tokens = np.zeros((1, CONFIG.block_size, CONFIG.n_values), np.float32)
    with pytest.raises(RuntimeError, match='404: {"error": "no such model"}'):
        remote.step(tokens, new_state(CONFIG))
    remote.close()


@needs_onnx
def test_the_script_writes_the_file_of_a_shipped_model(tmp_path):
    path = tmp_path / "step.onnx"
    script = [sys.executable, FOLDER / "export_step.py", "--model", "rf14", "--attention", "gqa"]
    done = subprocess.run([*script, path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    adapter = AttentionModelAdapter.load("rf14", "gqa", device="cpu")
    run, state = onnx_session(path.read_bytes()), new_state(adapter.config)
    shape = (1, adapter.block_size, adapter.n_values)
    tokens = np.random.default_rng(1).normal(-60.0, 10.0, shape).astype(np.float32)
    found = run({"tokens": tokens, **state})
    assert np.abs(found["logits"] - adapter.step(tokens)).max() <= TOLERANCE


def refuses_hostile(remote):
    """Tensors that are no step are refused in a line, and the server continues."""
    tokens = np.zeros((1, CONFIG.block_size, CONFIG.n_values), np.float32)
    state = new_state(CONFIG)
    for sent, kept in (
        (tokens[:, :1], state),
        (tokens.astype(np.int64), state),
        (tokens, {}),
        (tokens, {**state, "other": tokens}),
        (tokens, {**state, "ring0": tokens}),
    ):
        with pytest.raises(RuntimeError, match="^400: ") as refused:
            remote.step(sent, kept)
        assert "Traceback" not in str(refused.value) and "\n" not in str(refused.value)


@needs_onnx
@pytest.mark.skipif(
    not KSERVE_PYTHON, reason="KSERVE_PYTHON names no Python with kserve and onnxruntime"
)
def test_kserve_runs_the_step(content, tmp_path):
    path = tmp_path / "step.onnx"
    path.write_bytes(content)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [KSERVE_PYTHON, FOLDER / "kserve_step.py", path, "--port", str(port)]
    outside = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=outside) as process:
        try:
            lines = []
            for line in process.stderr:
                lines.append(line)
                if re.search("startup complete", line):
                    break
            assert lines and "startup complete" in lines[-1], "".join(lines)
            drain = threading.Thread(target=process.stderr.read)
            drain.start()
            remote = RemoteStep(f"127.0.0.1:{port}", timeout_s=60.0)
            refuses_hostile(remote)
            found = compare(remote, make_adapter(), steps=8)
            remote.close()
        finally:
            process.terminate()
        drain.join()
    assert found["difference"] <= TOLERANCE
