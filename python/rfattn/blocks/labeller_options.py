# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `signal_labeller` is seldom told: how its model runs and how its labels are weighed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LabellerOptions:
    """How the model of `signal_labeller` runs, and how labels are weighed.

    Args:
        attention: see `transformer`; so are norm, device, dtype, threads, runner and run_code.
        norm: "model", "layernorm", "rmsnorm" or "dyt".
        device: "auto" (CUDA if present), "cpu", "cuda", "cuda:1".
        dtype: "auto", "float32", "bfloat16" or "float16".
        threads: torch's threads within an operation, >= 0; 0: one less than there are cores.
        runner: "auto", "native", "torch" or "graph".
        run_code: let the code in the file of a model of kind "window" run.
        min_confidence: probability that a class, or a family, needs to be named, 0 to 1; None:
            the thresholds of the model.
        band_plan: where classes transmit, see `emission_labels`; "none": the frequency does not
            count.
        ignore: JSON Lines file with the bands and classes of emissions that the user does not want
            to see, which get the flag ignored; "": only those without a name and with an SNR below
            0 dB, which get the flag weak, too; "none": nothing. What is ignored by its band alone
            is neither cut nor labelled.
        lookback_s: how far back the beginning of a burst is still cut, s, 0 to 10; see
            `emission_extractor`.
        real_time: the samples come at the pace at which they were received, as under policy "drop"
            they always do: tokens are made as soon as the samples are there, and the model gets a
            step as soon as it is whole. Otherwise tokens are made lookback_s later, when the
            detector has reported more of their emission, and the model gets batches of steps,
            whose numbers are rounded in the same way in every run. Where I/Q is taken, tokens are
            made lookback_s later, too, since I/Q ends with the burst.
    """

    attention: str = "model"
    norm: str = "model"
    device: str = "auto"
    dtype: str = "auto"
    threads: int = 0
    runner: str = "auto"
    run_code: bool = False
    min_confidence: float | None = None
    band_plan: str = "shipped"
    ignore: str = ""
    lookback_s: float = 0.1
    real_time: bool = False
