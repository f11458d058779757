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

constexpr double PART = 0.8;          // of its time and of its band, in an earlier burst
constexpr double LEAST_FOUND = 0.002; // of the power of the band fitted to what was found

// Whether the fit left nothing but signals that are known.
bool is_emptied(const measured_burst& f, const scene& s)
{
    const box& b = f.where();
    const auto others = s.others_on_air(0, f.found);
    return f.fit.is_empty &&
           std::any_of(others.begin(), others.end(), [&](const auto& other) {
               return other.lower > b.lower && other.upper < b.upper;
           });
}

bool is_keyed(const measured_burst& f, const scene& s)
{
    return is_keyed_with_another(f.where(), s);
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

// Whether the fit left what was found for something beside it: an emission on the air, or
// one whose skirt was found.
bool is_beside(const measured_burst& f, const scene& s)
{
    const box &b = f.where(), &found = f.found;
    const box both{
        b.start, b.end, std::max(b.lower, found.lower), std::min(b.upper, found.upper)
    };
    if (both.lower >= both.upper)
        return both.lower - both.upper > found.width() ||
               std::any_of(s.live.begin(), s.live.end(), [&](const auto& e) {
                   return e.on_air && apart_hz(e.band, b) < 0.0;
               });
    return s.fit.measure_strength(both).power <
           LEAST_FOUND * s.fit.measure_strength(b).power;
}

// Whether shorter bursts that are known hold much of its energy.
bool is_sum(const measured_burst& f, const scene& s)
{
    const box& b = f.where();
    return s.known_energy(b, 0.5 * b.duration()) >
           KNOWN_SHARE * b.duration() / s.rate * f.power();
}

struct explanation {
    decisions::name name;
    bool (*explains)(const measured_burst&, const scene&);
};

constexpr explanation BEFORE[] = {
    { decisions::EMPTIED, is_emptied },
    { decisions::KEYED, is_keyed },
    { decisions::PART_OF_ENDED, is_part_of_ended },
};
constexpr explanation BEHIND[] = {
    { decisions::BESIDE, is_beside },
    { decisions::SUM_OF_BURSTS, is_sum },
};

template <typename list>
bool any_of(const list& all, const measured_burst& f, const scene& s, const decisions& d)
{
    return std::any_of(std::begin(all), std::end(all), [&](const auto& e) {
        return d.applies(e.name, [&] { return e.explains(f, s); });
    });
}

} // namespace

verdict judge(const measured_burst& f, const scene& s, const decisions& d)
{
    if (any_of(BEFORE, f, s, d))
        return { part::WITHIN };
    for (size_t i = 0; i < s.live.size(); i++) {
        if (!scene::is_on_air_at(s.live[i], f.where()))
            continue;
        const part of = part_of(f, s.live[i], s, d);
        if (of != part::NONE)
            return { of, i };
    }
    if (any_of(BEHIND, f, s, d) || is_spilt(f, s, d))
        return { part::WITHIN };
    return {};
}

} // namespace rfattn
} // namespace gr
