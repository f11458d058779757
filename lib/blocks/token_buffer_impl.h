/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_BUFFER_IMPL_H
#define INCLUDED_RFATTN_TOKEN_BUFFER_IMPL_H

#include "kernels/token_ring.h"

#include <gnuradio/rfattn/token_buffer.h>

#include <memory>

namespace gr {
namespace rfattn {

//! Two halves that share a ring and no scheduler buffer: a full output of the one cannot
//! hold up the input of the other.
class token_buffer_impl : public token_buffer {
public:
    token_buffer_impl(int n_bins,
                      int block_size,
                      int capacity,
                      const std::string& policy);

    uint64_t tokens_in() const override { return d_ring->count().in; }
    uint64_t tokens_out() const override { return d_ring->count().out; }
    uint64_t tokens_dropped() const override { return d_ring->count().dropped; }
    uint64_t tokens_incomplete() const override { return d_ring->count().incomplete; }
    uint64_t tokens_waiting() const override { return d_ring->count().waiting; }
    uint64_t steps_queued() const override { return d_ring->count().steps_waiting; }

private:
    const std::shared_ptr<token_ring> d_ring;
};

} /* namespace rfattn */
} /* namespace gr */

#endif /* INCLUDED_RFATTN_TOKEN_BUFFER_IMPL_H */
