/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_SCHEDULER_IMPL_H
#define INCLUDED_RFATTN_TOKEN_SCHEDULER_IMPL_H

#include "run_error.h"
#include "streams/schedule.h"
#include "streams/segment.h"
#include "token_tags.h"

#include <gnuradio/rfattn/token_scheduler.h>

namespace gr {
namespace rfattn {

//! Copies the tokens that pass, and makes their tags. What passes is the kernel's
//! business.
class token_scheduler_impl : public token_scheduler {
public:
    token_scheduler_impl(int n_bins, int window, const settings& s);

    uint64_t tokens_in() const override { return total().in(); }
    uint64_t tokens_out() const override { return total().out; }
    uint64_t tokens_rested() const override { return total().rested; }
    std::vector<uint64_t> streams() const override;
    std::map<std::string, uint64_t> stream_counters(uint64_t stream) const override;
    std::string error() const override { return d_error.text(); }

    bool start() override;
    void forecast(int noutput_items, gr_vector_int& ninput_items_required) override;
    int general_work(int noutput_items,
                     gr_vector_int& ninput_items,
                     gr_vector_const_void_star& input_items,
                     gr_vector_void_star& output_items) override;

private:
    schedule::counters total() const;
    void judge(const pmt::pmt_t& detection);
    int pass_tokens(size_t room, size_t available, const float* in, float* out);
    void apply(const tag_t& tag, uint64_t item);
    schedule::place place_of_next() const;
    void tag_passed(uint64_t item, const schedule::stretch& passed);
    pmt::pmt_t segment_out(uint64_t number) const;

    const size_t d_n_bins;
    const bool d_rests;

    schedule d_schedule;
    token_tags d_tags;
    segment d_segment;          // segment of the tokens from here on
    pmt::pmt_t d_stated;        // the dictionary that stated it
    uint64_t d_tokens = 0;      // tokens that came since
    pmt::pmt_t d_arrival;       // value of the latest tag
    pmt::pmt_t d_found;         // value of the tag that came with it; null: none did
    bool d_segment_due = true;  // no token has passed since the tag came
    bool d_arrival_due = false; // the same of d_arrival
    run_error d_error{ d_logger };
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TOKEN_SCHEDULER_IMPL_H
