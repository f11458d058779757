/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Bands that are parts of one voice: they get louder and softer at once.

#include "base/row_power.h"
#include "burst_fit.h"

namespace gr {
namespace rfattn {

namespace {

constexpr double SYLLABLE_BINS_HZ = 20.0; // of rows that are long enough for syllables
constexpr double LEAST_VOICE_S = 3.0;
constexpr double LEAST_LOUDER = 0.7; // deviation of logarithms: 3 dB
constexpr int LEAST_SYLLABLES = 4;
constexpr double LEAST_VOICE = 0.6; // correlation; of two keyed carriers seldom

double deviation(const row_power& x)
{
    const auto n = static_cast<double>(x.size());
    const double mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
    const double square = std::inner_product(x.begin(), x.end(), x.begin(), 0.0) / n;
    return std::sqrt(std::max(0.0, square - mean * mean));
}

// From below to above the mean, by half of the deviation, of what is normalised.
int rises(const row_power& x)
{
    const float half = 0.5f / std::sqrt(static_cast<float>(x.size()));
    int n = 0;
    bool is_low = false;
    for (const float value : x) {
        n += is_low && value > half;
        is_low = value < -half || (is_low && value <= half);
    }
    return n;
}

} // namespace

bool burst_fit::are_one_voice(const box& a, const box& b, const box& during) const
{
    const spectrogram& s = *d_all.back();
    if (s.bin_hz() > SYLLABLE_BINS_HZ || s.end() == 0)
        return false;
    const uint64_t first = s.row_at(during.start), end = s.row_at(during.end) + 1;
    if (static_cast<double>(end - first) * s.row_s() < LEAST_VOICE_S)
        return false;
    const auto loudness = [&](const box& band) {
        return logarithms(row_powers(s, band.lower, band.upper, first, end));
    };
    auto x = loudness(a), y = loudness(b);
    if (std::min(deviation(x), deviation(y)) < LEAST_LOUDER)
        return false;
    x = normalised(std::move(x));
    y = normalised(std::move(y));
    return correlation(x, y) > LEAST_VOICE &&
           std::min(rises(x), rises(y)) >= LEAST_SYLLABLES;
}

} // namespace rfattn
} // namespace gr
