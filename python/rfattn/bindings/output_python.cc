/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/block.h>
#include <gnuradio/block_detail.h>
#include <gnuradio/buffer.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

namespace {

// GNU Radio ends a source whose reader has ended only once the buffer is full, so a
// source that waits for others has to ask.
bool output_is_done(const gr::block& block)
{
    const auto detail = block.detail();
    return detail && detail->output(0)->done();
}

} // namespace

void bind_output(py::module& m)
{
    m.def("output_is_done", &output_is_done, py::arg("block"));
}
