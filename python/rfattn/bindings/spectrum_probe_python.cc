/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/rfattn/spectrum_probe.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

namespace {

constexpr char DOC[] =
    R"(Condenses tokens to a few rows a second, for a waterfall. Goes beside token_buffer, behind
power_spectrum. It never waits for anyone.

Stream input: float32[n_bins], tokens in dB, any rate.

Messages out: spectra, one dictionary per interval in which tokens arrive:
  peak_db, mean_db (float32 vector, dB): largest value and mean of the values in dB of each bin;
    of more than 512 bins, of equal groups of neighbours.
  tokens, sample_start, segment (uint64): how many they are, the first sample of the first one
    and its segment.
  sides; stream (uint64) where stated; frequency, sample_rate (float64, Hz) where known.

No row spans a change of stream, rx_freq or rx_rate: what came before it is left out. A row may span
other gaps.

Tags in: rfattn:segment of power_spectrum; without, one segment of one-sample tokens is assumed.

Args:
  n_bins: values in a token, >= 1.
  interval_ms: time between two messages, ms, > 0.
  sides: "two" or "one", as of power_spectrum; passed on to the reader.

Raises:
  ValueError: naming the parameter, the rule and the value.)";

} // namespace

void bind_spectrum_probe(py::module& m)
{
    using gr::rfattn::spectrum_probe;

    py::class_<spectrum_probe,
               gr::sync_block,
               gr::block,
               gr::basic_block,
               std::shared_ptr<spectrum_probe>>(m, "spectrum_probe", DOC)
        .def(py::init(&spectrum_probe::make),
             py::arg("n_bins"),
             py::arg("interval_ms") = 250.0,
             py::arg("sides") = "two");
}
