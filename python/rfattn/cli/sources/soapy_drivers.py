# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which receivers and drivers SoapySDR has here, and which package has the one that is missing."""

from __future__ import annotations

import ctypes
import re
import sys
from pathlib import Path

from ...checked import suggestion

_LIBRARY = "libSoapySDR.so.0.8"
_PACKAGES = {
    "airspy": "airspy",
    "audio": "audio",
    "bladerf": "bladerf",
    "hackrf": "hackrf",
    "lime": "lms7",
    "miri": "mirisdr",
    "osmosdr": "osmosdr",
    "redpitaya": "redpitaya",
    "remote": "remote",
    "rfspace": "rfspace",
    "rtlsdr": "rtlsdr",
    "uhd": "uhd",
    "xtrx": "xtrx",
}
"""Drivers of which Debian has the package soapysdr-module-…"""
_MODULE = re.compile(r"(?:lib)?(?:soapy)?(.+?)(?:support)?")


def advice(driver: str) -> str:
    """What to do when SoapySDR finds no device of ``driver``."""
    modules = installed_modules()
    found = f"drivers found here: {', '.join(modules) or 'none'}"
    name = driver.lower()
    if {name, _PACKAGES.get(name)} & set(modules):
        return f"; the driver is here, so check that the device is connected and free ({found})"
    if name in _PACKAGES:
        return f"; {found}; apt-get install soapysdr-module-{_PACKAGES[name]}"
    return f"; {found}; Debian has no driver {driver}{suggestion(name, _PACKAGES)}"


def installed_modules() -> list[str]:
    """The modules of drivers that SoapySDR loads, by the names of their files, in lower case."""
    return sorted({module_name(path) for path in module_paths()})


def module_name(path: str) -> str:
    """The driver in the name of a module: rtlsdr for librtlsdrSupport.so."""
    stem = Path(path).name.lower().partition(".")[0]
    return _MODULE.fullmatch(stem)[1]


def module_paths() -> list[str]:
    """The files that SoapySDR looks for drivers in; none where SoapySDR is missing."""
    library = _library()
    if library is None:
        return []
    count = ctypes.c_size_t()
    library.SoapySDR_listModules.restype = ctypes.POINTER(ctypes.c_char_p)
    names = library.SoapySDR_listModules(ctypes.byref(count))
    paths = [names[i].decode(errors="replace") for i in range(count.value)]
    library.SoapySDRStrings_clear(ctypes.byref(names), count)
    return paths


def print_modules() -> None:
    """Prints the files of the drivers on stderr, for --debug."""
    paths = module_paths()
    print(f"gr-rfattn: SoapySDR has {len(paths)} modules of drivers", file=sys.stderr)
    for path in paths:
        print(f"  {path}", file=sys.stderr, flush=True)


class _Arguments(ctypes.Structure):
    """SoapySDRKwargs: pairs of texts."""

    _fields_ = (
        ("size", ctypes.c_size_t),
        ("keys", ctypes.POINTER(ctypes.c_char_p)),
        ("values", ctypes.POINTER(ctypes.c_char_p)),
    )

    def to_dict(self) -> dict[str, str]:
        pairs = ((self.keys[i], self.values[i]) for i in range(self.size))
        return {key.decode(): value.decode(errors="replace") for key, value in pairs}


def receivers(args: str = "") -> list[dict[str, str]]:
    """The receivers that the drivers find, each with SoapySDR's arguments that open it; none where
    SoapySDR is missing.

    Args:
        args: look only for those with these arguments, as in "driver=rtlsdr".
    """
    library = _library()
    if library is None:
        return []
    count = ctypes.c_size_t()
    library.SoapySDRDevice_enumerateStrArgs.restype = ctypes.POINTER(_Arguments)
    found = library.SoapySDRDevice_enumerateStrArgs(args.encode(), ctypes.byref(count))
    rows = [found[i].to_dict() for i in range(count.value)]
    library.SoapySDRKwargsList_clear(found, count)
    return rows


def absent(modules: list[str]) -> str:
    """What to do where no receiver was found, for a line of text."""
    if modules:
        return ": check that it is connected, and that no other program and no DVB driver has it"
    names = ", ".join(sorted(set(_PACKAGES.values())))
    return f": apt-get install soapysdr-module-NAME, where NAME is one of {names}"


def _library() -> ctypes.CDLL | None:
    """SoapySDR, or None where it is missing."""
    try:
        return ctypes.CDLL(_LIBRARY)
    except OSError:
        return None
