# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parsers of the command: what an option needs, and what a mistyped word probably meant.

The attribute `needs` of an option's action names what the option means nothing without, `not_with`
names what it does not go with; a group has both for all of its options:

    group = parser.add_argument_group("decoders")
    group.needs = "--decode"
    group.add_argument("--deviation", metavar="HZ").needs = "--audio fm"

Each is a statement, or a tuple of several that all count. A statement is an option, an option with
a value, or a positional argument (DIR). Words in capitals stand for any text, as in --json
FILE.jsonl. "--record, --exec or --mqtt" is any of the three. Where only some values of an option
need something, a dictionary has the statements by value: {"soapy=ARGS": "--freq"}. The attribute
`one_of` of a parser lists arguments of which exactly one must be stated, and `usual` the options
that --help shows, where --help-all has the others, too.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator

from ..checked import suggestion
from ..packages import load

_CHOICE = re.compile(r"invalid choice: '(.*)' \(choose from (.*)\)")
_OR = re.compile(", | or ")
_ANY_TEXT = re.compile("[A-Z]+")


Section = tuple[str | None, str | None, list[argparse.Action]]


class Parser(argparse.ArgumentParser):
    """An argument parser that refuses a wrong word with the similar one that exists."""

    def error(self, message: str):
        match = _CHOICE.search(message)
        if match is not None:
            choices = [choice.strip("' ") for choice in match[2].split(",")]
            message += suggestion(match[1], choices)
        super().error(message)

    def format_help(self) -> str:
        return self._help(self.sections())

    def _help(self, sections: Iterable[Section]) -> str:
        formatter = self._get_formatter()
        formatter.add_usage(self.usage, self._actions, self._mutually_exclusive_groups)
        formatter.add_text(self.description)
        for title, text, actions in sections:
            formatter.start_section(title)
            formatter.add_text(text)
            formatter.add_arguments(actions)
            formatter.end_section()
        formatter.add_text(self.epilog)
        return formatter.format_help()

    def sections(self) -> Iterator[Section]:
        """What the help lists: title, text and arguments of each group."""
        yield from ((g.title, g.description, g._group_actions) for g in self._action_groups)

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


class _HelpAll(argparse.Action):
    """Prints every option, and ends."""

    def __call__(self, parser, *_):
        parser._print_message(parser._help(parser.sections()), sys.stdout)
        parser.exit()


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
        self.one_of: tuple[str, ...] = ()
        self.usual: tuple[str, ...] = ()
        self._module = module
        self._is_filled = False
        self._stated: dict[argparse.Action, list[str]] = {}

    def fill(self) -> None:
        """Adds the arguments, once."""
        if self._is_filled:
            return
        self._is_filled = True
        module = load(self._module, self.prog)
        self.description = module.__doc__
        self.set_defaults(run=module.run, parser=self, usage_error=self.error)
        # Behind the subcommand, too; what stands in front of it stays as it is.
        hidden = {"default": argparse.SUPPRESS, "help": argparse.SUPPRESS}
        self.add_argument("--debug", action="store_true", **hidden)
        module.add_arguments(self)
        if self.usual:
            text = "list all options; those above are the usual ones"
            self.add_argument("--help-all", action=_HelpAll, nargs=0, help=text)
        self.shorten_usage()

    def format_help(self) -> str:
        """With the usual options alone, where the subcommand names some."""
        return self._help(self._usual_sections() if self.usual else self.sections())

    def _usual_sections(self) -> Iterator[Section]:
        shown = {"-h", "--help-all", *self.usual}
        for title, text, actions in self.sections():
            some = [
                a for a in actions if not (a.option_strings and shown.isdisjoint(a.option_strings))
            ]
            if some:
                yield title, text, some

    def parse_known_args(self, args=None, namespace=None):
        self.fill()
        self._stated = {}
        parsed, rest = super().parse_known_args(args, namespace)
        if not rest:
            self._check_needs()
        return parsed, rest

    def _get_values(self, action, words):
        """argparse calls it for each argument that is stated, also where the value is the default;
        for a positional one that is not, without words."""
        if action.option_strings or words:
            self._stated[action] = list(words)
        return super()._get_values(action, words)

    def _check_needs(self) -> None:
        """Ends with a usage error where a stated option means nothing.

        Raises:
            SystemExit: with status 2.
        """
        for action, value, needed in self.rules("needs"):
            if self._means(action, value) and not any(map(self._holds, _OR.split(needed))):
                self.error(f"{self._words(action, value)} needs {needed}{self._instead(needed)}")
        for action, value, other in self.rules("not_with"):
            if self._means(action, value) and self._holds(other):
                self.error(f"{self._words(action, value)} does not go with {other}")
        if self.one_of and sum(self._find(one)[0] in self._stated for one in self.one_of) != 1:
            *others, last = self.one_of
            self.error(f"give one of {', '.join(others)} and {last}")

    def rules(self, kind: str) -> Iterator[tuple[argparse.Action, str, str]]:
        """What is stated under ``kind``, "needs" or "not_with": the action of an option, its value
        or "" for any, and a statement. What a group states of its own option is left out."""
        for group in self._action_groups:
            for action in group._group_actions:
                for found in (getattr(group, kind, ()), getattr(action, kind, ())):
                    by_value = found if isinstance(found, dict) else {"": found}
                    for value, texts in by_value.items():
                        texts = (texts,) if isinstance(texts, str) else texts
                        yield from (
                            (action, value, text)
                            for text in texts
                            if all(self._find(one)[0] is not action for one in _OR.split(text))
                        )

    def _means(self, action: argparse.Action, value: str) -> bool:
        """Whether an option is stated, with this value where there is one."""
        words = self._stated.get(action)
        return words is not None and (not value or _fits(value, words))

    def _holds(self, statement: str) -> bool:
        """Whether a statement holds: an option that is stated as "" does not count, and where none
        is stated the default is its value."""
        action, value = self._find(statement)
        words = self._stated.get(action)
        if not value:
            return words is not None and words != [""]
        return _fits(value, [str(action.default)] if words is None else words)

    def _find(self, statement: str) -> tuple[argparse.Action, str]:
        """The action that a statement names, and the value or ""."""
        name, _, value = statement.partition(" ")
        for action in self._actions:
            if name in (action.option_strings or [action.metavar]):
                return action, value
        raise LookupError(f"{self.prog} has no {name}, which a rule names")

    def _words(self, action: argparse.Action, value: str) -> str:
        """An option as it was stated; without its value where that does not matter."""
        words = self._stated[action] if value else []
        return " ".join(
            [action.option_strings[0] if action.option_strings else action.metavar, *words]
        )

    def _instead(self, needed: str) -> str:
        """What was stated of the options that are needed, with another value."""
        for action in dict.fromkeys(self._find(one)[0] for one in _OR.split(needed)):
            if any(self._stated.get(action, ())):
                return f", got {self._words(action, 'any')}"
        return ""


def _fits(value: str, words: list[str]) -> bool:
    """Whether words are a value, in which capitals stand for any text."""
    pattern = ".*".join(map(re.escape, _ANY_TEXT.split(value)))
    return re.fullmatch(pattern, " ".join(words), re.DOTALL) is not None
