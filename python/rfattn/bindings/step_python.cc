/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/rfattn/step.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

void bind_step(py::module& m)
{
    namespace step = gr::rfattn::step;
    auto s = m.def_submodule("step", "The dictionary of an rfattn:step tag.");

    s.def("segment_and_count",
          &step::segment_and_count,
          py::arg("step"),
          "Number of the step's segment, and the samples that it looks at.");
    s.def("finished",
          &step::finished,
          py::arg("step"),
          py::arg("start_ns"),
          py::arg("end_ns"),
          py::arg("costs"),
          "The dictionary with the times of the model and what is in the dictionary "
          "``costs``, none of whose keys it has.");
}
