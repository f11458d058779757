# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of mobile radio: digital voice, telephones, pagers, trunked radio."""
