/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "token_buffer_impl.h"
#include "ports.h"
#include "token_buffer_halves.h"

#include <limits>

namespace gr {
namespace rfattn {

namespace {

const checks CHECK("token_buffer");

gr::io_signature::sptr tokens_of(int n_bins, int ports)
{
    CHECK.at_least(1, "n_inputs", ports);
    return float_ports(CHECK, "n_bins", n_bins, ports);
}

std::shared_ptr<token_ring>
make_ring(int n_bins, int block_size, const token_buffer::settings& s)
{
    CHECK.at_least(1, "block_size", block_size);
    CHECK.at_least(1, "capacity", s.capacity);
    CHECK.one_of({ "block", "batch", "drop" }, "policy", s.policy);
    CHECK.require(s.max_streams >= s.n_inputs,
                  "max_streams",
                  ">= n_inputs, " + std::to_string(s.n_inputs),
                  s.max_streams);
    CHECK.at_least(1, "max_batch", s.max_batch);
    const stream_ring::settings sizes{ static_cast<size_t>(n_bins),
                                       static_cast<size_t>(block_size),
                                       static_cast<size_t>(s.capacity),
                                       s.policy == "drop" };
    const size_t batch = s.policy == "batch" ? s.max_batch : 0;
    return std::make_shared<token_ring>(sizes, s.n_inputs, s.max_streams, batch);
}

// GNU Radio counts the items of a buffer, and their bytes, in an int. The output has two
// batches and what makes them whole pages and steps.
void check_sizes(int n_bins, int block_size, int capacity, int batch)
{
    constexpr int64_t MOST = std::numeric_limits<int>::max();
    const int64_t most_items = MOST / (int64_t{ sizeof(float) } * n_bins) - 2;
    const int64_t page_items = items_in_page(n_bins);
    const std::string bins = " with n_bins " + std::to_string(n_bins);
    const int64_t batch_limit = (most_items - page_items) / 2;
    CHECK.require(batch <= batch_limit,
                  "max_batch",
                  "<= " + std::to_string(batch_limit) + bins,
                  batch);
    const int64_t block_limit = most_items / (2 * int64_t{ batch } + page_items);
    CHECK.require(block_size <= block_limit,
                  "block_size",
                  "<= " + std::to_string(block_limit) + bins + " and max_batch " +
                      std::to_string(batch),
                  block_size);
    const int64_t capacity_limit = MOST / (int64_t{ block_size } * n_bins) - 1;
    CHECK.require(capacity <= capacity_limit,
                  "capacity",
                  "<= " + std::to_string(capacity_limit) + bins + " and block_size " +
                      std::to_string(block_size),
                  capacity);
}

} // namespace

token_buffer::sptr token_buffer::make(int n_bins, int block_size, const settings& s)
{
    return gnuradio::make_block_sptr<token_buffer_impl>(n_bins, block_size, s);
}

token_buffer_impl::token_buffer_impl(int n_bins, int block_size, const settings& s)
    : gr::hier_block2(
          "token_buffer", tokens_of(n_bins, s.n_inputs), tokens_of(n_bins, 1)),
      d_ring(make_ring(n_bins, block_size, s))
{
    CHECK.at_least(1, "max_run", s.max_run);
    // A round has no more steps than streams times max_run; a batch has any.
    const int64_t most = static_cast<int64_t>(s.max_streams) * s.max_run;
    const int batch = s.policy == "batch"
                          ? s.max_batch
                          : static_cast<int>(std::min<int64_t>(s.max_batch, most));
    check_sizes(n_bins, block_size, s.capacity, batch);
    for (int port = 0; port < s.n_inputs; port++) {
        const auto sink =
            gnuradio::make_block_sptr<token_buffer_sink>(n_bins, port, d_ring);
        connect(self(), port, sink, 0);
    }
    const auto source = gnuradio::make_block_sptr<token_buffer_source>(
        n_bins, block_size, batch, s.max_run, d_ring);
    connect(source, 0, self(), 0);
}

std::map<std::string, uint64_t> token_buffer_impl::stream_counters(uint64_t stream) const
{
    const auto now = d_ring->count(stream);
    CHECK.require(now.has_value(), "stream", "one that has a ring", stream);
    return { { "tokens_in", now->in },           { "tokens_out", now->out },
             { "tokens_dropped", now->dropped }, { "tokens_incomplete", now->incomplete },
             { "tokens_waiting", now->waiting }, { "steps_queued", now->steps_waiting } };
}

} // namespace rfattn
} // namespace gr
