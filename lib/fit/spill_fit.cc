/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Whether a weak band has power only while a strong one has: then the strong one's
// transmitter, or the receiver, spills it.

#include "base/levels.h"
#include "burst_fit.h"
#include "fit_limits.h"
#include "spectra/cell_map.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double AROUND_S = 0.02;  // of the weak burst, where pulses are looked at
constexpr size_t LEAST_PULSES = 3; // fewer may come together by chance
constexpr size_t LEAST_ROWS = 8;   // with the strong one, and without it
constexpr double STRONG_ON = 0.2, STRONG_OFF = 0.02; // between least and most
constexpr double STRONG_RATIO = 20.0;                // of most to least
constexpr double WEAK_OFF = 0.1;    // of its level with the strong one, at most
constexpr double WITH_PULSE = 0.2;  // of that level, in a pulse
constexpr double LEAST_SHARE = 0.6; // of the pulses
constexpr double NOISE_SIGMAS = 4.0;

struct mean {
    double sum = 0.0;
    size_t count = 0;

    void add(float value)
    {
        sum += value;
        count++;
    }
    double value() const { return sum / static_cast<double>(std::max<size_t>(1, count)); }
};

// Rows of a band that another keys. \param bins independent ones that a row is a mean
// over
bool is_keyed_with(const std::vector<float>& weak,
                   const std::vector<float>& strong,
                   double bins)
{
    const auto least = static_cast<float>(quantile(strong, 0.1)),
               most = static_cast<float>(quantile(strong, 0.9));
    if (most < STRONG_RATIO * std::max(least, 1.0f))
        return false;
    const auto on = static_cast<float>(least + STRONG_ON * (most - least));
    const auto off = static_cast<float>(least + STRONG_OFF * (most - least));
    const size_t n = strong.size();
    const auto is_off = [&](size_t i) { return i >= n || strong[i] < off; };
    mean with, without;
    std::vector<double> pulses; // mean of the weak band in each, with its edges
    for (size_t i = 0; i < n; i++) {
        if (is_off(i) && is_off(i + 1) && (i == 0 || is_off(i - 1)))
            without.add(weak[i]);
        if (!(strong[i] > on))
            continue;
        mean pulse;
        if (i > 0)
            pulse.add(weak[i - 1]);
        for (; i < n && strong[i] > on; i++) {
            with.add(weak[i]);
            pulse.add(weak[i]);
        }
        if (i < n)
            pulse.add(weak[i]);
        pulses.push_back(pulse.value());
    }
    if (pulses.size() < LEAST_PULSES || std::min(with.count, without.count) < LEAST_ROWS)
        return false;
    const auto noise = [bins](const mean& m) {
        return NOISE_SIGMAS /
               std::sqrt(bins * independent_rows(static_cast<double>(m.count)));
    };
    const double level = with.value();
    if (level < noise(with) || without.value() > WEAK_OFF * level + noise(without))
        return false;
    const auto filled = std::count_if(
        pulses.begin(), pulses.end(), [&](double p) { return p > WITH_PULSE * level; });
    return static_cast<double>(filled) >=
           LEAST_SHARE * static_cast<double>(pulses.size());
}

} // namespace

double burst_fit::forgotten() const
{
    const auto& s = *d_all.front();
    return s.middle(static_cast<double>(s.begin()));
}

bool burst_fit::comes_with(const box& weak, const box& strong, neighbours others) const
{
    const auto& s = *d_all.front();
    if (s.end() == 0 || !(weak.duration() > 0.0))
        return false;
    const uint64_t first = s.row_at(weak.start - AROUND_S * d_rate);
    const uint64_t end = s.row_at(weak.end + AROUND_S * d_rate) + 1;
    others.push_back({ strong.lower, strong.upper, {}, 0.0 });
    const auto left_out = bins_filled(s, weak, others);
    const auto kept = std::count(left_out.begin(), left_out.end(), false);
    if (kept == 0)
        return false;
    return is_keyed_with(row_powers(s, weak.lower, weak.upper, first, end, left_out),
                         row_powers(s, strong.lower, strong.upper, first, end),
                         independent_bins(static_cast<double>(kept)));
}

} // namespace rfattn
} // namespace gr
