/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// A receiver that controls its gain lowers it for a strong burst and raises it again:
// then the noise of the whole band falls, and returns to what it was.

#include "detector.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double OTHER_LEVEL_DB = 3.0; // between levels of noise
constexpr double LOOK_S = 0.004;       // of rows whose level is measured together
constexpr int LOOKED_AT = 256;         // bins

// Median over the band of the mean of some rows, dB above the noise.
double level_of(const spectrogram& s,
                uint64_t first,
                uint64_t end,
                const volk::vector<float>& inverse_noise)
{
    const int step = std::max(1, s.n_bins() / LOOKED_AT);
    std::vector<float> ratio;
    for (int i = 0; i < s.n_bins(); i += step) {
        float sum = 0.0f;
        for (uint64_t r = first; r < end; r++)
            sum += s.row(r)[i];
        ratio.push_back(sum * inverse_noise[i] / static_cast<float>(end - first));
    }
    return level_db(quantile(ratio, 0.5));
}

uint64_t rows_of_look(const spectrogram& s)
{
    return std::max<uint64_t>(2, std::llround(LOOK_S / s.row_s()));
}

} // namespace

// Whether the band has the level of before the latest jump.
bool detector::has_returned() const
{
    if (!d_floor->knows_before() || d_before.empty())
        return false;
    const auto& first = d_layers.front();
    const uint64_t end = first.rows->end(), rows = rows_of_look(*first.rows);
    if (end < first.rows->begin() + rows)
        return false;
    const auto is_at = [&](const volk::vector<float>& inverse_noise) {
        return std::abs(level_of(*first.rows, end - rows, end, inverse_noise)) <
               OTHER_LEVEL_DB;
    };
    return is_at(d_before) && !is_at(first.inverse_noise);
}

// The sample from which on the band has its present level, or lies farther from that of
// before.
uint64_t detector::start_of_level() const
{
    const auto& first = d_layers.front();
    const auto& s = *first.rows;
    const uint64_t rows = rows_of_look(s);
    const auto is_before = [&](uint64_t from, uint64_t end) {
        const double db = level_of(s, from, end, first.inverse_noise);
        return (d_floor->fell() ? db : -db) > OTHER_LEVEL_DB;
    };
    uint64_t at = s.end();
    while (at >= s.begin() + rows && !is_before(at - rows, at))
        at -= rows;
    while (at < s.end() && is_before(at, at + 1))
        at++;
    return at * s.hop();
}

// Noise of a higher gain would look like signals.
void detector::forget_before(uint64_t sample)
{
    for (auto& l : d_layers)
        l.rows->forget_before(sample);
    restart_maps();
}

} // namespace rfattn
} // namespace gr
