# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command gr-rfattn. Results go to stdout, logs and progress to stderr.

Exit status: 0 good, 1 failed, 2 wrong usage, 130 interrupted by
Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import os
import sys

from .. import __version__
from ..checked import suggestion
from ..interruption import INTERRUPTED, Interruption
from ..packages import STATION, WORKSHOP, folder_of, lack_of, shown_name
from .parsing import Parser, SubcommandParser

CORE = "gnuradio.rfattn"
GROUPS = {
    "see what is on the air": "label live devices serve watch listen pulses tune mcp".split(),
    "yours: devices, station, machine": "station teach doctor plan".split(),
    "models": "models bench synthesize service cut train eval calibrate card convert".split(),
}
"""The subcommands as the help groups them."""
_PACKAGES = {
    **dict.fromkeys("serve listen pulses tune mcp station teach".split(), STATION),
    **dict.fromkeys("synthesize service cut train eval calibrate card convert".split(), WORKSHOP),
}
SUBCOMMANDS = {name: _PACKAGES.get(name, CORE) for names in GROUPS.values() for name in names}
"""The package of each. A subcommand is a module of its `cli`, imported when it is used."""
FAILED, WRONG_USAGE = 1, 2


def main(argv: list[str] | None = None) -> int:
    """Runs one subcommand; returns its exit status. Wrong usage raises SystemExit(2)."""
    argv = sys.argv[1:] if argv is None else argv
    with Interruption() as interruption:
        try:
            status = run(argv)
            _flush_stdout()
        except KeyboardInterrupt:
            interruption.begin()
        except BrokenPipeError:  # the reader of stdout has seen enough
            _discard_stdout()
            status = FAILED
        except (ValueError, OSError, ImportError, RuntimeError) as error:
            if not interruption.has_happened:  # modules in C++ turn Ctrl-C into an ImportError
                if "--debug" in argv:
                    raise
                print(f"gr-rfattn: {_one_line(error, argv)}", file=sys.stderr)
            status = FAILED
        if interruption.has_happened:
            print("gr-rfattn: interrupted", file=sys.stderr)
            return INTERRUPTED
        return status


def _flush_stdout() -> None:
    """Raises an OSError that names stdout where a full disk does not take it."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _discard_stdout()
        raise type(error)(error.errno, os.strerror(error.errno), "stdout") from None


def _discard_stdout() -> None:
    """Python would fail a second time at its end, with a traceback."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def run(argv: list[str]) -> int:
    parser = make_parser()
    if not argv:
        parser.print_help(sys.stderr)
        return WRONG_USAGE
    _suggest_command(parser, argv)
    arguments, rest = parser.parse_known_args(argv)
    if rest:
        arguments.parser.refuse_words(rest)
    # GNU Radio logs to stdout unless it is told otherwise before it is imported.
    os.environ.setdefault("GR_CONF_LOG_LOG_FILE", "stderr")
    return arguments.run(arguments)


class CommandParser(Parser):
    """The parser of the command itself, whose help has the subcommands in their groups."""

    def sections(self):
        (commands,) = (a for a in self._actions if isinstance(a.choices, dict))
        for title, names in GROUPS.items():
            yield title, None, [a for a in commands._choices_actions if a.dest in names]
        yield from ((t, d, a) for t, d, a in super().sections() if commands not in a)


def make_parser() -> CommandParser:
    parser = CommandParser(
        prog="gr-rfattn",
        description="Find the signals in radio recordings and receivers' bands, and label them.",
        epilog="Results on stdout, logs and progress on stderr. Exit status: 0 good, 1 failed, "
        "2 wrong usage, 130 interrupted. gr-rfattn COMMAND --help has the options of each.",
    )
    parser.add_argument("--version", action="version", version=f"gr-rfattn {__version__}")
    parser.add_argument(
        "--debug",
        action="store_true",
        help="show the traceback of an error, and what the drivers of receivers print",
    )
    subparsers = parser.add_subparsers(
        metavar="COMMAND", required=True, parser_class=SubcommandParser
    )
    for name, package in SUBCOMMANDS.items():
        subparsers.add_parser(name, help=_summary(name), module=f"{package}.cli.{name}")
    return parser


def _summary(name: str) -> str:
    """The first line of a module's docstring, from its source: to import all takes much longer."""
    folder = folder_of(SUBCOMMANDS[name])
    if folder is None:
        return f"needs {shown_name(SUBCOMMANDS[name])}, which is not installed"
    source = (folder / "cli" / f"{name}.py").read_text(encoding="utf-8")
    return source.partition('"""')[2].partition("\n")[0].removesuffix('"""')


def _suggest_command(parser: Parser, argv: list[str]) -> None:
    """Ends with a usage error if the first word is not a command but similar to one."""
    word = next((word for word in argv if not word.startswith("-")), "")
    if word not in SUBCOMMANDS and suggestion(word, SUBCOMMANDS):
        parser.error(f"no command {word!r}{suggestion(word, SUBCOMMANDS)}")


def _one_line(error: Exception, argv: list[str]) -> str:
    command = next((word for word in argv if word in SUBCOMMANDS), "gr-rfattn")
    if isinstance(error, ModuleNotFoundError) and error.name == "torch":
        return lack_of("torch", command)
    return " ".join(str(error).split()) or type(error).__name__
