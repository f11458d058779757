/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "docstrings.h"
#include <gnuradio/rfattn/emission_extractor.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

void bind_emission_extractor(py::module& m)
{
    using gr::rfattn::emission_extractor;

    py::class_<emission_extractor,
               gr::block,
               gr::basic_block,
               std::shared_ptr<emission_extractor>>(
        m, "emission_extractor", docs::emission_extractor)
        .def(py::init(&emission_extractor::make),
             py::arg("sample_rate"),
             py::arg("fft_size") = 64,
             py::arg("hop") = 32,
             py::arg("n_bins") = 64,
             py::arg("window") = "hann",
             py::arg("averaging") = 1,
             py::arg("scale") = "db",
             py::arg("dc") = "keep",
             py::arg("lookback_s") = 0.1,
             py::arg("max_emissions") = 64,
             py::arg("samples") = false,
             py::arg("features") = std::vector<std::string>(),
             py::arg("margin_s") = 0.0,
             py::arg("max_snr_db") = 0.0,
             py::arg("frame_sync") = false)
        .def("emissions_cut",
             &emission_extractor::emissions_cut,
             docs::emission_extractor_emissions_cut)
        .def("emissions_dropped",
             &emission_extractor::emissions_dropped,
             docs::emission_extractor_emissions_dropped)
        .def("samples_missed",
             &emission_extractor::samples_missed,
             docs::emission_extractor_samples_missed)
        .def("tokens_out",
             &emission_extractor::tokens_out,
             docs::emission_extractor_tokens_out)
        .def("error", &emission_extractor::error, docs::emission_extractor_error);
}
