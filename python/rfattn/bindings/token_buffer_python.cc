/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "block_class.h"
#include "docstrings.h"
#include <gnuradio/rfattn/token_buffer.h>

namespace py = pybind11;

void bind_token_buffer(py::module& m)
{
    using gr::rfattn::token_buffer;
    using settings = token_buffer::settings;

    block_class<token_buffer, gr::hier_block2, gr::basic_block>(
        m, "token_buffer", docs::token_buffer)
        .def_init(required<int, int>{ "n_bins", "block_size" },
                  std::pair("capacity", &settings::capacity),
                  std::pair("policy", &settings::policy),
                  std::pair("n_inputs", &settings::n_inputs),
                  std::pair("max_streams", &settings::max_streams),
                  std::pair("max_batch", &settings::max_batch),
                  std::pair("max_run", &settings::max_run))
        .def("tokens_in", &token_buffer::tokens_in, docs::token_buffer_tokens_in)
        .def("tokens_out", &token_buffer::tokens_out, docs::token_buffer_tokens_out)
        .def("tokens_dropped",
             &token_buffer::tokens_dropped,
             docs::token_buffer_tokens_dropped)
        .def("tokens_turned_away",
             &token_buffer::tokens_turned_away,
             docs::token_buffer_tokens_turned_away)
        .def("tokens_incomplete",
             &token_buffer::tokens_incomplete,
             docs::token_buffer_tokens_incomplete)
        .def("tokens_waiting",
             &token_buffer::tokens_waiting,
             docs::token_buffer_tokens_waiting)
        .def("steps_queued", &token_buffer::steps_queued, docs::token_buffer_steps_queued)
        .def("streams_evicted",
             &token_buffer::streams_evicted,
             docs::token_buffer_streams_evicted)
        .def("streams", &token_buffer::streams, docs::token_buffer_streams)
        .def("stream_counters",
             &token_buffer::stream_counters,
             py::arg("stream"),
             docs::token_buffer_stream_counters)
        .def("error", &token_buffer::error, docs::token_buffer_error);
}
