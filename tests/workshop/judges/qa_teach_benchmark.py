# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The benchmark of taught classes: parts of what a device sends, and what is counted."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed")

from gnuradio.rfattn.emissions.evidence import Facts
from gnuradio.rfattn.inference.files import SHIPPED
from gnuradio.rfattn_station.learning.fit_decision import Observed
from gnuradio.rfattn_station.learning.own_model import Network
from gnuradio.rfattn_workshop.judges import teach
from gnuradio.rfattn_workshop.synthesis.waves.keying import Signal


def test_a_part_holds_a_burst_and_its_samples_are_those_of_the_whole():
    samples = np.arange(1000).astype(np.complex64)
    whole = Signal(samples, 100.0, ((200, 210), (600, 640)), (5.0, -5.0))
    for seed in range(20):
        part = teach.part_of(whole, np.random.default_rng(seed), 1.0)
        assert len(part.samples) == 100 and len(part.spans) == len(part.centres) == 1
        (start, end), first = part.spans[0], int(part.samples[0].real)
        low, high = whole.spans[whole.centres.index(part.centres[0])]
        assert (start + first, end + first) == (max(low, first), min(high, first + 100))
    assert teach.part_of(whole, np.random.default_rng(1), 10.0) is whole


@pytest.mark.skipif(
    not (SHIPPED / "emissions" / "flash_layernorm_rehearsal.npz").is_file(),
    reason="no shipped family of emissions with a rehearsal",
)
def test_rows_count_what_gets_the_name():
    network = Network.load("emissions")

    def seen(label, shares, width_hz):
        rest = (1.0 - sum(shares.values())) / (len(network.names) - len(shares))
        logs = np.log([shares.get(name, rest) for name in network.names])
        return Observed(label, logs, Facts(width_hz, burst_s=0.1, burst_count=3, snr_db=20.0))

    count = teach.TAUGHT + teach.TESTED
    own = [seen("ook_srd", {"ook_srd": 0.5, "tpms": 0.4}, 40e3)] * count
    others = [seen("dmr", {"dmr": 0.9}, 12e3)] * 3 + [seen("ook_srd", {"ook_srd": 0.9}, 4e3)]
    rows = teach.measure(network, {("ook_srd", 0): own}, others)
    assert [(row["class"], row["examples"]) for row in rows] == [
        ("ook_srd", 2),
        ("all", 2),
        ("ook_srd", 6),
        ("all", 6),
    ]
    for row in rows:
        assert (row["devices"], row["found"], row["others so called"]) == (1, 1.0, 0.0)
        assert row["same class so called"] == 0.0
