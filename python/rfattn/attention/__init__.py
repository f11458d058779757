# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mathematics of streaming attention, on torch alone; imports where GNU Radio is absent.

Names load on first use, so that `ATTENTIONS` and `NORMS` import without torch.
"""

from importlib import import_module

_MODULES = {
    "ATTENTIONS": ".registry",
    "NORMS": ".registry",
    "ModelConfig": ".config",
    "PooledTransformer": ".pool",
    "StreamingTransformer": ".model",
    "attention_class": ".registry",
    "cache_shapes": ".cost",
    "kv_bytes": ".cost",
    "new_cache": ".cost",
    "new_pool": ".cost",
    "register": ".own",
    "register_norm": ".own",
    "step_flops": ".cost",
    "step_operations": ".cost",
    "stored_as": ".registry",
}

import_module(".own", __name__)  # adds the names of a user's attentions and norms

__all__ = list(_MODULES)  # noqa: PLE0605


def __getattr__(name):
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name], __name__), name)


def __dir__():
    return sorted(__all__)
