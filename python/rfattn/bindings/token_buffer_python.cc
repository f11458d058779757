/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/rfattn/token_buffer.h>
#include <pybind11/pybind11.h>

namespace py = pybind11;

namespace {

constexpr char DOC[] = R"(Bounded buffer of whole steps of tokens between radio and model.

Stream input: float32[n_bins], one token an item.

Stream output: float32[n_bins], whole steps: always block_size tokens of one segment, in
order.

When capacity steps wait and one more is whole, the policy decides:
  block: the input waits. Nothing is lost; the same input gives the same output.
  drop_oldest: the oldest waiting step is dropped and counted. The input never waits,
  however slow the reader.
tokens_in = tokens_out + tokens_dropped + tokens_incomplete + tokens_waiting. At the end of
the stream the steps that wait are delivered. Each start of the flowgraph begins empty, with
counters at zero. Outside the buffer at most two steps (or the smallest buffer GNU Radio
makes, one page) wait at the output.

Tags in: rfattn:segment and rfattn:arrival_ns of power_spectrum. Without the first, one
segment of one-sample tokens is assumed, so sample_start counts tokens; without the second,
a token arrives when it enters.

Tags out: rfattn:step, first token of each step: dictionary of segment (rises at each
upstream segment and after each drop), sample_start, sample_count, arrival_ns (of the step's
last token), dropped_tokens (since the start), queued_steps (left waiting behind this one
when it was taken), retunes and overflows (as the segment says), all uint64; rx_rate, rx_freq
(double, Hz), rx_time (tuple of uint64 s, double s; of sample_start) where known. No other tag
is passed on.

Args:
  n_bins: values in a token, >= 1.
  block_size: tokens in a step, >= 1.
  capacity: whole steps that may wait, >= 1; one more is being filled.
  policy: "block" or "drop_oldest".

Raises:
  ValueError: naming the parameter, the rule and the value.)";

} // namespace

void bind_token_buffer(py::module& m)
{
    using gr::rfattn::token_buffer;

    py::class_<token_buffer,
               gr::hier_block2,
               gr::basic_block,
               std::shared_ptr<token_buffer>>(m, "token_buffer", DOC)
        .def(py::init(&token_buffer::make),
             py::arg("n_bins"),
             py::arg("block_size"),
             py::arg("capacity") = 16,
             py::arg("policy") = "block")
        .def("tokens_in", &token_buffer::tokens_in, "Tokens that entered in this run.")
        .def("tokens_out", &token_buffer::tokens_out, "Tokens handed on in this run.")
        .def("tokens_dropped",
             &token_buffer::tokens_dropped,
             "Tokens of steps dropped in this run, policy drop_oldest.")
        .def("tokens_incomplete",
             &token_buffer::tokens_incomplete,
             "Tokens of steps cut short by the end of a segment or of the stream.")
        .def("tokens_waiting",
             &token_buffer::tokens_waiting,
             "Tokens in whole steps that wait and in the step being filled.")
        .def("steps_queued",
             &token_buffer::steps_queued,
             "Whole steps that wait, 0 to capacity.");
}
