/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Whether a burst that was measured needs an emission of its own.

#include "explanations.h"
#include "tracker_limits.h"

#include <algorithm>

namespace gr {
namespace rfattn {

namespace {

constexpr double PART = 0.8; // least share of its time and band in an earlier burst

// Whether the fit left nothing but signals that are known.
bool is_emptied(const measured_burst& f, const scene& s)
{
    const box& b = f.where();
    const auto others = s.others_on_air(0, b);
    return f.fit.is_empty &&
           std::any_of(others.begin(), others.end(), [&](const auto& other) {
               return other.lower > b.lower && other.upper < b.upper;
           });
}

bool is_part_of_ended(const measured_burst& f, const scene& s)
{
    const box& b = f.where();
    return std::any_of(s.recent.begin(), s.recent.end(), [&](const known_burst& k) {
        const box& w = k.where;
        return overlap(b.start, b.end, w.start, w.end) > PART * b.duration() &&
               overlap(b.lower, b.upper, w.lower, w.upper) > PART * b.width();
    });
}

// Whether shorter bursts that are known hold much of its energy.
bool is_sum(const measured_burst& f, const scene& s)
{
    const box& b = f.where();
    return s.known_energy(b, 0.5 * b.duration()) >
           KNOWN_SHARE * b.duration() / s.rate * f.power();
}

} // namespace

verdict judge(const measured_burst& f, const scene& s, const decisions& d)
{
    if (d.applies(decisions::EMPTIED, [&] { return is_emptied(f, s); }) ||
        d.applies(decisions::KEYED, [&] { return is_keyed_with_another(f, s); }) ||
        d.applies(decisions::PART_OF_ENDED, [&] { return is_part_of_ended(f, s); }))
        return { part::WITHIN };
    for (size_t i = 0; i < s.live.size(); i++) {
        if (!scene::is_on_air_at(s.live[i], f.where()))
            continue;
        const part of = part_of(f, s.live[i], s, d);
        if (of != part::NONE)
            return { of, i };
    }
    if (d.applies(decisions::SUM_OF_BURSTS, [&] { return is_sum(f, s); }) ||
        spilt_by(f, s, d))
        return { part::WITHIN };
    return {};
}

} // namespace rfattn
} // namespace gr
