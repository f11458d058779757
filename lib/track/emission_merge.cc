/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Emissions on the air that are parts of one signal become one.

#include "emission_tracker.h"
#include "explanations.h"
#include "fit/fit_limits.h"
#include "tracker_limits.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double SUBCARRIER_OFF_HZ = 200.0;
constexpr double LEAST_CARRIER = 8.0;      // powers of a subcarrier
constexpr double SUBCARRIERS_DIFFER = 2.0; // most ratio of the powers of two subcarriers

// What modulates a carrier so that it shows on both sides, with nothing between them.
struct subcarrier {
    double hz;
    double least_width, most_width;                 // Hz
    double least_carrier_width, most_carrier_width; // Hz
    double most_ratio;                              // most ratio of the two widths
    double most_carrier;                            // powers of it
};

constexpr subcarrier SUBCARRIERS[] = {
    // of a VOR: ICAO Annex 10, volume I, 3.3.5
    { 9960.0, 500.0, 2500.0, 0.0, 2500.0, 100.0, 400.0 },
    // FM broadcasting in silence or low speech (ITU-R BS.450): the pilot tone, the double
    // of its frequency, and RDS, each where the one before belongs to the carrier already
    { 19e3, 0.0, 12e3, 0.0, 12e3, 2.0, 100.0 },
    { 38e3, 0.0, 12e3, 36e3, 52e3, 1e3, 1e5 },
    { 57e3, 0.0, 12e3, 36e3, 90e3, 1e3, 1e5 },
};

} // namespace

// b was a part of a, which is on the air.
void emission_tracker::absorb(live& a, live& b)
{
    widen(a.band, b.band);
    a.revision = ++d_scene.revision;
    a.last_on = std::max(a.last_on, b.last_on);
    b.on_air = false;
    report(b, emission::state::END);
}

// What one on the air is of another, of which less was known when it began.
part emission_tracker::part_again(const live& b, const live& a) const
{
    if (b.fitted != d_scene.now || a.level <= b.level)
        return part::NONE;
    box lately = b.band;
    lately.start = std::max(b.band.start, d_scene.now - LOOK_S * d_rate);
    lately.end = b.last_on;
    return part_of(
        { { lately, b.spill }, b.level, true, b.report.id }, a, d_scene, d_decisions);
}

void emission_tracker::merge_parts()
{
    for (auto& a : d_scene.live)
        for (auto& b : d_scene.live) {
            if (!a.on_air || !b.on_air || a.report.id == b.report.id)
                continue;
            const part of = part_again(b, a);
            if (of == part::NONE)
                continue;
            if (of == part::ALTERNATES && !a.core)
                a.core = a.band;
            const box band = a.band;
            absorb(a, b);
            if (of == part::WITHIN || of == part::SPREADS)
                a.band = band;
            if (of == part::SPREADS)
                add_spread(a, b.band);
        }
}

// Of two bands on the air that cover each other, or are the tones of one signal, the
// later was a part of the earlier.
void emission_tracker::merge_same()
{
    for (auto& a : d_scene.live)
        for (auto& b : d_scene.live) {
            if (!a.on_air || !b.on_air || a.report.id >= b.report.id)
                continue;
            if (!d_decisions.applies(decisions::SAME_BAND,
                                     [&] { return have_same_band(a, b); }) &&
                !d_decisions.applies(decisions::TONES,
                                     [&] { return are_tones(a, b, d_scene); }))
                continue;
            a.band.start = std::min(a.band.start, b.band.start);
            a.fitted = 0.0;
            absorb(a, b);
        }
}

void emission_tracker::merge_subcarriers()
{
    if (!d_decisions.uses(decisions::SUBCARRIERS))
        return;
    const auto power = [](const live& e) { return e.level * e.band.width(); };
    const auto is_side = [&](const subcarrier& s, const live& c, const live& e) {
        const double off = std::abs(e.band.middle() - c.band.middle()) - s.hz;
        if (!e.on_air || std::abs(off) >= SUBCARRIER_OFF_HZ) // nearly all
            return false;
        const double ratio = power(c) / power(e), width = e.band.width();
        const double wider = std::max(width / c.band.width(), c.band.width() / width);
        return width > s.least_width && width < s.most_width && wider < s.most_ratio &&
               ratio > LEAST_CARRIER && ratio < s.most_carrier;
    };
    const auto merge = [&](const subcarrier& s, live& c) {
        live *below = nullptr, *above = nullptr;
        for (auto& e : d_scene.live)
            if (is_side(s, c, e))
                (e.band.middle() < c.band.middle() ? below : above) = &e;
        if (!below || !above)
            return;
        const double differ = power(*below) / power(*above);
        if (differ > SUBCARRIERS_DIFFER || differ * SUBCARRIERS_DIFFER < 1.0)
            return;
        d_decisions.count(decisions::SUBCARRIERS);
        const double all = power(c) + power(*below) + power(*above);
        c.band.lower = below->band.lower;
        c.band.upper = above->band.upper;
        c.level = all / c.band.width();
        c.has_subcarrier = true;
        c.revision = ++d_scene.revision;
        c.fitted = 0.0;
        for (live* e : { below, above }) {
            e->on_air = false;
            report(*e, emission::state::END);
        }
    };
    for (auto& c : d_scene.live)
        for (const auto& s : SUBCARRIERS)
            if (c.on_air && c.band.width() >= s.least_carrier_width &&
                c.band.width() <= s.most_carrier_width)
                merge(s, c);
}

} // namespace rfattn
} // namespace gr
