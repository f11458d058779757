# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the energy counters of processors (RAPL) and GPUs (NVML), where they are there."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")
NVML = "libnvidia-ml.so.1"
_DOMAINS = "intel-rapl:?", "intel-rapl:??"
"""Of whole packages, from 0 to 99, also on AMD; further colons are parts of them."""


@dataclass(frozen=True)
class Counter:
    """A counter in microjoules that begins again at 0 after ``range``; 0: never."""

    name: str
    read: object
    range: int = 0


class EnergyMeter:
    """Measures the energy that processors, and with ``gpu`` GPUs, take between two readings.

    Args:
        gpu: whether to read the GPUs, too.
        powercap: the folder of the processors' counters.
        nvml: the library of the GPUs' counters.

    Attributes:
        absent: what cannot be read and why, in a phrase each; empty where all can.
    """

    def __init__(self, gpu: bool = False, powercap: Path = POWERCAP, nvml: str = NVML):
        self._counters, reason = _rapl(powercap)
        self.absent = [reason] if reason else []
        if gpu:
            found, reason = _gpus(nvml)
            self._counters += found
            self.absent += [reason] if reason else []

    def read(self) -> dict[str, int]:
        """Microjoules by counter."""
        return {counter.name: counter.read() for counter in self._counters}

    def joules(self, before: dict[str, int], after: dict[str, int]) -> float | None:
        """The energy of all counters between two readings; None without counters. The time between
        them must be shorter than a counter takes to begin again, about a minute."""
        if not self._counters:
            return None
        spent = 0
        for counter in self._counters:
            grown = after[counter.name] - before[counter.name]
            spent += grown if grown >= 0 else grown + counter.range
        return spent / 1e6


def _rapl(folder: Path) -> tuple[list[Counter], str]:
    found = []
    for domain in sorted(path for pattern in _DOMAINS for path in folder.glob(pattern)):
        file = domain / "energy_uj"
        try:
            int(file.read_text())
            largest = int((domain / "max_energy_range_uj").read_text())
        except PermissionError:
            return [], f"processor: {file} can be read by root only"
        except (OSError, ValueError):
            return [], f"processor: {file} cannot be read"
        name = (domain / "name").read_text().strip()
        found.append(Counter(f"{domain.name} {name}", _reader(file), largest))
    return found, "" if found else f"processor: no counters in {folder}"


def _reader(file: Path):
    return lambda: int(file.read_text())


def _gpus(library: str) -> tuple[list[Counter], str]:
    try:
        nvml = ctypes.CDLL(library)
    except OSError:
        return [], f"GPU: no {library}"
    count = ctypes.c_uint()
    if nvml.nvmlInit_v2() or nvml.nvmlDeviceGetCount_v2(ctypes.byref(count)):
        return [], f"GPU: {library} finds no device"
    found = []
    for index in range(count.value):
        handle, millijoules = ctypes.c_void_p(), ctypes.c_ulonglong()
        if nvml.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(handle)):
            return [], f"GPU: {library} refuses device {index}"
        if nvml.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(millijoules)):
            return [], f"GPU: device {index} has no counter of energy"
        found.append(Counter(f"GPU {index}", _gpu_reader(nvml, handle)))
    return found, "" if found else "GPU: none"


def _gpu_reader(nvml, handle):
    def read() -> int:
        millijoules = ctypes.c_ulonglong()
        if nvml.nvmlDeviceGetTotalEnergyConsumption(handle, ctypes.byref(millijoules)):
            raise RuntimeError("the counter of energy of the GPU cannot be read any more")
        return 1000 * millijoules.value

    return read
