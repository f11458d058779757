# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports TorchSig 2.2, in the Python of a virtual environment that has it, for what
labels_foreign_python.py makes with it; gr-rfattn is not imported here."""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import torch

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
