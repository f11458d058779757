/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// The bursts of an emission: measured, begun, ended and reported.

#include "emission_tracker.h"

#include <algorithm>

namespace gr {
namespace rfattn {

namespace {

constexpr double NARROWER = 0.25; // weight of a fit of a voice beside a wider one
constexpr size_t PERIODS = 32;    // starts that a period is the median of

} // namespace

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

// A burst may be found after a later one.
void emission_tracker::add_start(live& e, double start)
{
    e.starts.insert(std::upper_bound(e.starts.begin(), e.starts.end(), start), start);
}

void emission_tracker::open_burst(live& e, const burst_fit::band_fit& fit)
{
    const box& b = fit.where;
    measure(e, fit);
    e.on_air = d_skirts_changed = true;
    e.has_paused = false;
    e.last_on = b.end;
    e.fitted = d_scene.now;
    add_start(e, b.start);
    report(e,
           e.report.burst_count || e.starts.size() > 1 ? emission::state::UPDATE
                                                       : emission::state::NEW);
}

void emission_tracker::add_burst(live& e, const burst_fit::band_fit& fit)
{
    const box& b = fit.where;
    measure(e, fit);
    add_start(e, b.start);
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
