/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "block_class.h"
#include "docstrings.h"
#include <gnuradio/rfattn/latency_probe.h>

namespace py = pybind11;

void bind_latency_probe(py::module& m)
{
    using gr::rfattn::latency_probe;
    using settings = latency_probe::settings;

    block_class<latency_probe, gr::sync_block, gr::block, gr::basic_block>(
        m, "latency_probe", docs::latency_probe)
        .def_init(required<int>{ "n_classes" },
                  std::pair("interval_ms", &settings::interval_ms),
                  std::pair("budget_ms", &settings::budget_ms))
        .def("stats",
             &latency_probe::stats,
             py::call_guard<py::gil_scoped_release>(),
             docs::latency_probe_stats)
        .def("error", &latency_probe::error, docs::latency_probe_error);
}
