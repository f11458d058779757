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

namespace gr {
namespace rfattn {

namespace {

constexpr double SAME_WIDTH = 2.5;
constexpr double FILLING_SHARE = 0.75; // least share of the band that fills it
constexpr double FLOOR_ERROR = 0.15;   // error of the floor, of its level

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
    const auto whole = d_fit.fit_band(found, others);
    if (d_decisions.applies(decisions::EMPTIED, [&] { return whole.is_empty; }))
        return;
    const auto times = find_bursts(found, whole, others);
    const double around = 0.1 * found.duration();
    const auto is_of_it = [&](const box& b) {
        return overlap(b.start, b.end, found.start - around, found.end + around) > 0.0;
    };
    double sum = 0.0;
    for (const auto& b : times.bursts)
        sum += is_of_it(b) ? b.duration() : 0.0;
    if (sum < least)
        return;
    for (const auto& b : times.bursts) {
        if (!is_of_it(b))
            continue;
        const double start = least > 0.0 ? std::max(b.start, found.start) : b.start;
        if (b.end <= start) // it ended before what was found began
            continue;
        const box alone{ start, b.end, b.lower, b.upper };
        const auto fit = d_fit.fit_band(alone, others); // again, without the pauses
        const box& band = fit.where;
        const double excess = d_fit.measure_strength(band).excess;
        if (!is_likely(band, excess))
            continue;
        const double rows = 2.0 * d_fit.for_time(band.width()).size();
        const bool is_last = &b == &times.bursts.back();
        const bool on_air = is_last && band.end > now - times.pause - rows;
        if (!explain({ fit, excess, on_air }))
            place(fit, times, whole.effective_width, on_air);
    }
    update_masks();
}

// When the band of what was found is on the air, from a little before it until now.
burst_fit::envelope emission_tracker::find_bursts(const box& found,
                                                  const burst_fit::band_fit& whole,
                                                  const burst_fit::neighbours& others)
{
    const double now = d_scene.now;
    const double before = std::max(0.25 * found.duration(), 0.01 * d_rate);
    const double after = std::max(before, now - found.end);
    auto times = d_fit.fit_times(
        whole.where, before, after, others, 0.0, 0.0, whole.effective_width);
    if (times.bursts.empty()) {
        times.bursts.push_back(whole.where);
        times.bursts.back().end = std::min(whole.where.end, now);
    }
    return times;
}

// Whether a burst is not of an emission of its own; one of which it is a part becomes
// wider, if that is what it is.
bool emission_tracker::explain(const measured_burst& m)
{
    const verdict v = judge(m, d_scene, d_decisions);
    const box& b = m.fit.where;
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
    return v.of != part::NONE;
}

// Adds a burst to the emission of its band, or to one that begins with it.
void emission_tracker::place(burst_fit::band_fit fit,
                             const burst_fit::envelope& times,
                             double effective_width,
                             bool on_air)
{
    box& b = fit.where;
    live* e = find(fit);
    if (e && !e->on_air && b.width() * SAME_WIDTH < e->band.width()) {
        b.lower = e->band.lower;
        b.upper = e->band.upper;
    }
    if (!e)
        e = &begin(b);
    if (scene::is_on_air_at(*e, b) || is_known(*e, b))
        return;
    if (e->on_air) {
        add_start(*e, b.start);
        b.start = std::max(0.0, b.start);
        list_burst(*e, b, emission::state::UPDATE);
        return;
    }
    e->pause = times.pause;
    e->pulse_s = times.pulse_s;
    e->effective_width = effective_width;
    fit.has_weak_side_bands = false;
    if (on_air)
        open_burst(*e, fit);
    else
        add_burst(*e, fit);
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

} // namespace rfattn
} // namespace gr
