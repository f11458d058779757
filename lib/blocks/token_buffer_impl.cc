/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "token_buffer_impl.h"
#include "token_buffer_halves.h"

#include <gnuradio/io_signature.h>

#include <stdexcept>

namespace gr {
namespace rfattn {

namespace {

void require_positive(const std::string& name, int value)
{
    if (value < 1)
        throw std::invalid_argument("token_buffer: " + name + " must be >= 1, got " +
                                    std::to_string(value));
}

token_ring::policy policy_named(const std::string& name)
{
    if (name == "block")
        return token_ring::policy::block;
    if (name == "drop_oldest")
        return token_ring::policy::drop_oldest;
    throw std::invalid_argument(
        "token_buffer: policy must be one of block, drop_oldest, got '" + name + "'");
}

gr::io_signature::sptr tokens_of(int n_bins)
{
    require_positive("n_bins", n_bins);
    return gr::io_signature::make(1, 1, sizeof(float) * n_bins);
}

std::shared_ptr<token_ring>
make_ring(int n_bins, int block_size, int capacity, const std::string& policy)
{
    require_positive("block_size", block_size);
    require_positive("capacity", capacity);
    return std::make_shared<token_ring>(
        n_bins, block_size, capacity, policy_named(policy));
}

} // namespace

token_buffer::sptr
token_buffer::make(int n_bins, int block_size, int capacity, const std::string& policy)
{
    return gnuradio::make_block_sptr<token_buffer_impl>(
        n_bins, block_size, capacity, policy);
}

token_buffer_impl::token_buffer_impl(int n_bins,
                                     int block_size,
                                     int capacity,
                                     const std::string& policy)
    : gr::hier_block2("token_buffer", tokens_of(n_bins), tokens_of(n_bins)),
      d_ring(make_ring(n_bins, block_size, capacity, policy))
{
    const auto sink = gnuradio::make_block_sptr<token_buffer_sink>(n_bins, d_ring);
    const auto source =
        gnuradio::make_block_sptr<token_buffer_source>(n_bins, block_size, d_ring);
    connect(self(), 0, sink, 0);
    connect(source, 0, self(), 0);
}

} /* namespace rfattn */
} /* namespace gr */
