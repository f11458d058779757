# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the samples of a device of SoapySDR; no GNU Radio here."""

from __future__ import annotations

import numpy as np

_WAIT_US = 100_000
_LEAST_TIME_NS = 10**18
"""A time of the device before that, in the year 2001, counts from its start and is no clock."""


class SoapyReader:
    """A device with SoapySDR's arguments ``where``; see `blocks.receiver_source.Reader`.

    Args:
        receiver: a `receivers.Receiver` with rate and frequency.

    Raises:
        ValueError: naming what the driver does not have.
        RuntimeError: of the driver.
    """

    def __init__(self, receiver):
        self._receiver = receiver
        self.sample_rate, self.frequency = receiver.sample_rate, receiver.frequency
        self.has_gap, self.time_unix_s = False, None
        self.device = self._stream = None
        self._is_active = False

    def open(self) -> None:
        import SoapySDR

        self._soapy, receive = SoapySDR, SoapySDR.SOAPY_SDR_RX
        self.device = device = SoapySDR.Device(self._receiver.where)
        try:
            device.setSampleRate(receive, 0, self.sample_rate)
            self._set_up(device, receive)
            self._stream = device.setupStream(receive, SoapySDR.SOAPY_SDR_CF32)
        except BaseException:
            self.close()
            raise

    def _set_up(self, device, receive: int) -> None:
        one = self._receiver
        if one.antenna is not None:
            self._check_one_of("antenna", one.antenna, device.listAntennas(receive, 0))
            device.setAntenna(receive, 0, one.antenna)
        if one.ppm:
            if not device.hasFrequencyCorrection(receive, 0):
                raise ValueError(f"soapy={one.where}: the driver corrects no frequency (--ppm)")
            device.setFrequencyCorrection(receive, 0, one.ppm)
        for name, value in one.settings:
            self._check_one_of("setting", name, [info.key for info in device.getSettingInfo()])
            device.writeSetting(name, value)
        device.setFrequency(receive, 0, self.frequency)
        if one.gain is not None:
            self._check_gain(device.getGainRange(receive, 0))
            device.setGain(receive, 0, one.gain)
        elif device.hasGainMode(receive, 0):
            device.setGainMode(receive, 0, True)

    def _check_gain(self, limits) -> None:
        one = self._receiver
        if not limits.minimum() <= one.gain <= limits.maximum():
            raise ValueError(
                f"soapy={one.where}: gain must be from {limits.minimum():g} to "
                f"{limits.maximum():g} dB, got {one.gain:g}"
            )

    def _check_one_of(self, name: str, value: str, known) -> None:
        if value not in known:
            names = ", ".join(known) or "none, this driver has no such thing"
            raise ValueError(
                f"soapy={self._receiver.where}: {name} must be one of {names}, got {value!r}"
            )

    def read(self, out: np.ndarray) -> int:
        if not self._is_active:  # from the first read on: a model may be loaded before
            self.device.activateStream(self._stream)
            self._is_active = True
        found = self.device.readStream(self._stream, [out], len(out), timeoutUs=_WAIT_US)
        if found.ret == self._soapy.SOAPY_SDR_OVERFLOW:
            self.has_gap = True
            return 0
        if found.ret == self._soapy.SOAPY_SDR_TIMEOUT:
            return 0
        if found.ret < 0:
            raise RuntimeError(f"the driver reports {self._soapy.errToStr(found.ret)}")
        has_time = found.flags & self._soapy.SOAPY_SDR_HAS_TIME and found.timeNs >= _LEAST_TIME_NS
        self.time_unix_s = divmod(found.timeNs, 10**9) if has_time else None
        return found.ret

    def tune(self, frequency: float) -> None:
        self.frequency = frequency
        self.device.setFrequency(self._soapy.SOAPY_SDR_RX, 0, frequency)

    def close(self) -> None:
        if self._stream is not None:
            self.device.deactivateStream(self._stream)
            self.device.closeStream(self._stream)
        self.device = self._stream = None  # which ends the device
        self._is_active = False
