# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Formats results for people: progress, numbers with units, versions, Markdown tables, JSON.

Everything that prints uses this module, so that the commands look alike. It needs the standard
library only.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import TypeVar

from ._version import __version__
from .files import replace_file
from .printable import printable

PACKAGES = ("numpy", "torch", "safetensors", "pyzmq")
MISSING = "missing"
PLAIN_INTERVAL_S = 5.0
"""Time between progress lines where stderr is not a terminal."""
_TERMINAL_INTERVAL_S = 0.1
_BAR_CELLS = 24
T = TypeVar("T")


class Progress:
    """Shows progress on stderr: one line that is rewritten on a terminal, plain lines in a log.

    Use it as a context manager, or call `clear` at the end.

    Args:
        quiet: show nothing, except what `log` prints.
        total: number of steps; the line then has a bar, the share done and the time left.
    """

    def __init__(self, quiet: bool = False, total: int | None = None):
        self._quiet, self._total = quiet, total
        self._is_terminal = sys.stderr.isatty()
        self._interval_s = _TERMINAL_INTERVAL_S if self._is_terminal else PLAIN_INTERVAL_S
        self._start = time.monotonic()
        self._first_done: int | None = None
        self._next = self._start + (0.0 if self._is_terminal else PLAIN_INTERVAL_S)
        self._is_shown = False

    def show(self, text: str, done: int = 0) -> None:
        """Replaces the line by ``text``; calls in quick succession are skipped.

        Also writes what blocks printed in their threads meanwhile.

        Args:
            done: steps finished so far, of ``total``.
        """
        if self._first_done is None:
            self._first_done = done
        sys.stdout.flush()
        now = time.monotonic()
        if self._quiet or now < self._next:
            return
        self._next = now + self._interval_s
        line = f"{self._bar(done, now)}{text}"
        if self._is_terminal:
            columns = shutil.get_terminal_size().columns  # a line that wraps cannot be rewritten
            self._draw(f"\r{printable(line)[: columns - 1]}\x1b[K")
        else:
            print(line, file=sys.stderr, flush=True)
        self._is_shown = True

    def log(self, text: str) -> None:
        """Prints a line that stays, above the progress line."""
        self.clear()
        print(text, file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Removes the progress line from the terminal."""
        if self._is_shown and self._is_terminal:
            self._draw("\r\x1b[K")
        self._is_shown = False

    def _draw(self, text: str) -> None:
        getattr(sys.stderr, "write_control", sys.stderr.write)(text)
        sys.stderr.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_) -> None:
        self.clear()

    def _bar(self, done: int, now: float) -> str:
        """The bar, the share done and the time left; empty without a total."""
        if not self._total:
            return ""
        share = min(1.0, done / self._total)
        left = ""
        finished = done - (self._first_done or 0)
        if finished > 0 and done < self._total:
            left = f"{_clock((now - self._start) / finished * (self._total - done))} left "
        if not self._is_terminal:
            return f"{share:.0%} {left}"
        filled = round(share * _BAR_CELLS)
        return f"{'━' * filled}{'╌' * (_BAR_CELLS - filled)} {share:4.0%} {left}"


def track(items: Sequence[T], text: str, quiet: bool = False) -> Iterator[T]:
    """Yields the items and shows ``text`` with the share that is done."""
    with Progress(quiet, total=len(items)) as progress:
        for done, item in enumerate(items):
            progress.show(text, done)
            yield item


def table(header: Sequence, rows: Iterable[Sequence]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def table_of(columns: Mapping[str, Callable], rows: Iterable) -> str:
    """A Markdown table with a line for each of ``rows``; ``columns`` maps each heading to the
    function that makes the cell from the row. Without rows it is the line "Not measured."."""
    lines = [[make(row) for make in columns.values()] for row in rows]
    return table(list(columns), lines) if lines else "Not measured.\n"


def interval(low: float | None, high: float | None, form: str = ".3g", scale: float = 1.0) -> str:
    """ "[low, high]"; an unknown end stays empty, and two unknown ends give ""."""
    if low is None and high is None:
        return ""
    ends = ("" if end is None else f"{scale * end:{form}}" for end in (low, high))
    return f"[{', '.join(ends)}]"


def mebibytes(count: int | None) -> str:
    """Bytes as a number of MiB; "-" when unknown."""
    return "-" if count is None else f"{count / 2**20:.2f}"


def json_text(value, indent: str = "") -> str:
    """JSON with an entry a line; a list without dictionaries is one line.

    Args:
        indent: of the line in which it begins.
    """
    inner = f"{indent} "
    if isinstance(value, dict) and value:
        lines = (f"{json.dumps(str(key))}: {json_text(one, inner)}" for key, one in value.items())
    elif isinstance(value, list | tuple) and _has_dictionary(value):
        lines = (json_text(one, inner) for one in value)
    else:
        return json.dumps(value, allow_nan=False)
    first, last = "{}" if isinstance(value, dict) else "[]"
    body = ",\n".join(f"{inner}{line}" for line in lines)
    return f"{first}\n{body}\n{indent}{last}"


def _has_dictionary(value) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_has_dictionary, value))
    return isinstance(value, dict)


def write_json(path: str, value: dict) -> None:
    """Writes JSON to a file, which is replaced as a whole, or to stdout for "-"."""
    text = json_text(value) + "\n"
    if path == "-":
        sys.stdout.write(text)
    else:
        replace_file(path, text)


def check_json_path(path: str | None) -> None:
    """Refuses a path that `write_json` could not write to, before a command starts its work.

    Raises:
        ValueError: the folder does not exist or cannot be written to.
    """
    if path in (None, "", "-"):
        return
    target = Path(path)
    writable = target if target.exists() and not target.is_file() else target.absolute().parent
    if target.is_dir() or not os.access(writable, os.W_OK):
        raise ValueError(f"--json must name a file in a folder that can be written to, got {path}")


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Versions of gr-rfattn, GNU Radio, Python and ``packages``; "missing" for what is absent."""
    return {
        "gr-rfattn": __version__,
        "gnuradio": gnuradio_version(),
        "python": platform.python_version(),
        **{name: package_version(name) for name in packages},
    }


def gnuradio_version() -> str:
    """The version of GNU Radio, "missing" where it cannot be imported."""
    try:
        from gnuradio import gr
    except ImportError:
        return MISSING
    return gr.version()


def package_version(distribution: str) -> str:
    """The version of a Python distribution, "missing" where it is not installed."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return MISSING


def process_bytes(name: str) -> int:
    """A line of /proc/self/status, such as VmRSS (resident now) or VmHWM (the most so far)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise ValueError(f"/proc/self/status has no {name}")


def available_memory() -> int:
    """Bytes that this process may still take: free memory, within the limit of its container."""
    meminfo = Path("/proc/meminfo").read_text().splitlines()
    free = next(int(line.split()[1]) * 1024 for line in meminfo if line.startswith("MemAvailable"))
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.is_file() and limit.read_text().strip() != "max":
        free = min(free, int(limit.read_text()) - int(used.read_text()))
    return max(0, free)


def count_of(count: int, noun: str) -> str:
    """A number of things, such as "1 stream" or "2 streams"."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def hertz(value: float | None) -> str:
    """A frequency, such as "433.92 MHz"; a dash where it is unknown."""
    return "-" if value is None else "{:.9g} {}Hz".format(*_scale(value, 1e3, "kMG"))


def baud(value: float | None) -> str:
    """A symbol rate to three digits, such as "4.8 kBd"; empty where it is unknown."""
    return "" if value is None else "{:.3g} {}Bd".format(*_scale(value, 1e3, "kM"))


def samples_per_second(value: float) -> str:
    """A sample rate, such as "1.92 MS/s"."""
    return "{:.6g} {}S/s".format(*_scale(value, 1e3, "kM"))


def octets(value: float | None) -> str:
    """A number of bytes, such as "1.5 MiB"; a dash where it is unknown."""
    if value is None:
        return "-"
    number, prefix = _scale(value, 1024.0, "KMG")
    return f"{number:.4g} {prefix}{'i' if prefix else ''}B"


def duration(seconds: float | None) -> str:
    """A duration with three digits, such as "12.5 ms"; a dash where it is unknown."""
    if seconds is None:
        return "-"
    number, prefix = seconds, ""
    for smaller in ("m", "u"):
        if number >= 1.0:
            break
        number, prefix = number * 1e3, smaller
    return f"{number:.0f} {prefix}s" if number >= 100 else f"{number:.3g} {prefix}s"


def milliseconds(seconds: float) -> str:
    """A duration in ms with two decimals, such as "1.25 ms"."""
    return f"{seconds * 1e3:.2f} ms"


def _scale(value: float, base: float, prefixes: str) -> tuple[float, str]:
    """The value divided by ``base`` until it is below it or the prefixes end; and its prefix."""
    prefix = ""
    for larger in prefixes:
        if abs(value) < base:
            break
        value, prefix = value / base, larger
    return value, prefix


def _clock(seconds: float) -> str:
    """Minutes and seconds, such as "2:05"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
