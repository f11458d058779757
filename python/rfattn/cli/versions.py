# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names that moved to `rfattn.reporting`, for modules that still import them from here."""

from ..reporting import package_version as installed
from ..reporting import versions

__all__ = ["installed", "versions"]
