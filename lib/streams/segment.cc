/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "segment.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

// More than every clock has; a sample at 1e-300 Hz lies beyond what a count can hold.
constexpr double MOST_SECONDS = 1e18;

} // namespace

// fmod is exact, so the fraction stays exact for hours of samples, which samples / rate
// in a double would not.
stream_time stream_time::after(uint64_t samples, double rate) const
{
    const double count = static_cast<double>(samples);
    const double rest = std::fmod(count, rate);
    const double whole = std::round((count - rest) / rate);
    const double sum = fraction + rest / rate;
    const double carry = std::floor(sum);
    const double passed = std::min(whole + carry, MOST_SECONDS);
    return { seconds + static_cast<uint64_t>(passed), sum - carry };
}

reception segment::rx_at(uint64_t sample) const
{
    reception later = rx;
    if (!rx.time || sample == sample_start)
        return later;
    later.time.reset();
    if (rx.rate)
        later.time = rx.time->after(sample - sample_start, *rx.rate);
    return later;
}

} // namespace rfattn
} // namespace gr
