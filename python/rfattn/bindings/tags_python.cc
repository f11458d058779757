/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "docstrings.h"
#include <gnuradio/rfattn/tags.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

void bind_tags(py::module& m)
{
    namespace tags = gr::rfattn::tags;
    auto t = m.def_submodule("tags", docs::tags);

    t.attr("SEGMENT") = tags::SEGMENT;
    t.attr("ARRIVAL") = tags::ARRIVAL;
    t.attr("STEP") = tags::STEP;
    t.attr("LATENCY") = tags::LATENCY;
    t.attr("WAIT") = tags::WAIT;
    t.attr("INFERENCE") = tags::INFERENCE;
    t.attr("KV_BYTES") = tags::KV_BYTES;
    t.attr("RSS_BYTES") = tags::RSS_BYTES;

    t.attr("KEY_SEGMENT") = tags::KEY_SEGMENT;
    t.attr("KEY_SAMPLE_START") = tags::KEY_SAMPLE_START;
    t.attr("KEY_SAMPLE_COUNT") = tags::KEY_SAMPLE_COUNT;
    t.attr("KEY_SAMPLES_PER_TOKEN") = tags::KEY_SAMPLES_PER_TOKEN;
    t.attr("KEY_TOKEN_SAMPLES") = tags::KEY_TOKEN_SAMPLES;
    t.attr("KEY_RETUNES") = tags::KEY_RETUNES;
    t.attr("KEY_OVERFLOWS") = tags::KEY_OVERFLOWS;
    t.attr("KEY_ARRIVAL_NS") = tags::KEY_ARRIVAL_NS;
    t.attr("KEY_START_NS") = tags::KEY_START_NS;
    t.attr("KEY_END_NS") = tags::KEY_END_NS;
    t.attr("KEY_DROPPED_TOKENS") = tags::KEY_DROPPED_TOKENS;
    t.attr("KEY_QUEUED_STEPS") = tags::KEY_QUEUED_STEPS;
    t.attr("KEY_KV_BYTES") = tags::KEY_KV_BYTES;
    t.attr("KEY_PEAK_TEMPORARY_BYTES") = tags::KEY_PEAK_TEMPORARY_BYTES;
    t.attr("KEY_DEVICE_BYTES") = tags::KEY_DEVICE_BYTES;
    t.attr("KEY_RX_TIME") = tags::KEY_RX_TIME;
    t.attr("KEY_RX_RATE") = tags::KEY_RX_RATE;
    t.attr("KEY_RX_FREQ") = tags::KEY_RX_FREQ;
}
