/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/rfattn/tags.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

void bind_tags(py::module& m)
{
    auto t = m.def_submodule("tags",
                             "Keys of the stream tags (str) and, named KEY_*, of the "
                             "dictionaries that the SEGMENT and STEP tags carry.");
    for (const auto& [name, key] : gr::rfattn::tags::ALL)
        t.attr(name) = key;
}
