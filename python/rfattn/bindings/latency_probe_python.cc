/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "docstrings.h"
#include <gnuradio/rfattn/latency_probe.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

void bind_latency_probe(py::module& m)
{
    using gr::rfattn::latency_probe;

    py::class_<latency_probe,
               gr::sync_block,
               gr::block,
               gr::basic_block,
               std::shared_ptr<latency_probe>>(m, "latency_probe", docs::latency_probe)
        .def(py::init(&latency_probe::make),
             py::arg("n_classes"),
             py::arg("interval_ms") = 1000.0,
             py::arg("budget_ms") = 30.0)
        .def("stats",
             &latency_probe::stats,
             py::call_guard<py::gil_scoped_release>(),
             docs::latency_probe_stats)
        .def("error", &latency_probe::error, docs::latency_probe_error);
}
