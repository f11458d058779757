/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "segment.h"

#include <cmath>

namespace gr {
namespace rfattn {

// fmod is exact, so the fraction stays exact for hours of samples, which samples / rate
// in a double would not.
stream_time stream_time::after(uint64_t samples, double rate) const
{
    const double count = static_cast<double>(samples);
    const double rest = std::fmod(count, rate);
    const double whole = std::round((count - rest) / rate);
    const double sum = fraction + rest / rate;
    const double carry = std::floor(sum);
    return { seconds + static_cast<uint64_t>(whole + carry), sum - carry };
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
