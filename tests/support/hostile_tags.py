# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""PMT values of every type, and flowgraphs that must end in time, for the attack on tags."""

import threading

import pmt

LIMIT_S = 20


def values():
    """A PMT of every type by name."""
    return {
        "nil": pmt.PMT_NIL,
        "true": pmt.PMT_T,
        "long": pmt.from_long(3),
        "negative": pmt.from_long(-3),
        "uint64": pmt.from_uint64(2**64 - 1),
        "double": pmt.from_double(2.5),
        "nan": pmt.from_double(float("nan")),
        "infinity": pmt.from_double(float("inf")),
        "complex": pmt.from_complex(1 + 2j),
        "symbol": pmt.intern("text"),
        "pair": pmt.cons(pmt.from_long(1), pmt.from_long(2)),
        "tuple": pmt.make_tuple(pmt.from_uint64(1), pmt.from_double(0.5)),
        "vector": pmt.make_vector(2, pmt.intern("x")),
        "dictionary": pmt.to_pmt({"x": 1}),
        "u8vector": pmt.init_u8vector(2, [1, 2]),
        "f32vector": pmt.init_f32vector(2, [1.0, 2.0]),
        "c32vector": pmt.init_c32vector(2, [1j, 2j]),
    }


COUNTS = {"long", "uint64"}
NUMBERS = COUNTS | {"negative", "double"}


def with_entry(dictionary, name, value):
    return pmt.dict_add(dictionary, pmt.intern(name), value)


def error_of(block):
    """The text of the error of a block in C++ or in Python, or of the first failure of a guest; ""
    where there is none."""
    failures = getattr(block, "failures", None)
    if failures is not None:
        return str(failures.first or "")
    error = block.error() if callable(block.error) else block.error
    return "" if error is None else str(error)


def run_all(flowgraphs):
    """Runs flowgraphs at the same time; each must end by itself."""
    waiters = []
    for top in flowgraphs:
        top.start()
        waiters.append(threading.Thread(target=top.wait, daemon=True))
        waiters[-1].start()
    for waiter in waiters:
        waiter.join(LIMIT_S)
        if waiter.is_alive():
            raise AssertionError(f"a flowgraph did not end within {LIMIT_S} s")
