# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of emissions and streams at a host that gets them from several receivers.

Each receiver counts its emissions from 1 up, and again after a restart. At the host the number is
``(edge * RUNS + run) * IDS + id``, so in decimal digits it is the number of the edge, three digits
of its run and nine of its own. The first run of edge 0 has the numbers of a receiver without a
link.
"""

from __future__ import annotations

IDS = 10**9
"""Numbers of one run of a receiver."""
RUNS = 1000
"""Runs of an edge that differ; the next one has the numbers of the first."""
EDGES = 1000
"""Edges of a host. All numbers fit into a double, and so into JSON."""


def id_at_host(edge: int, run: int, number: int) -> int:
    """The number at the host of emission or stream ``number`` of a run of an edge."""
    return (edge * RUNS + run % RUNS) * IDS + number


def receiver_of(number: int) -> int:
    """Whose clock and segments an emission has; equal for the emissions of one run of an edge."""
    return number // IDS


def edge_of(number: int) -> int:
    """The edge of an emission or a stream with this number at the host."""
    return number // (RUNS * IDS)
