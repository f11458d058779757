#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other programs rely on, as a table that is kept for each minor version.

tests/support/promised.py     writes tests/docs/promised_X.Y.json, with PYTHONPATH as the tests have
"""

import argparse
import json
import re
import sys
from dataclasses import MISSING, fields
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from contracts import read_blocks
from gnuradio import rfattn
from gnuradio.rfattn.cli import SUBCOMMANDS
from gnuradio.rfattn.cli.output.json_output import SCHEMA as JSON_SCHEMA
from gnuradio.rfattn.inference.contract import SCHEMA as MODEL_SCHEMA
from gnuradio.rfattn.link.wire import VERSION as LINK_VERSION
from gnuradio.rfattn.messages import schema
from gnuradio.rfattn.recordings.sigmf_keys import NAMESPACE_VERSION
from make_docs import messages
from release_files import version

MINOR = version().rpartition(".")[0]
FILE = ROOT / "tests" / "docs" / f"promised_{MINOR}.json"
REQUIRED, OPTIONAL = "required", "optional"


def promised() -> dict:
    """By kind and name: what must not go, and what must not change."""
    blocks = read_blocks()
    return {
        "formats": {
            "messages": schema.SCHEMA,
            "model files": MODEL_SCHEMA,
            "link": LINK_VERSION,
            "JSON": JSON_SCHEMA,
            "annotations": NAMESPACE_VERSION,
        },
        "parameters of blocks": {
            name: {p: d if d is not None else REQUIRED for p, d in block.defaults.items()}
            for name, block in blocks.items()
        },
        "message ports of blocks": {
            name: {
                f"{way} {port}": OPTIONAL for way in ("in", "out") for port in messages(block, way)
            }
            for name, block in blocks.items()
        },
        "tags": {"keys": {n: str(getattr(rfattn.tags, n)) for n in _tag_names()}},
        "fields of messages": {
            topic: {f.name: REQUIRED if f.default is MISSING else OPTIONAL for f in fields(message)}
            for topic, message in schema.MESSAGES.items()
        },
        "fields of annotations": {"names": dict.fromkeys(_annotation_fields(), OPTIONAL)},
        "options of commands": {
            name: dict.fromkeys(_options(name), OPTIONAL) for name in SUBCOMMANDS
        },
    }


def broken(old: dict, new: dict) -> list[str]:
    """What a program that relies on the old table misses in the new one."""
    found = [
        f"{name}: version {new['formats'].get(name)}, was {number}"
        for name, number in old["formats"].items()
        if new["formats"].get(name) != number
    ]
    for kind, names in old.items():
        for name in names if kind != "formats" else ():
            before, after = names[name], new[kind].get(name)
            if after is None:
                found.append(f"{kind}: {name} is gone")
                continue
            found += [f"{kind}: {name}: {key} is gone" for key in before if key not in after]
            found += [
                f"{kind}: {name}: {key} is {after[key]}, was {before.get(key, 'absent')}"
                for key in after
                if _is_broken(kind, before.get(key), after[key])
            ]
    return found


def _is_broken(kind: str, before, after) -> bool:
    if before is None:
        return after == REQUIRED
    gained_default = kind == "parameters of blocks" and before == REQUIRED
    return after != before and not gained_default


def _tag_names() -> list[str]:
    return [name for name in dir(rfattn.tags) if name.isupper()]


def _annotation_fields() -> list[str]:
    text = (ROOT / "docs" / "sigmf-extension.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `rfattn:(\w+)` \|", text, re.MULTILINE)


def _options(command: str) -> list[str]:
    parser = argparse.ArgumentParser(add_help=False)
    import_module(f"{SUBCOMMANDS[command]}.cli.{command}").add_arguments(parser)
    return sorted(option for action in parser._actions for option in action.option_strings)


def as_text(table: dict) -> str:
    """JSON with a line for each name."""
    kinds = [
        f" {json.dumps(kind)}: {{\n"
        + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in names.items())
        + "\n }"
        for kind, names in table.items()
    ]
    return "{\n" + ",\n".join(kinds) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(as_text(promised()), encoding="utf-8")
