/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/rfattn/step_tags.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

void bind_step_tags(py::module& m)
{
    using gr::rfattn::step_tags;

    py::class_<step_tags>(m,
                          "step_tags",
                          "What the transformer does with the tags of its steps, in as "
                          "few calls as can be. Use it in work() only.")
        .def(py::init<gr::block*, int, int>(),
             py::arg("block"),
             py::arg("channels"),
             py::arg("block_size"))
        .def("read",
             &step_tags::read,
             "Reads the rfattn:step tag on the next item of every input: by channel the "
             "number of its segment, and the samples it looks at.\n\n"
             "Raises:\n    ValueError: when there is none.")
        .def("write",
             &step_tags::write,
             py::arg("channel"),
             py::arg("start_ns"),
             py::arg("end_ns"),
             py::arg("costs"),
             "Tags the next output item of a channel with what was read, the times of "
             "the model, and the dictionary ``costs``, whose keys must be new; returns "
             "the dictionary on the tag.")
        .def("is_heard",
             &step_tags::is_heard,
             py::arg("port"),
             "Whether a message on ``port`` would reach anyone.");
}
