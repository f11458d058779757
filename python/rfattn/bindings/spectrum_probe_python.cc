/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "block_class.h"
#include "docstrings.h"
#include <gnuradio/rfattn/spectrum_probe.h>

namespace py = pybind11;

void bind_spectrum_probe(py::module& m)
{
    using gr::rfattn::spectrum_probe;
    using settings = spectrum_probe::settings;

    block_class<spectrum_probe, gr::sync_block, gr::block, gr::basic_block>(
        m, "spectrum_probe", docs::spectrum_probe)
        .def_init(required<int>{ "n_bins" },
                  std::pair("interval_ms", &settings::interval_ms),
                  std::pair("sides", &settings::sides))
        .def("error", &spectrum_probe::error, docs::spectrum_probe_error);
}
