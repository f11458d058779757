/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Candidates: what stands out in the maps, and which of those that overlap are kept.

#include "detector.h"

#include <algorithm>

namespace gr {
namespace rfattn {

namespace {

constexpr double SHORT_S = 0.008;   // longest burst that maps of finer bins leave out
constexpr double SHORT_BINS = 4.5;  // least width of a short burst, bins of its map
constexpr double SHORT_CELLS = 2.5; // least width of a short burst, widths of its cell
constexpr double SHORT_WAIT_S = 0.010;
constexpr double OVERLAP = 0.3;
constexpr double PARTS_SHARE = 0.35;
constexpr size_t MOST_PARTS = 200;

} // namespace

// Open ones go to a list, and closed ones to the others that are kept.
void detector::gather(std::vector<candidate>& open, bool last)
{
    std::vector<cell_map::component> found;
    for (auto& l : d_layers) {
        const auto& s = *l.rows;
        const bool finest = &l == &d_layers.front();
        // The others wait for the bursts that are too short for their rows.
        const uint64_t lag = last ? 0 : std::llround(SHORT_WAIT_S * d_settings.rate);
        if (const uint64_t behind = s.size() + lag; !finest && d_samples >= behind)
            fill_maps(l, std::min(s.end(), (d_samples - behind) / s.hop() + 1));
        for (auto& v : l.levels)
            for (auto& map : v.maps) {
                found.clear();
                map.collect(d_least_likelihood, found);
                map.forget_closed();
                for (const auto& c : found) {
                    const box where{
                        static_cast<double>(c.first_row * s.hop()) + 0.25 * s.size(),
                        static_cast<double>(c.end_row * s.hop()) + 0.25 * s.size(),
                        s.lower_edge(c.first_bin),
                        s.lower_edge(c.end_bin)
                    };
                    candidate found_one{ where, c.likelihood(), c.energy, c.open, {} };
                    found_one.cell.end =
                        static_cast<double>((map.pool_rows() + 1) * s.hop());
                    found_one.cell.upper = map.pool_bins() * s.bin_hz();
                    const bool resolved =
                        where.width() > SHORT_BINS * s.bin_hz() &&
                        where.width() > SHORT_CELLS * found_one.cell.width();
                    if (finest && d_layers.size() > 1 && !c.open && resolved &&
                        where.duration() < SHORT_S * d_settings.rate)
                        d_short.push_back(where);
                    (c.open ? open : d_closed).push_back(found_one);
                }
            }
    }
    while (!d_short.empty() && d_short.front().end < static_cast<double>(d_samples) -
                                                         FORGET_S * d_settings.rate)
        d_short.pop_front();
}

// Whether shorter candidates, one after the other, explain as much as a long one does.
bool detector::is_sum_of_parts(const candidate& c,
                               const std::vector<candidate>& all) const
{
    std::vector<const candidate*> parts;
    double sum =
        d_tracker->known(static_cast<double>(d_samples)).known_likelihood(c.where);
    if (sum > PARTS_SHARE * c.likelihood)
        return true;
    for (const auto& p : all) { // by falling likelihood
        const auto& w = p.where;
        if (w.duration() > 0.5 * c.where.duration())
            continue;
        const double time = overlap(w.start, w.end, c.where.start, c.where.end);
        const double band = overlap(w.lower, w.upper, c.where.lower, c.where.upper);
        const double share = time / w.duration() * band / w.width();
        if (share * p.likelihood < 0.01 * c.likelihood)
            continue;
        const auto overlaps = [&](const candidate* k) {
            return overlap(w.start, w.end, k->where.start, k->where.end) > 0.0 &&
                   overlap(w.lower, w.upper, k->where.lower, k->where.upper) > 0.0;
        };
        if (std::any_of(parts.begin(), parts.end(), overlaps))
            continue;
        parts.push_back(&p);
        sum += share * p.likelihood;
        if (sum > PARTS_SHARE * c.likelihood)
            return true;
        if (parts.size() >= MOST_PARTS)
            return false;
    }
    return false;
}

// Of candidates that overlap, the most likely.
std::vector<candidate> detector::choose(std::vector<candidate> all) const
{
    std::sort(all.begin(), all.end(), [](const candidate& a, const candidate& b) {
        return a.likelihood > b.likelihood;
    });
    std::vector<candidate> kept;
    for (const auto& c : all) {
        if (d_decisions.applies(decisions::SUM_OF_PARTS,
                                [&] { return is_sum_of_parts(c, all); }))
            continue;
        const auto covers = [&](const candidate& k) {
            // Maps blur a signal by the size of their cells.
            const double dt = std::max(c.cell.duration(), k.cell.duration());
            const double df = std::max(c.cell.width(), k.cell.width());
            const double time =
                overlap(c.where.start, c.where.end, k.where.start - dt, k.where.end + dt);
            const double band = overlap(
                c.where.lower, c.where.upper, k.where.lower - df, k.where.upper + df);
            const double own = c.where.duration() * c.where.width();
            const double other =
                (k.where.duration() + 2 * dt) * (k.where.width() + 2 * df);
            return time * band > OVERLAP * std::min(own, other);
        };
        if (std::none_of(kept.begin(), kept.end(), covers))
            kept.push_back(c);
    }
    return kept;
}

} // namespace rfattn
} // namespace gr
