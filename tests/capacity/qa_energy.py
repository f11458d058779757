# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counters of energy, in a folder made like that of the kernel."""

import itertools
from types import SimpleNamespace

import pytest
from gnuradio.rfattn.capacity.energy import EnergyMeter


@pytest.fixture
def powercap(tmp_path):
    for domain, value in (("intel-rapl:0", 100), ("intel-rapl:1", 900), ("intel-rapl:0:0", 7)):
        folder = tmp_path / domain
        folder.mkdir()
        (folder / "name").write_text(f"package-{domain[-1]}\n")
        (folder / "energy_uj").write_text(f"{value}\n")
        (folder / "max_energy_range_uj").write_text("1000\n")
    return tmp_path


def write(powercap, domain: str, value) -> None:
    (powercap / domain / "energy_uj").write_text(f"{value}\n")


def test_the_packages_are_added_and_their_parts_are_not(powercap):
    meter = EnergyMeter(powercap=powercap)
    before = meter.read()
    write(powercap, "intel-rapl:0", 350)
    write(powercap, "intel-rapl:0:0", 300)
    assert before == {"intel-rapl:0 package-0": 100, "intel-rapl:1 package-1": 900}
    assert meter.joules(before, meter.read()) == 250e-6 and meter.absent == []


def test_a_counter_that_begins_again_is_continued(powercap):
    meter = EnergyMeter(powercap=powercap)
    before = meter.read()
    write(powercap, "intel-rapl:1", 50)
    assert meter.joules(before, meter.read()) == pytest.approx(150e-6)


def test_a_machine_without_counters_says_so(tmp_path):
    meter = EnergyMeter(gpu=True, powercap=tmp_path, nvml="libnothing.so")
    assert meter.absent == [f"processor: no counters in {tmp_path}", "GPU: no libnothing.so"]
    assert meter.joules(meter.read(), meter.read()) is None


def test_a_damaged_counter_is_named(powercap):
    write(powercap, "intel-rapl:1", "broken")
    (reason,) = EnergyMeter(powercap=powercap).absent
    assert reason == f"processor: {powercap}/intel-rapl:1/energy_uj cannot be read"


def test_counters_for_root_alone_are_named(powercap, monkeypatch):
    from pathlib import Path

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", refuse)
    (reason,) = EnergyMeter(powercap=powercap).absent
    assert reason == f"processor: {powercap}/intel-rapl:0/energy_uj can be read by root only"


def fake_nvml(status: int = 0) -> SimpleNamespace:
    """The library with two devices, whose counters grow by 3 mJ at each reading."""
    now = itertools.count(3, 3)

    def set_value(place, value: int) -> int:
        place._obj.value = value
        return 0

    return SimpleNamespace(
        nvmlInit_v2=lambda: 0,
        nvmlDeviceGetCount_v2=lambda count: set_value(count, 2),
        nvmlDeviceGetHandleByIndex_v2=lambda index, handle: set_value(handle, 1 + index),
        nvmlDeviceGetTotalEnergyConsumption=lambda handle, millijoules: (
            set_value(millijoules, next(now)) or status
        ),
    )


def test_the_gpus_are_added(powercap, monkeypatch):
    monkeypatch.setattr("ctypes.CDLL", lambda name: fake_nvml())
    meter = EnergyMeter(gpu=True, powercap=powercap)
    before = meter.read()
    assert {"GPU 0", "GPU 1"} < set(before) and meter.absent == []
    # Each counter is read after the other one, so both grow by 6 mJ.
    assert meter.joules(before, meter.read()) == pytest.approx(12e-3)


def test_a_gpu_without_a_counter_is_named(powercap, monkeypatch):
    monkeypatch.setattr("ctypes.CDLL", lambda name: fake_nvml(status=3))
    meter = EnergyMeter(gpu=True, powercap=powercap)
    assert meter.absent == ["GPU: device 0 has no counter of energy"]
    assert set(meter.read()) == {"intel-rapl:0 package-0", "intel-rapl:1 package-1"}
