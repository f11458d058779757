/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "repeated_samples.h"

#include <algorithm>

namespace gr {
namespace rfattn {

namespace {

constexpr uint64_t REST = 3; // times the longest period, between two looks for one

}

void repeated_samples::restart()
{
    d_rest = 0;
    find_mark();
}

void repeated_samples::find_mark()
{
    d_kept = d_matched = 0;
    d_since = d_period = 0;
    d_count = 0;
}

void repeated_samples::add(const gr_complex* samples, size_t count)
{
    const size_t left_out = std::min<uint64_t>(d_rest, count);
    d_rest -= left_out;
    for (size_t i = left_out; i < count; i++) {
        if (d_rest > 0) {
            d_rest -= std::min<uint64_t>(d_rest, count - i);
            return;
        }
        take(samples[i]);
    }
}

void repeated_samples::take(const gr_complex& sample)
{
    if (d_kept < d_mark.size()) {
        if (d_kept != 1 || sample != d_mark[0])
            d_mark[d_kept++] = sample;
        return;
    }
    d_since++;
    if (d_period > 0 && d_since <= d_period && d_count > 0)
        d_count++;
    d_matched = sample == d_mark[d_matched] ? d_matched + 1 : sample == d_mark[0];
    if (d_matched == d_mark.size()) {
        if (d_period != 0 && d_since != d_period)
            return find_mark();
        if (d_period != 0 && d_count == 0)
            d_count = d_period;
        d_period = d_since;
        d_since = d_matched = 0;
    } else if (d_since > (d_period != 0 ? d_period : d_longest)) {
        find_mark();
        d_rest = REST * d_longest;
    }
}

} // namespace rfattn
} // namespace gr
