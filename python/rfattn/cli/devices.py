# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the receivers that SoapySDR finds here, and what `live --source` calls each.

ARGS are SoapySDR's device arguments, as in driver=rtlsdr or driver=remote,remote=HOST; without them
every driver looks for its receivers.
"""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext

from ..silence import silence
from .sources import soapy_drivers

_NAMES = ("driver", "serial", "device_id", "remote", "label")
"""Arguments that tell receivers apart. A label alone does where there is no other one."""


def add_arguments(parser) -> None:
    parser.add_argument("args", nargs="?", default="", metavar="ARGS", help="look only for these")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments) -> int:
    with nullcontext() if arguments.debug else silence(1, 2):
        found = soapy_drivers.receivers(arguments.args)
    drivers = soapy_drivers.installed_modules()
    rows = [{"source": source_of(args), **args} for args in found]
    if arguments.json:
        print(json.dumps({"receivers": rows, "drivers": drivers}, indent=1))
        return 0
    for row in rows:
        print(f"{row.get('label') or row.get('product') or row.get('driver', '?')}")
        print(f"  --source {row['source']}")
    if not rows:
        print(f"no receiver found{soapy_drivers.absent(drivers)}", file=sys.stderr)
    print(f"drivers: {', '.join(drivers) or 'none'}", file=sys.stderr)
    return 0


def source_of(args: dict[str, str]) -> str:
    """The value of --source that opens a receiver with these arguments and no other one."""
    names = [name for name in _NAMES if args.get(name)]
    if len(names) > 2 and names[-1] == "label":
        names.pop()
    words = ",".join(f"{name}={args[name]}" for name in names)
    return f"'soapy={words}'" if " " in words else f"soapy={words}"
