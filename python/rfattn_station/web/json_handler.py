# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers in JSON."""

from __future__ import annotations

import json

from gnuradio.rfattn.telemetry.http_guard import GuardedHandler


class JsonHandler(GuardedHandler):
    def answer(self, value) -> None:
        self.set_header("Content-Type", "application/json")
        self.write(json.dumps(value, allow_nan=False))

    def refuse(self, status: int, problem: Exception | str) -> None:
        """Answers with one line for the user."""
        self.set_status(status)
        self.answer({"problem": str(problem)})
