/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/rfattn/frame_formats.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

void bind_frame_formats(py::module& m)
{
    using gr::rfattn::frame_formats;
    using format_row = frame_formats::row;

    py::class_<format_row>(m, "format_row")
        .def(py::init<>())
        .def_readwrite("name", &format_row::name)
        .def_readwrite("modulation", &format_row::modulation)
        .def_readwrite("carrier", &format_row::carrier)
        .def_readwrite("coding", &format_row::coding)
        .def_readwrite("code", &format_row::code)
        .def_readwrite("baud", &format_row::baud)
        .def_readwrite("width_hz", &format_row::width_hz)
        .def_readwrite("period", &format_row::period)
        .def_readwrite("longest_s", &format_row::longest_s)
        .def_readwrite("neighbours", &format_row::neighbours)
        .def_readwrite("emission_hz", &format_row::emission_hz)
        .def_readwrite("emission_bd", &format_row::emission_bd)
        .def_readwrite("subcarrier_hz", &format_row::subcarrier_hz)
        .def_readwrite("prefixes", &format_row::prefixes)
        .def_readwrite("comb", &format_row::comb)
        .def_readwrite("signs", &format_row::signs)
        .def_readwrite("words", &format_row::words)
        .def_readwrite("vectors", &format_row::vectors)
        .def_readwrite("tones", &format_row::tones)
        .def_readwrite("step", &format_row::step)
        .def_readwrite("outer_behind", &format_row::outer_behind)
        .def_readwrite("length_at", &format_row::length_at)
        .def_readwrite("has_preamble", &format_row::has_preamble)
        .def_readwrite("is_centred", &format_row::is_centred)
        .def_readwrite("is_coherent", &format_row::is_coherent)
        .def_readwrite("is_scrambled", &format_row::is_scrambled)
        .def_readwrite("crc", &format_row::crc)
        .def_readwrite("octets", &format_row::octets);
    m.def("set_frame_formats", &frame_formats::set, py::arg("rows"));
    m.def("check_format", &frame_formats::check, py::arg("row"));
    m.def(
        "find_format",
        [](const format_row& row, const std::string& vector, int wrong) {
            const auto found = frame_formats::find(row, vector, wrong);
            return py::make_tuple(found.name, found.octets, found.bits, found.stated);
        },
        py::arg("row"),
        py::arg("vector"),
        py::arg("wrong") = -1);
}
