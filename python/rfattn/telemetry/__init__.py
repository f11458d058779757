# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Messages of a flowgraph, the state that they add up to, and the views of it."""
