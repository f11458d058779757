#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the step of a model as an ONNX file whose state is input and output.

    python3 export_step.py --model emissions --attention flash step.onnx

Needs python3-onnx and python3-onnxruntime.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from gnuradio.rfattn.attention import ModelConfig
from gnuradio.rfattn.inference import load_eager
from gnuradio.rfattn.inference.files import resolve
from gnuradio.rfattn.inference.onnx_file import RUNS, export_step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="to write")
    parser.add_argument("--model", default="emissions", help="family, .pt or .safetensors file")
    parser.add_argument("--attention", default="flash", choices=RUNS)
    parser.add_argument("--norm", default="model", choices=("model", "layernorm", "rmsnorm", "dyt"))
    options = parser.parse_args()
    model, contract = load_eager(resolve(options.model, options.attention, options.norm))
    options.file.write_bytes(export_step(model, ModelConfig.from_dict(contract["model"])))


if __name__ == "__main__":
    main()
