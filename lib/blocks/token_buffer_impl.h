/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_BUFFER_IMPL_H
#define INCLUDED_RFATTN_TOKEN_BUFFER_IMPL_H

#include "streams/token_ring.h"

#include <gnuradio/rfattn/token_buffer.h>

namespace gr {
namespace rfattn {

//! One half for each input and one for the output, which share rings and no scheduler
//! buffer: a full output cannot hold up an input.
class token_buffer_impl : public token_buffer {
public:
    token_buffer_impl(int n_bins, int block_size, const settings& s);

    uint64_t tokens_in() const override { return d_ring->count().in; }
    uint64_t tokens_out() const override { return d_ring->count().out; }
    uint64_t tokens_dropped() const override { return d_ring->count().dropped; }
    uint64_t tokens_turned_away() const override { return d_ring->tokens_turned_away(); }
    uint64_t tokens_incomplete() const override { return d_ring->count().incomplete; }
    uint64_t tokens_waiting() const override { return d_ring->count().waiting; }
    uint64_t steps_queued() const override { return d_ring->count().steps_waiting; }
    uint64_t streams_evicted() const override { return d_ring->streams_evicted(); }
    std::vector<uint64_t> streams() const override { return d_ring->streams(); }
    std::map<std::string, uint64_t> stream_counters(uint64_t stream) const override;
    std::string error() const override { return d_ring->error(); }

private:
    const std::shared_ptr<token_ring> d_ring;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TOKEN_BUFFER_IMPL_H
