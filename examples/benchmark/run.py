#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run `gr-rfattn bench` with more baselines, the flowgraph, and the project's goals.

Takes the same options and writes the same files. --soak streams many tokens through the flowgraph
instead. Exit status 1 when a row fails its check, or when a soak is not flat or not exact.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Callable, Iterator

import torch
from gnuradio.rfattn.benchmark import report as files
from gnuradio.rfattn.benchmark.cases import Case, baseline_case, make_row
from gnuradio.rfattn.benchmark.child import measure_in_child
from gnuradio.rfattn.benchmark.measure import own_baselines
from gnuradio.rfattn.benchmark.options import add_plan_options, frequency, make_plan
from gnuradio.rfattn.benchmark.plan import Group, Plan
from gnuradio.rfattn.benchmark.run import CHILD_TIMEOUT_S, child_settings, streaming_config
from gnuradio.rfattn.benchmark.run import run as run_benchmark

import compiled_step
import goals
from benchmark_report import sections
from re_encode import re_encode_case

_FFT_SIZES = (64, 256, 1024, 4096)
_SHORTEST_ROUND_S = 0.1
_MOST_ROUNDS = 8
_STARTS = 3
_PATH_ROUNDS, _PATH_S = 3, 6.0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", metavar="DIR", default="bench", help="folder of the report")
    parser.add_argument(
        "--soak", type=tokens, metavar="TOKENS", help="only stream so many tokens, such as 1M"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")
    add_plan_options(parser)
    arguments = parser.parse_args(argv)
    plan = make_plan(arguments)
    if arguments.soak:
        return print_soak(soak(plan, arguments.soak))
    found = run(plan, shlex.join(sys.argv), _silent if arguments.quiet else _print_line)
    for path in files.write(found, arguments.out, sections(found)):
        print(path)
    for goal in found["goals"]:
        if goal["met"] is not None:
            print(
                f"{'reached' if goal['met'] else 'missed '}  {goal['what']} against "
                f"{goal['against']}: {goal['here']:.3g} (goal {goal['relation']} {goal['bound']:g})"
            )
    refused = [row for row in (*found["rows"], *found["front_end"]) if "refused" in row]
    return 1 if refused else 0


def run(plan: Plan, command: str, on_progress: Callable[[str], None]) -> dict:
    """The report of `gnuradio.rfattn.benchmark.run.run` with flowgraph, path, front_end,
    first_label and goals."""
    start = time.monotonic()
    report = run_benchmark(plan, command, on_progress, baselines=baselines)
    absent, lost = report["absent"], compiled_step.missing()
    if lost:
        absent["torch.compile"] = lost
    report["flowgraph"] = list(flowgraph_rows(plan, on_progress))
    report["path"] = path_rows(plan, on_progress)
    report["first_label"] = first_label_rows(on_progress)
    report["front_end"] = front_end_rows(plan, on_progress)
    for part in ("flowgraph", "path", "first_label", "front_end"):
        absent |= {
            f"{part} {i + 1}": r["error"] for i, r in enumerate(report[part]) if "error" in r
        }
        report[part] = [row for row in report[part] if "error" not in row]
    report["goals"] = goals.evaluate(report)
    report["seconds"] = time.monotonic() - start
    return report


def baselines(group: Group, plan: Plan) -> Iterator[Case]:
    """Adds a model that computes nothing, re-encoding of the window, and torch.compile."""
    yield from own_baselines(group, plan)
    config, batch = group.members[0]
    blank = torch.zeros(batch, config.n_classes)
    row = make_row("null", config, batch, plan)
    yield baseline_case(row, lambda tokens: blank, config, batch, plan)
    if group.mode == "stream":
        yield re_encode_case(config, plan)
        if compiled_step.is_possible(plan) and any(
            c.attention == "flash" for c, _ in group.members
        ):
            yield compiled_step.compiled_case(config, plan)


def flowgraph_rows(plan: Plan, on_progress: Callable[[str], None]) -> Iterator[dict]:
    """The flowgraph of `flash` and `perceiver` at the first window, whichever the plan has."""
    wanted = ("flash", "perceiver") if plan.all_norms else ("flash",)
    for attention in (attention for attention in wanted if attention in plan.attentions):
        on_progress(f"flowgraph with {attention}")
        config = streaming_config(plan, attention, plan.windows[0])
        settings = child_settings(plan, config) | {
            "rounds": min(plan.rounds, _MOST_ROUNDS),
            "seconds": max(plan.round_s, _SHORTEST_ROUND_S),
            "hop": plan.hop,
            "sample_rate": plan.sample_rate,
            "budget_ms": plan.budget_ms,
        }
        shape = {"window": config.window, "block_size": config.block_size}
        found = measure_in_child("flowgraph_cost", settings, CHILD_TIMEOUT_S)
        yield {"attention": attention, **shape, **found}


def path_rows(plan: Plan, on_progress: Callable[[str], None]) -> list[dict]:
    """The default path on bands with emissions and with bursts, see `path_cost`."""
    if not plan.path_s:
        return []
    on_progress("the default path, block by block")
    settings = {"rounds": min(plan.rounds, _PATH_ROUNDS), "seconds": min(plan.path_s, _PATH_S)}
    found = measure_in_child("path_cost", settings, CHILD_TIMEOUT_S)
    return found if isinstance(found, list) else [found]


def first_label_rows(on_progress: Callable[[str], None]) -> list[dict]:
    """New processes, one after the other."""
    rows = []
    for start in range(1, _STARTS + 1):
        on_progress(f"first label, start {start}")
        settings = {"started_ns": time.monotonic_ns()}
        rows.append({"start": start} | measure_in_child("first_label", settings, CHILD_TIMEOUT_S))
    return rows


def front_end_rows(plan: Plan, on_progress: Callable[[str], None]) -> list[dict]:
    on_progress("power_spectrum")
    sizes = _FFT_SIZES if plan.all_norms else _FFT_SIZES[:1]
    seconds = min(max(plan.round_s, 0.04), 0.2)
    settings = {"sizes": sizes, "rounds": 5, "seconds": seconds, "seed": plan.seed}
    found = measure_in_child("front_end_cost", settings, CHILD_TIMEOUT_S)
    return found if isinstance(found, list) else [found]


def soak(plan: Plan, count: int) -> dict:
    """Streams ``count`` tokens through the flowgraph of the first attention and window.

    Raises:
        RuntimeError: when the run fails.
    """
    config = streaming_config(plan, plan.attentions[0], plan.windows[0])
    found = measure_in_child("soak", child_settings(plan, config) | {"tokens": count}, None)
    if "error" in found:
        raise RuntimeError(found["error"])
    names = ("attention", "norm", "window", "block_size")
    return {name: getattr(config, name) for name in names} | found


def print_soak(found: dict) -> int:
    """Prints the result of a soak; returns the exit status."""
    settled, end = (found[f"{when}_rss_bytes"] / 2**20 for when in ("settled", "end"))
    print(
        f"{found['attention']} with {found['norm']}, W {found['window']}, n "
        f"{found['block_size']}: {found['tokens']} tokens in {found['steps']} steps"
    )
    print(
        f"{'flat ' if found['flat'] else 'grows'}  resident {settled:.1f} MiB when settled, "
        f"{end:.1f} MiB at the end ({end / settled - 1:+.2%}, 1 % is allowed)"
    )
    print(
        f"{'exact' if found['exact'] else 'wrong'}  cache {found['kv_bytes']} bytes, predicted "
        f"{found['kv_bytes_predicted']}; last logits differ by {found['max_error']:.2g} of their "
        f"size from a run that began late, {found['tolerance']:g} is allowed"
    )
    return 0 if found["flat"] and found["exact"] else 1


def tokens(text: str) -> int:
    """1M → 1000000"""
    count = frequency(text)
    if count < 1 or count != int(count):
        raise argparse.ArgumentTypeError(f"must be a whole number of tokens, got {text!r}")
    return int(count)


def _print_line(text: str) -> None:
    print(text, file=sys.stderr)


def _silent(text: str) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main())
