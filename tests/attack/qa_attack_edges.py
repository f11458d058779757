# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host keeps serving a good edge, whatever hostile edges send."""

import random

import pytest

pytest.importorskip("zmq", reason="needs pyzmq")

from attack_cases import cases
from attention_models import save_model
from edge_attack import attack
from edge_flowgraphs import FRONT_END
from hostile_edges import HostileRun

SEED = 20261


def made(seed):
    return HostileRun(random.Random(seed), 1, FRONT_END, [], 8).messages()


def test_the_same_seed_gives_the_same_messages():
    assert made(SEED) == made(SEED) != made(SEED + 1)


def test_a_host_outlives_hostile_edges(tmp_path):
    model = save_model(tmp_path / "tiny.pt", FRONT_END, takes="emission")
    found = attack(model, SEED, count := cases(40))
    assert found.failures == []
    assert found.runs == count and 20 < found.refused < found.sent
    assert found.tokens > 300 and found.emissions > 0
