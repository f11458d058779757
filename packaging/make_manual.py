#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the man page and the shell completion of the command, from its parsers.

Usage: make_manual.py DIR [man] [bash] [zsh]; the build does it. The completion needs shtab.
"""

from __future__ import annotations

import argparse
import gzip
import sys
from pathlib import Path

from gnuradio.rfattn import __version__
from gnuradio.rfattn.cli import GROUPS, make_parser

NAME = "gr-rfattn"
FILES = {"man": f"{NAME}.1.gz", "bash": NAME, "zsh": f"_{NAME}"}
_PATHS = ("FILE", "RECORDING", "MODEL", "NAME", "OLD.json", "NEW.json")
_FOLDERS = ("DIR",)
_EXAMPLES = {
    "What is in a recording:": "gr-rfattn label g001_433.92M_250k.cu8",
    "What an RTL-SDR receives:": "gr-rfattn live --source soapy=driver=rtlsdr --rate 2.4M "
    "--freq 433.92M --stats tcp://127.0.0.1:5557",
    "The same as a page, at http://127.0.0.1:8080/:": "gr-rfattn serve",
}


def main(folder: str, *kinds: str) -> None:
    parser = make_parser()
    for subparser in subparsers(parser).values():
        subparser.fill()
    Path(folder).mkdir(parents=True, exist_ok=True)
    for kind in kinds:
        text = man_page(parser) if kind == "man" else completion(parser, kind)
        path = Path(folder) / kind / FILES[kind]
        path.parent.mkdir(exist_ok=True)
        data = text.encode()
        path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The parsers of the subcommands, by name."""
    return _choices(parser).choices


def _choices(parser: argparse.ArgumentParser):
    (action,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return action


def completion(parser: argparse.ArgumentParser, shell: str) -> str:
    """The completion for a shell; names of files and folders complete as such."""
    import shtab

    for subparser in subparsers(parser).values():
        for action in subparser._actions:
            if action.metavar in _PATHS:
                action.complete = shtab.FILE
            elif action.metavar in _FOLDERS:
                action.complete = shtab.DIRECTORY
    return shtab.complete(parser, shell=shell)


def man_page(parser: argparse.ArgumentParser) -> str:
    """One page with all subcommands, in the language of man(7)."""
    about = {action.dest: action.help for action in _choices(parser)._choices_actions}
    lines = [
        f'.TH {NAME.upper()} 1 "" "{NAME} {__version__}" "User Commands"',
        ".SH NAME",
        f"{escaped(NAME)} \\- find and label the signals in radio recordings and receivers",
        ".SH SYNOPSIS",
        f".B {escaped(NAME)}",
        escaped("[--version] [--debug] COMMAND ..."),
        ".SH DESCRIPTION",
        escaped(parser.description),
        *_options(parser),
        ".SH COMMANDS",
    ]
    for title, names in GROUPS.items():
        lines += [".SS " + escaped(title[0].upper() + title[1:])]
        for name in names:
            lines += [".TP", f".B {name}", escaped(about[name])]
    for name, subparser in subparsers(parser).items():
        lines += [f".SH {NAME.upper()} {name.upper()}", *_usage(subparser)]
        for paragraph in subparser.description.strip().split("\n\n"):
            lines += [".PP", escaped(" ".join(paragraph.split()))]
        lines += _options(subparser)
    lines += [".SH OUTPUT AND EXIT STATUS", escaped(parser.epilog), ".SH EXAMPLES"]
    for what, command in _EXAMPLES.items():
        lines += [".TP", escaped(what), f"\\fB{escaped(command)}\\fR"]
    return "\n".join(lines) + "\n"


def _usage(parser: argparse.ArgumentParser) -> list[str]:
    words = " ".join(parser.format_usage().removeprefix("usage: ").split())
    name = f"{NAME} {parser.prog.split()[-1]}"
    return [".HP", f".B {escaped(name)}", escaped(words.removeprefix(parser.prog).strip())]


def _options(parser: argparse.ArgumentParser) -> list[str]:
    """The arguments with their groups; those that help leaves out are left out."""
    lines = []
    for group in parser._action_groups:
        actions = [a for a in group._group_actions if _is_shown(a)]
        if not actions:
            continue
        title = group.title or "options"
        lines += [".SS " + escaped(title[0].upper() + title[1:])]
        if group.description:
            lines += [".PP", escaped(" ".join(group.description.split()))]
        for action in actions:
            text = parser._get_formatter()._expand_help(action)
            lines += [".TP", _heading(parser, action), escaped(" ".join(text.split()))]
    return lines


def _is_shown(action: argparse.Action) -> bool:
    is_command = isinstance(action, argparse._SubParsersAction)
    return action.help not in (None, argparse.SUPPRESS) and not is_command


def _heading(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """Names in bold, the value in italics."""
    takes_value = not action.option_strings or action.nargs != 0
    name = action.dest.upper()
    value = parser._get_formatter()._format_args(action, name) if takes_value else ""
    names = ", ".join(f"\\fB{escaped(name)}\\fR" for name in action.option_strings)
    return " ".join(part for part in (names, value and f"\\fI{escaped(value)}\\fR") if part)


def escaped(text: str) -> str:
    """``text`` with what man(7) would read as its own; no line begins with a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    main(*sys.argv[1:])
