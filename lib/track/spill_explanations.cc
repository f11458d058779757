/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// What much stronger signals spill is not an emission.

#include "explanations.h"
#include "fit/fit_limits.h"
#include "tracker_limits.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

namespace {

// A burst that is spilt has so much less density than the one that spills it.
constexpr double SPILT_DENSITY = 5.0;
// It is so much weaker, and right beside it: within so many widths, and Hz.
constexpr double NEAR_RATIO = 100.0, NEAR_WIDTHS = 1.5, NEAR_HZ = 10e3;
// Or it begins and ends with it, so much weaker within so many widths or Hz; far weaker
// also farther away.
constexpr double SPILT_RATIO = 20.0, SPILT_WIDTHS = 3.0, SPILT_HZ = 50e3;
constexpr double FAR_RATIO = 1000.0, FAR_HZ = 500e3;
constexpr double SPILT_S = 0.008, MOST_SMEAR_S = 0.1;
// Or it lies within its time, fills so much of that, and has so much less density.
constexpr double UNDER_RATIO = 1e4, UNDER_SHARE = 0.25;
// Or it comes with its pulses, of a band and a length up to these.
constexpr double KEYED_HZ = 500e3, KEYED_S = 0.02;
constexpr double LEAST_BESIDE = 0.25; // least share of a band that lies beside another

// A burst that may spill another.
struct spiller {
    box where;
    double level;
    const skirt& spill;
    uint64_t id;
    bool on_air;

    double power() const { return level * where.width(); }
};

using id_or_none = std::optional<uint64_t>;

// The emission of the first burst of others for which a condition is true.
template <typename condition>
id_or_none first_spiller(const measured_burst& f, const scene& s, condition&& is_true)
{
    for (const auto& k : s.recent)
        if (k.id != f.id && is_true(spiller{ k.where, k.excess, k.spill, k.id, false }))
            return k.id;
    for (const auto& e : s.live) {
        const box heard{ e.band.start, e.last_on, e.band.lower, e.band.upper };
        if (e.on_air && e.report.id != f.id &&
            is_true(spiller{ heard, e.level, e.spill, e.report.id, true }))
            return e.report.id;
    }
    return std::nullopt;
}

double common_time(const box& a, const box& b)
{
    return overlap(a.start, a.end, b.start, b.end);
}

id_or_none spilt_near(const measured_burst& f, const scene& s)
{
    const box& b = f.where();
    return first_spiller(f, s, [&](const spiller& k) {
        const double apart = apart_hz(b, k.where);
        return k.level >= SPILT_DENSITY * f.excess &&
               k.power() > NEAR_RATIO * f.power() &&
               common_time(b, k.where) > 0.8 * b.duration() && apart > 0.0 &&
               apart < std::min(NEAR_WIDTHS * k.where.width(), NEAR_HZ);
    });
}

id_or_none spilt_under(const measured_burst& f, const scene& s)
{
    const box& b = f.where();
    const double row = s.fit.for_time(b.width()).size();
    return first_spiller(f, s, [&](const spiller& k) {
        return k.level > UNDER_RATIO * f.excess && b.start > k.where.start - row &&
               b.end < k.where.end + row &&
               b.duration() > UNDER_SHARE * k.where.duration();
    });
}

// The emission that it begins with may have paused before it ends.
id_or_none spilt_with(const measured_burst& f, const scene& s)
{
    const box& b = f.where();
    const double smear = std::min(MOST_SMEAR_S, 25.0 / (f.excess * f.excess) / b.width());
    const double tolerance =
        s.rate * std::max(std::min(SPILT_S, 0.25 * b.duration() / s.rate), smear);
    std::vector<uint64_t> begun; // emissions, one of whose bursts began with it
    return first_spiller(f, s, [&](const spiller& k) {
        const double below = k.power() / f.power();
        const bool is_far = below > FAR_RATIO && k.level > FAR_RATIO * f.excess;
        if (k.level < SPILT_DENSITY * f.excess || below < SPILT_RATIO ||
            apart_hz(b, k.where) >
                std::max(SPILT_WIDTHS * k.where.width(), is_far ? FAR_HZ : SPILT_HZ))
            return false;
        const bool start_counts = b.start > UNSEEN_S * s.rate || (is_far && !f.on_air);
        if (std::abs(k.where.start - b.start) < tolerance && start_counts)
            begun.push_back(k.id);
        const bool ends_with =
            f.on_air ? k.on_air : std::abs(k.where.end - b.end) < tolerance;
        return ends_with && std::find(begun.begin(), begun.end(), k.id) != begun.end();
    });
}

// By the one that spills most there.
id_or_none spilt_as_skirt(const measured_burst& f, const scene& s)
{
    const box& b = f.where();
    double spilt = 0.0, most = 0.0;
    id_or_none by;
    first_spiller(f, s, [&](const spiller& k) {
        const double here =
            common_time(b, k.where) / b.duration() * k.spill.over(b.lower, b.upper);
        if (here > most)
            by = k.id;
        most = std::max(most, here);
        spilt += here;
        return false;
    });
    return f.power() < SKIRT_MARGIN * spilt ? by : std::nullopt;
}

// Mean excess over the part of its band that lies beside another, with what that leaks.
double excess_beside(const measured_burst& f, const box& band, const burst_fit& fit)
{
    const box& b = f.where();
    const double leak = LEAK_BINS * fit.for_band(b).bin_hz();
    box common = b;
    common.lower = std::max(b.lower, band.lower - leak);
    common.upper = std::min(b.upper, band.upper + leak);
    if (common.width() <= 0.0)
        return f.excess;
    const double rest = b.width() - common.width();
    return rest < LEAST_BESIDE * b.width()
               ? f.excess
               : (f.power() - fit.measure_strength(common).excess * common.width()) /
                     rest;
}

struct explanation {
    decisions::name name;
    id_or_none (*by)(const measured_burst&, const scene&);
    bool is_of_sidebands; // whether it says that one is on the air only with the other
};

constexpr explanation SPILT[] = {
    { decisions::SPILT_NEAR, spilt_near, true },
    { decisions::SPILT_UNDER, spilt_under, false },
    { decisions::SPILT_WITH, spilt_with, true },
    { decisions::SPILT_SKIRT, spilt_as_skirt, true },
};

} // namespace

std::optional<uint64_t>
spilt_by(const measured_burst& f, const scene& s, const decisions& d)
{
    for (const auto& e : SPILT) {
        const bool counts = d.uses(e.name) && (f.id == 0 || e.is_of_sidebands);
        const auto by = counts ? e.by(f, s) : std::nullopt;
        if (!by)
            continue;
        if (f.id == 0) // else it only sets a flag, and is asked with every report
            d.count(e.name);
        return by;
    }
    return std::nullopt;
}

bool is_keyed_with_another(const measured_burst& f, const scene& s)
{
    const box& b = f.where();
    return std::any_of(s.live.begin(), s.live.end(), [&](const live_emission& e) {
        if (e.band.width() > KEYED_HZ ||
            !(e.on_air || e.band.end > b.start - MOST_SMEAR_S * s.rate) ||
            (apart_hz(b, e.band) > 0.0 && std::max(e.level, e.excess) < f.excess))
            return false;
        const box together{ b.start, b.end, e.band.lower, e.band.upper };
        const double excess = excess_beside(f, e.band, s.fit);
        const double here = s.fit.measure_strength(together).excess;
        if (b.end < s.fit.forgotten())
            return std::max({ e.level, e.excess, here }) > FAR_RATIO * excess &&
                   e.pulse_s < KEYED_S;
        return here > SPILT_DENSITY * excess &&
               s.fit.comes_with(b, e.band, s.others_on_air(e.report.id, b));
    });
}

} // namespace rfattn
} // namespace gr
