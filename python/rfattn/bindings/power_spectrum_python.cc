/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "block_class.h"
#include "docstrings.h"
#include <gnuradio/rfattn/power_spectrum.h>

namespace py = pybind11;

void bind_power_spectrum(py::module& m)
{
    using gr::rfattn::power_spectrum;
    using settings = power_spectrum::settings;

    block_class<power_spectrum, gr::block, gr::basic_block>(
        m, "power_spectrum", docs::power_spectrum)
        .def_init(required<>{},
                  std::pair("fft_size", &settings::fft_size),
                  std::pair("hop", &settings::hop),
                  std::pair("n_bins", &settings::n_bins),
                  std::pair("window", &settings::window),
                  std::pair("averaging", &settings::averaging),
                  std::pair("scale", &settings::scale),
                  std::pair("dc", &settings::dc),
                  std::pair("sides", &settings::sides))
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
