# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of the benchmark of detection, from its JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gnuradio.rfattn.reporting import hertz, milliseconds, table

from ..harness import headline, text_of

METRICS = (
    "touched",
    "recall 0.3",
    "recall 0.5",
    "precision 0.5",
    "mean IoU",
    "boxes",
    "ids",
    "false /s/MHz",
)


def to_markdown(report: Mapping) -> str:
    """The whole report, with the machine and the command."""
    return text_of(_parts(report))


def _parts(report: Mapping) -> Iterator[str]:
    yield headline("Detection of emissions", report)
    if "cells" in report:
        yield from _cells(report)
    if "rates" in report:
        rows = [[hertz(r["rate"]), *values(r["metrics"]["all"])] for r in report["rates"]]
        yield "## The same scenes at four rates, 10 dB"
        yield table(["rate", *METRICS], rows)
    if "strong" in report:
        rows = [[name, *values(r["metrics"]["all"])] for name, r in report["strong"].items()]
        yield "## Beyond three widths of a neighbour 40 dB stronger, 10 dB"
        yield table(["neighbour", *METRICS], rows)
    yield from _others(report)


def _cells(report: Mapping) -> Iterator[str]:
    tuned = "; ".join(f"{name}: {settings}" for name, settings in report["tuned"].items())
    scenes = [d["scenes"] for cell in report["cells"] for d in cell["detectors"].values()]
    yield "## By SNR"
    yield (
        f"{max(scenes)} scenes a cell; 95 % intervals from drawing scenes again. Each true "
        f"emission counts once. Tuned on other scenes: {tuned or 'none'}."
    )
    rows = [
        [f"{cell['snr_db']:g}", name, *values(result["metrics"]["all"])]
        for cell in report["cells"]
        for name, result in cell["detectors"].items()
    ]
    yield table(["SNR, dB", "detector", *METRICS], rows)
    for title, prefix in (("kind", "kind "), ("time times bandwidth", "tb ")):
        yield f"## Touched / recall at IoU 0.5, by {title}"
        own = [(c["snr_db"], next(iter(c["detectors"].values()))) for c in report["cells"]]
        yield by_group(own, prefix)
    yield "## Errors of matched boxes, median / 90 %"
    yield _errors(report["cells"])


def by_group(
    results: Sequence[tuple[float, Mapping]],
    prefix: str,
    names: Sequence[str] = ("touched", "recall 0.5"),
) -> str:
    """Metrics of the groups whose name begins with the prefix.

    Args:
        results: SNR and what `detection_score.add_up` returned.
        names: of the metrics in a cell.
    """
    groups = sorted({g for _, result in results for g in result["metrics"] if g.startswith(prefix)})
    header = [prefix.strip(), *(f"{snr_db:g} dB" for snr_db, _ in results), "emissions"]
    rows = [
        [
            group.removeprefix(prefix),
            *(_joined(result["metrics"].get(group), names) for _, result in results),
            _counts([round(result["counts"].get(group, 0)) for _, result in results]),
        ]
        for group in groups
    ]
    return table(header, rows)


def _counts(counts: Sequence[int]) -> str:
    """One number where all are equal."""
    return " / ".join(map(str, counts if len(set(counts)) > 1 else counts[:1]))


def _joined(metrics: Mapping | None, names: Sequence[str]) -> str:
    if metrics is None:
        return ""
    return " / ".join(_number(metrics.get(name, [None])[0]) for name in names)


def _errors(cells: Sequence[Mapping]) -> str:
    names = ("centre_error", "width_ratio", "start_error", "end_error")
    rows = [
        [
            f"{cell['snr_db']:g}",
            detector,
            *(
                "" if e is None else " / ".join(map(_number, e))
                for e in map(r["errors"].get, names)
            ),
        ]
        for cell in cells
        for detector, r in cell["detectors"].items()
    ]
    return table(["SNR, dB", "detector", *(n.replace("_", " ") for n in names)], rows)


def _others(report: Mapping) -> Iterator[str]:
    if "noise" in report:
        yield "## Noise alone"
        rows = [[name, *map(_number, r.values())] for name, r in report["noise"].items()]
        yield table(["noise", *next(iter(report["noise"].values()))], rows)
    if "floors" in report:
        yield "## Noise floors: false emissions of noise alone, recall at IoU 0.3 of 10 dB"
        rows = [[name, *map(_number, r)] for name, *r in map(dict.values, report["floors"])]
        yield table([*report["floors"][0]], rows)
    if "receivers" in report:
        rows = [[_value(name, value) for name, value in row.items()] for row in report["receivers"]]
        yield "## Drawn receivers, 30 s of noise each"
        yield table([*report["receivers"][0]], rows)
        false = [row["false /s/MHz"] for row in report["receivers"]]
        yield f"Mean {sum(false) / len(false):.3f}, most {max(false):.3f} per second and MHz."
    if "latency" in report:
        yield "## From the first sample of an emission to the first message"
        rows = [
            [f"{r['snr_db']:g}", r["emissions"], *(_time(r[p]) for p in ("p50_s", "p95_s"))]
            for r in report["latency"]
        ]
        yield table(["SNR, dB", "emissions", "p50", "p95"], rows)
    if "cpu" in report:
        yield "## CPU seconds per second"
        rows = [
            [
                hertz(r["sample_rate"]),
                r["drawn"],
                r["live"],
                *map(_number, (*r["cpu"].values(), r["together"])),
            ]
            for r in report["cpu"]
        ]
        yield table(["rate", "on the air", "live", "detector", "extractor", "together"], rows)
        idle = report["idle"]
        yield (
            f"Idle band of {hertz(idle['sample_rate'])} with one burst, whole flowgraph with a "
            f"model: {idle['cpu']:.3f}, of which the source {idle['source']:.3f}; the model "
            f"took {idle['processed']} tokens."
        )
    if "recordings" in report:
        yield "## Real recordings with edges"
        header = list(next(iter(report["recordings"].values()), {}))
        rows = [[name, *map(_number, r.values())] for name, r in report["recordings"].items()]
        yield table(["recording", *header], rows)


def values(metrics: Mapping) -> list[str]:
    return [_with_interval(metrics.get(name, (None,) * 3)) for name in METRICS]


def _with_interval(value: Sequence[float | None]) -> str:
    if value[0] is None:
        return ""
    return f"{_number(value[0])} ({_number(value[1])} to {_number(value[2])})"


def _value(name: str, value: float) -> str:
    if name == "rate":
        return hertz(value)
    return str(value) if isinstance(value, int) else f"{value:.3f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"


def _time(value: float | None) -> str:
    return "" if value is None else milliseconds(value)
