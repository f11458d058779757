/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_FIT_LIMITS_H
#define INCLUDED_RFATTN_FIT_LIMITS_H

#include <cstddef>

namespace gr {
namespace rfattn {

// What the fits of bands and times have in common.

constexpr double LEAST_EXCESS = 0.5;   // of the floor: half is where a band ends
constexpr double FAINT = 1e-5;         // of the peak: what lies below is skirt
constexpr double SIGMAS = 3.5;         // of noise, that a band exceeds
constexpr double MOST_SHIFT_HZ = 30e3; // from tone to tone of a keyed signal
constexpr double LEAK_BINS = 1.5;      // beside a line, that its power leaks to
constexpr double SIDE_GAP_HZ = 2500.0; // beside a carrier without power, at least
constexpr double BAND_SHARE = 0.005;   // of the power outside each edge
constexpr double CORE = 0.1; // of a peak: as low is a valley between two signals

// When powers over time are compared.
constexpr double AROUND_S = 0.02;     // before and behind a burst
constexpr size_t COMPARED_ROWS = 100; // at least
constexpr double APART_BINS = 2.5;    // of rows that tell two lines apart
constexpr double ON_AIR = 0.25;       // of their level: before and behind is silence
constexpr double MOST_LEVELS = 100.0; // of the peaks of lines of one signal

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_FIT_LIMITS_H
