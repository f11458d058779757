/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_QUEUE_H
#define INCLUDED_RFATTN_TOKEN_QUEUE_H

#include "streams/token_times.h"

#include <pmt/pmt.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

//! Tokens of one stream that follow each other.
struct token_batch {
    uint64_t count = 0;
    uint64_t first = 0;        // sample of the first token
    token_times when;          // times of the first token
    std::vector<float> values; // its size is no smaller than needed

    //! Room for one more token.
    float* add(size_t size)
    {
        const size_t used = count++ * size;
        if (values.size() < used + size)
            values.resize(2 * (used + size));
        return &values[used];
    }
};

//! Tokens, their tags and messages, in order, that have not left yet.
struct token_queue {
    struct tag {
        uint64_t token;
        pmt::pmt_t key;
        pmt::pmt_t value;
    };

    uint64_t count = 0; // tokens ever added
    uint64_t last_stream = 0;
    std::vector<token_batch> batches;
    uint64_t written = 0; // tokens of the first batch
    std::vector<tag> tags;
    std::vector<pmt::pmt_t> messages; // with samples
    std::vector<pmt::pmt_t> heard;    // for somebody who listens
    std::vector<pmt::pmt_t> findings, frames;
    std::vector<token_batch> spare; // empty ones, which keep their memory

    //! Takes the tokens over, and leaves an empty batch.
    void add(token_batch& batch);

    bool is_empty() const { return batches.empty(); }

    //! Moves tokens of so many values to `out`, at most `room`. \return how many
    uint64_t write(float* out, uint64_t room, size_t values);
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TOKEN_QUEUE_H
