/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <pybind11/pybind11.h>

namespace py = pybind11;

// gr_modtool inserts prototypes and calls between the comment pairs.
// BINDING_FUNCTION_PROTOTYPES(
void bind_band_tagger(py::module& m);
void bind_emission_detector(py::module& m);
void bind_emission_extractor(py::module& m);
void bind_frame_formats(py::module& m);
void bind_latency_probe(py::module& m);
void bind_message_values(py::module& m);
void bind_output(py::module& m);
void bind_power_spectrum(py::module& m);
void bind_rx_tagger(py::module& m);
void bind_spectrum_probe(py::module& m);
void bind_step_tags(py::module& m);
void bind_tags(py::module& m);
void bind_token_buffer(py::module& m);
void bind_token_scheduler(py::module& m);
// ) END BINDING_FUNCTION_PROTOTYPES

PYBIND11_MODULE(rfattn_python, m)
{
    // The base classes of the blocks.
    py::module::import("gnuradio.gr");

    // BINDING_FUNCTION_CALLS(
    bind_band_tagger(m);
    bind_emission_detector(m);
    bind_emission_extractor(m);
    bind_frame_formats(m);
    bind_latency_probe(m);
    bind_message_values(m);
    bind_output(m);
    bind_power_spectrum(m);
    bind_rx_tagger(m);
    bind_spectrum_probe(m);
    bind_step_tags(m);
    bind_tags(m);
    bind_token_buffer(m);
    bind_token_scheduler(m);
    // ) END BINDING_FUNCTION_CALLS
}
