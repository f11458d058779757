/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "scene.h"
#include "tracker_limits.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr double MOST_MODULATION = 0.7; // most power of side bands, of the carrier

} // namespace

void scene::restart(uint64_t sample_start)
{
    segment_start = sample_start;
    live.clear();
    recent.clear();
    seen.clear();
}

void scene::add_recent(known_burst k)
{
    k.revision = ++revision;
    k.likelihood = k.excess - std::log1p(k.excess);
    recent.push_back(std::move(k));
}

void scene::forget()
{
    const auto is_old = [&](const auto& one) {
        const double kept_s =
            one.where.duration() < LASTING_S * rate ? RECENT_S : MEMORY_S;
        return one.where.end < now - kept_s * rate;
    };
    recent.erase(std::remove_if(recent.begin(), recent.end(), is_old), recent.end());
    seen.erase(std::remove_if(seen.begin(), seen.end(), is_old), seen.end());
}

bool scene::is_on_air_at(const live_emission& e, const box& b)
{
    return e.on_air && b.end > e.band.start;
}

burst_fit::neighbours
scene::others_on_air(uint64_t id, const box& own, uint64_t second) const
{
    burst_fit::neighbours others;
    for (const auto& e : live)
        if (is_on_air_at(e, own) && e.report.id != id && e.report.id != second &&
            overlap(e.band.lower, e.band.upper, own.lower, own.upper) <=
                0.5 * own.width())
            others.push_back({ e.band.lower, e.band.upper, e.spill, e.level });
    return others;
}

double scene::known_energy(const box& c, double longest) const
{
    double sum = 0.0;
    const double oldest = now - RECENT_S * rate;
    for (const auto& b : recent)
        if (b.where.duration() < longest &&
            (b.where.end > oldest || b.where.duration() >= LASTING_S * rate))
            sum += overlap(c.start, c.end, b.where.start, b.where.end) / rate *
                   overlap(c.lower, c.upper, b.where.lower, b.where.upper) * b.excess;
    for (const auto& e : live) {
        if (e.report.burst_count < MANY_BURSTS || e.starts.empty())
            continue;
        const double first = static_cast<double>(e.report.sample_start - segment_start);
        const double duty = e.brief / std::max(1.0, e.latest_end - first);
        sum += overlap(c.start, c.end, first, std::min(oldest, e.latest_end)) / rate *
               overlap(c.lower, c.upper, e.band.lower, e.band.upper) * e.excess * duty;
    }
    return sum;
}

double scene::known_likelihood(const box& c) const
{
    double sum = 0.0;
    for (const auto& b : recent) {
        const double time = overlap(c.start, c.end, b.where.start, b.where.end) / rate;
        const double cells =
            time * overlap(c.lower, c.upper, b.where.lower, b.where.upper);
        if (cells > 0.0 && b.where.duration() < 0.5 * c.duration())
            sum += cells * b.likelihood;
    }
    return sum;
}

box reach_of(const live_emission& e, double widths)
{
    box band = e.core.value_or(e.band);
    const double more = widths * band.width();
    band.lower -= more;
    band.upper += more;
    return band;
}

bool is_too_strong_for(const live_emission& carrier, bool with_it, double power)
{
    const double own = carrier.level * carrier.band.width();
    return power - (with_it ? own : 0.0) > MOST_MODULATION * own;
}

} // namespace rfattn
} // namespace gr
