/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Tones: bands that belong to one signal although others may lie between them.

#include "base/row_power.h"
#include "burst_fit.h"
#include "fit_limits.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

// Noise takes from the correlation; independent powers come so far in 1 of 30,000
// windows.
constexpr double MOST_COMPLEMENT = -0.4;
constexpr double MOST_STAY = 60.0; // longest stay on a tone, in units of 1 / its width
constexpr int LEAST_CHANGES = 6;   // least number of changes between tones
constexpr double CHANCE = 3.0;     // deviations of a correlation, by its changes
constexpr double TONES_APART_HZ = 200e3;
constexpr double ALIKE_LEVELS = 5.0; // most ratio of the peaks of two such tones
constexpr double TONE_WIDTHS = 12.0; // most distance with other tones between
// Of its duration, between what begins and ends at once, and at most.
constexpr double AT_ONCE = 0.05, AT_ONCE_S = 0.002;

// Leaves out what lies before and behind the time that two powers are on the air.
void trim(std::vector<float>& x, std::vector<float>& y)
{
    const double lx = level_of(x), ly = level_of(y);
    const auto is_on = [&](size_t i) { return x[i] / lx + y[i] / ly > ON_AIR; };
    size_t first = 0, end = x.size();
    while (first < end && !is_on(first))
        first++;
    while (end > first && !is_on(end - 1))
        end--;
    for (auto* z : { &x, &y }) {
        z->erase(z->begin() + static_cast<long>(end), z->end());
        z->erase(z->begin(), z->begin() + static_cast<long>(first));
    }
}

// Two powers over time.
struct comparison {
    double correlation;
    int changes; // changes of which tone is larger, each by its own mean
    int stay;    // rows: the longest without a change
};

comparison compare(const std::vector<float>& x, const std::vector<float>& y)
{
    const auto n = static_cast<double>(x.size());
    const double mx = std::accumulate(x.begin(), x.end(), 0.0) / n;
    const double my = std::accumulate(y.begin(), y.end(), 0.0) / n;
    double xx = 1e-30, yy = 1e-30, xy = 0.0;
    int changes = 0, stay = 0, longest = 0;
    bool was_first = false;
    for (size_t i = 0; i < x.size(); i++) {
        xx += (x[i] - mx) * (x[i] - mx);
        yy += (y[i] - my) * (y[i] - my);
        xy += (x[i] - mx) * (y[i] - my);
        const bool is_first = x[i] * my > y[i] * mx;
        changes += is_first != was_first;
        stay = is_first == was_first ? stay + 1 : 1;
        longest = std::max(longest, stay);
        was_first = is_first;
    }
    return { xy / std::sqrt(xx * yy), changes, longest };
}

} // namespace

bool burst_fit::alternate(const box& a, const box& b) const
{
    const double apart = 0.5 * std::abs(a.lower + a.upper - b.lower - b.upper);
    const auto s = std::find_if(d_all.begin(), d_all.end(), [&](const auto& one) {
        return apart > APART_BINS * one->bin_hz() && one->end() > 0;
    });
    if (s == d_all.end())
        return false;
    const uint64_t first = (*s)->row_at(std::min(a.start, b.start) + (*s)->size());
    const uint64_t end = (*s)->row_at(std::max(a.end, b.end) - (*s)->size());
    if (end <= first)
        return false;
    auto x = row_powers(**s, a.lower, a.upper, first, end);
    auto y = row_powers(**s, b.lower, b.upper, first, end);
    trim(x, y);
    if (x.size() < COMPARED_ROWS)
        return false;
    const auto [correlation, changes, stay] = compare(x, y);
    // What stays on for many symbols is a signal of its own: slots of two stations, say.
    return correlation < MOST_COMPLEMENT && changes >= LEAST_CHANGES &&
           stay * (*s)->row_s() * std::min(a.width(), b.width()) < MOST_STAY;
}

double
burst_fit::power_correlation(const box& a, const box& b, double start, double end) const
{
    const spectrogram& s = *d_all.front();
    const auto half = static_cast<double>(s.size()) / 2.0;
    const uint64_t first = s.row_at(start + half), last = s.row_at(end - half);
    if (s.end() == 0 || last <= first)
        return 0.0;
    const auto found = compare(row_powers(s, a.lower, a.upper, first, last),
                               row_powers(s, b.lower, b.upper, first, last));
    const double squared = found.correlation * found.correlation;
    return squared * found.changes < CHANCE * CHANCE ? 0.0 : found.correlation;
}

burst_fit::timing burst_fit::compare_times(const box& a, const box& b) const
{
    const auto& rows = for_time(a.width());
    const double row = rows.size();
    const double margin = std::max(0.5 * a.duration(), 3.0 * row);
    const auto ea = fit_times(a, margin, margin), eb = fit_times(b, margin, margin);
    if (ea.bursts.empty() || eb.bursts.empty())
        return { false, 0.0, 0.0, false, false, row };
    const double start = ea.bursts.front().start, end = ea.bursts.back().end;
    const double from =
        std::max(a.start - margin, rows.middle(static_cast<double>(rows.begin())));
    const double to =
        std::min(a.end + margin, rows.middle(static_cast<double>(rows.end() - 1)));
    return { true,
             std::abs(start - eb.bursts.front().start),
             std::abs(end - eb.bursts.back().end),
             start > from + 2.0 * row,
             end < to - 2.0 * row,
             row };
}

// Whether two bands are equally strong and wide, and not far apart.
bool burst_fit::look_like_tones(const part& p, const part& q)
{
    const box &a = p.where, &b = q.where;
    const double apart = apart_hz(a, b);
    const double narrow = std::min(a.width(), b.width());
    const double wide = std::max(a.width(), b.width());
    return std::max(p.peak, q.peak) < ALIKE_LEVELS * std::min(p.peak, q.peak) &&
           wide < 2.0 * narrow && apart > wide && apart + wide < MOST_SHIFT_HZ;
}

// Whether two bands are tones of one signal: they take turns, or begin and end at the
// same time.
bool burst_fit::are_tones(const part& p, const part& q) const
{
    const box &a = p.core, &b = q.core;
    const double apart = apart_hz(a, b);
    if (apart > TONES_APART_HZ ||
        std::max(p.peak, q.peak) > MOST_LEVELS * std::min(p.peak, q.peak))
        return false;
    if (d_decisions.applies(decisions::TURNS, [&] { return alternate(a, b); }))
        return true;
    if (apart > TONE_WIDTHS * std::max(a.width(), b.width()) || !look_like_tones(p, q))
        return false;
    const timing t = compare_times(a, b);
    const double tolerance = std::min(AT_ONCE * a.duration(), AT_ONCE_S * d_rate);
    return d_decisions.applies(decisions::LIKE_TONES, [&] {
        return t.is_known && t.starts <= tolerance && t.ends <= tolerance;
    });
}

} // namespace rfattn
} // namespace gr
