# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of the Model Context Protocol that reads the page of `gr-rfattn serve`."""
