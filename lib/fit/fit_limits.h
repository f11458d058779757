/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_FIT_LIMITS_H
#define INCLUDED_RFATTN_FIT_LIMITS_H

namespace gr {
namespace rfattn {

// What the fits of bands and times have in common.

constexpr double WIDE_HZ = 100e3;
constexpr double LEAST_EXCESS = 0.5;   // of the floor: half is where a band ends
constexpr double DYNAMIC = 1e-5;       // of the peak: what lies below is skirt
constexpr double STRONG_LINE = 100.0;  // mean excess over a band that a line dominates
constexpr double SIGMAS = 3.5;         // of noise, that a band exceeds
constexpr double MOST_SHIFT_HZ = 30e3; // from tone to tone of a keyed signal
constexpr double LEAK_BINS = 1.5;      // beside a line, that its power leaks to
constexpr double SIDE_GAP_HZ = 2500.0; // beside a carrier without power, at least

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_FIT_LIMITS_H
