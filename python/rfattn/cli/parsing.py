# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parsers of the command: what a mistyped word probably meant."""

from __future__ import annotations

import argparse
import re
from importlib import import_module

from ..checked import suggestion

_CHOICE = re.compile(r"invalid choice: '(.*)' \(choose from (.*)\)")


class Parser(argparse.ArgumentParser):
    """An argument parser that refuses a wrong word with the similar one that exists."""

    def error(self, message: str):
        match = _CHOICE.search(message)
        if match is not None:
            choices = [choice.strip("' ") for choice in match[2].split(",")]
            message += suggestion(match[1], choices)
        super().error(message)

    def shorten_usage(self) -> None:
        """Leaves the options that may be left out of the usage, which stands above every refusal:
        some thirty would hide the reason, and the help lists them."""
        needed = [a for a in self._actions if a.required or not a.option_strings]
        formatter = self._get_formatter()
        formatter.add_usage(None, needed, [], prefix="")
        words = " ".join(formatter.format_help().split()).removeprefix(self.prog)
        self.usage = f"%(prog)s [OPTION ...]{words}"

    def refuse_words(self, words: list[str]) -> None:
        """Ends with a usage error for words that no parser took.

        Raises:
            SystemExit: with status 2.
        """
        options = [name for action in self._actions for name in action.option_strings]
        wrong = next((word for word in words if word.startswith("-")), words[0])
        name = wrong.partition("=")[0]
        similar = suggestion(name, options) if name.startswith("-") else ""
        self.error(f"unrecognized arguments: {' '.join(words)}{similar}")


class SubcommandParser(Parser):
    """Imports its module when it is used, and asks it for the arguments.

    Args:
        module: name of the module.
    """

    def __init__(self, *, module: str, **settings):
        super().__init__(
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **settings,
        )
        self._module = module
        self._is_filled = False

    def fill(self) -> None:
        """Adds the arguments, once."""
        if self._is_filled:
            return
        self._is_filled = True
        module = import_module(self._module)
        self.description = module.__doc__
        self.set_defaults(run=module.run, parser=self)
        # Behind the subcommand, too; what stands in front of it stays as it is.
        hidden = {"default": argparse.SUPPRESS, "help": argparse.SUPPRESS}
        self.add_argument("--debug", action="store_true", **hidden)
        module.add_arguments(self)
        self.shorten_usage()

    def parse_known_args(self, args=None, namespace=None):
        self.fill()
        return super().parse_known_args(args, namespace)
