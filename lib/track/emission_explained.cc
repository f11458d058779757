/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// What known emissions explain: their own parts, skirts, clicks and spurs need no others.

#include "base/levels.h"
#include "emission_tracker.h"
#include "fit/fit_limits.h"
#include "tracker_limits.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr double CLICK_S = 0.01;     // around the edge of a burst
constexpr double CLICK_MARGIN = 8.0; // 2.7 by the window where it is largest, 3 by noise
constexpr double SLOW_S = 0.003;     // length of a cell of a slow map
constexpr double ACTIVE_S = 0.1;     // since the last of many bursts
constexpr double SKIRT_WIDTHS = 20.0;
constexpr double SKIRT_DB = 45.0;    // below a burst, within so many widths,
constexpr double SPUR_DB = 50.0;     // or anywhere
constexpr double OVERLOADED_S = 0.5; // overload for half of such a time says nothing
constexpr double SKIRT_S = 0.02;
constexpr double RIM = 2.0 * BAND_SHARE; // of the width, beyond the edges
constexpr double RIM_LEVEL = 2.0;        // over the mean of the burst, at most

// Energy that a burst leaves in the band of `c` when it is switched on or off, over its
// power, s: a step in the amplitude has the spectrum 1 / (2 pi f).
double click_share(const box& burst, const box& c, const box& cell)
{
    const auto beyond = [&](double from, double to) {
        const double least = std::max(from, 0.5 * cell.width());
        return to > least ? 1.0 / least - 1.0 / to : 0.0;
    };
    return (beyond(c.lower - burst.upper, c.upper - burst.upper) +
            beyond(burst.lower - c.upper, burst.lower - c.lower)) /
           (4.0 * M_PI * M_PI);
}

} // namespace

bool emission_tracker::explains(const box& c,
                                const box& cell,
                                double excess,
                                double now) const
{
    const double cells = std::max(1.0, c.duration() / d_rate * c.width());
    // A map blurs a burst by the size of its cells.
    const auto covers = [&](const box& b, double end) {
        const double time =
            overlap(c.start, c.end, b.start - cell.duration(), end + cell.duration());
        const double band =
            overlap(c.lower, c.upper, b.lower - cell.width(), b.upper + cell.width());
        return time > 0.5 * c.duration() && band > 0.5 * c.width();
    };
    const auto is_part = [&](const box& b, double end, double level, const skirt& spill) {
        if (covers(b, end))
            return true;
        const double time =
            overlap(c.start, c.end, b.start - cell.duration(), end + cell.duration());
        if (time < 0.5 * c.duration())
            return false;
        // The power that its edges leave out, its skirts, or it holds the burst and
        // little more.
        const double rim = RIM * b.width();
        if (c.lower > b.lower - rim && c.upper < b.upper + rim &&
            excess < RIM_LEVEL * level * cells)
            return true;
        const double spilt =
            spill.over(c.lower - 0.5 * cell.width(), c.upper + 0.5 * cell.width());
        return excess < SKIRT_MARGIN * time / d_rate * spilt ||
               (b.lower > c.lower - cell.width() && b.upper < c.upper + cell.width() &&
                c.width() < 2.0 * b.width() + cell.width());
    };
    const auto is_click = [&](const box& b, double end, double level) {
        const auto size = static_cast<double>(d_fit.for_time(b.width()).size());
        const double near = cell.duration() + size + CLICK_S * d_rate;
        const auto is_around = [&](double edge) {
            return std::abs(c.start - edge) < near || std::abs(c.end - edge) < near;
        };
        // Beside the burst: within its band is what it holds itself.
        return overlap(c.lower, c.upper, b.lower, b.upper) <= 0.0 &&
               (is_around(b.start) || is_around(end)) &&
               excess < CLICK_MARGIN * level * b.width() * click_share(b, c, cell);
    };
    for (const auto& e : d_live)
        if (e.on_air && (is_part(e.band, now, e.level, e.spill) ||
                         is_click(e.band, e.last_on, e.level)))
            return true;
    for (const auto& b : d_recent)
        if (is_part(b.where, b.where.end, b.excess, b.spill) ||
            is_click(b.where, b.where.end, b.excess))
            return true;
    // Skirts, spurs and what a converter adds: far below a burst, and not before it.
    const auto is_skirt = [&](const box& b, double level, double end) {
        const double apart = apart_hz(c, b);
        const double below = level_db(level * cells / std::max(excess, 1e-9));
        return c.start > b.start - SKIRT_S * d_rate && c.start < end &&
               below > (apart < SKIRT_WIDTHS * b.width() ? SKIRT_DB : SPUR_DB);
    };
    for (const auto& e : d_live)
        if (e.on_air && is_skirt(e.band, e.level, now))
            return true;
    for (const auto& b : d_recent)
        if (is_skirt(b.where, b.excess, b.where.end))
            return true;
    // What slow maps make of the bursts of a wider emission.
    for (const auto& e : d_live)
        if (e.report.burst_count >= MANY_BURSTS && cell.duration() > SLOW_S * d_rate &&
            c.width() < 0.8 * e.band.width() && now - e.band.end < ACTIVE_S * d_rate &&
            excess / cells < 2.0 * e.level &&
            overlap(c.lower, c.upper, e.band.lower, e.band.upper) > 0.8 * c.width())
            return true;
    if (known_energy(c, now, 1e30) > KNOWN_SHARE * excess)
        return true;
    for (const auto& b : d_seen)
        if (covers(b, b.end))
            return true;
    return false;
}

bool emission_tracker::is_overloaded(double start, double end) const
{
    const double since = end - OVERLOADED_S * d_rate;
    double within = 0.0, lately = 0.0;
    for (auto o = d_overloads.rbegin(); o != d_overloads.rend(); ++o) {
        if (o->second < since)
            break;
        within += overlap(o->first, o->second, start, end);
        lately += o->second - std::max(o->first, since);
    }
    return within > 0.0 && lately < 0.5 * OVERLOADED_S * d_rate;
}

void emission_tracker::add_skirts(const spectrogram& s, float* inverse) const
{
    for (const auto& e : d_live) {
        if (!e.on_air)
            continue;
        const int first = s.bin_at(e.spill.lower()), last = s.bin_at(e.spill.upper());
        for (int i = first; i <= last; i++) {
            const double edge = s.lower_edge(i);
            const double noise = e.spill.over(edge, edge + s.bin_hz()) / s.bin_hz();
            inverse[i] /= static_cast<float>(1.0 + noise);
        }
    }
}

bool emission_tracker::skirts_changed()
{
    return std::exchange(d_skirts_changed, false);
}

// Energy, in units of independent cells, of the bursts up to a length that ended within a
// box. What was forgotten is taken to be as frequent as on average.
double emission_tracker::known_energy(const box& c, double now, double longest) const
{
    double sum = 0.0;
    const double oldest = now - RECENT_S * d_rate;
    for (const auto& b : d_recent)
        if (b.where.duration() < longest &&
            (b.where.end > oldest || b.where.duration() >= LASTING_S * d_rate))
            sum += overlap(c.start, c.end, b.where.start, b.where.end) / d_rate *
                   overlap(c.lower, c.upper, b.where.lower, b.where.upper) * b.excess;
    for (const auto& e : d_live) {
        if (e.report.burst_count < MANY_BURSTS || e.starts.empty())
            continue;
        const double first = static_cast<double>(e.report.sample_start - d_segment_start);
        const double duty = e.brief / std::max(1.0, e.latest_end - first);
        sum += overlap(c.start, c.end, first, std::min(oldest, e.latest_end)) / d_rate *
               overlap(c.lower, c.upper, e.band.lower, e.band.upper) * e.excess * duty;
    }
    return sum;
}

double emission_tracker::known_likelihood(const box& c) const
{
    double sum = 0.0;
    for (const auto& b : d_recent) {
        const double time = overlap(c.start, c.end, b.where.start, b.where.end) / d_rate;
        const double cells =
            time * overlap(c.lower, c.upper, b.where.lower, b.where.upper);
        if (cells > 0.0 && b.where.duration() < 0.5 * c.duration())
            sum += cells * (b.excess - std::log1p(b.excess));
    }
    return sum;
}

} // namespace rfattn
} // namespace gr
