# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes a receiver a station: its page, its sound, MQTT, other receivers, and own models."""
