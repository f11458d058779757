# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains one model in several processes that torchrun started; one process alone needs no set-up.

Every process draws its own sequences. Gradients are averaged over the processes, so all hold the
same weights at every step. Only the process of rank 0 evaluates, writes and prints.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from gnuradio.rfattn.inference.devices import resolve_device
from torch.nn.utils import parameters_to_vector, vector_to_parameters

_TIMEOUT = timedelta(hours=1)
"""How long the other processes wait while rank 0 evaluates the model."""
_INIT_METHOD = "env://?use_libuv=0"
"""The address comes from torchrun's environment; Debian builds torch without libuv."""


@contextmanager
def process_group(device: str) -> Iterator[torch.device]:
    """Joins the other processes, if torchrun started this one, and yields its device.

    Args:
        device: "cpu", "cuda" or "auto". Each of several processes takes the CUDA device of its
            local rank.

    Raises:
        ValueError: the device does not exist.
    """
    if not dist.is_torchelastic_launched():
        yield torch.device(resolve_device(device))
        return
    found = torch.device(resolve_device(device))
    if found.type == "cuda":
        found = torch.device(resolve_device(f"cuda:{os.environ['LOCAL_RANK']}"))
        torch.cuda.set_device(found)
    backend = "nccl" if found.type == "cuda" else "gloo"
    dist.init_process_group(backend, _INIT_METHOD, timeout=_TIMEOUT)
    try:
        yield found
    finally:
        dist.destroy_process_group()


def rank() -> int:
    """The number of this process, from 0."""
    return dist.get_rank() if dist.is_initialized() else 0


def world_size() -> int:
    """The number of processes."""
    return dist.get_world_size() if dist.is_initialized() else 1


def is_rank0() -> bool:
    return rank() == 0


def broadcast_weights(model: torch.nn.Module) -> None:
    """Gives every process the weights of rank 0, bit for bit."""
    if dist.is_initialized():
        for value in model.state_dict().values():
            dist.broadcast(value, 0)


def average_gradients(model: torch.nn.Module) -> None:
    """Replaces every gradient by its mean over the processes."""
    if not dist.is_initialized():
        return
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    together = parameters_to_vector(gradients)
    dist.all_reduce(together)
    vector_to_parameters(together / world_size(), gradients)


def gather(value) -> list:
    """Returns the values of all processes, in order of rank, in each of them."""
    if not dist.is_initialized():
        return [value]
    found = [None] * world_size()
    dist.all_gather_object(found, value)
    return found


def broadcast_flag(flag: bool) -> bool:
    """Returns the flag of rank 0 in every process."""
    return gather(flag)[0]
