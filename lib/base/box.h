/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_BOX_H
#define INCLUDED_RFATTN_BOX_H

#include <algorithm>

namespace gr {
namespace rfattn {

//! A stretch of time and frequency. Samples count from the start of the segment.
struct box {
    double start, end;   // samples
    double lower, upper; // Hz, relative to the centre of the band

    double width() const { return upper - lower; }
    double middle() const { return 0.5 * (lower + upper); }
    double duration() const { return end - start; }
};

//! What two stretches from a0 to a1 and from b0 to b1 have in common.
inline double overlap(double a0, double a1, double b0, double b1)
{
    return std::max(0.0, std::min(a1, b1) - std::max(a0, b0));
}

//! Makes a band so wide that it holds another, too.
inline void widen(box& band, const box& other)
{
    band.lower = std::min(band.lower, other.lower);
    band.upper = std::max(band.upper, other.upper);
}

//! Hz between two bands; below 0 where they overlap.
inline double apart_hz(const box& a, const box& b)
{
    return std::max(a.lower, b.lower) - std::min(a.upper, b.upper);
}

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_BOX_H
