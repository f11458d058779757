# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a plan of receivers as text."""

from __future__ import annotations

from ...reporting import count_of, hertz, octets, samples_per_second, table


def lines_of(demand, costs, machine, need, fit, totals) -> list[str]:
    """The plan as text."""
    model, config = costs.model, costs.config
    link = "-" if machine.link_bits_per_s is None else bits(machine.link_bits_per_s)
    gpu = f", {machine.devices} GPU" if machine.devices else ""
    bursts = f" and {demand.bursts:g} bursts a second" if demand.bursts else ""
    tightest_first = sorted(fit.limits.items(), key=lambda item: item[1])
    lines = [
        f"{count_of(demand.receivers, 'receiver')} of {samples_per_second(demand.sample_rate)}, "
        f"each with {count_of(demand.emissions, 'emission')} of {hertz(demand.width)} "
        f"({demand.emissions * demand.width / demand.sample_rate:.0%} of the band)"
        f"{bursts}",
        f"model {model['name']}: {model['attention']}, {model['norm']}, W {config['window']}, "
        f"n {config['block_size']}, {model['dtype']} on {model['device']}; "
        f"{costs.step_flops / 1e6:.3g} million operations a step, cache "
        f"{octets(costs.kv_bytes)} a stream",
        "",
        table(["one receiver takes", ""], need_rows(demand, need, costs)),
        table(
            ["what bounds a machine", "receivers"],
            [(name, f"{value:.1f}") for name, value in tightest_first],
        ),
        f"a machine with {machine.cores} cores{gpu}, {octets(machine.memory_bytes)} of memory, "
        f"link {link}, follows {count_of(fit.receivers, 'receiver')}, "
        f"{count_of(fit.streams, 'stream')}; bound by {fit.bound}",
    ]
    if fit.problem:
        lines.append(f"none fits: {fit.problem}")
    lines += [needed_line(demand, totals), "", "assumed:"]
    return lines + [f"- {line}" for line in assumptions(demand, costs, machine)]


def need_rows(demand, need, costs) -> list[tuple[str, str]]:
    elsewhere = "at the receiver" if demand.edges else ""
    rows = [
        ("detector", elsewhere or f"{need.detector:.3f} cores"),
        ("extractor", elsewhere or f"{need.extractor:.3f} cores"),
        (f"model, {need.steps_per_s:.0f} steps a second", f"{need.model:.3f} cores"),
        ("labels", f"{need.labels:.3f} cores"),
        ("process and caches", octets(need.memory_bytes)),
        (
            "tokens over the link" if demand.edges else "I/Q over the link",
            bits(need.link_bits_per_s),
        ),
        ("share that the model looks at", f"{need.seen:.0%}"),
    ]
    if costs.device_step_s is not None:
        rows.insert(3, ("GPU", f"{need.device:.4f}"))
    return rows


def needed_line(demand, totals: dict) -> str:
    parts = [
        "-" if totals["machines"] is None else count_of(totals["machines"], "such machine"),
        f"{totals['cores']:.{0 if totals['cores'] >= 10 else 2}f} cores",
        *([count_of(totals["devices"], "GPU")] if totals["devices"] else []),
        octets(totals["memory_bytes"]),
        bits(totals["link_bits_per_s"]),
    ]
    return (
        f"{count_of(demand.receivers, 'receiver')}, {count_of(totals['streams'], 'stream')}: "
        f"{', '.join(parts)}"
    )


def assumptions(demand, costs, machine) -> list[str]:
    """What the plan rests on, a sentence each."""
    where = "one process a receiver" if not demand.edges else "one process for all streams"
    found = [
        f"costs measured at {samples_per_second(costs.sample_rate)} with emissions of "
        f"{hertz(costs.width)}, always on the air",
        f"an emission makes {costs.tokens_per_s * demand.width / costs.width:.0f} tokens a second, "
        f"and rests {demand.rest_s:g} s after each look of {costs.config['window']} "
        "tokens",
        f"{machine.load:.0%} of the processor may be used; cores add up; {where}",
        "samples are 8 bytes, values of tokens 4",
    ]
    if demand.bursts:
        found.append(
            f"bursts of 0.5 to 20 ms at random times and frequencies, measured with "
            f"{costs.bursts.per_s:g} a second; more cost in proportion"
        )
    if demand.cut < demand.emissions:
        found.append(f"of {demand.emissions} emissions in a band {demand.cut} are cut at a time")
    if costs.origin:
        found.append(costs.origin)
    return found


def bits(per_second: float) -> str:
    """A bit rate with three digits, such as "17.5 Mbit/s"."""
    return hertz(float(f"{per_second:.3g}")).replace("Hz", "bit/s")
