# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A study's value as files: report.json, report.md, and PNG figures."""

from __future__ import annotations

import json
from pathlib import Path

from gnuradio.rfattn.reporting import table

import study_figures
from claims import BUSY
from significance import SIGNIFICANT
from study_plan import REFERENCE

_PICTURES = {
    "accuracy": "Accuracy",
    "context": "Tokens seen",
    "snr": "Noise",
    "latency": "Latency",
    "norm": "Norm",
    "kv_memory": "Memory",
    "throughput": "Throughput",
    "trade": "Trade",
}


def write(report: dict, folder: str | Path) -> list[Path]:
    """Writes all files into ``folder``, which is made; returns their paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    data, text = folder / "report.json", folder / "report.md"
    data.write_text(json.dumps(report, allow_nan=False) + "\n", encoding="utf-8")
    pictures = study_figures.draw(report, folder)
    text.write_text(markdown(report, [p.stem for p in pictures]), encoding="utf-8")
    return [data, text, *pictures]


def markdown(report: dict, pictures=()) -> str:
    """The report; ``pictures`` are the stems of the PNG files beside it."""

    def picture(name: str) -> str:
        return f"\n![{_PICTURES[name]}]({name}.png)\n" if name in pictures else ""

    parts = [
        "# The study, redone\n",
        _intro(report),
        _busy(report),
        "## Beside the study's claims\n",
        _claims(report),
        "\n## Accuracy\n",
        _accuracy(report),
        picture("accuracy"),
        f"\n### Against {' with '.join(REFERENCE)}, test recordings\n",
        _tests(report),
        "\n### By tokens seen\n",
        _context(report),
        picture("context"),
        "\n### By signal-to-noise ratio\n",
        _snr(report),
        picture("snr"),
        "\n## Latency, throughput and memory\n",
        _timing(report),
        picture("latency"),
        picture("throughput"),
        picture("kv_memory"),
        "\n### What is kept\n",
        _mechanism(report),
        picture("trade"),
        "\n## RMSNorm against LayerNorm\n",
        _norm(report),
        picture("norm"),
        "\n## Left out\n",
        _left_out(report),
        "\n## How it was made\n",
        _made(report),
    ]
    return "\n".join(part for part in parts if part)


def _intro(report: dict) -> str:
    data, plan = report["data"], report["plan"]
    counts = ", ".join(
        f"{n} {split.replace('_augmented', ' varied')}" for split, n in data["recordings"].items()
    )
    occur = sum(n > 0 for n in data["test_by_class"].values())
    return (
        f"{len(data['classes'])} classes; recordings: {counts}. Each model was trained "
        f"{plan['seeds']} times, {plan['training']['steps']} steps, from nothing, by one recipe; "
        "the seed decides the first weights and which sequences are drawn, alike for all models. "
        f"{occur} of the classes occur among the test recordings; balanced accuracy is the mean of "
        "their recalls. `mha` runs the weights of `flash`, so its accuracy is that of `flash`.\n"
    )


def _busy(report: dict) -> str:
    shares = [r["cpu_share"] for r in report["rows"] if r.get("cpu_share", 1.0) < BUSY]
    if not shares:
        return ""
    return (
        f"**The machine was busy: the timing had down to {min(shares):.0%} of a processor. "
        "Ratios were measured side by side and stand, absolute times do not.**\n"
    )


def _claims(report: dict) -> str:
    note = (
        "The study gave no hardware, data or split. Verdicts follow from the figures below by "
        "fixed rules; *open* says that they do not settle it.\n\n"
    )
    return note + table(
        ("claim", "there", "here", "verdict", "why"),
        [
            [c["claim"], c["there"], c["here"], f"**{c['verdict']}**", c["sentence"]]
            for c in report["claims"]
        ],
    )


def _accuracy(report: dict) -> str:
    note = "Percent, mean ± standard deviation over the seeds.\n\n"
    lines = []
    for row in report["accuracy"]:
        right, unknown = row["test_right"]["mean"], row.get("ood_auroc")
        lines.append(
            [
                _name(row),
                *(
                    _percent(row[f"{split}_{unit}"])
                    for split in ("val", "val_augmented", "test")
                    for unit in ("recording", "step")
                ),
                f"{right:.1f} of {row['test_count']}",
                "-" if unknown is None else f"{unknown['mean']:.2f}",
                _weights(row),
            ]
        )
    head = (
        "model",
        "val",
        "val by step",
        "val varied",
        "varied by step",
        "test",
        "test by step",
        "test recordings right",
        "unknown, AUROC",
        "weights",
    )
    kinds = sorted({kind for row in report["accuracy"] for kind in row["kinds"]})
    chosen = (
        (
            f"\n`classical`: trees on features of the same spectra (spread, percentiles, "
            "occupied bandwidth, flatness, duty, autocorrelation of the power …) over the same "
            "window, trained on sequences drawn alike, variants included; the validation score "
            f"chose {', '.join(kinds)}.\n"
        )
        if kinds
        else ""
    )
    return note + table(head, lines) + chosen


def _weights(row: dict) -> str:
    return "-" if row["parameters"] is None else f"{row['parameters']:,}"


def _tests(report: dict) -> str:
    seeds = report["plan"]["seeds"]
    note = (
        "Difference of balanced accuracy in points with its 95 % t interval over the seeds. *t*: "
        "paired t test over the seeds (same seed, same sequences, but for `classical`); *sign "
        f"flip*: its exact permutation counterpart, which with {seeds} seeds cannot go below "
        f"{2 / 2**seeds:.2g}; *recordings*: sign-flip permutation test over the test recordings, "
        "each with its mean over the seeds. *Holm* corrects for the models of a table. Another "
        "draw of recordings moves the figures as *recordings* says, another training as *t* does.\n"
    )
    parts = [note]
    for unit in ("recording", "step"):
        rows = [r for r in report["tests"] if r["unit"] == unit]
        beyond = [_name(r) for r in rows if _beyond(r)]
        parts.append(
            f"By {unit}: "
            + (
                f"{', '.join(beyond)} differ beyond both."
                if beyond
                else "no model differs beyond both corrected tests."
            )
            + "\n"
        )
        parts.append(_test_table(rows, _name))
    return "\n".join(parts)


def _beyond(row: dict) -> bool:
    """Whether both corrected tests tell the two apart."""
    both = (row["p_holm"], row["p_recording_holm"])
    return all(p is not None and p < SIGNIFICANT for p in both)


def _test_table(rows, name) -> str:
    head = ("model", "difference", "95 %", "t", "Holm", "sign flip", "recordings", "Holm")
    return table(
        head,
        [
            [
                name(r),
                f"{100 * r['mean']:+.1f}",
                _ends(r["low"], r["high"], 100, "+.1f"),
                *(
                    _p(r.get(k))
                    for k in ("p", "p_holm", "p_sign_flip", "p_recording", "p_recording_holm")
                ),
            ]
            for r in rows
        ],
    )


def _context(report: dict) -> str:
    rows, data = report["accuracy"], report["data"]
    if not data["context_steps"]:
        return "No test recording is long enough.\n"
    window = report["plan"]["training"]["model"]["window"]
    note = (
        f"The same {data['context_steps']} steps of the test recordings, answered from an empty "
        "cache after ever more of the tokens before them, or all from the recording's start. Each "
        f"has {window} up to its end; where there are fewer than stated, what there is. Percent, "
        "balanced, of the single step.\n\n"
    )
    points = rows[0]["context"]
    head = ("model", *("all" if p["tokens"] is None else str(p["tokens"]) for p in points))
    return note + table(
        head, [[_name(r), *(_percent(p["balanced_accuracy"]) for p in r["context"])] for r in rows]
    )


def _snr(report: dict) -> str:
    rows, data = report["accuracy"], report["data"]
    note = (
        f"White noise is added to {data['noisy_per_band']} parts of the test recordings per "
        "band, in I/Q; the SNR is the signal's strongest bin of 64 over the added noise, drawn "
        "uniformly in the band."
        f"{' The class noise is left out.' if data['noise_left_out'] else ''} Percent, "
        "balanced, by recording; last line: the share that is called noise."
        "\n\n"
    )
    bands = [f"{p['low_db']:g} to {p['high_db']:g} dB" for p in rows[0]["snr"]]
    lines = [[_name(r), *(_percent(p["balanced_accuracy"]) for p in r["snr"])] for r in rows]
    reference = next(r for r in rows if (r["attention"], r["norm"]) == REFERENCE)
    lines.append(
        [
            f"{_name(reference)}: called noise",
            *(_percent(p["called_noise"]) for p in reference["snr"]),
        ]
    )
    return note + table(("model", *bands), lines)


def _timing(report: dict) -> str:
    training = report["plan"]["training"]
    per_token = training["front_end"]["hop"] * training["front_end"]["averaging"]
    n = training["model"]["block_size"]
    note = (
        f"Random weights in the trained shape, but W and single tokens{_embedded(report)}; "
        "checked against one offline pass, "
        "then timed in the closed loop in rounds with all the others of that W. A *sample* is "
        f"stated three ways: I/Q samples (a token takes {per_token}), tokens, and labels: a stream "
        f"gives one per {n} tokens that looks at W, a whole window one per W. Ratios stand on a "
        "busy machine, absolute times do not. KV: bytes of keys and values kept, float32, in MiB."
        "\n\n"
    )
    head = (
        "mode",
        "W",
        "attention",
        "norm",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "KV MiB",
        "MS/s (I/Q)",
        "tokens/s",
        "labels/s",
    )
    return note + table(
        head,
        [
            [
                r["mode"],
                r["window"],
                r["attention"],
                r["norm"],
                *(_ms(r[f"{q}_ms"]) for q in ("p50", "p95", "p99")),
                f"{r['kv_bytes'] / 2**20:.2f}",
                f"{r['samples_per_s'] / 1e6:.3g}",
                f"{r['tokens_per_s']:,.0f}",
                f"{r['windows_per_s']:,.1f}",
            ]
            for r in report["rows"]
            if "p50_ms" in r
        ],
    )


def _embedded(report: dict) -> str:
    """How the spectra enter the trained models, where that is another way."""
    model = report["plan"]["training"]["model"]
    ways = [f"join {model['patch']} tokens"] if model["patch"] > 1 else []
    ways += ["put convolutions before the layers"] if model["embedding"] == "conv" else []
    return f" (the trained ones {' and '.join(ways)})" if ways else ""


def _mechanism(report: dict) -> str:
    rows = report["mechanism"]
    note = (
        "Bytes of the state of one stream in float32, from the shapes alone: the rings and "
        "4 bytes of level. *Allocated*: whether the timed models held exactly that.\n\n"
    )
    windows = list(rows[0]["kv_bytes"])
    head = (
        "attention",
        "layers that keep",
        "bytes per token and layer",
        *(f"W = {w}" for w in windows),
        "over mha",
        "allocated",
    )
    full = next((r["kv_bytes"] for r in rows if r["attention"] == "mha"), None)
    return note + table(
        head,
        [
            [
                r["attention"],
                r["layers"],
                f"{r['bytes_per_token_and_layer']:g}",
                *(f"{r['kv_bytes'][w]:,}" for w in windows),
                "-" if full is None else f"×{r['kv_bytes'][windows[-1]] / full[windows[-1]]:.3f}",
                {True: "exactly", False: "**differs**", None: "not timed"}[
                    r["allocated_as_predicted"]
                ],
            ]
            for r in rows
        ],
    )


def _norm(report: dict) -> str:
    cells = report["norm"]["latency"]
    head = ("mode", "W", "attention", "time of RMSNorm / LayerNorm", "95 %")
    latency = table(
        head,
        [
            [
                c["mode"],
                c["window"],
                c["attention"],
                f"{c['ratio']:.3f}",
                _ends(c["low"], c["high"], 1, ".3f"),
            ]
            for c in cells
        ],
    )
    parts = ["Paired by rounds; bootstrap interval.\n", latency]
    for unit in ("recording", "step"):
        rows = [r for r in report["norm"]["accuracy"] if r["unit"] == unit]
        parts += [
            f"\nAccuracy by {unit}, RMSNorm minus LayerNorm, in points; tests as above.\n",
            _test_table(rows, lambda r: r["attention"]),
        ]
    return "\n".join(parts)


def _left_out(report: dict) -> str:
    rows, plan = report["rows"], report["plan"]
    lines = [
        f"- {r['attention']} with {r['norm']}, W {r['window']}, n {r['block_size']}: "
        f"{r.get('skipped') or r['refused']}"
        for r in rows
        if "p50_ms" not in r
    ]
    missing = sorted(set(plan["windows"]) - set(plan["whole_windows"]))
    if missing:
        lines.append(
            f"- the whole window in one step at W = {', '.join(map(str, missing))}: not "
            "asked for (--whole-window), a step costs W² there"
        )
    return "\n".join(lines or ["Nothing."]) + "\n"


def _made(report: dict) -> str:
    machine, training = report["machine"], report["plan"]["training"]
    shape = {
        k: v
        for k, v in training["model"].items()
        if k not in ("attention", "norm", "n_bins", "n_classes")
    }
    costs = [f"{_name(r)} {r['training_cpu_seconds']:.0f}" for r in report["accuracy"]]
    lines = [
        f"- {machine['cpu']}, {machine['cores']} cores, {training['threads']} threads of torch, "
        f"load {machine['load_average'][0]:.1f} at the start and "
        f"{machine['load_average_at_end'][0]:.1f} at the end",
        f"- {machine['time']}, commit {machine['commit'] or 'unknown'}; "
        + ", ".join(f"{k} {v}" for k, v in machine["versions"].items() if v),
        f"- shape: {_listed(shape)}",
        f"- front end: {_listed(training['front_end'])}",
        f"- augmentation: {_listed(training['augmentation'])}",
        "- training: " + _listed({k: v for k, v in training.items() if not isinstance(v, dict)}),
        f"- extra recordings: {', '.join(report['plan']['extra']) or 'none'}",
        f"- CPU seconds of one training: {', '.join(costs)}",
        f"- data: {report['data']['digest']}",
        f"- `{report['command']}`, {report['seconds']:.0f} s in this run",
    ]
    return "\n".join(lines) + "\n"


def _listed(values: dict) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _name(row: dict) -> str:
    return row["attention"] if row["norm"] == "-" else f"{row['attention']}, {row['norm']}"


def _percent(found: dict | None) -> str:
    if found is None:
        return "-"
    sd = "" if found["sd"] is None else f" ± {100 * found['sd']:.1f}"
    return f"{100 * found['mean']:.1f}{sd}"


def _ms(value: float) -> str:
    return f"{value:.3g}" if value < 100 else f"{value:,.0f}"


def _p(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}" if value >= 0.001 else "< 0.001"


def _ends(low: float | None, high: float | None, scale: float, form: str) -> str:
    return "-" if low is None else f"[{scale * low:{form}}, {scale * high:{form}}]"
