# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receivers that cannot be opened are refused in one line that says what to check."""

import argparse
import os

import pytest
from gnuradio.rfattn.cli import devices, main
from gnuradio.rfattn.cli.sources import receivers, soapy_drivers
from gnuradio.rfattn.cli.sources.inputs import in_hertz, receiver_hertz
from gnuradio.rfattn.cli.sources.receivers import Receiver, open_source, setting, source_spec
from gnuradio.rfattn.cli.sources.soapy import SoapyReader

from command_line import write_recording
from replay import PLUGINS, needs_soapy


@pytest.mark.parametrize(
    "error, advice",
    [
        (
            "SoapySDR::Device::make() no match",
            "no match; drivers found here: hackrf, uhd; apt-get install soapysdr-module-rtlsdr (",
        ),
        ("device busy", "cannot open soapy=driver=rtlsdr,serial=1: device busy (gr-rfattn"),
    ],
)
def test_a_device_that_does_not_open(monkeypatch, error, advice):
    def fail(_):
        raise RuntimeError(error)

    monkeypatch.setattr(receivers, "_soapy", fail)
    monkeypatch.setattr(soapy_drivers, "installed_modules", lambda: ["hackrf", "uhd"])
    with pytest.raises(ValueError) as refusal:
        open_source(Receiver("soapy", "driver=rtlsdr,serial=1", 1e6, 1e8, None))
    assert advice in str(refusal.value) and "\n" not in str(refusal.value)


@pytest.mark.parametrize("shows, printed", [(False, ""), (True, "driver\nwarning\n")])
def test_drivers_print_only_on_request(monkeypatch, capfd, shows, printed):
    def make(_):
        os.write(1, b"driver\n")
        os.write(2, b"warning\n")

    monkeypatch.setattr(receivers, "_soapy", make)
    monkeypatch.setattr(soapy_drivers, "print_modules", lambda: None)
    monkeypatch.setenv("SOAPY_SDR_LOG_LEVEL", "WARNING")
    open_source(Receiver("soapy", "driver=x", 1e6, 1e8, None), shows)
    os.write(2, b"after")
    captured = capfd.readouterr()
    assert captured.out + captured.err == printed + "after"


@pytest.mark.parametrize("kind, scheme", [("zmq", "tcp://"), ("rtl_tcp", "")])
def test_a_port_that_would_be_another_is_refused(kind, scheme):
    for place in ("127.0.0.1:1234", "[::1]:65535", "receiver:1"):
        assert source_spec(f"{kind}={scheme}{place}") == (kind, f"{scheme}{place}")
    for place in ("127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:", "127.0.0.1", "127.0.0.1:1e3"):
        with pytest.raises(argparse.ArgumentTypeError, match=f"{kind} must be {scheme}HOST:PORT"):
            source_spec(f"{kind}={scheme}{place}")


def test_a_source_is_a_kind_and_a_place():
    assert source_spec("soapy=driver=rtlsdr,serial=1") == ("soapy", "driver=rtlsdr,serial=1")
    for text in ("soapy", "soapy=", "tape=1"):
        with pytest.raises(argparse.ArgumentTypeError, match="must be one of soapy=driver=rtlsdr"):
            source_spec(text)


def test_a_setting_is_a_name_and_a_value():
    assert setting("biastee=true") == ("biastee", "true")
    assert setting("name=") == ("name", "")
    for text in ("biastee", "=true", ""):
        with pytest.raises(argparse.ArgumentTypeError, match="must be NAME=VALUE"):
            setting(text)


def test_frequencies_and_rates_are_read_with_unit_and_prefix():
    for text in ("2400k", "2.4M", "2.4MHz", "2.4 MHz", " 2.4e6 ", "2400000Hz"):
        assert in_hertz(text) == pytest.approx(2.4e6)
    for text in ("", "Hz", "M", "2.4X", "2.4m", "fast", "nan", "inf"):
        with pytest.raises(argparse.ArgumentTypeError, match="must be a number, such as 433.92M"):
            in_hertz(text)


def test_a_frequency_without_its_unit_is_refused():
    assert receiver_hertz("433.92M") == pytest.approx(433.92e6)
    assert receiver_hertz("1000") == 1000
    text = "must be 1000 Hz or more, got '433.92'; did you mean 433.92M"
    with pytest.raises(argparse.ArgumentTypeError, match=text):
        receiver_hertz("433.92")


@pytest.mark.parametrize(
    "driver, modules, text",
    [
        ("rtlsdr", [], "; drivers found here: none; apt-get install soapysdr-module-rtlsdr"),
        ("lime", ["uhd"], "; drivers found here: uhd; apt-get install soapysdr-module-lms7"),
        ("lime", ["lms7"], "; the driver is here, so check that the device is connected and free"),
        ("rtlsrd", ["uhd"], "; Debian has no driver rtlsrd; did you mean rtlsdr?"),
        ("own", ["own"], "; the driver is here"),
    ],
)
def test_advice_names_drivers_and_the_package(monkeypatch, driver, modules, text):
    monkeypatch.setattr(soapy_drivers, "installed_modules", lambda: modules)
    assert text in soapy_drivers.advice(driver)


def test_drivers_by_the_names_of_their_modules():
    names = ("librtlsdrSupport.so", "libHackRFSupport.so", "/a/libsoapyMiriSupport.so.1", "own.so")
    assert [soapy_drivers.module_name(name) for name in names] == [
        "rtlsdr",
        "hackrf",
        "miri",
        "own",
    ]


@needs_soapy
def test_the_modules_that_soapysdr_loads(monkeypatch, capsys):
    monkeypatch.setenv("SOAPY_SDR_PLUGIN_PATH", str(PLUGINS))
    (module,) = PLUGINS.glob("*.so")
    assert str(module) in soapy_drivers.module_paths()
    soapy_drivers.print_modules()
    assert f"  {module}\n" in capsys.readouterr().err


@pytest.fixture
def device(monkeypatch, tmp_path):
    """SoapySDR's arguments of the replay device."""
    monkeypatch.setenv("SOAPY_SDR_PLUGIN_PATH", str(PLUGINS))
    write_recording(tmp_path / "r", 1, "noise")
    return f"driver=rfattn_replay,recording={tmp_path / 'r'}"


@needs_soapy
def test_clock_antenna_and_settings_reach_the_driver(device):
    fields = {"ppm": 1.5, "antenna": "RX", "settings": (("biastee", "true"),)}
    reader = SoapyReader(Receiver("soapy", device, 1e6, 1e8, None, **fields))
    reader.open()
    receive = 1  # SoapySDR's number of that direction
    assert reader.device.getFrequencyCorrection(receive, 0) == 1.5
    assert reader.device.getAntenna(receive, 0) == "RX"
    assert reader.device.readSetting("biastee") == "true"
    reader.close()


@needs_soapy
@pytest.mark.parametrize(
    "fields, text",
    [
        ({"antenna": "LNAW"}, "antenna must be one of RX, got 'LNAW'"),
        ({"settings": (("bias", "1"),)}, "setting must be one of biastee, got 'bias'"),
    ],
)
def test_what_the_driver_does_not_have_is_refused(device, fields, text):
    with pytest.raises(ValueError) as refusal:
        open_source(Receiver("soapy", device, 1e6, 1e8, None, **fields))
    assert str(refusal.value) == f"soapy={device}: {text}"


@needs_soapy
def test_devices_lists_receivers_and_drivers(device, capsys):
    assert main(["devices", device]) == 0
    printed = capsys.readouterr()
    assert printed.out == "rfattn_replay\n  --source soapy=driver=rfattn_replay\n"
    assert "drivers: " in printed.err and "rfattn_soapy_replay" in printed.err


def test_devices_says_what_to_do_where_there_is_none(monkeypatch, capsys):
    monkeypatch.setattr(soapy_drivers, "receivers", lambda args: [])
    for modules, text in (
        ([], "no receiver found: apt-get install soapysdr-module-NAME, where NAME is one of"),
        (["rtlsdr"], "no receiver found: check that it is connected, and that no other program"),
    ):
        monkeypatch.setattr(soapy_drivers, "installed_modules", lambda modules=modules: modules)
        assert main(["devices"]) == 0
        printed = capsys.readouterr()
        assert printed.out == "" and text in printed.err


@pytest.mark.parametrize(
    "args, source",
    [
        (
            {"driver": "rtlsdr", "serial": "01", "label": "RTL :: 01", "tuner": "R820T"},
            "soapy=driver=rtlsdr,serial=01",
        ),
        ({"driver": "audio", "label": "Sound card"}, "'soapy=driver=audio,label=Sound card'"),
        ({"driver": "hackrf", "serial": ""}, "soapy=driver=hackrf"),
    ],
)
def test_the_source_of_a_receiver_names_it_alone(args, source):
    assert devices.source_of(args) == source
