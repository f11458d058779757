# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens and emissions over a network: what edges send to a host, and what it answers.

Needs pyzmq, not GNU Radio. The blocks are `edge_sink` and `edge_source`.
"""
