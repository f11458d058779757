/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "emission_features.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t MAX_BURSTS = 32;
constexpr double LIMIT = 4.0;
constexpr double WIDTH_HZ = 16e3, BURST_S = 0.1, PERIOD_S = 1.0, SNR_DB = 15.0;
constexpr double MOST_SNR_DB = 25.0; // beyond it tells but how near a transmitter is
constexpr double LEAST = 1e-9;       // Hz or s: a logarithm stays finite

double octaves(double value, double unit)
{
    return std::log2(std::max(value, LEAST) / unit);
}

double median(std::vector<uint64_t> values)
{
    std::sort(values.begin(), values.end());
    const size_t half = values.size() / 2;
    const double upper = static_cast<double>(values[half]);
    return values.size() % 2 ? upper
                             : 0.5 * (static_cast<double>(values[half - 1]) + upper);
}

} // namespace

void emission_features::update(const emission& e, double channel_rate)
{
    for (const auto& b : e.bursts)
        d_bursts.push_back(b.sample_count);
    while (d_bursts.size() > MAX_BURSTS)
        d_bursts.pop_front();
    const double width = e.freq_upper - e.freq_lower;
    const double period = e.period_s.value_or(0.0);
    const bool is_periodic = period > 0.0;
    const double values[COUNT] = {
        octaves(width, WIDTH_HZ) / 4.0,
        octaves(channel_rate, std::max(width, LEAST)) - 1.0,
        octaves(duration_s(e), BURST_S) / 4.0,
        d_bursts.empty() ? 0.0 : 1.0,
        is_periodic ? octaves(period, PERIOD_S) / 4.0 : 0.0,
        is_periodic ? 1.0 : 0.0,
        2.0 * e.duty - 1.0,
        (std::min<double>(e.snr_db, MOST_SNR_DB) - SNR_DB) / 10.0,
    };
    for (size_t i = 0; i < COUNT; i++)
        d_values[i] = static_cast<float>(std::clamp(values[i], -LIMIT, LIMIT));
}

double emission_features::duration_s(const emission& e) const
{
    const uint64_t end = e.burst_start ? std::max(e.sample_now, *e.burst_start) : 0;
    double samples = static_cast<double>(end - e.burst_start.value_or(0));
    if (!d_bursts.empty())
        samples = std::max(samples, median({ d_bursts.begin(), d_bursts.end() }));
    return samples / d_sample_rate;
}

} // namespace rfattn
} // namespace gr
