/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "docstrings.h"
#include <gnuradio/rfattn/token_scheduler.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

void bind_token_scheduler(py::module& m)
{
    using gr::rfattn::token_scheduler;

    py::class_<token_scheduler,
               gr::block,
               gr::basic_block,
               std::shared_ptr<token_scheduler>>(
        m, "token_scheduler", docs::token_scheduler)
        .def(py::init(&token_scheduler::make),
             py::arg("n_bins"),
             py::arg("window"),
             py::arg("first_rest_s") = 1.0,
             py::arg("max_rest_s") = 32.0,
             py::arg("confidence") = 0.8)
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
