# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Weighings as functions of probabilities by class."""


def by_class(weigh):
    """A function of probabilities by class, and of what was measured, that returns them weighed."""

    def weighed(probabilities: dict, *measured, **more) -> dict:
        return weigh(tuple(probabilities), *measured, **more).of(probabilities)

    return weighed
