/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// What much stronger signals spill over is no emission.

#include "emission_tracker.h"
#include "fit/fit_limits.h"
#include "tracker_limits.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double NEAR_RATIO = 100.0; // of powers: so much weaker and right beside,
constexpr double NEAR_WIDTHS = 1.5, NEAR_HZ = 10e3;
constexpr double SPILT_RATIO = 20.0;  // or begins and ends with it,
constexpr double SPILT_DENSITY = 5.0; // and has so much less density,
constexpr double SPILT_WIDTHS = 3.0, SPILT_HZ = 50e3;
constexpr double FAR_RATIO = 1000.0, FAR_HZ = 500e3; // and farther away if so weak
// or lies within its time, fills so much of that, and has so much less density;
constexpr double UNDER_RATIO = 1e4, UNDER_SHARE = 0.25;
constexpr double KEYED_HZ = 500e3, KEYED_S = 0.02; // or comes with its pulses
constexpr double FADED = 300.0;       // times its strength then: it is weaker now
constexpr double YOUNG_S = 0.2;       // of an emission, that is spilt by one found later
constexpr double LEAST_BESIDE = 0.25; // of a band, that lies beside another
constexpr double SPILT_S = 0.008, MOST_SMEAR_S = 0.1;

} // namespace

// Whether much stronger signals spill it: it is as strong as their skirts, lies right
// beside them, begins and ends with their bursts, or is far weaker and lies within one.
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
        const double row = d_fit.for_time(b.width()).size();
        if (k.excess > UNDER_RATIO * excess && b.start > k.where.start - row &&
            b.end < k.where.end + row && b.duration() > UNDER_SHARE * k.where.duration())
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

// Mean excess over the part of its band that lies beside another, with what that leaks.
double emission_tracker::excess_beside(const box& b, const box& band) const
{
    const double leak = LEAK_BINS * d_fit.for_band(b).bin_hz();
    box common = b;
    common.lower = std::max(b.lower, band.lower - leak);
    common.upper = std::min(b.upper, band.upper + leak);
    const double excess = d_fit.measure_strength(b).excess;
    if (common.width() <= 0.0)
        return excess;
    const double rest = b.width() - common.width();
    return rest < LEAST_BESIDE * b.width()
               ? excess
               : (excess * b.width() -
                  d_fit.measure_strength(common).excess * common.width()) /
                     rest;
}

// What is wide may be found before the stronger signal that spills it.
void emission_tracker::end_spilt(double now)
{
    for (auto& e : d_live) {
        const double start = static_cast<double>(e.report.sample_start - d_segment_start);
        const box whole{
            start, e.on_air ? now : e.latest_end, e.band.lower, e.band.upper
        };
        const bool is_over = e.report.what == emission::state::END;
        if (is_over || !(whole.duration() > 0.0) || whole.duration() > YOUNG_S * d_rate ||
            !is_keyed_with_another(whole))
            continue;
        d_skirts_changed |= e.on_air;
        e.on_air = false;
        report(e, emission::state::END, now);
    }
}

// Whether it has power in the pulses of a much stronger emission alone. What ended long
// ago and was too weak to be found is taken for it.
bool emission_tracker::is_keyed_with_another(const box& b) const
{
    const double own = d_fit.measure_strength(b).excess;
    return std::any_of(d_live.begin(), d_live.end(), [&](const live& e) {
        if (e.band.width() > KEYED_HZ ||
            !(e.on_air || e.band.end > b.start - MOST_SMEAR_S * d_rate) ||
            (apart_hz(b, e.band) > 0.0 && std::max(e.level, e.excess) < own))
            return false;
        const box together{ b.start, b.end, e.band.lower, e.band.upper };
        const double excess = excess_beside(b, e.band);
        // What fades, as a receiver's offset, may have been stronger before.
        const double usual = std::max(e.level, e.excess);
        const double here = d_fit.measure_strength(together).excess;
        const double level =
            e.on_air && usual > FADED * here ? here : std::max(usual, here);
        if (b.end < d_fit.forgotten())
            return level > FAR_RATIO * excess && e.pulse_s < KEYED_S;
        return level > SPILT_DENSITY * excess &&
               d_fit.comes_with(b, e.band, others_on_air(e.report.id, b));
    });
}

} // namespace rfattn
} // namespace gr
