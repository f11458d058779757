/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/rfattn/rx_tagger.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

namespace {

constexpr char DOC[] =
    R"(States the rate and frequency of samples whose source does not, as gr-osmosdr, ZMQ and
network sources don't.

Stream in, stream out: complex64, unchanged, with all its tags.

Tags added: rx_rate and rx_freq (double, Hz), on the first sample of a run and on the first
one after each change. For power_spectrum a change is so a gap, as a retune is. What is still
under way from the receiver at a change counts as received after it.

Args:
  sample_rate: samples a second, > 0.
  frequency: of the spectrum's middle, Hz; None: no rx_freq is added.

Raises:
  ValueError: naming the parameter, the rule and the value.)";

} // namespace

void bind_rx_tagger(py::module& m)
{
    using gr::rfattn::rx_tagger;

    py::class_<rx_tagger,
               gr::sync_block,
               gr::block,
               gr::basic_block,
               std::shared_ptr<rx_tagger>>(m, "rx_tagger", DOC)
        .def(py::init(&rx_tagger::make),
             py::arg("sample_rate"),
             py::arg("frequency") = py::none())
        .def("set_sample_rate",
             &rx_tagger::set_sample_rate,
             py::arg("sample_rate"),
             "Takes effect with the next sample; raises as the constructor.")
        .def("set_frequency",
             &rx_tagger::set_frequency,
             py::arg("frequency"),
             "Takes effect with the next sample; raises as the constructor.");
}
