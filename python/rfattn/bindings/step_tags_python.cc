/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "docstrings.h"
#include <gnuradio/rfattn/step_tags.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

void bind_step_tags(py::module& m)
{
    using gr::rfattn::step_tags;

    py::class_<step_tags>(m, "step_tags", docs::step_tags)
        .def(py::init<gr::block*, int, int>(),
             py::arg("block"),
             py::arg("channels"),
             py::arg("block_size"))
        .def("read", &step_tags::read, docs::step_tags_read)
        .def("write",
             &step_tags::write,
             py::arg("channel"),
             py::arg("start_ns"),
             py::arg("end_ns"),
             py::arg("costs"),
             docs::step_tags_write)
        .def("is_heard", &step_tags::is_heard, py::arg("port"), docs::step_tags_is_heard);
}
