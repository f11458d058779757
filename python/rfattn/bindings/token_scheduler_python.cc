/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "block_class.h"
#include "docstrings.h"
#include <gnuradio/rfattn/token_scheduler.h>

namespace py = pybind11;

void bind_token_scheduler(py::module& m)
{
    using gr::rfattn::token_scheduler;
    using settings = token_scheduler::settings;

    block_class<token_scheduler, gr::block, gr::basic_block>(
        m, "token_scheduler", docs::token_scheduler)
        .def_init(required<int, int>{ "n_bins", "window" },
                  std::pair("first_rest_s", &settings::first_rest_s),
                  std::pair("max_rest_s", &settings::max_rest_s),
                  std::pair("confidence", &settings::confidence))
        .def("tokens_in", &token_scheduler::tokens_in, docs::token_scheduler_tokens_in)
        .def("tokens_out", &token_scheduler::tokens_out, docs::token_scheduler_tokens_out)
        .def("tokens_rested",
             &token_scheduler::tokens_rested,
             docs::token_scheduler_tokens_rested)
        .def("streams", &token_scheduler::streams, docs::token_scheduler_streams)
        .def("stream_counters",
             &token_scheduler::stream_counters,
             py::arg("stream"),
             docs::token_scheduler_stream_counters)
        .def("error", &token_scheduler::error, docs::token_scheduler_error);
}
