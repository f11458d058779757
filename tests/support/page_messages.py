# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of a flowgraph as the web page gets them, for its tests."""

ENVELOPE = {"schema": 1, "seq": 0, "time_unix_s": 100.0}
FIGURES = {"count": 1, "mean": 0.002, "p50": 0.001, "p95": 0.002, "p99": 0.003, "max": 0.004}
BUCKETS = {"upper_seconds": [0.001, 0.002, 0.03], "counts": [2, 4, 0, 1], "sum_seconds": 0.2}
STATS = {
    **ENVELOPE,
    "steps": 7,
    "interval_steps": 7,
    "queued_steps": 1,
    "dropped_tokens": 64,
    "retunes": 1,
    "overflows": 2,
    "latency_histogram": BUCKETS,
    "deadline_misses": 3,
    "budget_seconds": 0.03,
    "kv_bytes": 1024,
    "rss_bytes": 2**20,
    "peak_rss_bytes": 2**21,
    "uptime_seconds": 1.0,
    "latency_seconds": FIGURES,
    "wait_seconds": FIGURES,
    "inference_seconds": FIGURES,
}
SPECTRA = {
    **ENVELOPE,
    "peak_db": [-60.0, -20.0],
    "mean_db": [-70.0, None],
    "tokens": 5,
    "sample_start": 0,
    "segment": 0,
    "sides": "two",
    "frequency": 2.585e9,
    "sample_rate": 1.92e6,
}
MODEL = {
    **ENVELOPE,
    "before": {},
    "after": {"attention": "gqa", "norm": "rmsnorm", "dtype": "float32", "device": "cpu"},
}


def detection(label, confidence=0.75, **more):
    other = "noise" if label != "noise" else "lte"
    return {
        **ENVELOPE,
        "segment": 0,
        "sample_start": 0,
        "sample_count": 100,
        "label": label,
        "confidence": confidence,
        "probabilities": {label: confidence, other: 1 - confidence},
        **more,
    }


def emission(id=1, state="new", **more):
    """An emission of 1 kHz at 446 MHz, one second long, in a receiver of 1 MHz."""
    return {
        "id": id,
        "state": state,
        "segment": 0,
        "sample_start": 1000,
        "sample_count": 1_000_000,
        "sample_now": 1_100_000,
        "freq_lower": 446.0e6,
        "freq_upper": 446.001e6,
        "snr_db": 12.5,
        "power_db": -40.0,
        "duty": 0.5,
        "burst_count": int(state == "end"),
        "bursts": [],
        "flags": [],
        "rx_rate": 1e6,
        "rx_freq": 446.1e6,
        **more,
    }


EMISSION = {
    **ENVELOPE,
    **emission(
        state="update",
        sample_start=0,
        sample_count=100_000,
        sample_now=150_000,
        freq_lower=2.5849e9,
        freq_upper=2.5851e9,
        snr_db=12.34,
        power_db=-40.5,
        burst_count=1,
        rx_freq=2.585e9,
        nearest=[{"name": "LTE", "score": 0.75}, {"name": "DVB-T", "score": 0.25}],
    ),
}
"""Of 200 kHz and 0.1 s, with its envelope."""
EVENT = {
    "event": "missing",
    "time_unix_s": 1_790_035_260.0,
    "since_unix_s": 1_790_035_200.0,
    "transmitter": 7,
    "name": "gate",
    "receiver": "roof",
    "frequency": 433.92e6,
    "label": "ook_srd",
    "text": "missing since 2026-09-22 00:00:00",
}
"""What happened to a transmitter that has a name."""
