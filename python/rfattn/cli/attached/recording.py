# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`--record` and `--annotate` of `label` and `live`: the I/Q of emissions, and where they are."""

from __future__ import annotations

from .place import Place


def make_recorder(arguments, place: Place):
    """The block `emission_recorder` that the options ask for; None for none.

    Raises:
        ValueError: in one line, for a wrong folder.
    """
    if not arguments.record:
        return None
    from ...blocks.emission_recorder import emission_recorder
    from ...blocks.signal_labeller import MAX_EMISSIONS

    return emission_recorder(
        arguments.record,
        place.name,
        MAX_EMISSIONS[place.policy],
        when=arguments.when or "",
        margin_s=arguments.margin,
        policy=place.policy,
    )


def make_annotations(arguments, place: Place):
    """The block `sigmf_annotation_sink` that the options ask for; None for none.

    Raises:
        ValueError: in one line, for a file that cannot be read or written.
    """
    if not arguments.annotate:
        return None
    from ...blocks.sigmf_annotation_sink import annotations_of, sigmf_annotation_sink

    if place.recording is None:
        return sigmf_annotation_sink(arguments.annotate, sidebands=arguments.sidebands)
    return annotations_of(place.recording, arguments.annotate, arguments.sidebands)
