/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "docstrings.h"
#include <gnuradio/rfattn/band_tagger.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

void bind_band_tagger(py::module& m)
{
    using gr::rfattn::band_tagger;

    py::class_<band_tagger,
               gr::sync_block,
               gr::block,
               gr::basic_block,
               std::shared_ptr<band_tagger>>(m, "band_tagger", docs::band_tagger)
        .def(py::init(&band_tagger::make), py::arg("n_bands"), py::arg("offset"))
        .def("error", &band_tagger::error, docs::band_tagger_error);
}
