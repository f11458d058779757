# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps Python blocks alive as long as the flowgraph that they are connected in, and no longer."""

from __future__ import annotations

import contextlib
import functools
import inspect
import weakref
from collections.abc import Iterator

from gnuradio import gr


class KeptByFlowgraph:
    """A Python block that its flowgraph keeps, as it keeps a C++ block; first among the bases.

    GNU Radio keeps only the C++ half of a block. When the Python half is kept in a local variable
    alone, it is freed at the end of the function, and the flowgraph then calls freed memory.
    So `connect` and `msg_connect`, which ask for the C++ half through `to_basic_block`, here leave
    a reference to the Python half in the Python object of the flowgraph. It is freed with that
    object, by the garbage collector too where the block refers back to the flowgraph.
    """

    def to_basic_block(self):
        """Returns the C++ half, and lets the flowgraph that asks keep the Python half."""
        _keep_in_caller(self)
        if isinstance(self, gr.hier_block2):
            return self._impl.to_basic_block()
        return super().to_basic_block()


class FreedWithFlowgraph(KeptByFlowgraph):
    """A hierarchical block with message ports that is freed with its flowgraph.

    GNU Radio 3.10 never frees one: its list of connections has the block itself as the end of those
    that lead to its own message ports. So what is inside stays, with all its memory. Here these
    connections are taken apart when the Python half is freed.
    """

    def msg_connect(self, *args):
        """As that of `gr.hier_block2`."""
        super().msg_connect(*args)
        source, source_port, sink, sink_port = args if len(args) == 4 else (*args[0], *args[1])
        if self in (source, sink):
            ends = [self._impl if end is self else end.to_basic_block() for end in (source, sink)]
            names = source_port, sink_port
            weakref.finalize(self, _take_apart, self._impl, ends, names).atexit = False


def _take_apart(impl, ends, names) -> None:
    # Of a port in, GNU Radio removes the connection, and then does not find its subscription.
    with contextlib.suppress(RuntimeError):
        impl.primitive_msg_disconnect(ends[0], names[0], ends[1], names[1])
    impl.disconnect_all()


def _keep_in_caller(block) -> None:
    """Keeps ``block`` in the flowgraph whose `connect` is being called, if one is."""
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_globals.get("__name__") == gr.hier_block2.__module__:
            flowgraph = frame.f_locals.get("self")  # absent in a comprehension of old Pythons
            if flowgraph is not None:
                if flowgraph is not block:
                    _keep(flowgraph, block)
                return
        frame = frame.f_back


def _keep(flowgraph, block) -> None:
    if not hasattr(flowgraph, "_kept_blocks"):
        flowgraph._kept_blocks = {}
        if not isinstance(flowgraph, KeptByFlowgraph):
            _keep_within(flowgraph)
    flowgraph._kept_blocks[id(block)] = block
    block._flowgraph = weakref.ref(flowgraph)


def _keep_within(flowgraph) -> None:
    """Makes a hierarchical block with kept blocks itself kept by the flowgraph around it."""
    original = flowgraph.to_basic_block
    reference = weakref.ref(flowgraph)  # else only the garbage collector would free it

    @functools.wraps(original)
    def to_basic_block():
        _keep_in_caller(reference())
        return original()

    flowgraph.to_basic_block = to_basic_block


def weakly(method):
    """A bound method for a block within the object that it is bound to: it does not keep that
    object, which then needs no garbage collector to be freed. Afterwards it returns None."""
    reference = weakref.WeakMethod(method)

    def call(*args):
        found = reference()
        return None if found is None else found(*args)

    return call


def flowgraph_of(block):
    """The outermost flowgraph that ``block`` is connected in, or the block itself."""
    while (reference := getattr(block, "_flowgraph", None)) is not None:
        block = reference()
    return block


def blocks_in(flowgraph) -> Iterator:
    """The Python blocks that a flowgraph keeps, with those within its hierarchical blocks."""
    for block in list(getattr(flowgraph, "_kept_blocks", {}).values()):
        yield block
        yield from blocks_in(block)


def stop_flowgraph_of(block) -> None:
    """Stops the flowgraph that ``block`` is connected in, if any; not from its ``start()``."""
    flowgraph = flowgraph_of(block)
    if isinstance(flowgraph, gr.top_block):
        flowgraph.stop()
