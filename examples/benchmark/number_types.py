#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the step in bfloat16 with that in float32 on this CPU, attention by attention.

Both are checked against the offline pass and stepped in turn on one thread. Times are those that
the processor spent on the thread, which other programs disturb little. Prints a Markdown table.
"""

from __future__ import annotations

import argparse
import sys

from gnuradio.rfattn.attention import ATTENTIONS, ModelConfig
from gnuradio.rfattn.benchmark.cases import model_case
from gnuradio.rfattn.benchmark.machine import describe, summary
from gnuradio.rfattn.benchmark.options import names, sizes
from gnuradio.rfattn.benchmark.plan import SHAPE, Plan, fields_of_model
from gnuradio.rfattn.inference import blas, cpu_info
from gnuradio.rfattn.reporting import table_of

from thread_times import compared, gain_cell, in_turn

DTYPES = ("float32", "bfloat16")
_COLUMNS = {
    "attention": lambda r: r["attention"],
    "W": lambda r: r["window"],
    "float32, ms": lambda r: f"{r['ns'][0] / 1e6:.3g}",
    "bfloat16, ms": lambda r: f"{r['ns'][1] / 1e6:.3g}",
    "speed of bfloat16": gain_cell,
    "error of bfloat16": lambda r: f"{r['error']:.2g}",
}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", metavar="NAME", help="measure the shape of this family or file")
    parser.add_argument(
        "--attention", metavar="A,B", type=names, default=ATTENTIONS, help="attentions to measure"
    )
    parser.add_argument(
        "--window", metavar="1k,4k", type=sizes, help="tokens (default: 1k,4k,16k; of a model, its)"
    )
    parser.add_argument("--rounds", type=int, metavar="N", default=25, help="steps of each")
    arguments = parser.parse_args(argv)
    blas.set_torch_threads(1)
    base = fields_of_model(arguments.model)["base"] if arguments.model else SHAPE
    windows = (base.window,) if arguments.model else (1024, 4096, 16384)
    rows = []
    for window in arguments.window or windows:
        for attention in arguments.attention:
            print(f"W {window}, {attention}", file=sys.stderr, flush=True)
            shape = base.replace(attention=attention, window=window)
            rows.append(measure(shape, arguments.rounds))
    flags = [f for f in ("avx512_bf16", "amx_bf16") if f in cpu_info.information().get("flags", "")]
    print(f"{summary(describe('cpu'))}; {', '.join(flags) or 'neither avx512_bf16 nor amx_bf16'}\n")
    print(table_of(_COLUMNS, rows), end="")
    return 0


def measure(config: ModelConfig, rounds: int) -> dict:
    """The row of one model.

    Raises:
        ValueError: when one of the two does not compute the right logits.
    """
    sizes_of = {"windows": (config.window,), "block_sizes": (config.block_size,)}
    plans = [
        Plan(dtype=dtype, runners=("torch",), threads=1, streams=0, **sizes_of) for dtype in DTYPES
    ]
    cases = [model_case(config, 1, plan) for plan in plans]
    for case in cases:
        if case.step is None:
            raise ValueError(case.row.get("refused") or case.row["skipped"])
    return {
        "attention": config.attention,
        "window": config.window,
        **compared(in_turn([case.run for case in cases], rounds)),
        "error": cases[1].row["check"]["max_error"],
    }


if __name__ == "__main__":
    sys.exit(main())
