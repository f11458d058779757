/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "docstrings.h"
#include <gnuradio/rfattn/rx_tagger.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

void bind_rx_tagger(py::module& m)
{
    using gr::rfattn::rx_tagger;

    py::class_<rx_tagger,
               gr::sync_block,
               gr::block,
               gr::basic_block,
               std::shared_ptr<rx_tagger>>(m, "rx_tagger", docs::rx_tagger)
        .def(py::init(&rx_tagger::make),
             py::arg("sample_rate"),
             py::arg("frequency") = py::none())
        .def("set_sample_rate",
             &rx_tagger::set_sample_rate,
             py::arg("sample_rate"),
             docs::rx_tagger_set_sample_rate)
        .def("set_frequency",
             &rx_tagger::set_frequency,
             py::arg("frequency"),
             docs::rx_tagger_set_frequency);
}
