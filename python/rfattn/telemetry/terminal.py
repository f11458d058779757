# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a flowgraph on a terminal."""

from __future__ import annotations

import time

from ..frequency_text import FrequencyColumn, width_text
from ..messages.emission import Emission, sideband_text
from ..messages.event import Event
from ..printable import printable
from ..reporting import count_of, hertz, milliseconds, octets
from .state import State

STAGES = ("latency", "wait", "inference")
_QUANTILES = ("p50", "p95", "p99", "max")
_SIDE_BY_SIDE = 76
"""Columns of a terminal from which two panels fit beside each other."""
_SHOWN_STREAMS = 8
_SHOWN_EMISSIONS = 16
_SHOWN_EDGES = 8
_SHOWN_PROOFS = 8
_SHOWN_EVENTS = 8
_LIKELIEST = 3
_STALE_S = 5.0
_EMISSION_COLUMNS = ("", "id", "frequency", "width", "length", "SNR", "bursts", "signal")
_LEFT_OUT = ((_SIDE_BY_SIDE, {"bursts", "length"}), (56, {"width", "SNR"}))
"""Columns that a terminal of fewer columns of text leaves out."""


def screen(state: State, address: str, width: int, sidebands: bool = False):
    """Draws all of it, for a terminal of ``width`` columns; of emissions that are ``sidebands`` of
    others only their number, unless they are asked for.

    Where there are emissions their table has the labels, which the labels of single steps could
    contradict. The labels of a band are left out while none has come.
    """
    from rich.console import Group
    from rich.table import Table

    with state.lock:
        above, below = [head(state, address)], []
        panels = [flow(state), memory(state), latency(state)]
        if state.edges:
            above.append(edges(state))
        above += [events(state)] if state.events else []
        if state.emissions.all():
            above.append(emissions(state, width, sidebands))
            above += [proofs(state)] if state.emissions.proofs.pairs else []
        elif state.detections:
            panels, below = [labels(state), *panels], [history(state)]
        is_measured_only = bool(state.emissions.all()) and state.stats is None
    if is_measured_only:
        return Group(*above)
    if width < _SIDE_BY_SIDE:
        return Group(*above, *panels, *below)
    rows = []
    for pair in (panels[:2], panels[2:]):
        rows.append(Table.grid(expand=True))
        rows[-1].add_row(*pair)
    return Group(*above, *rows, *below)


def head(state: State, address: str):
    from rich.text import Text

    words = [f"gr-rfattn {address}", time.strftime("%H:%M:%S")]
    if state.model is not None:
        model = state.model
        words.append(f"{model.attention} with {model.norm}, {model.dtype} on {model.device}")
    text = Text(printable("  ".join(words)), style="bold", overflow="ellipsis", no_wrap=True)
    silent = state.silent_s()
    if silent is None:
        text.append("  waiting for messages; Ctrl-C ends", style="yellow")
    elif silent > _STALE_S:
        text.append(f"  nothing for {silent:.0f} s", style="yellow")
    return text


def cell(text: str):
    """A text of unknown origin in a table: neither markup nor control characters have an effect."""
    from rich.text import Text

    return Text(printable(text))


def panel(title: str, rows, columns=()):
    """Rows of text in a box; numbers to the right under ``columns``."""
    from rich.panel import Panel
    from rich.table import Table

    table = Table(box=None, show_header=bool(columns), padding=(0, 1))
    table.add_column("", no_wrap=True)
    for name in columns or ("",):
        table.add_column(name, justify="right" if columns else "left", no_wrap=bool(columns))
    for row in rows:
        table.add_row(*map(cell, row))
    return Panel(table, title=title, title_align="left")


def labels(state: State):
    """The newest label of each of the streams heard last; of a single one, the three likeliest."""
    latest = list(state.detections.items())
    rows = []
    for stream, detection in sorted(latest[-_SHOWN_STREAMS:]):
        shown, where = {detection.label: detection.confidence}, f"{stream}: "
        if len(latest) == 1:
            by_probability = sorted(detection.probabilities.items(), key=lambda item: -item[1])
            shown, where = dict(by_probability[:_LIKELIEST]), ""
        for label, value in shown.items():
            rows.append((where + label, f"{value:.2f} {'█' * round(10 * value)}"))
        rows.append(("at", f"sample {detection.sample_start}, {hertz(detection.frequency)}"))
    if len(latest) > _SHOWN_STREAMS:
        rows.append((f"and {len(latest) - _SHOWN_STREAMS} streams more", ""))
    return panel("label", rows)


def emissions(state: State, width: int, sidebands: bool = False):
    """The live emissions, then those that ended, the newest first: one line each.

    Below the line stands the newest that was read from its signal, if anything was. A narrow
    terminal leaves out some of the columns. Ignored emissions are counted in the title,
    and so are sidebands of others unless they are asked for.
    """
    from rich.console import Group
    from rich.panel import Panel

    live, ended = (
        [record for record in records.values() if record.latest.is_shown(sidebands)]
        for records in (state.emissions.live, state.emissions.ended)
    )
    records = sorted(live, key=lambda record: -record.latest.id) + ended[::-1]
    frequencies = frequency_column([record.latest for record in state.emissions.all()])
    lines = [(record, emission_cells(record, frequencies)) for record in records[:_SHOWN_EMISSIONS]]
    left_out = set().union(*(names for least, names in _LEFT_OUT if width < least))
    columns = {
        name: max(map(len, (name, *(cells[name] for _, cells in lines))))
        for name in _EMISSION_COLUMNS
        if name not in left_out
    }
    parts = [_emission_part(columns, has_head=True)]
    for record, cells in lines:
        style = "bold" if record.is_live else "dim"
        parts[-1].add_row(*(cell(cells[name]) for name in columns), style=style)
        if record.newest_content is not None:
            parts.append(_content_line(record))
            parts.append(_emission_part(columns))
    more = len(records) - _SHOWN_EMISSIONS
    title = f"emissions: {len(live)} live, {len(ended)} ended"
    title += f", {_SHOWN_EMISSIONS} shown" if more > 0 else ""
    title += _left_out(state, sidebands)
    return Panel(Group(*parts), title=title, title_align="left")


def _left_out(state: State, sidebands: bool) -> str:
    """The end of the title: how many emissions have no line."""
    hidden = [r.latest for r in state.emissions.all() if not r.latest.is_shown(sidebands)]
    ignored = sum(latest.is_ignored for latest in hidden)
    others = sum(not (latest.is_ignored or latest.is_part) for latest in hidden)
    text = f"; {count_of(others, 'sideband')} left out" if others else ""
    return text + (f"; {ignored} ignored" if ignored else "")


def _emission_part(columns: dict[str, int], has_head: bool = False):
    """A part of the table of emissions, whose columns are those of the others.

    Args:
        columns: the width of each by its name; that of the signal takes the rest.
    """
    from rich.table import Table

    table = Table(box=None, padding=(0, 1), expand=True, show_header=has_head)
    for name, width in columns.items():
        is_name = name == "signal"
        table.add_column(
            name,
            justify="left" if is_name else "right",
            no_wrap=True,
            width=None if is_name else width,
            ratio=1 if is_name else None,
            overflow="ellipsis",
        )
    return table


def _content_line(record):
    line = cell(f"     {record.newest_content}")
    line.no_wrap, line.overflow = True, "ellipsis"
    line.stylize("" if record.is_live else "dim")
    return line


def proofs(state: State):
    """The labels that checksums confirm or refute, the classes of the most emissions first."""
    found = state.emissions.proofs.by_class()
    rows = [(name, proof.text) for name, proof in list(found.items())[:_SHOWN_PROOFS]]
    if len(found) > _SHOWN_PROOFS:
        rows.append((f"and {len(found) - _SHOWN_PROOFS} classes more", ""))
    return panel("labels by checksums", rows)


def events(state: State):
    """The latest events, the newest first."""
    latest = list(state.events)[:_SHOWN_EVENTS]
    rows = [
        (time.strftime("%H:%M:%S", time.localtime(one.time_unix_s)), event_text(one))
        for one in latest
    ]
    return panel("events", rows)


def event_text(event: Event) -> str:
    """An event in a line."""
    if event.transmitter is None:
        return printable(f"{event.receiver}: {event.text}")
    who = event.name or f"transmitter {event.transmitter}"
    signal = "" if event.label is None else f", {event.label}"
    return printable(f"{who} at {hertz(event.frequency)}{signal}: {event.text}")


def emission_cells(record, frequencies: FrequencyColumn | None = None) -> dict[str, str]:
    """The texts of an emission by column.

    Args:
        frequencies: form of the frequencies; None: that of all emissions in the same band.
    """
    latest = record.latest
    length = latest.duration_s
    frequencies = frequencies or frequency_column([latest])
    return {
        "": "●" if record.is_live else " ",
        "id": str(latest.id),
        "frequency": frequencies.text(latest.middle),
        "width": width_text(latest.width),
        "length": "-" if length is None else seconds(length),
        "SNR": f"{latest.snr_db:.1f} dB",
        "bursts": str(latest.burst_count + (latest.burst_start is not None)),
        "signal": signal_name(latest),
    }


def frequency_column(emissions: list[Emission]) -> FrequencyColumn:
    """The form in which all frequencies of some emissions, and of others in their bands, are
    shown."""
    highest = max(
        max(abs(e.freq_lower), abs(e.freq_upper), abs(e.rx_freq or 0.0) + (e.rx_rate or 0.0) / 2)
        for e in emissions
    )
    rates = [e.rx_rate for e in emissions if e.rx_rate is not None]
    return FrequencyColumn.of(highest, min(rates, default=None))


def signal_name(emission) -> str:
    """The label, as `Emission.label_text` shows it; else the nearest signal, marked as no label.
    In front of it, what a sideband belongs to."""
    name = emission.label_text
    if name is None and emission.nearest:
        name = f"≈ {emission.nearest[0].name}"
    return ", ".join(filter(None, (sideband_text(emission.sideband_of), name))) or "-"


def seconds(value: float) -> str:
    """3.2 s, 40 ms, 120 µs."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:.3g} {unit}" if value < 1000 else f"{value:.0f} s"
    return f"{value * 1e6:.3g} µs"


def edges(state: State):
    """What came from each edge over the network; those first that are gone or dropped the most."""
    known = sorted(
        state.edges.values(),
        key=lambda edge: (edge.state == "connected", -edge.tokens_dropped, edge.edge),
    )
    rows = [(f"{edge.edge} {edge.state}", received(edge)) for edge in known[:_SHOWN_EDGES]]
    if len(known) > _SHOWN_EDGES:
        rows.append((f"and {len(known) - _SHOWN_EDGES} edges more", ""))
    connected = sum(edge.state == "connected" for edge in known)
    return panel(f"edges: {connected} of {len(known)} connected", rows)


def received(edge) -> str:
    """Tokens that came from an edge, and those that did not."""
    texts = [f"{edge.tokens} tokens", f"{edge.tokens_dropped} dropped", octets(edge.bytes)]
    if edge.tokens_elsewhere:
        texts.insert(2, f"{edge.tokens_elsewhere} taken elsewhere")
    return ", ".join(texts)


def flow(state: State):
    stats = state.stats
    waiting = number(stats, "queued_steps")
    rates = {name: f"{amount(value)} a second" for name, value in state.rates().items()}
    rows = [
        ("steps", f"{number(stats, 'steps')}, {rates['steps']}, {waiting} queued"),
        ("tokens", f"{rates['tokens']}, {left_out(stats)}"),
        ("samples", rates["samples"]),
        ("late", late(stats)),
        ("gaps", f"{number(stats, 'retunes')} retunes, {number(stats, 'overflows')} overflows"),
    ]
    if stats is not None and stats.streams is not None:
        rows.insert(0, ("streams", f"{stats.streams}, {number(stats, 'evictions')} evictions"))
    missed = sum(state.missed.values())
    if missed:
        rows.append(("missed", f"{missed} messages"))
    if state.refused:
        rows.append(("refused", f"{state.refused} messages: {state.problem:.200}"))
    rows += [("failed", f"{line:.200}") for line in (*state.failures, *state.broken_receivers())]
    return panel("flow", rows)


def left_out(stats) -> str:
    """Tokens that the model did not look at: dropped and rested ones, and their shares where they
    are known."""
    if stats is None:
        return "- dropped"
    texts = [_with_share(f"{stats.dropped_tokens} dropped", stats.dropped_share())]
    if stats.rested_tokens:
        texts.append(_with_share(f"{stats.rested_tokens} rested", stats.rested_share()))
    return ", ".join(texts)


def _with_share(text: str, share: float | None) -> str:
    return text if share is None else f"{text} ({share:.1%})"


def late(stats) -> str:
    if stats is None:
        return "-"
    share = stats.deadline_misses / max(stats.steps - stats.found_late_steps, 1)
    return f"{stats.deadline_misses} ({share:.1%}) over {milliseconds(stats.budget_seconds)}"


def latency(state: State):
    rows = []
    for stage in STAGES:
        figures = getattr(state.stats, f"{stage}_seconds", None)
        cells = ("-" if figures is None else f"{getattr(figures, q) * 1e3:.2f}" for q in _QUANTILES)
        rows.append((stage, *cells))
    return panel("latency, ms", rows, _QUANTILES)


def memory(state: State):
    rows = [
        (name, octets(getattr(state.stats, entry, None)))
        for name, entry in (
            ("KV cache", "kv_bytes"),
            ("resident", "rss_bytes"),
            ("peak", "peak_rss_bytes"),
        )
    ]
    if state.stats is not None and state.stats.device_bytes is not None:
        rows.append(("device", octets(state.stats.device_bytes)))
        rows.append(("temporary", octets(state.stats.peak_temporary_bytes)))
    return panel("memory", rows)


def history(state: State):
    """The runs of equal labels that ended, the newest first, with the time at which they ended."""
    rows = []
    for when, run in state.recent:
        several = len(state.detections) > 1
        label = f"{run.first.stream}: {run.first.label}" if several else run.first.label
        rows.append(
            (
                time.strftime("%H:%M:%S", time.localtime(when)),
                label,
                f"{run.confidence:.2f}",
                str(run.steps),
                hertz(run.first.frequency),
            )
        )
    return panel("before", rows, ("label", "confidence", "steps", "frequency"))


def number(stats, name: str) -> str:
    value = getattr(stats, name, None)
    return "-" if value is None else str(value)


def amount(value: float | None) -> str:
    """1.92M; a dash when unknown."""
    if value is None:
        return "-"
    for limit, prefix in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= limit:
            return f"{value / limit:.3g}{prefix}"
    return f"{value:.3g}"
