/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "docstrings.h"
#include <gnuradio/rfattn/token_squelch.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

void bind_token_squelch(py::module& m)
{
    using gr::rfattn::token_squelch;

    py::class_<token_squelch, gr::block, gr::basic_block, std::shared_ptr<token_squelch>>(
        m, "token_squelch", docs::token_squelch)
        .def(py::init(&token_squelch::make),
             py::arg("n_bins"),
             py::arg("block_size"),
             py::arg("threshold_db") = 3.5,
             py::arg("context_steps") = 128,
             py::arg("hang_steps") = 4,
             py::arg("settle_steps") = 32,
             py::arg("floor_db") = py::none())
        .def("tokens_in", &token_squelch::tokens_in, docs::token_squelch_tokens_in)
        .def("tokens_out", &token_squelch::tokens_out, docs::token_squelch_tokens_out)
        .def("tokens_skipped",
             &token_squelch::tokens_skipped,
             docs::token_squelch_tokens_skipped)
        .def("segments", &token_squelch::segments, docs::token_squelch_segments)
        .def("error", &token_squelch::error, docs::token_squelch_error);
}
