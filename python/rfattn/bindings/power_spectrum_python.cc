/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "docstrings.h"
#include <gnuradio/rfattn/power_spectrum.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

void bind_power_spectrum(py::module& m)
{
    using gr::rfattn::power_spectrum;

    py::class_<power_spectrum,
               gr::block,
               gr::basic_block,
               std::shared_ptr<power_spectrum>>(m, "power_spectrum", docs::power_spectrum)
        .def(py::init(&power_spectrum::make),
             py::arg("fft_size") = 128,
             py::arg("hop") = 64,
             py::arg("n_bins") = 128,
             py::arg("window") = "hann",
             py::arg("averaging") = 1,
             py::arg("scale") = "db",
             py::arg("dc") = "keep",
             py::arg("sides") = "two")
        .def("samples_per_token",
             &power_spectrum::samples_per_token,
             docs::power_spectrum_samples_per_token)
        .def("token_samples",
             &power_spectrum::token_samples,
             docs::power_spectrum_token_samples)
        .def("segments", &power_spectrum::segments, docs::power_spectrum_segments)
        .def("retunes", &power_spectrum::retunes, docs::power_spectrum_retunes)
        .def("samples_non_finite",
             &power_spectrum::samples_non_finite,
             docs::power_spectrum_samples_non_finite)
        .def("samples_saturated",
             &power_spectrum::samples_saturated,
             docs::power_spectrum_samples_saturated)
        .def("error", &power_spectrum::error, docs::power_spectrum_error);
}
