# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several processes on one training, as torchrun starts them; a single one is the same with nobody
to ask.

Every process draws its own sequences and averages its gradients with the others', so that all hold
the same weights at every step. The first one, which *leads*, alone looks, writes and prints.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from ..inference.devices import resolve_device

_PATIENCE = timedelta(hours=1)
"""How long the others wait while the leader looks at the validation recordings."""

_MEETING = "env://?use_libuv=0"
"""Where torchrun says; without libuv, which Debian's torch is built without."""


@contextmanager
def joined(device: str) -> Iterator[torch.device]:
    """The device of this process, which has joined the others where torchrun started it.

    Args:
        device: "cpu", "cuda" or "auto"; with several processes each one takes the CUDA device of
            its local rank.

    Raises:
        ValueError: the device is not there.
    """
    if not dist.is_torchelastic_launched():
        yield resolve_device(device)
        return
    found = resolve_device(device)
    if found.type == "cuda":
        found = resolve_device(f"cuda:{os.environ['LOCAL_RANK']}")
        torch.cuda.set_device(found)
    backend = "nccl" if found.type == "cuda" else "gloo"
    dist.init_process_group(backend, _MEETING, timeout=_PATIENCE)
    try:
        yield found
    finally:
        dist.destroy_process_group()


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def size() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def leads() -> bool:
    return rank() == 0


def share_weights(model: torch.nn.Module) -> None:
    """Gives every process the leader's weights, bit for bit."""
    if dist.is_initialized():
        for value in model.state_dict().values():
            dist.broadcast(value, 0)


def average_gradients(model: torch.nn.Module) -> None:
    """Puts the mean over the processes in place of every gradient."""
    if not dist.is_initialized():
        return
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    together = parameters_to_vector(gradients)
    dist.all_reduce(together)
    vector_to_parameters(together / size(), gradients)


def gather(value) -> list:
    """The value of every process, in order of rank, in each of them."""
    if not dist.is_initialized():
        return [value]
    found = [None] * size()
    dist.all_gather_object(found, value)
    return found


def decided(by_leader: bool) -> bool:
    """What the leader says, in every process."""
    return gather(by_leader)[0]
