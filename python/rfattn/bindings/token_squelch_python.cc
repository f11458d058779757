/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/rfattn/token_squelch.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

namespace {

constexpr char DOC[] =
    R"(Holds back the tokens of an idle band, so that the model need not run. Goes between
power_spectrum and token_buffer.

Stream input, stream output: float32[n_bins], tokens in dB; out come whole steps of block_size
tokens, unchanged.

A step is active when something lies threshold_db above the tracked noise floor of its bin (a
value alone: 10 dB more). Steps pass from context_steps before an active one to hang_steps
after it; all others are skipped and counted. What is there from the start on looks like noise,
so until there has been a contrast everything passes; floor_db states the floor instead. A new
rx_freq or rx_rate begins with a new floor.

When the level of an eighth of the bins falls by threshold_db, a signal may have ended, or a
carrier come that quiets FM audio: everything passes until the lower level has lasted
settle_steps without a break, which makes it the floor. A carrier that quiets the noise for
longer is taken for the floor.

Tags in: rfattn:segment and rfattn:arrival_ns of power_spectrum; without the first, one segment
of one-sample tokens is assumed. All tokens must belong to one stream: another one ends the
flowgraph with an error.

Tags out: rfattn:segment where a segment comes in and after each skipped step: steps lie where
they would without the squelch. rfattn:arrival_ns, first token of each step: when the last
token came that let it pass, so waiting for a reason to wake is no latency.

tokens_in = tokens_out + tokens_skipped + those held back now.

Args:
  n_bins: values in a token, >= 1.
  block_size: tokens in a step, that of the model, >= 1.
  threshold_db: above the floor, > 0. In white noise one of 700 steps of 32 tokens of 128 bins
    has a bin 3 dB above it, none of 6000 one 3.5 dB above.
  context_steps: that pass before an active one, >= 0; two windows of the model, so that its
    labels are those without a squelch. They come at once: a token_buffer that drops needs as
    much more capacity.
  hang_steps: that pass after an active one, >= 0.
  settle_steps: until a lower level is the floor, >= 1.
  floor_db: of every bin at the start; None: learned.

Raises:
  ValueError: naming the parameter, the rule and the value.)";

} // namespace

void bind_token_squelch(py::module& m)
{
    using gr::rfattn::token_squelch;

    py::class_<token_squelch, gr::block, gr::basic_block, std::shared_ptr<token_squelch>>(
        m, "token_squelch", DOC)
        .def(py::init(&token_squelch::make),
             py::arg("n_bins"),
             py::arg("block_size"),
             py::arg("threshold_db") = 3.5,
             py::arg("context_steps") = 128,
             py::arg("hang_steps") = 4,
             py::arg("settle_steps") = 32,
             py::arg("floor_db") = py::none())
        .def("tokens_in", &token_squelch::tokens_in, "Tokens of this run, or the last.")
        .def("tokens_out", &token_squelch::tokens_out, "Tokens that passed.")
        .def("tokens_skipped",
             &token_squelch::tokens_skipped,
             "Tokens in idle steps, and in steps cut short by the end of a segment.")
        .def("segments",
             &token_squelch::segments,
             "Segments that went out: one for each gap and for each time that skipping "
             "ended.")
        .def("error",
             &token_squelch::error,
             "Why the last run ended with an error; empty when it did not.");
}
