/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// What a burst is of an emission that is on the air with it.

#include "explanations.h"
#include "fit/fit_limits.h"
#include "tracker_limits.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

// What begins with a stronger one is not its second tone where it is so much less dense,
// around it or beside it, or shorter than this.
constexpr double SPILT_WITHIN = 4.0, SPILT_BESIDE = 100.0, CLICK_S = 0.001;
constexpr double TOGETHER_S = 0.004; // most time between two starts together
constexpr double TONES_APART = 1.5;  // most gap between two tones, widths of the narrower
constexpr double PIECE_GAP = 0.15; // most gap between two pieces, widths of the narrower
constexpr double PIECE_RATIO = 2.0;
constexpr double COARSE = 0.1;            // bins, of a band
constexpr double BRIEF = 0.1;             // most share of the time on the air
constexpr double CLICKS = 10.0;           // level of what clicks
constexpr double SPREAD_REACH = 3.0;      // widths beside a band
constexpr double LEAST_ALTERNATION = 0.3; // correlation of powers
constexpr double LEAST_PIECE_HZ = 4000.0; // narrower signals are not found in pieces

double common_hz(const measured_burst& f, const box& band)
{
    return overlap(f.where().lower, f.where().upper, band.lower, band.upper);
}

double narrower(const measured_burst& f, const live_emission& e)
{
    return std::min(f.where().width(), e.band.width());
}

bool is_weaker(const measured_burst& f, const live_emission& e)
{
    return f.excess * PIECE_RATIO < e.level;
}

// Whether a burst lies right beside the band, and is not stronger.
bool is_piece(const measured_burst& f, const live_emission& e)
{
    const double narrow = narrower(f, e), apart = apart_hz(f.where(), e.band);
    const double wide = std::max(f.where().width(), e.band.width());
    return narrow > LEAST_PIECE_HZ && apart > -0.5 * narrow &&
           apart < std::min(PIECE_GAP * narrow, 0.05 * wide) &&
           f.excess < PIECE_RATIO * e.level;
}

bool begin_together(const measured_burst& f, const live_emission& e, const scene& s)
{
    const box& b = f.where();
    return b.start > UNSEEN_S * s.rate &&
           apart_hz(b, e.band) < TONES_APART * narrower(f, e) &&
           std::abs(b.start - e.band.start) < TOGETHER_S * s.rate;
}

part lies_within(const measured_burst& f, const live_emission& e, const scene&)
{
    const double common = std::max({ common_hz(f, e.band),
                                     common_hz(f, e.latest),
                                     common_hz(f, e.spread.value_or(e.band)) });
    return common > 0.5 * f.where().width() ? part::WITHIN : part::NONE;
}

// Whether a fit of both around the carrier holds it: its other side band mirrors it.
part is_side_band(const measured_burst& f, const live_emission& e, const scene& s)
{
    const box& b = f.where();
    const bool has_carrier = b.lower < e.band.lower && b.upper > e.band.upper;
    if (!is_weaker(f, e) ||
        apart_hz(b, e.band) > std::max(0.5 * e.band.width(), SIDE_GAP_HZ) ||
        is_too_strong_for(e, has_carrier, f.power()))
        return part::NONE;
    box both = e.band;
    both.start = std::max(b.start, e.band.start);
    both.end = std::min(b.end, e.last_on);
    if (both.duration() < 0.5 * b.duration())
        return part::NONE;
    const auto fit = s.fit.fit_band(both, s.others_on_air(e.report.id, e.band, f.id));
    const double seen = overlap(b.lower, b.upper, fit.seen_lower, fit.seen_upper);
    return !fit.is_empty && seen > 0.5 * b.width() ? part::WITHIN : part::NONE;
}

part begins_weak(const measured_burst& f, const live_emission& e, const scene& s)
{
    const double weaker = apart_hz(f.where(), e.band) < 0.0 ? SPILT_WITHIN : SPILT_BESIDE;
    const bool is_click =
        f.excess * weaker < e.level || f.where().duration() < CLICK_S * s.rate;
    return is_click && begin_together(f, e, s) ? part::WITHIN : part::NONE;
}

// Two tones that begin together, say.
part begins_with(const measured_burst& f, const live_emission& e, const scene& s)
{
    return begin_together(f, e, s) ? part::WIDENS : part::NONE;
}

// Frequency modulation takes the power out of a band for a moment, and back. What is far
// weaker is beyond the band that holds nearly all of the power.
part alternates(const measured_burst& f, const live_emission& e, const scene& s)
{
    const box& b = f.where();
    const double share = f.power() / (e.level * e.band.width());
    const bool is_far_weaker = share < BAND_SHARE;
    const box reach = reach_of(e, is_far_weaker ? SPREAD_REACH : 1.0);
    const double start = std::max(e.band.start, b.start - AROUND_S * s.rate);
    const double end = std::min(e.last_on, b.end + AROUND_S * s.rate);
    if ((e.has_paused && !is_far_weaker) || share >= 1.0 || b.lower <= reach.lower ||
        b.upper >= reach.upper || end <= start ||
        s.fit.power_correlation(b, e.band, start, end) >= -LEAST_ALTERNATION)
        return part::NONE;
    return is_far_weaker ? part::SPREADS : part::ALTERNATES;
}

// Coarse edges are less exact, and a click that something sends is wider than it.
part covers(const measured_burst& f, const live_emission& e, const scene& s)
{
    const box& b = f.where();
    const bool holds =
        common_hz(f, e.band) > 0.5 * e.band.width() && b.width() < 3.0 * e.latest.width();
    if (!holds && !is_piece(f, e))
        return part::NONE;
    const bool is_coarse = s.fit.for_band(b).bin_hz() > COARSE * e.band.width();
    const bool is_brief = e.level > CLICKS && b.duration() < CLICK_S * s.rate &&
                          b.duration() < BRIEF * (e.last_on - e.band.start);
    return is_coarse || is_brief ? part::WITHIN : part::WIDENS;
}

struct explanation {
    decisions::name name;
    part (*judge)(const measured_burst&, const live_emission&, const scene&);
    bool is_asked_again = false; // whether it was an emission at first
};

constexpr explanation PARTS[] = {
    { decisions::WITHIN, lies_within },
    { decisions::SIDE_BAND, is_side_band, true },
    { decisions::BEGINS_WEAK, begins_weak },
    { decisions::BEGINS_WITH, begins_with },
    { decisions::ALTERNATES, alternates, true },
    { decisions::COVERS, covers },
};

} // namespace

part part_of(const measured_burst& f,
             const live_emission& e,
             const scene& s,
             const decisions& d)
{
    for (const auto& p : PARTS) {
        if (!d.uses(p.name) || (f.id != 0 && !p.is_asked_again))
            continue;
        const part found = p.judge(f, e, s);
        if (found == part::NONE)
            continue;
        d.count(p.name);
        return found;
    }
    return part::NONE;
}

} // namespace rfattn
} // namespace gr
