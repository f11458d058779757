/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/rfattn/step_tags.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

using gr::rfattn::step_tags;

namespace {

constexpr char READ_DOC[] =
    R"(Reads the tags of the longest run of whole steps at the input whose streams are all different,
and of which none is named as ended by a later one: free the caches of all that ended before the
run is computed.

Args:
    available_items: tokens at the input.

Returns:
    (stream, segment, sample_count, front_end, ended) of each step, in order: at most max_batch
    and at most available_items / block_size. front_end is a PMT dictionary, or None where none
    was stated; ended lists the streams of which no more steps come.

Raises:
    ValueError: when a step has no tag.)";

constexpr char WRITE_DOC[] =
    R"(Tags output item ``i`` of this work call with what was read of step ``i``, the times of the model
(ns) and the dictionary ``costs``, whose keys must be new; returns the dictionary on the tag.)";

// Tuples, because Python unpacks them faster than it reads members.
py::list read_heads(step_tags& tags, int available_items)
{
    py::list heads;
    for (const auto& h : tags.read(available_items)) {
        const bool stated = !pmt::is_null(h.front_end);
        const py::object front_end = stated ? py::cast(h.front_end) : py::none();
        heads.append(
            py::make_tuple(h.stream, h.segment, h.sample_count, front_end, h.ended));
    }
    return heads;
}

} // namespace

void bind_step_tags(py::module& m)
{
    py::class_<step_tags>(m,
                          "step_tags",
                          "Reads and writes the ``rfattn:step`` tags of the transformer "
                          "in few calls. Use it in work() only.")
        .def(py::init<gr::block*, int, int>(),
             py::arg("block"),
             py::arg("block_size"),
             py::arg("max_batch"))
        .def("read", &read_heads, py::arg("available_items"), READ_DOC)
        .def("write",
             &step_tags::write,
             py::arg("i"),
             py::arg("start_ns"),
             py::arg("end_ns"),
             py::arg("costs"),
             WRITE_DOC)
        .def("is_heard",
             &step_tags::is_heard,
             py::arg("port"),
             "Whether a message on ``port`` would reach anyone.");
}
