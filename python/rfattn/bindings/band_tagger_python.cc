/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/rfattn/band_tagger.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

namespace {

constexpr char DOC[] =
    R"(Turns the rate and frequency tags of a wide receiver into those of one of the bands that
a channelizer has split it into.

Stream in, stream out: complex64 of one band, unchanged.

Tags: rx_rate becomes rx_rate / n_bands; rx_freq becomes the middle of the band, rx_freq +
offset * rx_rate / n_bands, and is stated again where only the rate changes. Without a known
rate there is no rx_freq. All others pass; equal keys on one sample, which a channelizer
multiplies, pass once.

Args:
  n_bands: bands that share the receiver's rate, >= 1.
  offset: of this band from the receiver's middle, in bands, from -n_bands / 2 to n_bands / 2.

Raises:
  ValueError: naming the parameter, the rule and the value.)";

} // namespace

void bind_band_tagger(py::module& m)
{
    using gr::rfattn::band_tagger;

    py::class_<band_tagger,
               gr::sync_block,
               gr::block,
               gr::basic_block,
               std::shared_ptr<band_tagger>>(m, "band_tagger", DOC)
        .def(py::init(&band_tagger::make), py::arg("n_bands"), py::arg("offset"));
}
