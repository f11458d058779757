# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every service and every technology of no class keeps: rates, spans, power, and its seed."""

from importlib import import_module
from pkgutil import walk_packages

import numpy as np
import pytest
from gnuradio.rfattn.catalogue.classes import known_of
from gnuradio.rfattn_workshop.synthesis import services
from gnuradio.rfattn_workshop.synthesis.services.parts.air import smooth_rate
from gnuradio.rfattn_workshop.synthesis.services.unknown import unknown_air

from occupied import width_99
from signal_parts import on

MADE = {}  # by name: what makes it, and the room that it is in
for _found in walk_packages(services.__path__, f"{services.__name__}."):
    if not _found.ispkg and ".simple" not in _found.name:
        for _table in ("SERVICES", "OTHERS"):
            for _name, _make in getattr(import_module(_found.name), _table, {}).items():
                MADE[_name] = _make, _found.name.split(".")[-2]
MADE |= {_name: (_make, "rows") for _name, _make in services.BY_ROWS.items() if _name not in MADE}
MOST_SAMPLES = 1e6
POWER = {"mobile_radio": 1e-3, "wide": 0.05, "space": 0.05}
"""By room: how far the power on the air may be from 1; elsewhere keying and ramps change it."""


@pytest.mark.parametrize("name", MADE)
def test_a_signal_keeps_the_contract_and_its_seed(name, monkeypatch):
    # Unknown signals are narrower than usual, which makes the test faster.
    monkeypatch.setattr(unknown_air, "MOST_SAMPLES", 4e5)
    make, room = MADE[name]
    first, again, other = (make(np.random.default_rng(seed), 0.05) for seed in (5, 5, 6))
    assert np.array_equal(first.samples, again.samples)
    assert (first.rate, first.spans, first.centres) == (again.rate, again.spans, again.centres)
    assert first.rate != other.rate or not np.array_equal(first.samples, other.samples)
    longer_s = min(1.0, MOST_SAMPLES / first.rate)
    longer = make(np.random.default_rng(3), longer_s)
    for signal, seconds in ((first, 0.05), (other, 0.05), (longer, longer_s)):
        check(signal, seconds, room)


def check(signal, seconds, room):
    samples, n = signal.samples, len(signal.samples)
    assert samples.dtype == np.complex64 and np.isfinite(samples).all()
    assert n == pytest.approx(seconds * signal.rate, abs=1)
    assert signal.rate == smooth_rate(signal.rate) >= 600
    assert signal.spans and all(0 <= first < end <= n for first, end in signal.spans)
    assert len(signal.centres) in (0, len(signal.spans))
    assert all(abs(centre) < signal.rate / 2 for centre in signal.centres)
    assert not samples[~on(signal)].any()
    # The strongest transmitter has power 1; where two collide there is more.
    strongest = max(np.mean(np.abs(samples[a:b]) ** 2) for a, b in signal.spans)
    assert 0.3 < strongest < 3
    if room in POWER:
        power = np.mean(np.abs(samples[on(signal)]) ** 2)
        assert power == pytest.approx(1, abs=POWER[room])
        assert signal.rate > 1.4 * width_99(samples, signal.rate)


def test_services_are_classes_and_others_are_none():
    assert set(services.SERVICES) == set(known_of("family"))
    assert not set(services.OTHERS) & set(known_of("family"))
    named = {*services.SERVICES, *services.OTHERS}
    assert set(MADE) == {name for name in named if not name.startswith("unframed_")}
