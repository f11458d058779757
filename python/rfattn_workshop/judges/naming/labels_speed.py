# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""CPU time that it takes to follow the emissions of a band, with and without rests of the model."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gnuradio import blocks, gr, rfattn
from gnuradio.rfattn.blocks.parts.lifetime import KeptByFlowgraph

from ...synthesis.scene import draw_scene, render
from ..finding.detection_measures import LIVE_KINDS
from ..idle_band import cpu_of_run

EMISSIONS = 20
RATES = (2.4e6, 20e6)
SNR_DB = (10.0, 25.0)
_MAX_BATCH = 64
"""Steps in a call of the model, as in `signal_labeller`."""
_DELAY_S = 0.1
"""From a sample to its tokens, and how far back a burst is cut, as in `signal_labeller`."""


class Follower(KeptByFlowgraph, gr.hier_block2):
    """Detector, extractor, model and labels as in `signal_labeller`, but no emission ever rests.

    Args:
        sample_rate: Hz.
        model: of emissions, as `transformer` takes it.
        emissions: cut at a time.
    """

    def __init__(self, sample_rate: float, model: str, emissions: int = EMISSIONS):
        gr.hier_block2.__init__(
            self, "follower", gr.io_signature(1, 1, gr.sizeof_gr_complex), gr.io_signature(0, 0, 0)
        )
        self.transformer = rfattn.transformer(
            model, device="cpu", threads=1, max_streams=emissions, max_batch=_MAX_BATCH
        )
        front_end = {"max_snr_db": 0.0} | self.transformer.front_end
        front_end.pop("sides", None)
        self.detector = rfattn.emission_detector(sample_rate)
        self.extractor = rfattn.emission_extractor(
            sample_rate,
            **front_end,
            max_emissions=emissions,
            features=self.transformer.features,
            frame_sync=False,
            lookback_s=_DELAY_S,
            delay_s=_DELAY_S,
        )
        self.buffer = rfattn.token_buffer(
            self.transformer.n_values,
            self.transformer.block_size,
            2 * _MAX_BATCH,
            "batch",
            max_streams=emissions,
            max_batch=_MAX_BATCH,
        )
        self.labels = rfattn.emission_labels(model=self.transformer.adapter.contract)
        sink = blocks.null_sink(gr.sizeof_float * self.transformer.n_classes)
        parts = (self.detector, self.extractor, self.buffer, self.transformer, sink)
        self.connect(self, *parts)
        self.msg_connect(self.detector, "emissions", self.labels, "emissions")
        self.msg_connect(self.transformer, "logits", self.labels, "logits")

    @property
    def error(self) -> Exception | None:
        """None, or why a block within ended the flowgraph."""
        for block in (self.detector, self.extractor, self.buffer):
            if block.error():
                return RuntimeError(block.error())
        return self.transformer.error or self.labels.error

    def tokens(self) -> dict[str, int]:
        """Tokens that were made, and those that the model saw."""
        made = self.extractor.tokens_out()
        return {"in": made, "rested": 0, "processed": self.buffer.tokens_out()}


def measure(model: str, sample_rate: float, seconds: float, seed: int) -> list[dict]:
    """CPU seconds of all threads per second of a band with `EMISSIONS` emissions, the source's
    subtracted; and the tokens that the model saw or let rest.

    Args:
        seconds: length of the band.
        seed: of the band.

    Returns:
        Without rests, then with those of `signal_labeller`.
    """
    scene = draw_scene(seed, seconds, EMISSIONS, snr_db=SNR_DB, kinds=LIVE_KINDS)
    samples, _ = render(scene, sample_rate)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "band.cf32"
        samples.tofile(path)
        del samples
        source = cpu_of_run(path, blocks.null_sink(gr.sizeof_gr_complex))
        for has_rests in (False, True):
            if has_rests:
                sink = rfattn.signal_labeller(sample_rate, model=model, device="cpu", threads=1)
            else:
                sink = Follower(sample_rate, model)
            used = cpu_of_run(path, sink) - source
            if sink.error is not None:
                raise sink.error
            tokens = sink.tokens()
            rows.append(
                {
                    "rate": sample_rate,
                    "has_rests": has_rests,
                    "drawn": len(scene.emissions),
                    "found": sink.detector.emissions_found(),
                    "cpu": used / seconds,
                    "tokens": tokens["in"],
                    "seen": tokens["processed"] / max(1, tokens["in"]),
                    "rested": tokens["rested"] / max(1, tokens["in"]),
                }
            )
    return rows
