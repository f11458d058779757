# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labels of a whole band as rows and as JSON, while they come, for `label --band` and `live`."""

from __future__ import annotations

from collections import Counter

from ...reporting import Progress, count_of, hertz
from ...telemetry.label_run import LabelRuns
from .json_output import NoJson


class BandPrinter:
    """Prints label runs (or steps) when they end, and writes them as JSON.

    `add` is called in a block's thread: a reader of stdout that stops reading holds up that block,
    and then the token buffer waits or drops.

    Args:
        each_step: print steps, not runs.
        writes_steps: write the steps as JSON besides the runs.
        n_streams: number of bands.

    Attributes:
        latest: the newest detection; None before the first; shares: `LabelShares` so far.
    """

    def __init__(
        self, output: NoJson, each_step: bool, writes_steps: bool, n_streams: int, quiet: bool
    ):
        self._output, self._prints = output, not output.has_stdout
        self._each_step, self._writes_steps = each_step, writes_steps
        self._has_streams = n_streams > 1
        self.progress = Progress(quiet)
        self._runs = LabelRuns()
        self.latest = None
        self.shares = LabelShares()

    def add(self, detection) -> None:
        if self.latest is None:
            self._print(table_head(self._has_streams))
        self.latest = detection
        if self._each_step or self._writes_steps:
            step = detection.to_dict()
            if self._writes_steps:
                self._output.add("step", step)
            if self._each_step:
                self._print(table_row(step, detection.sample_rate, self._has_streams))
        run = self._runs.add(detection)
        if run is not None:
            self._end_run(run)

    def end(self) -> None:
        """Prints the last runs; call when the flowgraph has ended."""
        self.progress.clear()
        for run in self._runs.end():
            self._end_run(run)

    def _end_run(self, run) -> None:
        self.shares.add(run)
        self._output.add("run", run.to_dict())
        if not self._each_step:
            row = table_row(run.to_dict(), self.latest.sample_rate, self._has_streams)
            self._print(row)

    def _print(self, line: str) -> None:
        if self._prints:
            self.progress.clear()
            print(line, flush=True)


class LabelShares:
    """How many steps each label has, and how confident they are."""

    def __init__(self):
        self._steps: Counter[str] = Counter()
        self._confidence: Counter[str] = Counter()

    def add(self, run) -> None:
        self._steps[run.first.label] += run.steps
        self._confidence[run.first.label] += run.confidence_sum

    def line(self, most: int = 4) -> str:
        """Such as "mostly: mode_s 98 % of the steps (0.94), noise 2 % (0.60)"."""
        total = self._steps.total()
        if not total:
            return "  mostly:    no label"
        parts = [
            f"{label} {count / total:.0%} ({self._confidence[label] / count:.2f})"
            for label, count in self._steps.most_common(most)
        ]
        left = len(self._steps) - most
        more = f", {count_of(left, 'other')}" if left > 0 else ""
        return f"  mostly:    {', '.join(parts)}{more}, by steps (mean confidence)"


def table_head(streams: bool = False) -> str:
    """The head of a table of labels; ``streams``: with the number of the stream in front."""
    first = f"{'stream':>6}  " if streams else ""
    return (
        f"  {first}{'time (s)':>21}  {'samples':>19}  {'frequency':>12}  {'label':<12} confidence"
    )


def table_row(item: dict, rate: float | None, streams: bool = False) -> str:
    """A label run or a step, in the columns of `table_head`."""
    first = f"{item['stream']:>6}  " if streams else ""
    start, end = item["sample_start"], item["sample_start"] + item["sample_count"]
    span = "-" if rate is None else f"{start / rate:.6f}-{end / rate:.6f}"
    return (
        f"  {first}{span:>21}  {f'{start}-{end}':>19}  {hertz(item.get('frequency')):>12}  "
        f"{item['label']:<12} {item['confidence']:10.2f}"
        f"{'  non-finite' if item.get('non_finite_tokens') else ''}"
    )
