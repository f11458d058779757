# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this machine follows on the path of `live`: rows of the report, and costs read from it."""

from __future__ import annotations

import dataclasses

from ..attention import ModelConfig, kv_bytes, step_flops
from ..attention.cost import ITEM_BYTES
from ..attention.registry import today
from ..capacity.band import most_emissions
from ..capacity.check import STREAMS, compare
from ..capacity.costs import LIMIT_S, Costs, is_amount, measure_costs, model_of_window, of_window
from ..capacity.path import measure_path
from ..capacity.predict import MAX_CUT, Demand, Machine, fit_of, need_of, scaled_costs
from ..flowgraph.options import ModelOptions
from ..inference import DEFAULT_EMISSION_MODEL, read_contract
from ..json_files import read_json
from .plan import WIDTH

_MOST_BYTES = 2**26
"""A report that is read is at most as long."""
RATE = 2.4e6
BURSTS = 200.0
"""A second, for what a burst takes."""
_COSTS_SHARE = 0.3
"""Length of the runs for the costs, of that of the others."""


def measure(
    signal_s: float, cores: int, model: str = DEFAULT_EMISSION_MODEL, device: str = "cpu"
) -> dict:
    """Measures in this process, which it is meant to have for itself.

    Args:
        signal_s: seconds of the band in each run.
        cores: that may be used, for the prediction.
        model: of emissions, a family or file; device: it runs on.

    Returns:
        costs (see `Costs`), runs (see `capacity.check.compare`), followed (emissions that were
        predicted to be followed at `RATE`; None: not even one), most (emissions of a band that are
        cut).
    """
    options = ModelOptions(model=model, device=device)
    costs = measure_costs(
        RATE, WIDTH, options, signal_s=_COSTS_SHARE * signal_s, bursts_per_s=BURSTS
    )
    followed = most_followed(costs, cores)
    rows = []
    with model_of_window(options, 0) as used:
        for count in sorted({*STREAMS, followed or 1}):
            run, _ = measure_path(RATE, count, WIDTH, used, signal_s, LIMIT_S)
            rows.append(compare(costs, run))
    return {
        "costs": dataclasses.asdict(costs),
        "runs": rows,
        "followed": followed,
        "most": most_cut(costs),
    }


def most_followed(costs: Costs, cores: int) -> int | None:
    """The most emissions in a band at which the prediction is that one receiver is followed, using
    all of the cores; None where not even one is."""
    machine = Machine(cores=cores, memory_bytes=float("inf"), load=1.0)
    found = None
    for count in range(1, most_cut(costs) + 1):
        demand = Demand(1, costs.sample_rate, count, costs.width)
        if not fit_of(demand, need_of(demand, costs), machine).receivers:
            break
        found = count
    return found


def most_cut(costs: Costs) -> int:
    """Emissions that are cut at a time, of those that fit into the band."""
    return min(MAX_CUT, most_emissions(costs.sample_rate, costs.width))


def costs_from(path: str, options: ModelOptions, window: int) -> Costs:
    """The costs in a report.json, with the model of the options.

    The step of a model that was not measured on the path is scaled: by its operations, which are
    known exactly, and by the operations a second of the two attentions in the rows of the report.

    Raises:
        ValueError: naming the file, when it has no such costs or rows.
    """
    try:
        report = read_json(path, _MOST_BYTES)
        costs, rows = Costs.from_dict(report["capacity"]["costs"]), report["rows"]
        dtype = costs.model["dtype"]
        if dtype not in ITEM_BYTES:
            raise ValueError(f"{dtype!r} is no type of numbers")
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror or error}") from None
    except (ValueError, KeyError, TypeError):
        raise ValueError(
            f"{path}: no report.json of gr-rfattn bench in which the path was measured"
        ) from None
    for name in ("device", "dtype"):
        wanted, there = getattr(options, name), costs.model[name]
        if wanted not in ("auto", there):
            raise ValueError(f"{path}: measured with {name} {there}, got {wanted}")
    contract = read_contract(options.model, options.attention, options.norm)
    config = ModelConfig.from_dict(of_window(contract["model"], window))
    if config.to_dict() == costs.config:
        return costs
    own = _speed(rows, costs.config["attention"], costs.config["window"], path)
    other = _speed(rows, config.attention, config.window, path)
    flops = step_flops(config)
    scaled = scaled_costs(costs, config.to_dict(), flops, kv_bytes(config, 1, dtype), other / own)
    names = {"name": options.model, "attention": config.attention, "norm": config.norm}
    origin = (
        f"the step was measured with {costs.config['attention']}, W {costs.config['window']}; this "
        f"one has {flops / costs.step_flops:.2g} times the operations, at {other / own:.2g} times "
        "the operations a second"
    )
    return dataclasses.replace(scaled, model={**costs.model, **names}, origin=origin)


def _speed(rows, attention: str, window: int, path) -> float:
    """Operations a second, in 1e9, of the bare step of an attention: that of the closest window."""
    wanted = {"kind": "model", "attention": attention, "mode": "stream", "batch": 1}
    found = [
        row
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
        and wanted.items() <= (row | {"attention": today(str(row.get("attention")))}).items()
        and is_amount(row.get("gflop_per_s"), 1e-12)
        and is_amount(row.get("window"), 1)
    ]
    if not found:
        raise ValueError(f"{path}: no row of {attention}; measure with gr-rfattn bench")
    return min(found, key=lambda row: abs(row["window"] - window))["gflop_per_s"]
