# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attentions and norms that a user picks by name; imports without torch.

To build an attention in, write its `Attention` descriptor in shapes/ and its modules of torch in
the file that it names, and add its line here. A norm has its name in `NORMS` and its module in
norms.py. Those of a user are in `own`.
"""

from __future__ import annotations

from importlib import import_module

_DESCRIPTORS = {
    "mha": ("grouped", "MultiHead", "Multi-head (explicit scores)"),
    "flash": ("grouped", "Flash", "Multi-head (fused)"),
    "gqa": ("grouped", "GroupedQuery", "Grouped-query"),
    "perceiver": ("perceiver", "Perceiver", "Perceiver (latents)"),
    "mla": ("mla", "MultiHeadLatent", "Multi-head latent (MLA)"),
    "ssm": ("ssm", "SelectiveStateSpace", "State space (SSM)"),
    "gdn": ("gdn", "GatedDeltaRule", "Gated delta rule"),
    "hybrid": ("hybrid", "Hybrid", "Hybrid (states and windows)"),
}
ATTENTIONS = list(_DESCRIPTORS)
TITLES = tuple(title for _, _, title in _DESCRIPTORS.values())
"""What GNU Radio Companion calls them; docs/make_docs.py writes its list."""
NORMS = ["layernorm", "rmsnorm", "dyt"]
BUILT_IN = (*ATTENTIONS, *NORMS)
"""Names that are the same for everybody; `own` adds those of a user to `ATTENTIONS` and `NORMS`."""
OLD_NAMES = {"latent": "perceiver"}
"""Names of earlier versions, which still work."""


def today(name: str) -> str:
    """The name of an attention, of which an older one may be given."""
    return OLD_NAMES.get(name, name)


def attention_class(name: str):
    """The `Attention` class of the attention called ``name``.

    Raises:
        ValueError: when there is none, listing those there are.
    """
    if today(name) not in _DESCRIPTORS:
        from .own import load

        return load("attentions", name)
    file, attribute, _ = _DESCRIPTORS[today(name)]
    return getattr(import_module(f".shapes.{file}", __package__), attribute)


def stored_as(name: str) -> str:
    """The attention whose weights and model files ``name`` uses: mostly itself."""
    shared = attention_class(name).stored_as if today(name) in _DESCRIPTORS else None
    return shared or today(name)
