/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include <gnuradio/rfattn/token_buffer.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace py = pybind11;

namespace {

constexpr char DOC[] =
    R"(Bounded buffer of whole steps of tokens, of any number of streams, between radio and model.

Every stream has a ring of its own, in which up to capacity steps wait. The stream that was
served longest ago is served next, so none starves. Each start of the flowgraph begins empty,
with counters at zero.

Stream input: n_inputs times float32[n_bins], one token an item. The tokens of input i are
stream i, unless rfattn:segment names their stream; an input may interleave any number of them.
A stream must come on one input: a second one ends the flowgraph with an error.

Stream output: float32[n_bins], whole steps: always block_size tokens of one segment of one
stream, in order. At the end of all inputs the steps that wait are delivered.

When capacity steps of a stream wait and one more becomes whole, the policy decides:
  block: the input of that stream waits, with every other stream on that input. Nothing is lost.
  drop: that step, and what arrives of that stream until all its waiting steps were taken, is
  dropped and counted, in one piece. No input ever waits, however slow the reader. The reader gets
  a round of at most one step of each stream when it is done with the last one.

When max_streams have a ring and another stream comes, the stream whose last token came longest
ago is evicted: policy drop drops its waiting steps, policy block waits until they were taken.

tokens_in = tokens_out + tokens_dropped + tokens_incomplete + tokens_waiting, for each stream and
for all together, at any time.

Tags in:
  rfattn:segment: the segment, and the stream if it names one, of the tokens from here on.
  rfattn:end: uint64, a stream of which no more tokens come.
  rfattn:arrival_ns: when the tokens from here on arrived.

Tags out: rfattn:step, first token of each step: dictionary of stream, segment, sample_start,
sample_count, arrival_ns, tokens_in, dropped_tokens, queued_steps, retunes, overflows (uint64);
front_end, rx_rate, rx_freq, rx_time where known; ended (vector of uint64) where streams ended.

Args:
  n_bins: values in a token, >= 1.
  block_size: tokens in a step, >= 1.
  capacity: whole steps of a stream that may wait, >= 1; one more is being filled.
  policy: "block" or "drop".
  n_inputs: inputs, >= 1.
  max_streams: streams that may have a ring at a time, >= n_inputs.
  max_batch: steps in a round, >= 1: those that the transformer computes at once.

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
             py::arg("capacity") = 128,
             py::arg("policy") = "block",
             py::arg("n_inputs") = 1,
             py::arg("max_streams") = 16,
             py::arg("max_batch") = 8)
        .def("tokens_in", &token_buffer::tokens_in, "Tokens that entered in this run.")
        .def("tokens_out", &token_buffer::tokens_out, "Tokens handed on in this run.")
        .def("tokens_dropped",
             &token_buffer::tokens_dropped,
             "Tokens of steps dropped in this run, policy drop.")
        .def("tokens_incomplete",
             &token_buffer::tokens_incomplete,
             "Tokens of steps cut short by the end of a segment or of the stream.")
        .def("tokens_waiting",
             &token_buffer::tokens_waiting,
             "Tokens in whole steps that wait and in the step being filled.")
        .def("steps_queued", &token_buffer::steps_queued, "Whole steps that wait.")
        .def("streams_evicted",
             &token_buffer::streams_evicted,
             "Streams that gave up their ring for another one in this run.")
        .def("streams",
             &token_buffer::streams,
             "Numbers of the streams that have a ring, in increasing order.")
        .def("stream_counters",
             &token_buffer::stream_counters,
             py::arg("stream"),
             "Counts of one stream since its ring was made, by name: tokens_in, "
             "tokens_out, "
             "tokens_dropped, tokens_incomplete, tokens_waiting, steps_queued.\n\n"
             "Raises:\n    ValueError: when the stream has no ring.")
        .def("error",
             &token_buffer::error,
             "Why the last run ended with an error; empty when it did not.");
}
