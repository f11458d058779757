/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Bursts become emissions: what was found is measured, and joins the emission of its band
// or begins another.

#include "emission_tracker.h"
#include "explanations.h"
#include "fit/fit_limits.h"
#include "tracker_limits.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr double NARROWER = 0.25; // of a fit of a voice, beside a wider one
constexpr double SAME_WIDTH = 2.5;
constexpr double FILLING_SHARE = 0.75; // of the band: what is wider fills all of it
constexpr size_t PERIODS = 32;         // starts that a period is the median of
constexpr double FLOOR_ERROR = 0.15;   // of the floor, that it may be wrong by

// A burst may be found after a later one.
void add_start(std::deque<double>& starts, double start)
{
    starts.insert(std::upper_bound(starts.begin(), starts.end(), start), start);
}

} // namespace

emission_tracker::emission_tracker(double rate,
                                   double least_likelihood,
                                   const burst_fit& fit,
                                   const noise_floor& floor,
                                   const decisions& d)
    : d_rate(rate),
      d_least_likelihood(least_likelihood),
      d_fit(fit),
      d_floor(floor),
      d_decisions(d),
      d_scene{ rate, fit }
{
}

void emission_tracker::restart(uint64_t segment, uint64_t sample_start)
{
    d_segment = segment;
    d_scene.restart(sample_start);
    d_overloads.clear();
    d_masks.clear();
}

bool emission_tracker::is_likely(const box& b, double excess) const
{
    const double cells = std::max(1.0, b.duration() / d_rate * b.width());
    const double energy = (excess - FLOOR_ERROR) * cells;
    return excess > LEAST_LEVEL &&
           energy - cells * std::log1p(energy / cells) > d_least_likelihood;
}

void emission_tracker::add(const box& found, double now, double least)
{
    d_scene.now = now;
    const auto others = d_scene.others_on_air(0, found);
    const auto found_fit = d_fit.fit_band(found, others);
    const box& band = found_fit.where;
    const double margin = std::max(0.25 * found.duration(), 0.01 * d_rate);
    auto times = d_fit.fit_times(band,
                                 margin,
                                 std::max(margin, now - found.end),
                                 others,
                                 0.0,
                                 0.0,
                                 found_fit.effective_width);
    if (times.bursts.empty()) {
        box b = band;
        b.end = std::min(b.end, now);
        times.bursts.push_back(b);
    }
    const auto is_elsewhere = [&](const box& b) {
        const double around = 0.1 * found.duration();
        return overlap(b.start, b.end, found.start - around, found.end + around) <= 0.0;
    };
    double sum = 0.0;
    for (const auto& b : times.bursts)
        sum += is_elsewhere(b) ? 0.0 : b.duration();
    if (sum < least)
        return;
    // Measured again without the pauses.
    for (auto& b : times.bursts) {
        if (is_elsewhere(b))
            continue;
        if (least > 0.0)
            b.start = std::max(b.start, found.start);
        if (b.end <= b.start) // it ended before what was found began
            continue;
        const auto fit = d_fit.fit_band(b, others);
        b = fit.where;
        const double excess = d_fit.measure_strength(b).excess;
        if (!is_likely(b, excess))
            continue;
        const auto& rows = d_fit.for_time(b.width());
        const bool on_air =
            b.end > now - times.pause - 2.0 * rows.size() && &b == &times.bursts.back();
        const measured_burst measured{ fit, excess, on_air };
        const verdict v = judge(measured, d_scene, d_decisions);
        if (v.of == part::WIDENS || v.of == part::ALTERNATES) {
            live& e = d_scene.live[v.emission];
            if (v.of == part::ALTERNATES && !e.core)
                e.core = e.band;
            widen(e.band, b);
            e.revision = ++d_scene.revision;
            e.pause = std::min(e.pause, longest_pause(e)); // shorter in a wider band
        }
        if (v.of == part::SPREADS)
            add_spread(d_scene.live[v.emission], b);
        if (v.of != part::NONE)
            continue;
        live* e = find(fit);
        if (e && !e->on_air && b.width() * SAME_WIDTH < e->band.width()) {
            b.lower = e->band.lower;
            b.upper = e->band.upper;
        }
        if (!e)
            e = &begin(b);
        if (scene::is_on_air_at(*e, b) || is_known(*e, b))
            continue;
        if (e->on_air) {
            add_start(e->starts, b.start);
            b.start = std::max(0.0, b.start);
            list_burst(*e, b, emission::state::UPDATE);
            continue;
        }
        e->pause = times.pause;
        e->pulse_s = times.pulse_s;
        e->effective_width = found_fit.effective_width;
        burst_fit::band_fit fitted = fit;
        fitted.where = b;
        fitted.has_weak_side_bands = false;
        if (on_air)
            open_burst(*e, fitted);
        else
            add_burst(*e, fitted);
    }
    update_masks();
}

void emission_tracker::add_spread(live& e, const box& b)
{
    box band = e.spread.value_or(e.band);
    widen(band, b);
    e.spread = band;
}

void emission_tracker::add_filling(const box& band, double now)
{
    d_scene.now = now;
    auto fit = d_fit.fit_band(band, {});
    if (fit.is_empty)
        return;
    if (fit.where.width() > FILLING_SHARE * band.width())
        fit.where = band;
    fit.where.end = now;
    auto& e = begin(fit.where);
    e.fills_band = true;
    e.pause = longest_pause(e);
    open_burst(e, fit);
    update_masks();
}

template <typename score>
emission_tracker::live* emission_tracker::most(score&& score_of)
{
    live* best = nullptr;
    double largest = 0.0;
    for (auto& e : d_scene.live) {
        const double here = score_of(e);
        if (here > largest) {
            largest = here;
            best = &e;
        }
    }
    return best;
}

// The emission that a burst is of: one of about its band, or one whose spectrum it has,
// or has more of.
emission_tracker::live* emission_tracker::find(const burst_fit::band_fit& fit)
{
    const box& b = fit.where;
    live* same = most([&](const live& e) {
        const double common = overlap(b.lower, b.upper, e.band.lower, e.band.upper);
        const double narrow = std::min(b.width(), e.band.width());
        const double wide = std::max(b.width(), e.band.width());
        return common < SAME_BAND * narrow || wide > SAME_WIDTH * narrow ? 0.0
                                                                         : common / wide;
    });
    if (same || !fit.shape || !d_decisions.uses(decisions::ALIKE))
        return same;
    const auto is_alike = [&](bool is_less) {
        return most([&](const live& e) {
            return !e.fills_band && e.shape && !scene::is_on_air_at(e, b) &&
                           (b.width() < e.shape->band.width()) == is_less
                       ? (is_less ? likeness(*fit.shape, *e.shape)
                                  : likeness(*e.shape, *fit.shape))
                       : 0.0;
        });
    };
    live* alike = is_alike(true);
    if (!alike)
        alike = is_alike(false);
    if (alike)
        d_decisions.count(decisions::ALIKE);
    return alike;
}

// Whether most of a burst lies within one of the same emission.
bool emission_tracker::is_known(const live& e, const box& b) const
{
    return d_decisions.applies(decisions::KNOWN, [&] {
        return std::any_of(
            d_scene.recent.begin(), d_scene.recent.end(), [&](const known_burst& k) {
                return k.id == e.report.id &&
                       overlap(k.where.start, k.where.end, b.start, b.end) >
                           0.3 * std::min(b.duration(), k.where.duration());
            });
    });
}

emission_tracker::live& emission_tracker::begin(const box& b)
{
    live e;
    e.report.id = d_next_id++;
    e.report.segment = d_segment;
    e.report.sample_start =
        d_scene.segment_start + static_cast<uint64_t>(std::max(0.0, b.start));
    e.band = b;
    d_scene.live.push_back(e);
    return d_scene.live.back();
}

// Means over the time of all bursts.
void emission_tracker::measure(live& e, const burst_fit::band_fit& fit)
{
    const box& b = fit.where;
    e.spill = fit.spill;
    e.latest = b;
    if (fit.shape && (!e.shape || fit.shape->energy() > e.shape->energy()))
        e.shape = fit.shape;
    if (fit.effective_width > 0.0)
        e.effective_width = fit.effective_width;
    const auto strength = d_fit.measure_strength(b);
    if (fit.has_weak_side_bands && !e.has_weak_side_bands)
        e.pieces = 0.0; // what was seen until now was but the carrier
    const double n = std::min(b.duration(), 0.5 * d_rate);
    const double share = n / (e.pieces + n);
    e.pieces += n;
    // A voice seldom fills its band, and where it pauses there is only its carrier.
    double counts = share;
    if (e.has_weak_side_bands && b.width() < e.band.width())
        counts = fit.has_weak_side_bands ? NARROWER * share : 0.0;
    e.has_weak_side_bands |= fit.has_weak_side_bands;
    if (e.core) { // the band holds what was rare, too
        const box reach = reach_of(e);
        e.band.lower = std::min(e.band.lower, std::max(b.lower, reach.lower));
        e.band.upper = std::max(e.band.upper, std::min(b.upper, reach.upper));
    } else {
        e.band.lower += counts * (b.lower - e.band.lower);
        e.band.upper += counts * (b.upper - e.band.upper);
    }
    e.band.start = b.start;
    e.band.end = b.end;
    e.excess += share * (strength.excess - e.excess);
    e.power += share * (strength.power - e.power);
    e.level = d_fit.measure_strength(e.band).excess;
    e.revision = ++d_scene.revision;
}

void emission_tracker::open_burst(live& e, const burst_fit::band_fit& fit)
{
    const box& b = fit.where;
    measure(e, fit);
    e.on_air = d_skirts_changed = true;
    e.has_paused = false;
    e.last_on = b.end;
    e.fitted = d_scene.now;
    add_start(e.starts, b.start);
    report(e,
           e.report.burst_count || e.starts.size() > 1 ? emission::state::UPDATE
                                                       : emission::state::NEW);
}

void emission_tracker::add_burst(live& e, const burst_fit::band_fit& fit)
{
    const box& b = fit.where;
    measure(e, fit);
    add_start(e.starts, b.start);
    close_burst(e, b);
}

void emission_tracker::close_burst(live& e, const box& b)
{
    const bool is_new = e.report.burst_count == 0 && !e.on_air;
    d_skirts_changed |= e.on_air;
    e.on_air = false;
    e.band.start = std::max(0.0, b.start);
    e.band.end = std::clamp(b.end, e.band.start + 1.0, d_scene.now);
    list_burst(e, e.band, is_new ? emission::state::NEW : emission::state::UPDATE);
}

// Reports a burst that ended; a later one may be on the air.
void emission_tracker::list_burst(live& e, const box& b, emission::state what)
{
    const uint64_t start = d_scene.segment_start + static_cast<uint64_t>(b.start);
    e.report.bursts.push_back({ start, static_cast<uint64_t>(b.duration()) });
    e.report.burst_count++;
    e.report.sample_start = std::min(e.report.sample_start, start);
    e.latest_end = std::max(e.latest_end, b.end);
    e.busy += b.duration();
    if (b.duration() < scene::LASTING_S * d_rate)
        e.brief += b.duration();
    d_scene.add_recent({ { b.start, b.end, e.band.lower, e.band.upper },
                         e.level,
                         e.spill,
                         e.report.id });
    while (e.starts.size() > PERIODS)
        e.starts.pop_front();
    report(e, what);
}

} // namespace rfattn
} // namespace gr
