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

constexpr double LEAST_EXCESS = 0.5;   // excess at the ends of a band, of the floor
constexpr double FAINT = 1e-5;         // level of skirts below the peak
constexpr double SIGMAS = 3.5;         // standard deviations of noise that a band exceeds
constexpr double MOST_SHIFT_HZ = 30e3; // most distance of the tones of a keyed signal
constexpr double LEAK_BINS = 1.5;      // reach of what a line leaks, bins
constexpr double SIDE_GAP_HZ = 2500.0; // least gap between a carrier and a side band
constexpr double BAND_SHARE = 0.005;   // share of the power outside each edge
constexpr double CORE = 0.1; // level of a valley between two signals, of the peak

// When powers over time are compared.
constexpr double AROUND_S = 0.02;     // time looked at before and behind a burst
constexpr size_t COMPARED_ROWS = 100; // least number of rows that are compared
constexpr double APART_BINS = 2.5;    // bins between two lines that rows tell apart
constexpr double ON_AIR = 0.25; // level of silence before and behind, of the burst's
constexpr double MOST_LEVELS = 100.0; // most ratio of the peaks of lines of one signal

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_FIT_LIMITS_H
