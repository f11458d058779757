/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Steps of the receiver's gain. A step multiplies the whole band by one factor, so the
// floor and the rows of before are multiplied by it, too.

#include "base/levels.h"
#include "detector.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr double LOOK_S = 0.012;      // time of the rows whose level is measured together
constexpr double LOOK_VALUES = 2000;  // their independent values: 0.12 dB of scatter
constexpr int LOOKED_AT = 256;        // bins that are looked at
constexpr double LEAST_STEP_DB = 0.6; // steps of 0.7 dB make emissions of noise
constexpr double MOST_STEP_DB = 60.0; // largest step of any receiver
constexpr double EVEN_DB = 0.3;       // most difference of the steps of both parts
constexpr double LOWEST_PARTS = 0.1;  // share of the band, whose rise is one of all of it
constexpr double LEAST_BURST = 2.0;   // power of a burst and noise, over noise
constexpr double OTHER_LOOKS = 0.25;  // share of looks with which another level begins
constexpr uint64_t HELD_BY = 2;       // rows before a step, and behind it

// The mean of noise of which a quantile over the band is known.
double level_at(double q, const std::vector<float>& ratio, uint64_t rows)
{
    const double looks = independent_rows(static_cast<double>(rows));
    return ratio.empty() ? 1.0 : quantile(ratio, q) / noise_quantile(looks, 1.0 - q);
}

} // namespace

// Power of some rows over that which is usual there, by bin.
std::vector<float> detector::ratios(uint64_t first_row, uint64_t end_row) const
{
    const auto& s = *d_layers.front().rows;
    const int step = std::max(1, s.n_bins() / LOOKED_AT);
    std::vector<float> ratio((s.n_bins() + step - 1) / step, 0.0f);
    for (uint64_t r = first_row; r < end_row; r++) {
        const float* row = s.row(r);
        for (size_t i = 0; i < ratio.size(); i++)
            ratio[i] += row[i * step];
    }
    size_t known = 0;
    for (size_t i = 0; i < ratio.size(); i++)
        if (const float inverse = d_inverse_usual[i * step]; inverse > 0.0f)
            ratio[known++] = ratio[i] * inverse / static_cast<float>(end_row - first_row);
    ratio.resize(known);
    return ratio;
}

// Median over the band of the power of some rows over that which is usual.
double detector::level_of(uint64_t first_row, uint64_t end_row) const
{
    return level_at(0.5, ratios(first_row, end_row), end_row - first_row);
}

// The row of the first layer from which on the band has a level.
uint64_t detector::start_of_level(double power) const
{
    const auto& s = *d_layers.front().rows;
    const double half = 0.5 * (power - 1.0);
    const double enough = OTHER_LOOKS * half * half * static_cast<double>(rows_of_look());
    uint64_t start = s.end();
    double sum = 0.0, most = 0.0;
    for (uint64_t r = s.end(); r > s.begin() && sum > most - enough; r--) {
        sum += half * (level_of(r - 1, r) - 1.0 - half);
        if (sum > most) {
            most = sum;
            start = r - 1;
        }
    }
    return start;
}

// The row from which on the band has its present level.
uint64_t detector::start_of_fall() const
{
    const auto& s = *d_layers.front().rows;
    const uint64_t rows = std::min(rows_of_look(), s.end() - s.begin());
    return start_of_level(level_of(s.end() - rows, s.end()));
}

// In narrow bands the least step is seen in more rows.
uint64_t detector::rows_of_look() const
{
    const auto& s = *d_layers.front().rows;
    const double bins = independent_bins(std::min(s.n_bins(), LOOKED_AT));
    return std::llround(std::max(LOOK_S / s.row_s(), LOOK_VALUES / bins));
}

detector::gain_step detector::find_gain_step() const
{
    const auto& s = *d_layers.front().rows;
    const uint64_t rows = rows_of_look();
    if (d_floor->is_filled() || d_floor->is_audio() || s.end() < s.begin() + rows)
        return {};
    const uint64_t look = s.end() - rows;
    const auto ratio = ratios(look, s.end());
    const double middle = level_db(level_at(0.5, ratio, rows)),
                 low = level_db(level_at(LOWEST_PARTS, ratio, rows));
    const double size = std::abs(middle);
    if (size < LEAST_STEP_DB || size > MOST_STEP_DB || std::abs(middle - low) > EVEN_DB)
        return {};
    const uint64_t start = start_of_level(level_of(look + rows / 2, s.end()));
    if (start > look)
        return {}; // the step lies within the look: it may end soon
    return { start, level_of(start, s.end()) };
}

// The step is known to a row. The rows that hold it get the level of the others.
void detector::level_rows(uint64_t row)
{
    auto& s = *d_layers.front().rows;
    for (uint64_t r = std::max(s.begin(), row - std::min<uint64_t>(row, HELD_BY));
         r < std::min(s.end(), row + HELD_BY);
         r++)
        if (const double power = level_of(r, r + 1); power > 1.0)
            s.scale(r, static_cast<float>(1.0 / power));
}

// Returns the row before which all is multiplied. A rise above all earlier noise may be a
// burst as wide as the band: when it ends, only what is older than the burst is
// multiplied back, so that the burst stands out.
uint64_t detector::note_gain_step(gain_step step)
{
    if (d_rise.row < d_layers.front().rows->begin()) {
        d_most_gain = std::max(d_most_gain, d_gain);
        d_rise = {};
    }
    d_gain *= step.factor;
    if (step.factor > 1.0 && d_gain > LEAST_BURST * d_most_gain)
        d_rise = step;
    else if (d_rise.factor > 1.0 &&
             std::abs(level_db(d_rise.factor * step.factor)) < LEAST_STEP_DB)
        return std::exchange(d_rise, {}).row;
    return step.row;
}

void detector::apply_gain_step(gain_step step)
{
    step.row = note_gain_step(step);
    const auto& first = *d_layers.front().rows;
    // The middles of the row and of the one before lie on both sides of the step.
    const uint64_t sample = step.row * first.hop() + first.hop() / 2;
    const auto factor = static_cast<float>(step.factor);
    for (auto& l : d_layers)
        l.rows->scale_before(sample, factor);
    for (uint64_t i = d_history_start; i < std::min(sample, d_history_start + d_held);
         i++)
        d_history[i - d_history_start] *= std::sqrt(factor);
    d_floor->scale_before(sample, factor);
    take_floor();
    level_rows(step.row);
    update_skirts();
    restart_maps();
}

} // namespace rfattn
} // namespace gr
