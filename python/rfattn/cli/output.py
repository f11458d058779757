# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that moved to `rfattn.reporting`, for modules that still import them from here."""

from ..reporting import Progress, hertz, milliseconds, octets, write_json

__all__ = ["Progress", "hertz", "milliseconds", "octets", "write_json"]
