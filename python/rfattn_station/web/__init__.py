# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of `gr-rfattn serve`: a feed of messages, an HTTP server, and the page itself.

Needs tornado and prometheus_client, no GNU Radio.
"""
