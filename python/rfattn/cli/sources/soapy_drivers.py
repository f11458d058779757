# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which receivers and drivers SoapySDR has here, and which package has the one that is missing."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from ...checked import suggestion

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
    try:
        import SoapySDR
    except ImportError:
        return []
    return list(SoapySDR.listModules())


def print_modules() -> None:
    """Prints the files of the drivers on stderr, for --debug."""
    paths = module_paths()
    print(f"gr-rfattn: SoapySDR has {len(paths)} modules of drivers", file=sys.stderr)
    for path in paths:
        print(f"  {path}", file=sys.stderr, flush=True)


def receivers(args: str = "") -> list[dict[str, str]]:
    """The receivers that the drivers find, each with SoapySDR's arguments that open it; none where
    SoapySDR is missing.

    Args:
        args: look only for those with these arguments, as in "driver=rtlsdr".
    """
    try:
        import SoapySDR
    except ImportError:
        return []
    return [dict(found) for found in SoapySDR.Device.enumerate(args)]


def absent(modules: list[str]) -> str:
    """What to do where no receiver was found, for a line of text."""
    if modules:
        return ": check that it is connected, and that no other program and no DVB driver has it"
    names = ", ".join(sorted(set(_PACKAGES.values())))
    return f": apt-get install soapysdr-module-NAME, where NAME is one of {names}"
