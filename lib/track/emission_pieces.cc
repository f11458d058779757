/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Whether a burst is one of its own: it may be a piece of a known one or a sum of
// several.

#include "emission_tracker.h"
#include "fit/fit_limits.h"
#include "tracker_limits.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double MOST_MODULATION = 0.7; // of the power of a carrier
// Of densities: what is weaker, around another or beside it, is no tone that begins with
// it, nor is what is shorter.
constexpr double SPILT_WITHIN = 4.0, SPILT_BESIDE = 100.0, CLICK_S = 0.001;
constexpr double PART = 0.8;       // of its time and of its band, in an earlier burst
constexpr double PIECE_GAP = 0.15; // of the narrower of two pieces
constexpr double PIECE_RATIO = 2.0;
constexpr double COARSE = 0.1;        // bins, of a band
constexpr double BRIEF = 0.1;         // of the time on the air, and shorter than a click
constexpr double CLICKS = 10.0;       // level of what clicks; weaker is found in pieces
constexpr double LEAST_FOUND = 0.002; // of the power of the band fitted to what was found
constexpr double LEAST_PIECE_HZ = 4000.0; // narrower signals are not found in pieces

} // namespace

// Whether a burst right beside a band on the air, and no stronger, is one more piece of
// it.
bool emission_tracker::is_piece(const live& e, const box& b, double apart) const
{
    const double narrow = std::min(b.width(), e.band.width());
    const double wide = std::max(b.width(), e.band.width());
    return narrow > LEAST_PIECE_HZ && apart > -0.5 * narrow &&
           apart < std::min(PIECE_GAP * narrow, 0.05 * wide) &&
           d_fit.measure_strength(b).excess < PIECE_RATIO * e.level;
}

// Whether so much power, with a carrier or without it, is more than what modulates that
// has: the side bands of amplitude modulation have half of the carrier's at most.
bool emission_tracker::is_too_strong_for(const live& carrier, bool with_it, double power)
{
    const double own = carrier.level * carrier.band.width();
    return power - (with_it ? own : 0.0) > MOST_MODULATION * own;
}

// Whether a burst is a side band of a carrier on the air, whose other one mirrors it.
bool emission_tracker::is_side_band(const live& e, const box& b, double apart) const
{
    if (apart > std::max(0.5 * e.band.width(), SIDE_GAP_HZ))
        return false;
    const bool has_carrier = b.lower < e.band.lower && b.upper > e.band.upper;
    const double power = d_fit.measure_strength(b).excess * b.width();
    if (is_too_strong_for(e, has_carrier, power))
        return false;
    box both = e.band;
    both.start = std::max(b.start, e.band.start);
    both.end = std::min(b.end, e.last_on);
    if (both.duration() < 0.5 * b.duration())
        return false;
    const auto fit = d_fit.fit_band(both, others_on_air(e.report.id, e.band));
    return !fit.is_empty &&
           overlap(b.lower, b.upper, fit.seen_lower, fit.seen_upper) > 0.5 * b.width();
}

// Whether a burst lies in a band that is on the air, or holds such a band and little
// more, or lies in a burst that ended.
bool emission_tracker::is_part_of_another(const burst_fit::band_fit& fit)
{
    const box& b = fit.where;
    for (const auto& k : d_recent)
        if (overlap(b.start, b.end, k.where.start, k.where.end) > PART * b.duration() &&
            overlap(b.lower, b.upper, k.where.lower, k.where.upper) > PART * b.width())
            return true;
    for (auto& e : d_live) {
        if (!is_on_air_at(e, b))
            continue;
        const part found = part_of(e, fit);
        if (found == part::NONE)
            continue;
        if (found == part::WIDENS) {
            widen(e.band, b);
            e.pause = std::min(e.pause, longest_pause(e)); // shorter in a wider band
        }
        return true;
    }
    return false;
}

// What a burst is of an emission that is on the air with it.
emission_tracker::part emission_tracker::part_of(const live& e,
                                                 const burst_fit::band_fit& fit) const
{
    const box& b = fit.where;
    const double common = overlap(b.lower, b.upper, e.band.lower, e.band.upper);
    if (common > 0.5 * b.width())
        return part::WITHIN;
    const double narrow = std::min(b.width(), e.band.width());
    const double apart = apart_hz(b, e.band);
    const double excess = d_fit.measure_strength(b).excess;
    const bool is_weak = excess * PIECE_RATIO < e.level;
    const bool is_one = is_piece(e, b, apart);
    if ((is_one || is_side_band(e, b, apart)) && is_weak)
        return part::WITHIN;
    // Two tones that begin together, say.
    const bool together = b.start > UNSEEN_S * d_rate && apart < TONES_APART * narrow &&
                          std::abs(b.start - e.band.start) < TOGETHER_S * d_rate;
    const double weaker = apart < 0.0 ? SPILT_WITHIN : SPILT_BESIDE;
    const bool is_click =
        together && (excess * weaker < e.level || b.duration() < CLICK_S * d_rate);
    if (is_click || has_line_of(e, fit)) // whatever it spills
        return part::WITHIN;
    if (together)
        return part::WIDENS;
    const bool covers = common > 0.5 * e.band.width() && b.width() < 3.0 * e.fitted_width;
    if (!is_one && !covers)
        return part::NONE;
    const bool is_coarse = d_fit.for_band(b).bin_hz() > COARSE * e.band.width();
    const bool is_brief = e.level > CLICKS && b.duration() < CLICK_S * d_rate &&
                          b.duration() < BRIEF * (e.last_on - e.band.start);
    // Coarse edges are less exact, and a click that something sends is wider than it.
    return is_coarse || is_brief ? part::WITHIN : part::WIDENS;
}

// Whether the fit left what was found for something beside it: an emission on the air, or
// one of which the skirt was found.
bool emission_tracker::is_beside(const box& found, const box& b) const
{
    const auto is_fitted = [&](const live& e) {
        return e.on_air && overlap(e.band.lower, e.band.upper, b.lower, b.upper) > 0.0;
    };
    const box both{
        b.start, b.end, std::max(b.lower, found.lower), std::min(b.upper, found.upper)
    };
    if (both.lower >= both.upper)
        return both.lower - both.upper > found.width() ||
               std::any_of(d_live.begin(), d_live.end(), is_fitted);
    return d_fit.measure_strength(both).power <
           LEAST_FOUND * d_fit.measure_strength(b).power;
}

// Whether shorter bursts that are known hold much of its energy.
bool emission_tracker::is_sum(const box& b, double now) const
{
    const double cells = b.duration() / d_rate * b.width();
    return known_energy(b, now, 0.5 * b.duration()) >
           KNOWN_SHARE * cells * d_fit.measure_strength(b).excess;
}

// A burst in the band of a wider emission is one of its own where the whole band is as
// strong as usual: noise has cut pieces from it.
void emission_tracker::extend(box& b) const
{
    for (const auto& e : d_live) {
        const double common = overlap(b.lower, b.upper, e.band.lower, e.band.upper);
        if (e.on_air || e.report.burst_count < MANY_BURSTS || common < 0.8 * b.width() ||
            b.width() > e.band.width())
            continue;
        const box whole{ b.start, b.end, e.band.lower, e.band.upper };
        if (d_fit.measure_strength(b).excess < 2.0 * e.excess &&
            d_fit.measure_strength(whole).excess > 0.5 * e.excess) {
            b = whole;
            return;
        }
    }
}

// Whether most of a burst lies within one of the same emission.
bool emission_tracker::is_known(const live& e, const box& b) const
{
    for (const auto& k : d_recent)
        if (k.id == e.report.id && overlap(k.where.start, k.where.end, b.start, b.end) >
                                       0.3 * std::min(b.duration(), k.where.duration()))
            return true;
    return false;
}

} // namespace rfattn
} // namespace gr
