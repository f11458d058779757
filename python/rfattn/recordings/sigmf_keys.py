# Copyright 2026 gr-rfattn authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of SigMF metadata that gr-rfattn reads and writes."""

GLOBAL, CAPTURES, ANNOTATIONS = "global", "captures", "annotations"
"""The three parts of the metadata."""

DATASET = "core:dataset"
DATATYPE = "core:datatype"
DESCRIPTION = "core:description"
EXTENSIONS = "core:extensions"
LICENSE = "core:license"
METADATA_ONLY = "core:metadata_only"
NUM_CHANNELS = "core:num_channels"
RECORDER = "core:recorder"
SAMPLE_RATE = "core:sample_rate"
TRAILING_BYTES = "core:trailing_bytes"
VERSION = "core:version"

DATETIME = "core:datetime"
FREQUENCY = "core:frequency"
GLOBAL_INDEX = "core:global_index"
HEADER_BYTES = "core:header_bytes"

COMMENT = "core:comment"
FREQ_LOWER_EDGE = "core:freq_lower_edge"
FREQ_UPPER_EDGE = "core:freq_upper_edge"
GENERATOR = "core:generator"
LABEL = "core:label"
SAMPLE_COUNT = "core:sample_count"
SAMPLE_START = "core:sample_start"
"""A key of captures too."""

NAMESPACE = "rfattn"
"""The keys of the fields that docs/sigmf-extension.md describes are ``rfattn:...``."""
NAMESPACE_VERSION = "1.0.0"
