/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Which emissions are one signal.

#include "explanations.h"
#include "fit/fit_limits.h"
#include "tracker_limits.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double TONE_RATIO = 2.0; // most ratio of widths and of levels of two tones

constexpr double COVERED_S = 0.3; // least time of a line before what covers it
constexpr double COVERED_LOOK_S = 0.1;
constexpr double COVERED_WIDTHS = 8.0;
constexpr double CARRIER_OFF = 0.2; // most offset of a carrier, of the width
constexpr double LINE_ABOVE = 4.0;  // the density of the other

// Whether both widths, or both levels, may be those of tones of one signal.
bool are_alike(double a, double b)
{
    return std::max(a, b) <= TONE_RATIO * std::min(a, b);
}

} // namespace

bool have_same_band(const live_emission& a, const live_emission& b)
{
    const double narrow = std::min(a.band.width(), b.band.width());
    const double wide = std::max(a.band.width(), b.band.width());
    return overlap(a.band.lower, a.band.upper, b.band.lower, b.band.upper) >=
               SAME_BAND * narrow &&
           wide <= 4.0 * narrow;
}

bool are_tones(const live_emission& a, const live_emission& b, const scene& s)
{
    const double apart = std::abs(a.band.middle() - b.band.middle());
    if (a.fitted != s.now && b.fitted != s.now)
        return false;
    if (!are_alike(a.band.width(), b.band.width()) || !are_alike(a.level, b.level) ||
        apart > MOST_SHIFT_HZ)
        return false;
    const auto lately = [&](const live_emission& e) {
        box piece = e.band;
        piece.start = std::max({ a.band.start, b.band.start, s.now - LOOK_S * s.rate });
        piece.end = std::min(a.last_on, b.last_on);
        return piece;
    };
    return s.fit.alternate(lately(a), lately(b));
}

bool is_line_under(const live_emission& e, const scene& s)
{
    const double middle = e.band.middle();
    const auto covers = [&](const box& b, double level) {
        const double off = std::abs(middle - b.middle());
        if (b.start < e.band.start + COVERED_S * s.rate || off > 0.5 * b.width() ||
            b.width() < COVERED_WIDTHS * e.band.width())
            return false;
        if (off < CARRIER_OFF * b.width() &&
            !is_too_strong_for(e, true, level * b.width()))
            return false;
        const double half = 0.5 * std::min(e.band.width(), e.effective_width);
        const box lately{ std::max(e.band.start, s.now - COVERED_LOOK_S * s.rate),
                          e.last_on,
                          middle - half,
                          middle + half };
        return s.fit.measure_strength(lately).excess > LINE_ABOVE * level;
    };
    return std::any_of(
               s.live.begin(),
               s.live.end(),
               [&](const auto& o) { return o.on_air && covers(o.band, o.level); }) ||
           std::any_of(s.recent.begin(), s.recent.end(), [&](const known_burst& k) {
               return k.where.end > e.last_on - LOOK_S * s.rate &&
                      covers(k.where, k.excess);
           });
}

} // namespace rfattn
} // namespace gr
