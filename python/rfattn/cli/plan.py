# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Say how many receivers this machine follows, what bounds it, and what a number of them needs.

Runs the path of `live` twice for some seconds, on a made-up band of noise with emissions, with
--bursts once more on noise with bursts, and takes the memory of caches and the operations of the
model from their formulas. --benchmark takes what `bench` measured instead. The result is an
estimate; --check measures how wrong it is here.
"""

from __future__ import annotations

import dataclasses
import os

from ..flowgraph.options import ModelOptions
from ..inference import emission_model as default_or
from ..reporting import Progress, available_memory, check_json_path, write_json
from .output.plan_text import assumptions, lines_of
from .sources.inputs import in_hertz, receiver_hertz
from .sources.options import add_options, options_from

_WIDTH = 25e3
_OCCUPANCY = 0.1


_OF_RECEIVERS = {
    "--occupancy": (float, None, "SHARE", f"share of the band in use (default: {_OCCUPANCY})"),
    "--emissions": (int, None, "N", "on the air at a time, instead of a share"),
    "--width": (in_hertz, None, "HZ", f"of one (default: {_WIDTH:g}, or from both of the above)"),
    "--bursts": (float, 0.0, "N", "bursts a second besides, of transmitters that come and go"),
    "--rest": (
        *(float, 1.0, "S"),
        "how long the model leaves an emission alone after it has looked at it: 1 where it is in "
        "doubt, up to 32 while it is sure, 0 for no rest (default: %(default)s)",
    ),
}
_OF_MACHINE = {
    "--link": (in_hertz, None, "BITS", "bits a second that come in, such as 1G"),
    "--memory": (in_hertz, None, "BYTES", "such as 8G (default: what is free here)"),
    "--cores": (int, None, "N", "like those of this machine (default: its own)"),
    "--load": (float, 0.8, "SHARE", "of the processor that may be used (default: %(default)s)"),
}


def add_arguments(parser) -> None:
    add = parser.add_argument_group("what is to be followed").add_argument
    add("--receivers", type=int, default=1, metavar="N", help="how many (default: %(default)s)")
    add("--rate", type=receiver_hertz, required=True, metavar="HZ", help="of each, such as 2.4M")
    _add_all(add, _OF_RECEIVERS)
    text = "the receivers' own hosts find and cut emissions, and send tokens to this machine"
    add("--edges", action="store_true", help=text)
    _add_all(parser.add_argument_group("what a machine has").add_argument, _OF_MACHINE)
    skipped = ("threads", "runner", "run_code")
    add_options(parser.add_argument_group("model"), ModelOptions(model=""), without=skipped)
    parser.add_argument(
        "--window", type=int, default=0, metavar="W", help="tokens (default: the model's own)"
    )
    text = "take what was measured from a report.json of gr-rfattn bench"
    parser.add_argument("--benchmark", metavar="FILE", help=text)
    parser.add_argument(
        "--check", action="store_true", help="measure 1, 4 and 16 streams and compare, one minute"
    ).not_with = "--benchmark"
    parser.add_argument("--json", metavar="FILE", help="write everything as JSON; -: on stdout")
    parser.add_argument("--quiet", action="store_true", help="no progress on stderr")


def _add_all(add, options: dict) -> None:
    for name, (kind, default, metavar, text) in options.items():
        add(name, type=kind, default=default, metavar=metavar, help=text)


def run(arguments) -> int:
    from ..capacity import check, predict

    check_json_path(arguments.json)
    demand = demand_of(arguments)
    machine_of(arguments, None)  # refuses before it measures
    options = model_options(arguments)
    with Progress(arguments.quiet) as progress:
        costs, rows = measured(arguments, demand, options, progress)
    machine = machine_of(arguments, costs)
    need = predict.need_of(demand, costs)
    fit = predict.fit_of(demand, need, machine)
    totals = predict.totals(demand, need, machine, fit)
    if arguments.json:
        parts = {"demand": demand, "costs": costs, "machine": machine, "need": need, "fit": fit}
        found = {name: dataclasses.asdict(value) for name, value in parts.items()}
        found |= {"needed": totals, "assumed": assumptions(demand, costs, machine), "check": rows}
        write_json(arguments.json, found)
    if arguments.json != "-":
        print("\n".join(lines_of(demand, costs, machine, need, fit, totals)))
        if rows:
            print(f"\n{check.check_table(rows)}", end="")
    return 0


def measured(arguments, demand, options: ModelOptions, progress: Progress):
    """The costs, and the rows of --check."""
    from ..capacity import check, costs

    if arguments.benchmark:
        from ..benchmark.capacity import costs_from

        return costs_from(arguments.benchmark, options, arguments.window), []
    progress.show("measuring the path")
    found = costs.measure_costs(
        demand.sample_rate, demand.width, options, arguments.window, bursts_per_s=demand.bursts
    )
    if not arguments.check:
        return found, []
    with costs.model_of_window(options, arguments.window) as used:
        return found, check.check(found, used, progress.show)


def demand_of(arguments):
    """What the options ask for; of occupancy, emissions and width two give the third."""
    from ..capacity.predict import MOST, MOST_HZ, Demand, check_amount

    rate, share, count, width = (
        getattr(arguments, name) for name in ("rate", "occupancy", "emissions", "width")
    )
    if share is not None and not 0.0 < share <= 1.0:
        raise ValueError(f"occupancy must be above 0 and at most 1, got {share}")
    for name, value, most in (
        ("rate", rate, MOST_HZ),
        ("width", width, MOST_HZ),
        ("emissions", count, MOST),
    ):
        if value is not None:
            check_amount(name, value, 1, most)
    if None not in (share, count, width):
        raise ValueError("of occupancy, emissions and width at most two can be given")
    if count is None:
        width = width or _WIDTH
        count = max(1, round((share or _OCCUPANCY) * rate / width))
    elif width is None:
        width = _WIDTH if share is None else share * rate / count
    return Demand(
        arguments.receivers, rate, count, width, arguments.rest, arguments.edges, arguments.bursts
    )


def machine_of(arguments, costs):
    """The machine of the options; ``costs`` None: without its devices."""
    from ..capacity.predict import Machine

    has_device = costs is not None and costs.device_step_s is not None
    return Machine(
        cores=len(os.sched_getaffinity(0)) if arguments.cores is None else arguments.cores,
        memory_bytes=available_memory() if arguments.memory is None else arguments.memory,
        link_bits_per_s=arguments.link,
        devices=int(has_device),
        device_bytes=costs.device_bytes if has_device else 0.0,
        load=arguments.load,
    )


def model_options(arguments) -> ModelOptions:
    """The model that labels emissions.

    Raises:
        ValueError: where there is none.
    """
    model = default_or(arguments.model)
    if not model:
        raise ValueError("plan needs a model of emissions, got --model none")
    return options_from(ModelOptions, arguments, model=model)
