/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "block_class.h"
#include "docstrings.h"
#include <gnuradio/rfattn/emission_extractor.h>

namespace py = pybind11;

void bind_emission_extractor(py::module& m)
{
    using gr::rfattn::emission_extractor;
    using settings = emission_extractor::settings;

    block_class<emission_extractor, gr::block, gr::basic_block>(
        m, "emission_extractor", docs::emission_extractor)
        .def_init(required<double>{ "sample_rate" },
                  std::pair("fft_size", &settings::fft_size),
                  std::pair("hop", &settings::hop),
                  std::pair("n_bins", &settings::n_bins),
                  std::pair("window", &settings::window),
                  std::pair("averaging", &settings::averaging),
                  std::pair("scale", &settings::scale),
                  std::pair("dc", &settings::dc),
                  std::pair("lookback_s", &settings::lookback_s),
                  std::pair("max_emissions", &settings::max_emissions),
                  std::pair("samples", &settings::samples),
                  std::pair("features", &settings::features),
                  std::pair("margin_s", &settings::margin_s),
                  std::pair("max_snr_db", &settings::max_snr_db),
                  std::pair("frame_sync", &settings::frame_sync),
                  std::pair("contents", &settings::contents),
                  std::pair("delay_s", &settings::delay_s))
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
        .def("frames_dropped",
             &emission_extractor::frames_dropped,
             docs::emission_extractor_frames_dropped)
        .def("listens_refused",
             &emission_extractor::listens_refused,
             docs::emission_extractor_listens_refused)
        .def("error", &emission_extractor::error, docs::emission_extractor_error);
}
