#!/usr/bin/env python3
# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes signals with TorchSig 2.2, in the Python of a virtual environment that has it.

foreign_torchsig.py version
foreign_torchsig.py signals OUT.npz FIRST COUNT RATE SECONDS
foreign_torchsig.py scene OUT.npz SEED COUNT RATE SECONDS SNR

Of signals, it writes complex64 arrays, named by number and kind; the number decides all that is
drawn. Of a scene of TorchSig's own, it writes the array samples and TorchSig's truth as JSON.
detection_foreign.py runs it; gr-rfattn is not imported here.
"""

from __future__ import annotations

import json
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import torch

# Wide kinds stand apart, so that a scene has room for all of its signals.
KINDS = """
    tone chirpss dmr ook p25 adsb-long am-dsb fm-data zigbee gsm 2fsk lora ofdm-64 am-usb btle qpsk
    dvbs2 8ask 16fsk 80211a lfm-radar 2gmsk 64qam ofdm-600 4gfsk lfm-data bpsk 32apsk
""".split()
_WIDTHS_HZ = (20e3, 400e3)
"""Range of the width or symbol rate of a signal."""
_OF_STANDARDS_HZ = {
    "btle": (1e6, 1e6),
    "dmr": (4800.0, 4800.0),
    "gsm": (1625e3 / 6, 1625e3 / 6),
    "lora": (125e3, 500e3),
    "p25": (4800.0, 4800.0),
}
"""The same of standards for which a band of 4 MHz has room."""
_SHARES = (0.05, 0.5)
"""Of the scene's time that a signal takes, least and most."""
_FFT_SIZE = 16384
"""Bins of the spectrum in which TorchSig measures levels and edges."""
P25_SYNC = "5575F5FF77FF"
"""TIA-102.BAAA, 6.2. The word of TorchSig 2.2 is 5575F5FF7FF5."""
BLE_ADVERTISING = "AAD6BE898E"
"""Preamble and access address of advertising, octets in the order in which they are sent, each from
its lowest bit on (Bluetooth Core 6.B, 1.2 and 2.1). TorchSig 2.2 sends the bits of the address in
the opposite order."""
CHIPS_OF_ZERO = "D9C3522E"
"""IEEE 802.15.4, 12.2.4: the chips of the symbol 0. TorchSig 2.2 sends others for all symbols."""


class _Spectrogram:
    """What TorchSig uses of torchaudio, whose packages do not load beside the torch of Debian."""

    def __init__(self, n_fft, window_fn, hop_length, **_):
        self._sizes, self._window = (n_fft, hop_length, n_fft), window_fn(n_fft)

    def __call__(self, samples):
        options = {"center": False, "onesided": False, "return_complex": True}
        return torch.stft(samples, *self._sizes, self._window, **options).abs() ** 2


def import_torchsig():
    """TorchSig with the little that it uses of torchaudio and of pytorch_lightning, and with the
    words of the standards instead of its own."""
    for name, content in (
        ("torchaudio", {"transforms": SimpleNamespace(Spectrogram=_Spectrogram)}),
        ("pytorch_lightning", {"LightningDataModule": object}),
    ):
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(content)
    import torchsig
    import torchsig.datasets.datasets
    import torchsig.utils.signal_building
    from torchsig.signals.builders import btle, lmr, zigbee

    lmr._P25_SYNC_LEVELS = lmr._hex_to_levels(P25_SYNC)
    zigbee.ZIGBEE_CHIP_SEQS = chips_of_symbols()
    preamble_and_address = as_sent(BLE_ADVERTISING)
    btle._PREAMBLE_BITS, btle._AA_BITS = np.split(preamble_and_address.astype(float), [8])
    return torchsig


def chips_of_symbols() -> np.ndarray:
    """The chips of the 16 symbols, int8 [16, 32]: each turns those before it by four, and the last
    eight symbols are the first ones with every second chip changed."""
    first = np.unpackbits(np.frombuffer(bytes.fromhex(CHIPS_OF_ZERO), np.uint8)).astype(np.int8)
    turned = np.array([np.roll(first, 4 * k) for k in range(8)])
    return np.concatenate([turned, turned ^ (np.arange(32) % 2).astype(np.int8)])


def as_sent(octets: str) -> np.ndarray:
    """The bits of octets, the lowest of each first: uint8 [8 * octets]."""
    return np.unpackbits(np.frombuffer(bytes.fromhex(octets), np.uint8), bitorder="little")


def _limits(rate: float, seconds: float) -> dict:
    shortest, longest = (round(share * seconds * rate) for share in _SHARES)
    return {
        "sample_rate": rate,
        "signal_duration_in_samples_min": shortest,
        "signal_duration_in_samples_max": longest,
    }


def _widths(kind: str) -> dict:
    low, high = _OF_STANDARDS_HZ.get(kind, _WIDTHS_HZ)
    return {"bandwidth_min": low, "bandwidth_max": high}


def make_signals(torchsig, out: str, first: int, count: int, rate: float, seconds: float) -> None:
    """Signals without noise, centred on 0 Hz."""
    made = {}
    for number in range(first, first + count):
        kind = KINDS[number % len(KINDS)]
        generator = torchsig.utils.signal_building.lookup_signal_generator_by_string(kind)
        for name, value in (_limits(rate, seconds) | _widths(kind)).items():
            generator[name] = value
        generator.seed(number)
        made[f"{number} {kind}"] = generator().data.astype(np.complex64)
    np.savez(out, **made)


def make_scene(torchsig, out: str, seed: int, count: int, rate: float, seconds: float, snr) -> None:
    """A scene whose places, levels and truth TorchSig draws; signals do not overlap."""
    metadata = _limits(rate, seconds) | {
        "num_iq_samples_dataset": round(seconds * rate),
        "num_signals_min": count,
        "num_signals_max": count,
        "fft_size": _FFT_SIZE,
        "fft_stride": _FFT_SIZE,
        "noise_power_db": 0.0,
        "snr_db_min": float(snr),
        "snr_db_max": float(snr),
        "cochannel_overlap_probability": 0.0,
        "bandwidth_min": _WIDTHS_HZ[0],
        "bandwidth_max": _WIDTHS_HZ[1],
        "signal_center_freq_min": -0.42 * rate,
        "signal_center_freq_max": 0.42 * rate,
        "frequency_min": -0.5 * rate,
        "frequency_max": 0.5 * rate,
    }
    scene = next(
        torchsig.datasets.datasets.TorchSigIterableDataset(
            KINDS,
            per_signal_metadata={kind: _widths(kind) for kind in _OF_STANDARDS_HZ},
            metadata=metadata,
            seed=seed,
        )
    )
    truth = [
        {
            "kind": signal.class_name,
            "start": int(signal["start_in_samples"]),
            "count": len(signal.data),
            "edges": [float(signal.lower_freq), float(signal.upper_freq)],
        }
        for signal in scene.component_signals
    ]
    np.savez(out, samples=scene.data.astype(np.complex64), truth=json.dumps(truth))


def main() -> None:
    torchsig = import_torchsig()
    what, *arguments = sys.argv[1:]
    if what == "version":
        print(torchsig.__version__)
        return
    make = {"signals": make_signals, "scene": make_scene}[what]
    out, first, count, *numbers = arguments
    make(torchsig, out, int(first), int(count), *map(float, numbers))


if __name__ == "__main__":
    main()
