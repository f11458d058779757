/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "docstrings.h"
#include <gnuradio/rfattn/spectrum_probe.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

void bind_spectrum_probe(py::module& m)
{
    using gr::rfattn::spectrum_probe;

    py::class_<spectrum_probe,
               gr::sync_block,
               gr::block,
               gr::basic_block,
               std::shared_ptr<spectrum_probe>>(m, "spectrum_probe", docs::spectrum_probe)
        .def(py::init(&spectrum_probe::make),
             py::arg("n_bins"),
             py::arg("interval_ms") = 250.0,
             py::arg("sides") = "two")
        .def("error", &spectrum_probe::error, docs::spectrum_probe_error);
}
