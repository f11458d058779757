# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all judges do alike: options, scenes in several processes, and a report in two files."""

from __future__ import annotations

import argparse
import multiprocessing
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor

from gnuradio.rfattn.benchmark.machine import describe, summary
from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn.reporting import write_json


def parser_of(text: str) -> argparse.ArgumentParser:
    """A parser whose help begins with the text of a command's module."""
    return argparse.ArgumentParser(
        description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def add_report_options(parser: argparse.ArgumentParser, out: str, has_jobs: bool = True) -> None:
    if has_jobs:
        parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--out", default=out, help="name of the report without its ending")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def check_numbers(
    parser: argparse.ArgumentParser,
    options: argparse.Namespace,
    positive: Sequence[str] = (),
    not_negative: Sequence[str] = (),
) -> None:
    """Ends the program with a line about the first option whose number is too low."""
    for name in (*positive, *not_negative):
        value, is_strict = getattr(options, name), name in positive
        if not (value > 0 if is_strict else value >= 0):
            rule = "> 0" if is_strict else ">= 0"
            parser.error(f"--{name.replace('_', '-')} must be {rule}, got {value:g}")


def opening(name: str) -> dict:
    """The first entries of the report of a command: how it was called, and on which machine."""
    return {"command": shlex.join([name, *sys.argv[1:]]), "machine": describe("cpu")}


def in_processes(work: Callable, tasks: Sequence, jobs: int, together: int = 1) -> Iterator:
    """Yields ``work(task)`` of every task in order; more than one job runs in other processes."""
    if jobs == 1:
        yield from map(work, tasks)
        return
    # A fork would take over locks that threads of this process hold.
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(work, tasks, chunksize=together)


def run_all(
    work: Callable,
    tasks: Sequence,
    jobs: int,
    show: Callable[[str, int], None],
    text: Callable[..., str],
    together: int = 1,
) -> list:
    """``work(task)`` of every task.

    Args:
        show: called with the text of each task that is done, and how many are.
        together: so many tasks in a row run in one process.
    """
    results: list = []
    for task, result in zip(tasks, in_processes(work, tasks, jobs, together), strict=True):
        results.append(result)
        show(text(task), len(results))
    return results


def headline(title: str, report: Mapping, words: str = "{machine}") -> str:
    """The title of a report, its command, and the words about the machine and the run."""
    machine = summary(report["machine"])
    return f"# {title}\n\n`{report['command']}`\n{words.format(machine=machine)}"


def left_out(report: Mapping) -> list[str]:
    """A line for each generator or sender that is missing."""
    return [f"Left out: {name}: {reason}." for name, reason in report["left_out"].items()]


def text_of(parts: Iterable[str]) -> str:
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def write_report(name: str, report: Mapping, markdown: str) -> None:
    """Writes NAME.json and NAME.md, and prints their names."""
    write_json(f"{name}.json", report)
    replace_file(f"{name}.md", markdown)
    print(f"{name}.json, {name}.md")
