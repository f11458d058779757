# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the part of torch.cuda that records graphs; it runs each call at once."""

from contextlib import contextmanager

import torch


class FakeCuda:
    """``log`` has what happened: (what, stream, more). There is no device that could be late.
    A program that sets ``is_invalid`` while it is recorded makes the end of its graph fail.

    A program that is recorded calls `program_ran`, so that its graph can run it again.
    """

    def __init__(self, monkeypatch):
        self.log, self.capturing, self.is_invalid = [], None, False
        self.now = self.default = FakeStream(self)
        self.held, self.peak = 1000, 1000
        cuda = self

        class Event:
            def record(self, stream=None):
                cuda.log.append(("record", stream or cuda.now, self))

            def synchronize(self):
                cuda.log.append(("synchronize", None, self))

        class CUDAGraph:
            """Runs what was called while it was recorded."""

            def capture_begin(self, pool, capture_error_mode):
                assert cuda.capturing is None, "torch records one graph at a time"
                cuda.log.append(("begin a graph", cuda.now, (pool, capture_error_mode)))
                cuda.capturing = self

            def capture_end(self):
                cuda.log.append(("end a graph", cuda.now, None))
                cuda.capturing = None
                if cuda.is_invalid:
                    cuda.is_invalid = False
                    raise RuntimeError("capture invalidated")

            def replay(self):
                cuda.log.append(("replay", cuda.now, self))
                self.result.copy_(self.program())

        replaced = {
            "Stream": lambda device=None: FakeStream(self),
            "Event": Event,
            "CUDAGraph": CUDAGraph,
            "current_stream": lambda device=None: self.now,
            "stream": self.stream,
            "graph_pool_handle": lambda: (0, 7),
            "reset_peak_memory_stats": self.reset_peak,
            "memory_allocated": lambda device=None: self.held,
            "max_memory_allocated": lambda device=None: self.peak,
        }
        for name, part in replaced.items():
            monkeypatch.setattr(torch.cuda, name, part)

    def what(self, *names):
        """The entries of the log that have one of these names."""
        return [entry for entry in self.log if entry[0] in names]

    def program_ran(self, program, result):
        """To be called by every program: what it is, and the tensor that it returns."""
        if self.capturing is not None:
            self.capturing.program, self.capturing.result = program, result
        return result

    def reset_peak(self, device=None):
        self.peak = self.held

    @contextmanager
    def stream(self, stream):
        before, self.now = self.now, stream
        try:
            yield
        finally:
            self.now = before


class FakeStream:
    def __init__(self, cuda):
        self._cuda = cuda

    def wait_stream(self, other):
        self._cuda.log.append(("wait", self, other))

    def wait_event(self, event):
        self._cuda.log.append(("wait", self, event))
