/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_SQUELCH_IMPL_H
#define INCLUDED_RFATTN_TOKEN_SQUELCH_IMPL_H

#include "kernels/segment.h"
#include "kernels/squelch.h"

#include <gnuradio/rfattn/token_squelch.h>

#include <atomic>
#include <vector>

namespace gr {
namespace rfattn {

//! Holds steps in a ring of context_steps + 1. What leaves it by the front goes out, what
//! is pushed out of it is skipped. When to pass is the kernel's business.
class token_squelch_impl : public token_squelch {
public:
    token_squelch_impl(int n_bins,
                       int block_size,
                       double threshold_db,
                       int context_steps,
                       int hang_steps,
                       int settle_steps,
                       std::optional<double> floor_db);

    uint64_t tokens_in() const override { return d_tokens_in; }
    uint64_t tokens_out() const override { return d_tokens_out; }
    uint64_t tokens_skipped() const override { return d_tokens_skipped; }
    uint64_t segments() const override { return d_segments; }
    std::string error() const override;

    bool start() override;
    void forecast(int noutput_items, gr_vector_int& ninput_items_required) override;
    int general_work(int noutput_items,
                     gr_vector_int& ninput_items,
                     gr_vector_const_void_star& input_items,
                     gr_vector_void_star& output_items) override;

private:
    int pass_steps(int noutput_items,
                   const gr_vector_int& ninput_items,
                   const gr_vector_const_void_star& input_items,
                   const gr_vector_void_star& output_items);
    void read_tags(uint64_t begin, uint64_t end);
    uint64_t apply_tags(uint64_t token, uint64_t end);
    void begin_segment(const segment& s);
    void take_step(const float* tokens);
    void skip_held();
    void give_step(float* out, uint64_t item);
    segment segment_of_first() const;

    const size_t d_n_bins;
    const size_t d_block_size;
    const size_t d_context_steps;
    const size_t d_hang_steps;

    squelch d_squelch;
    std::vector<float> d_steps; // ring
    size_t d_first = 0;         // step in the ring
    size_t d_held = 0;          // steps in the ring
    size_t d_passing = 0;       // of those, from the first on, that are to go out
    size_t d_hang = 0;          // steps that are still to pass

    segment d_segment;          // upstream
    uint64_t d_next_token = 0;  // of the segment: that of the next step taken
    uint64_t d_out_segment = 0; // number
    bool d_broken = true;       // the next step out does not follow the last one
    bool d_any_out = false;
    bool d_any_segment = false; // one was stated
    uint64_t d_arrival_ns = 0;
    bool d_has_arrival = false;
    std::vector<tag_t> d_tags;

    std::atomic<uint64_t> d_tokens_in{ 0 };
    std::atomic<uint64_t> d_tokens_out{ 0 };
    std::atomic<uint64_t> d_tokens_skipped{ 0 };
    std::atomic<uint64_t> d_segments{ 0 };
    std::string d_error; // that ended the run
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TOKEN_SQUELCH_IMPL_H
