/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "block_class.h"
#include "docstrings.h"
#include <gnuradio/rfattn/emission_detector.h>
#include <pybind11/stl.h>

namespace py = pybind11;

void bind_emission_detector(py::module& m)
{
    using gr::rfattn::emission_detector;
    using settings = emission_detector::settings;

    block_class<emission_detector, gr::sync_block, gr::block, gr::basic_block>(
        m, "emission_detector", docs::emission_detector)
        .def_init(required<double>{ "sample_rate" },
                  std::pair("sensitivity", &settings::sensitivity),
                  std::pair("sides", &settings::sides),
                  std::pair("ignored_bands", &settings::ignored_bands))
        .def("emissions_found",
             &emission_detector::emissions_found,
             docs::emission_detector_emissions_found)
        .def("emissions_live",
             &emission_detector::emissions_live,
             docs::emission_detector_emissions_live)
        .def("samples_non_finite",
             &emission_detector::samples_non_finite,
             docs::emission_detector_samples_non_finite)
        .def("samples_saturated",
             &emission_detector::samples_saturated,
             docs::emission_detector_samples_saturated)
        .def("samples_absent",
             &emission_detector::samples_absent,
             docs::emission_detector_samples_absent)
        .def("samples_repeated",
             &emission_detector::samples_repeated,
             docs::emission_detector_samples_repeated)
        .def("leave_out",
             &emission_detector::leave_out,
             py::arg("decision"),
             docs::emission_detector_leave_out)
        .def("decided", &emission_detector::decided, docs::emission_detector_decided)
        .def("error", &emission_detector::error, docs::emission_detector_error);
}
