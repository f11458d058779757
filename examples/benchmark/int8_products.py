#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare int8 weights with float32 ones in the matrix products of a step on this CPU.

Each linear layer of a model is computed in turn with its float32 weights and with int8 ones, whose
inputs are quantised as they come (torch's dynamic quantisation), on one thread. Times are those
that the processor spent on the thread. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial

import torch
from gnuradio.rfattn.attention import ATTENTIONS, ModelConfig, StreamingTransformer
from gnuradio.rfattn.benchmark.machine import describe, summary
from gnuradio.rfattn.benchmark.options import names
from gnuradio.rfattn.benchmark.plan import SHAPE, fields_of_model
from gnuradio.rfattn.inference import blas
from gnuradio.rfattn.reporting import table_of

from thread_times import compared, gain_cell, in_turn

_CALLS = 20
"""Products of a round."""
_COLUMNS = {
    "attention": lambda r: r["attention"],
    "rows": lambda r: r["rows"],
    "weights": lambda r: f"{r['outputs']} × {r['inputs']}",
    "float32, µs": lambda r: f"{r['ns'][0] / 1e3:.3g}",
    "int8, µs": lambda r: f"{r['ns'][1] / 1e3:.3g}",
    "speed of int8": gain_cell,
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", metavar="NAME", help="measure the shape of this family or file")
    parser.add_argument(
        "--attention", metavar="A,B", type=names, default=("flash",), help="default: flash"
    )
    parser.add_argument("--rounds", type=int, metavar="N", default=25)
    arguments = parser.parse_args(argv)
    if strange := [name for name in arguments.attention if name not in ATTENTIONS]:
        parser.error(f"--attention must be of {', '.join(ATTENTIONS)}, got {strange[0]}")
    blas.set_torch_threads(1)
    base = fields_of_model(arguments.model)["base"] if arguments.model else SHAPE
    rows = []
    for attention in arguments.attention:
        rows += measure(base.replace(attention=attention), arguments.rounds)
    print(f"{summary(describe('cpu'))}; {torch.backends.quantized.engine}\n")
    print(table_of(_COLUMNS, rows), end="")
    return 0


def measure(config: ModelConfig, rounds: int) -> list[dict]:
    """A row for each size of weights that the layers of a model have, over the rows of a step."""
    model = StreamingTransformer(config)
    sizes = {
        (layer.in_features, layer.out_features)
        for layer in model.encoder.modules()
        if isinstance(layer, torch.nn.Linear)
    }
    n = config.block_size // config.patch
    return [
        {
            "attention": config.attention,
            "rows": n,
            "inputs": i,
            "outputs": o,
            **timed(n, i, o, rounds),
        }
        for i, o in sorted(sizes)
    ]


def timed(n: int, inputs: int, outputs: int, rounds: int) -> dict:
    """A product with float32 and with int8 weights; see `compared`."""
    plain = torch.nn.Sequential(torch.nn.Linear(inputs, outputs)).eval()
    small = torch.ao.quantization.quantize_dynamic(plain, {torch.nn.Linear}, torch.qint8)
    x = torch.randn(n, inputs)
    with torch.inference_mode():
        return compared(in_turn([partial(plain, x), partial(small, x)], rounds, _CALLS))


if __name__ == "__main__":
    sys.exit(main())
