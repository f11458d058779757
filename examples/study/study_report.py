# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a study as report.json, report.md and PNG figures."""

from __future__ import annotations

import json
from pathlib import Path

from gnuradio.rfattn.files import replace_file
from gnuradio.rfattn.reporting import interval, table_of
from gnuradio.rfattn.train.start import start_name

import study_figures
from claims import BUSY, percent
from significance import SIGNIFICANT
from study_plan import REFERENCE

_SPLITS = {"val": "val", "val_augmented": "val varied", "test": "test"}


def write(report: dict, folder: str | Path) -> list[Path]:
    """Writes all files into ``folder``, which is made if needed; returns their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    data, text = folder / "report.json", folder / "report.md"
    replace_file(data, json.dumps(report, allow_nan=False) + "\n")
    pictures = study_figures.draw(report, folder)
    replace_file(text, markdown(report, [path.name for path in pictures]))
    return [data, text, *pictures]


def markdown(report: dict, pictures=()) -> str:
    """The report; ``pictures`` are the names of the PNG files beside it."""
    sections = [
        ("# The study, redone", _intro(report)),
        ("## Beside the study's claims", _claims(report)),
        ("## Accuracy", _accuracy(report), "accuracy"),
        (f"### Against {' with '.join(REFERENCE)}, test recordings", _tests(report)),
        ("### By tokens seen", _context(report), "context"),
        ("### By signal-to-noise ratio", _snr(report), "snr"),
        (
            "## Latency, throughput and memory",
            _timing(report),
            "latency",
            "throughput",
            "kv_memory",
        ),
        ("### What is kept", _mechanism(report), "trade"),
        ("## RMSNorm against LayerNorm", _norm(report), "norm"),
        ("## Left out", _left_out(report)),
        ("## How it was made", _made(report)),
    ]
    parts = []
    for title, text, *names in sections:
        shown = [f"![{name}]({name}.png)\n" for name in names if f"{name}.png" in pictures]
        parts += [title + "\n", text, *shown]
    return "\n".join(parts)


def _intro(report: dict) -> str:
    data, plan = report["data"], report["plan"]
    counts = ", ".join(
        f"{n} {_SPLITS.get(split, split)}" for split, n in data["recordings"].items()
    )
    occur = sum(n > 0 for n in data["test_by_class"].values())
    shares = [r["cpu_share"] for r in report["rows"] if r.get("cpu_share", 1.0) < BUSY]
    busy = (
        f"\n**The machine was busy: the timing had as little as {min(shares):.0%} of a processor. "
        "Ratios were measured side by side and hold; absolute times do not.**\n"
        if shares
        else ""
    )
    start, decides = "random weights", "the first weights and the drawn sequences, which are"
    if plan["init"]:
        name = start_name(plan["init"])
        start = (
            f"those of `{name}`, converted to its attention and norm"
            if Path(name).suffix
            else f"the model of `{name}` with its attention and norm"
        )
        decides = (
            "the drawn sequences alone, so another first training would move the figures by more "
            "than the seeds do. They are"
        )
    return (
        f"{len(data['classes'])} classes; recordings: {counts}. Each model was trained "
        f"{plan['seeds']} times from {start}, {plan['training']['steps']} steps, by one "
        f"recipe. The seed decides {decides} the same for all models. {occur} of the classes occur "
        "among the test recordings; balanced accuracy is the mean of their recalls. `mha` runs the "
        f"weights of `flash` and has its accuracy.\n{busy}"
    )


def _claims(report: dict) -> str:
    note = (
        "The study gave no hardware, data or split. Verdicts follow from the figures below by "
        "fixed rules; *open*: the figures do not decide.\n\n"
    )
    columns = {
        "claim": lambda c: c["claim"],
        "there": lambda c: c["there"],
        "here": lambda c: c["here"],
        "verdict": lambda c: f"**{c['verdict']}**",
        "why": lambda c: c["sentence"],
    }
    return note + table_of(columns, report["claims"])


def _accuracy(report: dict) -> str:
    rows = report["accuracy"]
    columns = {"model": _name}
    for split, title in _SPLITS.items():
        columns[title] = lambda r, split=split: percent(r[f"{split}_recording"])
        columns[f"{title} by step"] = lambda r, split=split: percent(r[f"{split}_step"])
    columns |= {
        "test recordings right": lambda r: f"{r['test_right']['mean']:.1f} of {r['test_count']}",
        "unknown, AUROC": lambda r: f"{r['ood_auroc']['mean']:.2f}" if "ood_auroc" in r else "-",
        "weights": lambda r: "-" if r["parameters"] is None else f"{r['parameters']:,}",
    }
    kinds = sorted({kind for row in rows for kind in row["kinds"]})
    note = (
        "\n`classical`: trees on features of the same spectra (spread, percentiles, occupied "
        "bandwidth, flatness, duty, autocorrelation of the power …) over the same window, trained "
        f"on sequences drawn alike. The validation score chose {', '.join(kinds)}.\n"
    )
    head = "Percent, mean ± standard deviation over the seeds.\n\n"
    return head + table_of(columns, rows) + (note if kinds else "")


def _tests(report: dict) -> str:
    seeds = report["plan"]["seeds"]
    text = (
        "Difference of balanced accuracy in points, with its 95 % t interval over the seeds. *t*: "
        "paired t test over the seeds. *sign flip*: its exact permutation counterpart, which "
        f"cannot fall below {2 / 2**seeds:.2g} with {seeds} seeds. *recordings*: sign-flip "
        "permutation test over the test recordings, each with its mean over the seeds. *Holm*: "
        "corrected for the models of a table. Other recordings would move the figures as "
        "*recordings* indicates, another training as *t* does.\n"
    )
    for unit in ("recording", "step"):
        rows = [r for r in report["tests"] if r["unit"] == unit]
        beyond = ", ".join(_name(r) for r in rows if _is_significant(r))
        text += f"\nBy {unit}: {beyond or 'no model'} differs beyond both corrected tests.\n\n"
        text += _test_table(rows, _name)
    return text


def _is_significant(row: dict) -> bool:
    """Whether both corrected tests find a difference."""
    both = (row["p_holm"], row["p_recording_holm"])
    return all(p is not None and p < SIGNIFICANT for p in both)


def _test_table(rows, name) -> str:
    columns = {
        "model": name,
        "difference": lambda r: f"{100 * r['mean']:+.1f}",
        "95 %": lambda r: interval(r["low"], r["high"], "+.1f", 100) or "-",
        "t": lambda r: _p(r.get("p")),
        "t, Holm": lambda r: _p(r.get("p_holm")),
        "sign flip": lambda r: _p(r.get("p_sign_flip")),
        "recordings": lambda r: _p(r.get("p_recording")),
        "recordings, Holm": lambda r: _p(r.get("p_recording_holm")),
    }
    return table_of(columns, rows)


def _context(report: dict) -> str:
    data, rows = report["data"], report["accuracy"]
    if not data["context_steps"]:
        return "No test recording is long enough.\n"
    note = (
        f"The same {data['context_steps']} steps of the test recordings, by the number of tokens "
        "since the cache was empty, or from the recording's start. Each step has "
        f"{report['plan']['training']['model']['window']} tokens up to its end; longer contexts "
        "hold fewer tokens where the recording starts later. Percent, balanced, of the single "
        "step.\n\n"
    )
    columns = {"model": _name}
    for i, point in enumerate(rows[0]["context"]):
        columns[str(point["tokens"] or "all")] = lambda r, i=i: percent(
            r["context"][i]["balanced_accuracy"]
        )
    return note + table_of(columns, rows)


def _snr(report: dict) -> str:
    rows, data = report["accuracy"], report["data"]
    note = (
        f"White noise is added in I/Q to {data['noisy_per_band']} parts of the test recordings "
        "per band. The SNR is the signal's strongest bin of 64 over the added noise, drawn "
        "uniformly in the band."
        f"{' The class noise is left out.' if data['noise_left_out'] else ''} Percent, balanced, "
        "by recording; the last line is the share that is labelled noise.\n\n"
    )
    lines = [(_name(r), [p["balanced_accuracy"] for p in r["snr"]]) for r in rows]
    reference = next(r for r in rows if (r["attention"], r["norm"]) == REFERENCE)
    noise = [p["called_noise"] for p in reference["snr"]]
    lines.append((f"{_name(reference)}: labelled noise", noise))
    columns = {"model": lambda line: line[0]}
    for i, band in enumerate(rows[0]["snr"]):
        title = f"{band['low_db']:g} to {band['high_db']:g} dB"
        columns[title] = lambda line, i=i: percent(line[1][i])
    return note + table_of(columns, lines)


def _timing(report: dict) -> str:
    training = report["plan"]["training"]
    per_token = training["front_end"]["hop"] * training["front_end"]["averaging"]
    note = (
        f"Random weights in the trained shape, but W and single tokens{_embedding(report)}. Each "
        "model is checked against one offline pass, then timed in the closed loop in rounds with "
        "all others of its W. A *sample* is stated three ways: I/Q samples (a token takes "
        f"{per_token}), tokens, and labels. A stream gives a label per "
        f"{training['model']['block_size']} tokens, each from W tokens; a whole window gives one "
        "per W. Ratios hold on a busy machine, absolute times do not. KV: bytes of keys and "
        "values kept, float32, in MiB.\n\n"
    )
    columns = {
        "mode": lambda r: r["mode"],
        "W": lambda r: r["window"],
        "attention": lambda r: r["attention"],
        "norm": lambda r: r["norm"],
        "p50 ms": lambda r: _ms(r["p50_ms"]),
        "p95 ms": lambda r: _ms(r["p95_ms"]),
        "p99 ms": lambda r: _ms(r["p99_ms"]),
        "KV MiB": lambda r: f"{r['kv_bytes'] / 2**20:.2f}",
        "MS/s (I/Q)": lambda r: f"{r['samples_per_s'] / 1e6:.3g}",
        "tokens/s": lambda r: f"{r['tokens_per_s']:,.0f}",
        "labels/s": lambda r: f"{r['windows_per_s']:,.1f}",
    }
    return note + table_of(columns, [r for r in report["rows"] if "p50_ms" in r])


def _embedding(report: dict) -> str:
    """How spectra enter the trained models, where that differs from the timed ones."""
    model = report["plan"]["training"]["model"]
    ways = [f"join {model['patch']} tokens"] if model["patch"] > 1 else []
    ways += ["put convolutions before the layers"] if model["embedding"] == "conv" else []
    return f" (the trained ones {' and '.join(ways)})" if ways else ""


def _mechanism(report: dict) -> str:
    rows = report["mechanism"]
    note = (
        "Bytes of the caches of one stream in float32, from the shapes alone: the rings or states, "
        "and 4 bytes of level. *Allocated*: whether the timed models held exactly that.\n\n"
    )
    windows = list(rows[0]["kv_bytes"])
    full = next((r["kv_bytes"][windows[-1]] for r in rows if r["attention"] == "mha"), None)
    allocated = {True: "exactly", False: "**differs**", None: "not timed"}
    columns = {
        "attention": lambda r: r["attention"],
        "layers that keep": lambda r: r["layers"],
        "bytes per token and layer": lambda r: _amount(r["bytes_per_token_and_layer"]),
        **{f"W = {w}": lambda r, w=w: f"{r['kv_bytes'][w]:,}" for w in windows},
        "over mha": lambda r: f"×{r['kv_bytes'][windows[-1]] / full:.3f}" if full else "-",
        "allocated": lambda r: allocated[r["allocated_as_predicted"]],
    }
    return note + table_of(columns, rows)


def _amount(value: float | None) -> str:
    return "constant" if value is None else f"{value:g}"


def _norm(report: dict) -> str:
    columns = {
        "mode": lambda c: c["mode"],
        "W": lambda c: c["window"],
        "attention": lambda c: c["attention"],
        "time of RMSNorm / LayerNorm": lambda c: f"{c['ratio']:.3f}",
        "95 %": lambda c: interval(c["low"], c["high"], ".3f") or "-",
    }
    text = "Paired by rounds; bootstrap interval.\n\n"
    text += table_of(columns, report["norm"]["latency"])
    for unit in ("recording", "step"):
        rows = [r for r in report["norm"]["accuracy"] if r["unit"] == unit]
        text += f"\nAccuracy by {unit}, RMSNorm minus LayerNorm, in points; tests as above.\n\n"
        text += _test_table(rows, lambda r: r["attention"])
    return text


def _left_out(report: dict) -> str:
    plan = report["plan"]
    lines = [
        f"- {r['attention']} with {r['norm']}, W {r['window']}, n {r['block_size']}: "
        f"{r.get('skipped') or r['refused']}"
        for r in report["rows"]
        if "p50_ms" not in r
    ]
    missing = sorted(set(plan["windows"]) - set(plan["whole_windows"]))
    if missing:
        lines.append(
            f"- the whole window in one step at W = {', '.join(map(str, missing))}: not asked for "
            "(--whole-window); a step costs W² there"
        )
    return "\n".join(lines or ["Nothing."]) + "\n"


def _made(report: dict) -> str:
    machine, training = report["machine"], report["plan"]["training"]
    model = {k: v for k, v in training["model"].items() if k not in _NOT_SHAPE}
    costs = [f"{_name(r)} {r['training_cpu_seconds']:.0f}" for r in report["accuracy"]]
    versions = ", ".join(f"{k} {v}" for k, v in machine["versions"].items() if v)
    lines = [
        f"{machine['cpu']}, {machine['cores']} cores, {training['threads']} torch threads, load "
        f"{machine['load_average'][0]:.1f} at the start, "
        f"{machine['load_average_at_end'][0]:.1f} at the end",
        f"{machine['time']}, commit {machine['commit'] or 'unknown'}; {versions}",
        f"shape: {_listed(model)}",
        f"front end: {_listed(training['front_end'])}",
        f"augmentation: {_listed(training['augmentation'])}",
        f"training: {_listed({k: v for k, v in training.items() if not isinstance(v, dict)})}",
        f"extra recordings: {', '.join(report['plan']['extra']) or 'none'}",
        f"CPU seconds of one training: {', '.join(costs)}",
        f"data: {report['data']['digest']}",
        f"`{report['command']}`, {report['seconds']:.0f} s in this run",
    ]
    return "".join(f"- {line}\n" for line in lines)


_NOT_SHAPE = ("attention", "norm", "n_bins", "n_classes")


def _listed(values: dict) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _name(row: dict) -> str:
    return row["attention"] if row["norm"] == "-" else f"{row['attention']}, {row['norm']}"


def _ms(value: float) -> str:
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def _p(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}" if value >= 0.001 else "< 0.001"
