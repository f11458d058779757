# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A study as Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from gnuradio.rfattn.attention import ATTENTIONS
from gnuradio.rfattn.benchmark import machine
from gnuradio.rfattn.reporting import interval, table, table_of

from ...train.config import emission_config
from . import trees
from .plan import LATENTS, ONE_STEP, PERCEIVER, REFERENCE, SHIPPED
from .significance import SIGNIFICANT

_NAMES = {
    ONE_STEP: "`flash` that sees one step",
    trees.NUMBERS: "trees on the numbers",
    trees.SPECTRUM: "trees on numbers and mean spectrum",
}


def steps_markdown(found: dict) -> str:
    """The timing alone."""
    return f"# Steps of all attentions\n\n{machine.summary(found['machine'])}\n\n{_steps(found)}"


def markdown(report: dict) -> str:
    """The report."""
    sections = {
        "# Attentions and norms on emissions": _intro(report) + "\n" + summary(report),
        "## Accuracy": _accuracy(report),
        f"## Against {_name(REFERENCE)}": _tests(report["tests"], "network"),
        "## Other norms and gates, against `layernorm` without a gate": _tests(
            report["norms"], "network"
        ),
        "## Learning rate": _rates(report["rates"]),
        f"## Shipped, against {_name(SHIPPED + REFERENCE)}": _tests(report["shipped"], "network"),
        "## Steps before": _context(report),
        "## Step and state": _steps(report),
        "## How it was made": _made(report),
    }
    return "\n".join(f"{title}\n\n{text}" for title, text in sections.items())


def summary(report: dict) -> str:
    """The table that says which attention to take: a row for each with layernorm, and the rivals.

    A step is its CPU time, by the number of streams in a call.
    """
    plan, models = report["plan"], {row["model"]: row for row in report["models"]}
    timed = {(r["attention"], r["norm"], r["window"], r["batch"]): r for r in report["rows"]}

    def share(model: str, figure: str) -> str:
        return _share(models[model][figure]) if model in models else "-"

    def other_norm(model: str, norm: str) -> str:
        attention = model.removesuffix("_layernorm")
        return share(f"{attention}_{norm}", "accuracy") if model != attention else "-"

    def state(model: str, window: int) -> str:
        row = timed.get((*model.split("_"), window, plan["batches"][0]))
        return _state(row) if row else "-"

    def steps(model: str, window: int) -> str:
        rows = [timed.get((*model.split("_"), window, batch)) for batch in plan["batches"]]
        return ", ".join(_micros(row["cpu_p50_ms"]) for row in rows if row) or "-"

    columns = {
        "model": lambda m: _name(m).removesuffix(", `layernorm`"),
        "accuracy, %": lambda m: share(m, "accuracy"),
        "with `rmsnorm`": lambda m: other_norm(m, "rmsnorm"),
        "with `dyt`": lambda m: other_norm(m, "dyt"),
        "labels right, %": lambda m: share(m, "right"),
        "shipped: accuracy": lambda m: share(SHIPPED + m, "accuracy"),
        "labels right": lambda m: share(SHIPPED + m, "right"),
    }
    streams = " and ".join(map(str, plan["batches"]))
    for window in (plan["windows"][0], plan["windows"][-1]):
        columns |= {
            f"state, W {window}": lambda m, w=window: state(m, w),
            f"step of {streams} streams, W {window}, µs": lambda m, w=window: steps(m, w),
        }
    known = {m.removeprefix(SHIPPED) for m in models if m.endswith("_layernorm")}
    known |= {f"{row['attention']}_layernorm" for row in report["rows"]}
    named = [*sorted(known, key=_order), *(name for name in _NAMES if name in models)]
    filled = {k: find for k, find in columns.items() if any(find(m) != "-" for m in named)}
    return table_of(filled, named)


def _order(model: str) -> tuple[int, int]:
    """The place of an attention in a table, by its number of latents where it has some; one with a
    gate follows that without."""
    attention, _, more = model.partition("_")[0].partition("-")
    return (*ATTENTIONS, attention).index(attention), int(more) if more.isdecimal() else len(more)


def _name(model: str) -> str:
    if model in _NAMES:
        return _NAMES[model]
    shipped = "shipped " if model.startswith(SHIPPED) else ""
    name, _, norm = model.removeprefix(SHIPPED).partition("_")
    attention, _, more = name.partition("-")
    if attention == PERCEIVER:
        more = f"{more or LATENTS[0]} latents"
    more = [more] if more else []
    return ", ".join([f"{shipped}`{attention}`", *more, *([f"`{norm}`"] if norm else [])])


def _intro(report: dict) -> str:
    data, training = report["data"], report["plan"]["training"]
    return (
        f"{machine.summary(report['machine'])}\n\n"
        "Each network was trained from random weights by one recipe, with "
        f"{report['plan']['seeds']} seeds: {training['steps']} steps of "
        f"{training['batch_size']} sequences of {training['sequence_tokens']} tokens, AdamW with a "
        f"learning rate up to {training['learning_rate']:g} ({training['warmup_steps']} steps of "
        "warm-up, then a cosine), the running mean of the weights at the end. The shipped models "
        "have seen many times as much. "
        f"{data['training']} cuts teach {data['classes']} classes, `unknown` among them; "
        f"{data['held']} made-up cuts of other rounds are held out.\n"
    )


def _accuracy(report: dict) -> str:
    data = report["data"]
    columns = {
        "model": lambda r: _name(r["model"]),
        "seeds": lambda r: r["seeds"],
        "accuracy": lambda r: _share(r["accuracy"]),
        "mean loss": lambda r: _spread(r["loss"], ".2f"),
        "recordings": lambda r: _share(r["recordings"]),
        "labels right": lambda r: _share(r["right"]),
        "best guess right": lambda r: _share(r["guess"]),
        "wrong": lambda r: _share(r["wrong"]),
        "false names": lambda r: _share(r["false"]),
        "strangers named": lambda r: _share(r["strangers"]),
        "weights": lambda r: f"{r['parameters']:,}" if r["parameters"] else "",
        "training": lambda r: f"{r['cpu_seconds'] / 60:.1f} min" if r["cpu_seconds"] else "",
    }
    return (
        "Percent, mean ± standard deviation over the seeds. *Accuracy* and *mean loss* (nats): of "
        "the model alone on held-out emissions, each class counting the same. *Recordings*: "
        f"accuracy on {data['recordings']} cuts of recordings of split `test`. The rest is of what "
        "detector and extractor found of signals of the benchmark's own generator, "
        f"{data['signals']} of classes and {data['strangers']} of no class, with each model's own "
        "fitted decision. *Labels right* and *wrong*: of the signals of classes; *false names*: "
        "rows with a class that is not on the air, of the rows with a name. *Training*: time of "
        "one core.\n\n" + table_of(columns, report["models"])
    )


def _tests(rows: list[dict], title: str) -> str:
    columns = {
        title: lambda r: _name(r["model"]),
        "seeds": lambda r: r["seeds"],
        "difference": lambda r: _points(r),
        "*t*": lambda r: _p(r["p"]),
        "Holm": lambda r: _p(r["p_holm"]),
        "emissions": lambda r: _p(r["p_emissions"]),
        "Holm ": lambda r: _p(r["p_emissions_holm"]),
        "labels": lambda r: "-" if r["labels"] is None else f"{100 * r['labels']:+.1f}",
        "signals": lambda r: _p(r["p_signals"]),
        "Holm  ": lambda r: _p(r["p_signals_holm"]),
    }
    beyond = [_name(r["model"]) for r in rows if is_significant(r)]
    said = f"Accuracy differs beyond all its corrected tests: {'; '.join(beyond) or 'none'}."
    return (
        "Difference of accuracy in points over the seeds that both have, with its 95 % t interval. "
        "*t*: paired t test over the seeds; with one seed there is none, and the row is about two "
        "trained networks rather than their attentions. *emissions*: sign-flip permutation test "
        "over the held-out emissions. *labels*: difference of the labels that are right, and "
        "*signals* the permutation test over the signals. *Holm*: corrected for the rows of this "
        f"table. {said}\n\n" + table_of(columns, rows)
    )


def _rates(rows: list[dict]) -> str:
    if not rows:
        return "Not measured.\n"
    columns = {"network": lambda r: _name(r["model"])}
    for k, rate in enumerate(rows[0]["rates"]):
        columns[f"{rate:g}"] = lambda r, k=k: _share(r["accuracy"][k])
    columns["best"] = lambda r: f"{r['best']:g}"
    return (
        "Accuracy by the highest learning rate, all else being equal. The other tables have the "
        f"usual one, {rows[0]['rates'][1]:g}, for all.\n\n" + table_of(columns, rows)
    )


def is_significant(row: dict) -> bool:
    """Whether the corrected tests find a difference of accuracy: that over the emissions, and with
    several seeds also that over the seeds."""
    values = [row[name] for name in ("p_emissions_holm", "p_holm") if row[name] is not None]
    return bool(values) and max(values) < SIGNIFICANT


def _context(report: dict) -> str:
    rows = [r for r in report["models"] if r["context"]]
    if not rows:
        return "Not measured.\n"
    steps = [point["steps"] for point in rows[0]["context"]]
    lines = [
        [
            _name(row["model"]),
            *(_share(point["accuracy"]) for point in row["context"]),
            _share(row["alone"]),
            _share(row["accuracy"]),
        ]
        for row in rows
    ]
    return (
        f"Accuracy of one and the same step of {report['data']['long']} held-out emissions, by the "
        "number of steps that the network saw, that one included. The last number is its window. "
        "Then the accuracy on all held-out emissions, where the answers of all steps are averaged: "
        "each step *alone*, from an empty state, and *joined* as usual.\n\n"
        + table(["network", *steps, "alone", "joined"], lines)
    )


def _steps(report: dict) -> str:
    timed = [row for row in report["rows"] if "p50_ms" in row]
    columns = {
        "attention": lambda r: f"`{r['attention']}`",
        "norm": lambda r: f"`{r['norm']}`",
        "window": lambda r: r["window"],
        "streams": lambda r: r["batch"],
        "MFLOP": lambda r: f"{r['flops'] / 1e6:.3g}",
        "multiply µs": lambda r: _micros(r["product_ms"]),
        "KiB": lambda r: f"{r['bytes'] / 1024:.4g}",
        "read µs": lambda r: _micros(r["read_ms"]),
        "step, CPU µs": lambda r: _micros(r["cpu_p50_ms"]),
        "step / need": lambda r: f"{r['cpu_p50_ms'] / max(r['product_ms'], r['read_ms']):.3g}",
        "to `flash`": lambda r: _ratio(r["to_flash"]),
        "to plain": lambda r: _ratio(r["to_plain"]),
        "state of a stream": _state,
    }
    return (
        "A call steps all streams, with runner `native` in float32 on one thread; times are CPU "
        "time, the median of the steps. *Multiply* and *read*: the least time that this machine "
        "was seen to take for as many operations, and for reading as many bytes, weights and "
        "states; the longer of both is what the step *needs*. *To `flash`*, *to plain*: ratio of "
        "CPU times within the same rounds to `flash` and to the same attention, both with "
        "`layernorm` and no gate, with its 95 % interval.\n\n" + table_of(columns, timed)
    )


def _made(report: dict) -> str:
    training, usual = report["plan"]["training"], emission_config().to_dict()
    changed = [f"`{name}` {v}" for name, v in training.items() if v != usual[name]]
    return (
        "Of the training all is what `gr-rfattn train` takes for cuts, but for "
        f"{', '.join(changed)}. The decision of each model was fitted to "
        f"{report['data']['fitted_on']} cuts that it was not trained on.\n"
    )


def _state(row: Mapping) -> str:
    return f"{row['kv_bytes'] / row['batch'] / 1024:.0f} KiB"


def _micros(ms: float) -> str:
    """Three digits of a time in µs."""
    return f"{1e3 * ms:.3g}" if ms < 1.0 else f"{1e3 * ms:.0f}"


def _share(found: Mapping | None) -> str:
    return "-" if found is None else _spread(found, ".1f", 100.0)


def _spread(found: Mapping, form: str, scale: float = 1.0) -> str:
    mean = f"{scale * found['mean']:{form}}"
    return mean if found["sd"] is None else f"{mean} ± {scale * found['sd']:{form}}"


def _points(row: Mapping) -> str:
    if row["mean"] is None:
        return "-"
    return f"{100 * row['mean']:+.1f} {interval(row['low'], row['high'], '+.1f', 100.0)}".strip()


def _p(value: float | None) -> str:
    return "-" if value is None else f"{value:.2g}"


def _ratio(found) -> str:
    if found is None:
        return "-"
    value, low, high = found
    return f"{value:.2f} {interval(low, high, '.2f')}".strip()
