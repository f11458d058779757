/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "docstrings.h"
#include <gnuradio/rfattn/tags.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

void bind_tags(py::module& m)
{
    auto t = m.def_submodule("tags", docs::tags);
    for (const auto& [name, key] : gr::rfattn::tags::ALL)
        t.attr(name) = key;
}
