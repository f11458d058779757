# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`help(rfattn.BLOCK)` suffices: ports, tags or messages, every parameter, what is refused."""

import inspect
import re

import pytest
from gnuradio import gr, rfattn
from qa_names import parameters_of

BLOCKS = sorted(set(rfattn.__all__) - {"__version__", "tags"})
INHERITED = {
    name
    for base in (gr.basic_block, gr.block, gr.sync_block, gr.decim_block, gr.hier_block2)
    for name in dir(base)
}
# GNU Radio calls these, with its own contract.
CALLED_BY_GNURADIO = {"work", "start", "stop", "general_work", "forecast"}


@pytest.fixture(params=BLOCKS)
def block(request):
    return getattr(rfattn, request.param)


def test_the_ports(block):
    text = inspect.getdoc(block)
    assert re.search(r"^(Streams? (in|out|input|output)\b|Messages (in|out))", text, re.MULTILINE)
    assert len(text.splitlines()[0]) < 100 and text.splitlines()[0][0].isupper()


def test_every_parameter_and_what_is_refused(block):
    text = inspect.getdoc(block)
    described = text[re.search(r"^(Args:|Parameters\n)", text, re.MULTILINE).end() :]
    for name in parameters_of(block):
        assert re.search(rf"^ *[\w, ]*\b{name}\b[\w, ]* ?:", described, re.MULTILINE), name
    assert "Raises" in described


def test_every_method(block):
    own = [name for name in vars(block) if not name.startswith("_")]
    for name in set(own) - INHERITED - CALLED_BY_GNURADIO:
        text = getattr(block, name).__doc__ or ""
        # pybind11 writes the signature in front, which alone says nothing.
        assert re.sub(r"^\w+\(.*\) -> .*$", "", text, flags=re.MULTILINE).strip(), name
