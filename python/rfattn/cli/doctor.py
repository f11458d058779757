# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check this machine: versions, BLAS, devices, which attentions run, known problems, speed.

The last line is how many samples a second `live` can follow here with its default model, measured
in a few seconds in a band of 4 MS/s with six emissions, and how many bursts a second in a band of
2.4 MS/s without any; another program that runs makes both less.
The exit status is 1 if something keeps gr-rfattn from working.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
from pathlib import Path

from .. import reporting
from ..inference import cpu_info as processor
from .output.doctor_text import print_report

_PACKAGES = ("numpy", "torch", "safetensors", "pyzmq", "threadpoolctl", "rich")
_DESCRIPTION = "rfattn_transformer.block.yml"
_DESCRIPTIONS = ("grc", "share/gnuradio/grc/blocks")
"""Folders of the block descriptions, below a clone and below a prefix."""


def add_arguments(parser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments) -> int:
    report = examine()
    if arguments.json:
        print(json.dumps(report, indent=1))
    else:
        print_report(report)
    return 1 if any(trap["fatal"] for trap in report["traps"]) else 0


def examine() -> dict:
    """Runs all checks; returns the findings as plain values."""
    traps: list[dict] = []
    found: dict = {
        "cpu": {"model": processor.name(), "cores": len(os.sched_getaffinity(0))},
        "traps": traps,
    }
    checks = {
        "versions": versions,
        "devices": devices,
        "blas": blas_libraries,
        "attention": attentions,
        "models": models,
        "grc": grc_folder,
        "gtk": gtk,
        "samples_per_second": pace,
        "bursts_per_second": burst_pace,
    }
    with reporting.Progress(total=len(checks)) as progress:
        for done, (name, check) in enumerate(checks.items()):
            progress.show(f"checking {name.replace('_', ' ')}", done)
            found[name] = check(traps)
    return found


def add_trap(traps: list[dict], problem, cure: str, fatal: bool = True) -> None:
    traps.append({"problem": " ".join(str(problem).split()), "cure": cure, "fatal": fatal})


def versions(traps: list[dict]) -> dict[str, str]:
    """Versions; missing packages and a missing or broken GNU Radio become traps."""
    found = reporting.versions(_PACKAGES)
    for name in _PACKAGES:
        if found[name] != reporting.MISSING or name == "torch":
            continue  # `devices` reports torch
        package = f"python3-{name.removeprefix('py')}"
        add_trap(traps, f"{name} is missing", f"apt-get install {package}", name != "rich")
    try:
        from gnuradio import gr  # noqa: F401
    except ImportError as error:
        add_trap(traps, f"gnuradio does not import: {error}", "apt-get install gnuradio")
    else:
        check_binding(traps)
    return found


def check_binding(traps: list[dict]) -> None:
    """Finds out why the blocks do not import, if they do not."""
    try:
        from ..rfattn_python import power_spectrum  # noqa: F401
    except ImportError as error:
        if "unknown base type" in str(error):
            cure = "build with the compiler that built GNU Radio: CC=gcc-14 CXX=g++-14"
        elif "libgnuradio-rfattn" in str(error):
            cure = "install again with cmake --install, or run ldconfig"
        else:
            cure = "build and install gr-rfattn for this Python and this GNU Radio"
        add_trap(traps, f"the blocks do not import: {error}", cure)


def devices(traps: list[dict]) -> list[dict]:
    """The devices that torch can use."""
    try:
        import torch
    except ImportError as error:
        problem = f"training, CUDA and runner 'torch' lack torch, which does not import: {error}"
        add_trap(traps, problem, "apt-get install python3-torch", fatal=False)
        return []
    found = [{"device": "cpu", "name": processor.name(), "threads": torch.get_num_threads()}]
    for i in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(i)
        found.append(
            {
                "device": f"cuda:{i}",
                "name": properties.name,
                "memory_bytes": properties.total_memory,
            }
        )
    return found


def blas_libraries(traps: list[dict]) -> list[dict]:
    """The BLAS libraries that torch uses; `devices` has loaded them."""
    try:
        from ..inference import blas
    except ImportError:
        return []  # threadpoolctl is missing, which `versions` reports
    found = blas.loaded_blas()
    for library in found:
        if library.fights_openmp:
            add_trap(
                traps,
                f"{library.path} has its own {library.threads} threads under torch's; "
                "the blocks limit it to one",
                "apt-get install libopenblas0-openmp",
                fatal=False,
            )
        if library.misses_avx512:
            add_trap(
                traps,
                f"{library.path} runs its kernels for {library.architecture} on a "
                "processor with AVX-512",
                "unset OPENBLAS_CORETYPE, or a newer OpenBLAS",
                fatal=False,
            )
    return [dataclasses.asdict(library) for library in found]


def attentions(traps: list[dict]) -> dict[str, dict[str, list[str]]]:
    """{device: {attention: reasons why it does not run}}; no reasons mean that it runs."""
    try:
        import torch

        from ..inference import explain
    except ImportError:
        return {}  # `versions` or `devices` reports it
    names = ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
    return {name: explain(name) for name in names}


def models(traps: list[dict]) -> list[dict]:
    """The shipped models and whether they load."""
    try:
        from ..inference import AttentionModelAdapter, available_models
    except ImportError:
        return []  # `attentions` reports it
    shipped = available_models()
    if not shipped:
        add_trap(traps, "no shipped model is installed", "build and install gr-rfattn again")
    found = []
    for model in shipped:
        names = {name: model[name] for name in ("family", "attention", "norm")}
        try:
            AttentionModelAdapter.load(
                model["path"], model["attention"], device="cpu", dtype="float32"
            )
            found.append({**names, "loads": True})
        except ValueError as error:
            found.append({**names, "loads": False})
            add_trap(traps, error, "build and install gr-rfattn again")
    return found


def grc_folder(traps: list[dict]) -> str | None:
    """The folder in which GNU Radio Companion finds the blocks, or None."""
    try:
        from gnuradio import gr
    except ImportError:
        return None  # `versions` reports it
    preferred = [
        gr.prefs().get_string("grc", f"{name}_blocks_path", "") for name in ("local", "global")
    ]
    folders = ":".join([os.environ.get("GRC_BLOCKS_PATH", ""), *preferred])
    for folder in filter(None, folders.split(":")):
        if (Path(folder) / _DESCRIPTION).is_file():
            return folder
    own = own_descriptions(Path(__file__))
    cure = "set GRC_BLOCKS_PATH to the absolute path of the clone's folder grc"
    if own is not None:
        cure = f"export GRC_BLOCKS_PATH={shlex.quote(str(own))}"
    add_trap(traps, "GNU Radio Companion does not find the blocks", cure, fatal=False)
    return None


def own_descriptions(file: Path) -> Path | None:
    """The folder of the block descriptions in the clone or prefix that a file of this package is
    in; None where there is none, as in a build folder outside the clone."""
    around = [parent / folder for parent in file.resolve().parents for folder in _DESCRIPTIONS]
    return next((folder for folder in around if (folder / _DESCRIPTION).is_file()), None)


def gtk(traps: list[dict]) -> bool:
    """Whether Python finds GTK 3, without which GNU Radio Companion does not start."""
    try:
        import gi

        gi.require_version("Gtk", "3.0")
    except (ImportError, ValueError) as error:
        add_trap(
            traps,
            f"GNU Radio Companion does not start without GTK 3: {error}",
            "apt-get install python3-gi gir1.2-gtk-3.0 adwaita-icon-theme",
            fatal=False,
        )
        return False
    return True


def pace(traps: list[dict]) -> float | None:
    """Samples a second that this machine follows with the default model; None where it cannot be
    measured."""
    return measured("measure_pace", traps)


def burst_pace(traps: list[dict]) -> float | None:
    """Bursts a second that it follows at 2.4 MS/s, likewise."""
    return measured("measure_burst_pace", traps)


def measured(name: str, traps: list[dict]) -> float | None:
    """What a function of `capacity.path` measures; None where something keeps it from that."""
    if any(trap["fatal"] for trap in traps):
        return None
    try:
        from ..capacity import path

        return getattr(path, name)()
    except (ImportError, ValueError, RuntimeError) as error:
        is_slow = isinstance(error, TimeoutError)
        cure = "end other programs" if is_slow else "build and install gr-rfattn again"
        add_trap(traps, error, cure, not is_slow)
        return None
