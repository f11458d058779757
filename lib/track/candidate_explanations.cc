/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// What explains a candidate before it is measured: what maps of cells show of known
// bursts.

#include "explanations.h"
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
constexpr double ACTIVE_S = 0.1;     // most time since the last of many bursts
constexpr double SKIRT_WIDTHS = 20.0;
constexpr double SKIRT_RATIO = 3e4; // ratio of a burst's density to that of a skirt
constexpr double SPUR_RATIO = 1e5;  // ratio of a burst's density to that of a spur
constexpr double SKIRT_S = 0.02;

// A known burst, on the air or not, and where a candidate lies beside it.
struct heard {
    const box& band;
    double end;     // that is known
    double last_on; // when it was heard last
    double level;   // mean excess
    const skirt& spill;
    double time = 0.0;  // samples in common; a map blurs a burst by its cells
    double apart = 0.0; // Hz
    bool is_with = false;
};

double cells_of(const candidate& c, const scene& s)
{
    return std::max(1.0, c.where.duration() / s.rate * c.where.width());
}

double time_in(const candidate& c, double start, double end)
{
    const double blur = c.cell.duration();
    return overlap(c.where.start, c.where.end, start - blur, end + blur);
}

double band_in(const candidate& c, const box& b)
{
    const double blur = c.cell.width();
    return overlap(c.where.lower, c.where.upper, b.lower - blur, b.upper + blur);
}

bool is_covered(const candidate& c, const heard& h, const scene&)
{
    return h.is_with && h.apart < c.cell.width() &&
           band_in(c, h.band) > 0.5 * c.where.width();
}

bool is_skirt(const candidate& c, const heard& h, const scene& s)
{
    const double half = 0.5 * c.cell.width();
    return h.is_with &&
           c.energy < SKIRT_MARGIN * h.time / s.rate *
                          h.spill.over(c.where.lower - half, c.where.upper + half);
}

// Energy that a burst leaves in the band of a candidate when it is switched on or off,
// over its power, s: a step in the amplitude has the spectrum 1 / (2 pi f).
double click_share(const box& burst, const candidate& c)
{
    const auto beyond = [&](double from, double to) {
        const double least = std::max(from, 0.5 * c.cell.width());
        return to > least ? 1.0 / least - 1.0 / to : 0.0;
    };
    return (beyond(c.where.lower - burst.upper, c.where.upper - burst.upper) +
            beyond(burst.lower - c.where.upper, burst.lower - c.where.lower)) /
           (4.0 * M_PI * M_PI);
}

// Beside the burst: within its band is what it holds itself.
bool is_click(const candidate& c, const heard& h, const scene& s)
{
    if (h.apart < 0.0)
        return false;
    const auto size = static_cast<double>(s.fit.for_time(h.band.width()).size());
    const double near = c.cell.duration() + size + CLICK_S * s.rate;
    const auto is_near = [&](double edge) {
        return std::abs(c.where.start - edge) < near ||
               std::abs(c.where.end - edge) < near;
    };
    return (is_near(h.band.start) || is_near(h.last_on)) &&
           c.energy < CLICK_MARGIN * h.level * h.band.width() * click_share(h.band, c);
}

// Skirts, spurs and what a converter adds: far below a burst, and not before it.
bool is_far_below(const candidate& c, const heard& h, const scene& s)
{
    const double ratio =
        h.apart < SKIRT_WIDTHS * h.band.width() ? SKIRT_RATIO : SPUR_RATIO;
    return c.where.start > h.band.start - SKIRT_S * s.rate && c.where.start < h.end &&
           h.level * cells_of(c, s) > ratio * c.energy;
}

bool is_of_slow_map(const candidate& c, const scene& s)
{
    return c.cell.duration() > SLOW_S * s.rate &&
           std::any_of(s.live.begin(), s.live.end(), [&](const live_emission& e) {
               const double common =
                   overlap(c.where.lower, c.where.upper, e.band.lower, e.band.upper);
               return e.report.burst_count >= MANY_BURSTS &&
                      c.where.width() < 0.8 * e.band.width() &&
                      s.now - e.band.end < ACTIVE_S * s.rate &&
                      c.energy / cells_of(c, s) < 2.0 * e.level &&
                      common > 0.8 * c.where.width();
           });
}

bool is_sum(const candidate& c, const scene& s)
{
    return s.known_energy(c.where, 1e30) > KNOWN_SHARE * c.energy;
}

struct by_burst {
    decisions::name name;
    bool (*explains)(const candidate&, const heard&, const scene&);
};

constexpr by_burst BY_BURST[] = {
    { decisions::COVERED, is_covered },
    { decisions::SKIRT, is_skirt },
    { decisions::CLICK, is_click },
    { decisions::FAR_BELOW, is_far_below },
};

bool touches(const candidate& c, const heard& h)
{
    return overlap(c.where.start, c.where.end, h.band.start, h.end) > 0.0 &&
           apart_hz(c.where, h.band) < 0.0;
}

} // namespace

bool is_explained(candidate& c, const scene& s, const decisions& d)
{
    const uint64_t since = std::exchange(c.compared, s.revision);
    if (since == s.revision)
        return false;
    bool has_changed = since == 0;
    // Nothing farther away in time explains it: most bursts are.
    const double reach =
        c.cell.duration() + s.fit.longest_row() + std::max(CLICK_S, SKIRT_S) * s.rate;
    const auto by = [&](heard h) {
        if (c.where.start > h.end + reach || c.where.end < h.band.start - reach)
            return false;
        h.time = time_in(c, h.band.start, h.end);
        h.apart = apart_hz(c.where, h.band);
        h.is_with = h.time >= 0.5 * c.where.duration();
        has_changed = has_changed || touches(c, h);
        return std::any_of(std::begin(BY_BURST), std::end(BY_BURST), [&](const auto& e) {
            return d.applies(e.name, [&] { return e.explains(c, h, s); });
        });
    };
    for (const auto& e : s.live)
        if (e.on_air && e.revision > since &&
            by({ e.band, s.now, e.last_on, e.level, e.spill }))
            return true;
    for (auto k = s.recent.rbegin(); k != s.recent.rend() && k->revision > since; ++k)
        if (by({ k->where, k->where.end, k->where.end, k->excess, k->spill }))
            return true;
    for (auto b = s.seen.rbegin(); b != s.seen.rend() && b->revision > since; ++b)
        if (d.applies(decisions::SEEN, [&] {
                return time_in(c, b->where.start, b->where.end) >
                           0.5 * c.where.duration() &&
                       band_in(c, b->where) > 0.5 * c.where.width();
            }))
            return true;
    if (!has_changed)
        return false;
    c.known = s.known_likelihood(c.where);
    return d.applies(decisions::SLOW_MAP, [&] { return is_of_slow_map(c, s); }) ||
           d.applies(decisions::SUM, [&] { return is_sum(c, s); });
}

} // namespace rfattn
} // namespace gr
