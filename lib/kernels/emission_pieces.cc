/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Whether a burst is one of its own: it may be a piece of a known one, a sum of several,
// or spilt by a stronger one.

#include "emission_rules.h"
#include "emission_tracker.h"
#include "fit_rules.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double MOST_MODULATION = 0.7; // of the power of a carrier
constexpr double UNSEEN_S = 0.05;       // what begins earlier may have begun before
constexpr double TOGETHER_S = 0.004;
constexpr double NEAR_RATIO = 100.0; // of powers: so much weaker and right beside,
constexpr double NEAR_WIDTHS = 1.5, NEAR_HZ = 10e3;
constexpr double SPILT_RATIO = 20.0;  // or begins and ends with it,
constexpr double SPILT_DENSITY = 5.0; // and has so much less density,
constexpr double SPILT_WIDTHS = 3.0, SPILT_HZ = 50e3;
constexpr double FAR_RATIO = 1000.0, FAR_HZ = 500e3; // and farther away if so weak
constexpr double SPILT_S = 0.008, MOST_SMEAR_S = 0.1;
constexpr double PART = 0.8;       // of its time and of its band, in an earlier burst
constexpr double PIECE_GAP = 0.15; // of the narrower of two pieces
constexpr double PIECE_RATIO = 2.0;
constexpr double COARSE = 0.1;        // bins, of a band
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
bool emission_tracker::is_part_of_another(const box& b)
{
    for (const auto& k : d_recent)
        if (overlap(b.start, b.end, k.where.start, k.where.end) > PART * b.duration() &&
            overlap(b.lower, b.upper, k.where.lower, k.where.upper) > PART * b.width())
            return true;
    for (auto& e : d_live) {
        if (!e.on_air)
            continue;
        const double common = overlap(b.lower, b.upper, e.band.lower, e.band.upper);
        if (common > 0.5 * b.width())
            return true;
        const double narrow = std::min(b.width(), e.band.width());
        const double apart = apart_hz(b, e.band);
        // Two tones that begin together, say.
        const bool together = b.start > UNSEEN_S * d_rate && apart < 1.5 * narrow &&
                              std::abs(b.start - e.band.start) < TOGETHER_S * d_rate;
        const bool is_weak = d_fit.measure_strength(b).excess * PIECE_RATIO < e.level;
        const bool is_one = is_piece(e, b, apart);
        if ((is_one || is_side_band(e, b, apart)) && is_weak)
            return true;
        const bool covers =
            common > 0.5 * e.band.width() && b.width() < 3.0 * e.fitted_width;
        const bool is_coarse = d_fit.for_band(b).bin_hz() > COARSE * e.band.width();
        if ((is_one || covers) && is_coarse && !together)
            return true; // its edges are less exact
        if (together || is_one || covers) {
            e.band.lower = std::min(e.band.lower, b.lower);
            e.band.upper = std::max(e.band.upper, b.upper);
            e.pause = std::min(e.pause, longest_pause(e)); // shorter in a wider band
            return true;
        }
    }
    return false;
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

// Whether much stronger signals spill it: it is as strong as their skirts, lies right
// beside them, or begins and ends with their bursts.
bool emission_tracker::is_spilt(const box& b, bool on_air) const
{
    const double excess = d_fit.measure_strength(b).excess;
    const double power = excess * b.width();
    const double smear = std::min(MOST_SMEAR_S, 25.0 / (excess * excess) / b.width());
    const double tolerance =
        std::max(std::min(SPILT_S * d_rate, 0.25 * b.duration()), smear * d_rate);
    double spilt = 0.0;
    std::vector<uint64_t> begun; // emissions, one of whose bursts began with it
    const auto compare = [&](const known_burst& k, bool last_on_air) {
        const double time = overlap(b.start, b.end, k.where.start, k.where.end);
        spilt += time / b.duration() * k.spill.over(b.lower, b.upper);
        const double apart = apart_hz(b, k.where);
        if (k.excess < SPILT_DENSITY * excess)
            return false;
        const double below = k.excess * k.where.width() / power;
        if (below > NEAR_RATIO && time > 0.8 * b.duration() && apart > 0.0 &&
            apart < std::min(NEAR_WIDTHS * k.where.width(), NEAR_HZ))
            return true;
        const bool is_far_below = below > FAR_RATIO && k.excess > FAR_RATIO * excess;
        const double reach = is_far_below ? FAR_HZ : SPILT_HZ;
        if (below < SPILT_RATIO ||
            apart > std::max(SPILT_WIDTHS * k.where.width(), reach))
            return false;
        const bool start_counts =
            b.start > UNSEEN_S * d_rate || (is_far_below && !on_air);
        if (std::abs(k.where.start - b.start) < tolerance && start_counts)
            begun.push_back(k.id);
        const bool with_it =
            on_air ? last_on_air : std::abs(k.where.end - b.end) < tolerance;
        return with_it && std::find(begun.begin(), begun.end(), k.id) != begun.end();
    };
    for (const auto& k : d_recent)
        if (compare(k, false))
            return true;
    for (const auto& e : d_live) {
        box heard = e.band;
        heard.end = e.last_on;
        if (e.on_air && compare({ heard, e.level, e.spill, e.report.id }, true))
            return true;
    }
    return power < SKIRT_MARGIN * spilt;
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
