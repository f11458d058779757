/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Emissions on the air are followed to their end, and forgotten when they are over.

#include "emission_tracker.h"
#include "explanations.h"
#include "fit/fit_limits.h"
#include "tracker_limits.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr double FIT_EVERY_S = 0.05;    // time between fits of a burst on the air
constexpr double REPORT_EVERY_S = 0.25; // time between reports of a burst on the air
constexpr double GUARD_HZ = 2000.0;     // widest guard beside a band on the air
constexpr double GUARD = 0.1; // guard beside a band on the air, share of its width
constexpr double FILLING_PAUSE_S = 0.02; // longest pause of what fills the band, as TDD
constexpr double LEAST_OWN = 0.1;        // least level that others leave, of its own
constexpr double STEADY_S = 0.35;        // time after which a narrow signal is steady
constexpr double STEADY_PAUSE_S = 0.1;   // pause after which a steady signal is over

} // namespace

void emission_tracker::follow(double now)
{
    d_scene.now = now;
    for (auto& e : d_scene.live)
        if (e.on_air)
            follow_burst(e);
    merge_same();
    merge_parts();
    merge_subcarriers();
    d_scene.forget();
    while (!d_overloads.empty() && d_overloads.front().second < now - 60.0 * d_rate)
        d_overloads.pop_front();
    for (auto& e : d_scene.live)
        if (!e.is_over() && !e.on_air && now - e.band.end > longest_silence(e) * d_rate)
            report(e, emission::state::END);
    d_scene.live.erase(std::remove_if(d_scene.live.begin(),
                                      d_scene.live.end(),
                                      [](const live& e) { return e.is_over(); }),
                       d_scene.live.end());
    update_masks();
}

// Mean excess over its band, without that of lines within it.
double emission_tracker::own_level(const live& e, const burst_fit::neighbours& others)
{
    double power = e.level * e.band.width();
    for (const auto& other : others)
        if (other.lower > e.band.lower && other.upper < e.band.upper &&
            other.leaks_into(e.band.width(), e.level))
            power -= other.level * (other.upper - other.lower);
    return std::max(power / e.band.width(), LEAST_OWN * e.level);
}

void emission_tracker::follow_burst(live& e)
{
    const double now = d_scene.now;
    const auto& rows = d_fit.for_time(e.band.width());
    const double pause = e.pause;
    const double look = std::max({ pause, 4.0 * rows.size(), 0.03 * d_rate });
    box recent = e.band;
    recent.start = std::max(e.band.start, now - look - 2.0 * rows.size());
    recent.end = now;
    const auto others = d_scene.others_on_air(e.report.id, e.band);
    const auto times =
        d_fit.fit_times(recent, 0.0, 0.0, others, own_level(e, others), e.pause);
    bool over = false;
    for (const auto& b : times.bursts) {
        if (b.end < e.last_on)
            continue;
        if (b.start > e.last_on + pause + static_cast<double>(rows.hop())) {
            over = true;
            break;
        }
        e.last_on = std::min(now, b.end);
    }
    e.has_paused |= times.has_paused && now - e.last_on < 2.0 * rows.size();
    const double smear =
        2.0 * rows.size() +
        std::min(0.2, 25.0 / (e.level * e.level + 1e-9) / e.band.width()) * d_rate;
    if (over || now - e.last_on > pause + smear) {
        box whole = e.band;
        whole.end = e.last_on;
        close_burst(e, whole);
        // While it was on the air its band was left out of the maps.
        for (const auto& b : times.bursts) {
            if (b.start <= whole.end)
                continue;
            const burst_fit::band_fit fit{ b, e.spill };
            if (b.end > now - pause - 2.0 * rows.size())
                open_burst(e, fit);
            else
                add_burst(e, fit);
        }
        return;
    }
    e.band.end = now;
    // Only what is on the air is measured.
    if (now - e.fitted < FIT_EVERY_S * d_rate || now - e.last_on > 2.0 * rows.size())
        return;
    box piece = e.band;
    piece.start = std::max(e.band.start, e.last_on - LOOK_S * d_rate);
    piece.end = e.last_on;
    if (d_decisions.applies(decisions::LINE_UNDER,
                            [&] { return is_line_under(e, d_scene); }))
        return;
    const double start = e.band.start;
    auto fit = d_fit.fit_band(piece, d_scene.others_on_air(e.report.id, e.band));
    if (e.fills_band || e.has_subcarrier) // what is lost of it in an echo comes back
        widen(fit.where, e.band);
    measure(e, fit);
    d_skirts_changed = true;
    e.pause = longest_pause(e);
    if (!e.has_paused && e.last_on - start > STEADY_S * d_rate)
        e.pause = std::min(e.pause, std::max(STEADY_PAUSE_S * d_rate, least_pause(e)));
    e.band.start = start;
    e.fitted = now;
    // Weaker than it seemed at first: an error of the floor.
    if (e.excess < LEAST_LEVEL && e.report.burst_count == 0) {
        e.on_air = false;
        report(e, emission::state::END);
        return;
    }
    if (now - e.reported >= REPORT_EVERY_S * d_rate)
        report(e, emission::state::UPDATE);
}

// Samples that the rows of its band resolve.
double emission_tracker::least_pause(const live& e) const
{
    return 2.5 * static_cast<double>(d_fit.for_time(e.band.width()).hop());
}

// Samples: within a burst of its present band.
double emission_tracker::longest_pause(const live& e) const
{
    if (e.fills_band)
        return FILLING_PAUSE_S * d_rate;
    return std::max(d_fit.longest_pause_s(e.band.width(), e.pulse_s, e.effective_width) *
                        d_rate,
                    least_pause(e));
}

void emission_tracker::end_all(double now)
{
    d_scene.now = now;
    for (auto& e : d_scene.live) {
        if (e.on_air)
            close_burst(
                e,
                { e.band.start, std::min(now, e.last_on), e.band.lower, e.band.upper });
        report(e, emission::state::END);
    }
    d_scene.live.clear();
    d_masks.clear();
}

void emission_tracker::add_skirts(const spectrogram& s, float* inverse) const
{
    for (const auto& e : d_scene.live) {
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

void emission_tracker::update_masks()
{
    d_masks.clear();
    for (const auto& e : d_scene.live) {
        if (!e.on_air)
            continue;
        const double guard = std::min(GUARD * e.band.width(), GUARD_HZ) +
                             2.0 * d_fit.for_band(e.band).bin_hz();
        d_masks.push_back(
            { e.band.lower - guard, e.band.upper + guard, e.band, e.level });
    }
}

// The side lobes of a Hann window fall with the sixth power of the distance.
std::pair<double, double> emission_tracker::mask::edges(double bin_hz) const
{
    const double width = band.width();
    const double in_a_bin = excess * width / std::max(width, 1.5 * bin_hz);
    const double reach = std::pow(std::max(0.0, in_a_bin), 1.0 / 6.0) * bin_hz;
    return { std::min(lower, band.lower - reach), std::max(upper, band.upper + reach) };
}

} // namespace rfattn
} // namespace gr
