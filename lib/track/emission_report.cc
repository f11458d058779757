/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// What is reported of an emission.

#include "base/levels.h"
#include "emission_tracker.h"
#include "explanations.h"
#include "tracker_limits.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double SILENCE_S = 2.0; // an emission lives on without a burst
constexpr double SILENCE_PERIODS = 3.0;
constexpr double LONGEST_SILENCE_S = 30.0;
constexpr double LEAST_IMAGE_DB = 20.0, MOST_IMAGE_DB = 60.0;
constexpr double IMAGE_S = 0.02; // most time between the starts of a signal and its image
constexpr double LEAST_DC_HZ = 50e3; // wider bands are no receiver's offset

} // namespace

std::optional<double> emission_tracker::period_s(const live& e) const
{
    if (e.starts.size() < 3)
        return std::nullopt;
    std::vector<double> periods;
    for (size_t i = 1; i < e.starts.size(); i++)
        periods.push_back((e.starts[i] - e.starts[i - 1]) / d_rate);
    std::nth_element(
        periods.begin(), periods.begin() + periods.size() / 2, periods.end());
    return periods[periods.size() / 2];
}

double emission_tracker::longest_silence(const live& e) const
{
    return std::clamp(
        SILENCE_PERIODS * period_s(e).value_or(0.0), SILENCE_S, LONGEST_SILENCE_S);
}

// Whether a much stronger emission lies at the mirror image of the band, at the same
// time.
bool emission_tracker::is_image(const live& e) const
{
    for (const auto& m : d_scene.live) {
        const double common =
            overlap(-e.band.upper, -e.band.lower, m.band.lower, m.band.upper);
        const double above = level_db(m.excess / std::max(e.excess, 1e-9));
        if (m.report.id != e.report.id && m.on_air == e.on_air &&
            common > SAME_BAND * std::max(e.band.width(), m.band.width()) &&
            above > LEAST_IMAGE_DB && above < MOST_IMAGE_DB &&
            std::abs(m.band.start - e.band.start) < IMAGE_S * d_rate)
            return true;
    }
    return false;
}

// The emission that spills all its bursts that are not forgotten: what was found before
// that one, or on the air, could not be compared with it in time.
std::optional<uint64_t> emission_tracker::spilt_by_another(const live& e) const
{
    std::optional<uint64_t> by;
    const auto is_spilt = [&](const box& b, double excess, bool on_air) {
        by = spilt_by({ { b, {} }, excess, on_air, e.report.id }, d_scene, d_decisions);
        return by.has_value();
    };
    for (const auto& k : d_scene.recent)
        if (k.id == e.report.id && !is_spilt(k.where, k.excess, false))
            return std::nullopt;
    const box heard{ e.band.start, e.last_on, e.band.lower, e.band.upper };
    if (e.on_air && !is_spilt(heard, e.level, true))
        return std::nullopt;
    return by;
}

void emission_tracker::add_overload(double start, double end)
{
    if (!d_overloads.empty() && start <= d_overloads.back().second)
        d_overloads.back().second = end;
    else
        d_overloads.push_back({ start, end });
}

// Whether samples near full scale came at some time from a sample to another.
bool emission_tracker::has_overload(double start, double end) const
{
    for (auto o = d_overloads.rbegin(); o != d_overloads.rend() && o->second > start; ++o)
        if (o->first < end)
            return true;
    return false;
}

void emission_tracker::report(live& e, emission::state what)
{
    const double now = d_scene.now;
    auto& r = e.report;
    e.reported = now;
    r.what = what;
    r.sample_now = d_scene.segment_start + static_cast<uint64_t>(now);
    const double start = static_cast<double>(r.sample_start - d_scene.segment_start);
    const double end = e.on_air ? now : std::max(e.latest_end, e.band.end);
    r.sample_count = static_cast<uint64_t>(std::max(1.0, end - start));
    r.freq_lower = e.band.lower;
    r.freq_upper = e.band.upper;
    r.snr_db = level_db(e.excess);
    r.power_db = level_db(e.power);
    const double busy = e.busy + (e.on_air ? now - e.band.start : 0.0);
    const double span =
        what == emission::state::END ? end - start : std::max(end, now) - start;
    r.duty = std::clamp(busy / std::max(1.0, span), 0.0, 1.0);
    if (const auto period = period_s(e))
        r.period_s = period;
    r.burst_start.reset();
    if (e.on_air)
        r.burst_start =
            d_scene.segment_start + static_cast<uint64_t>(std::max(0.0, e.band.start));
    r.flags &= emission::OVERLOAD; // once set, it stays
    if (e.band.lower < d_floor.lower() || e.band.upper > d_floor.upper())
        r.flags |= emission::EDGE;
    if (e.band.lower < 0.0 && e.band.upper > 0.0 && e.band.width() < LEAST_DC_HZ)
        r.flags |= emission::DC;
    if (is_image(e))
        r.flags |= emission::IMAGE;
    if (has_overload(start, end))
        r.flags |= emission::OVERLOAD;
    r.sideband_of = spilt_by_another(e);
    if (r.sideband_of)
        r.flags |= emission::SIDEBAND;
    d_reports.push_back(r);
    r.bursts.clear();
}

void emission_tracker::take_reports(std::vector<emission>& to)
{
    to.insert(to.end(), d_reports.begin(), d_reports.end());
    d_reports.clear();
}

} // namespace rfattn
} // namespace gr
