/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "docstrings.h"
#include <gnuradio/rfattn/step_tags.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

using gr::rfattn::step_tags;

namespace {

// Tuples, because Python unpacks them faster than it reads members.
py::list read_heads(step_tags& tags, int available_items)
{
    const auto or_none = [](const pmt::pmt_t& stated) {
        return pmt::is_null(stated) ? py::object(py::none()) : py::cast(stated);
    };
    py::list heads;
    for (const auto& h : tags.read(available_items))
        heads.append(py::make_tuple(h.stream,
                                    h.segment,
                                    h.sample_start,
                                    h.sample_count,
                                    h.rx_rate,
                                    or_none(h.front_end),
                                    or_none(h.features),
                                    h.ended));
    return heads;
}

} // namespace

void bind_step_tags(py::module& m)
{
    py::class_<step_tags>(m, "step_tags", docs::step_tags)
        .def(py::init<gr::block*, int, int, int, int>(),
             py::arg("block"),
             py::arg("block_size"),
             py::arg("max_batch"),
             py::arg("max_run") = 1,
             py::arg("max_streams") = 1 << 30)
        .def("read", &read_heads, py::arg("available_items"), docs::step_tags_read)
        .def("write",
             &step_tags::write,
             py::arg("i"),
             py::arg("start_ns"),
             py::arg("end_ns"),
             py::arg("costs"),
             docs::step_tags_write)
        .def("is_heard", &step_tags::is_heard, py::arg("port"), docs::step_tags_is_heard);
}
