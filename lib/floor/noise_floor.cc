/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "noise_floor.h"
#include "audio_floor.h"
#include "base/boxcar.h"
#include "base/levels.h"
#include "spectra/cell_map.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

constexpr double LEAST_PASSED_BAND = 0.45; // least share of the band that filters pass
constexpr float RAISED = 2.0f;             // ratio of floor to level that a stop band has
constexpr double POINT_HZ = 2000.0;        // width of a point, where the bins allow it
constexpr int LEAST_POINTS = 96;
constexpr double TIME_QUANTILE = 0.2;
constexpr int SMOOTHED_BINS = 9;
constexpr uint64_t SHORT_ROWS = 1000; // least number of rows for pauses
constexpr double FINE_HZ = 50.0;      // bins of slow rows, so that a block is one row
constexpr double LIFT_SIGMAS = 2.5;
constexpr double JUMP_DB = 1.5;
constexpr int JUMP_BLOCKS = 3;
constexpr float LEAST = power_history::LEAST;

int pool_of(const spectrogram& s, bool is_audio)
{
    if (is_audio)
        return 4;
    const int by_width = static_cast<int>(POINT_HZ / s.bin_hz());
    return std::max(1, std::min(by_width, s.n_bins() / LEAST_POINTS));
}

} // namespace

noise_floor::noise_floor(const spectrogram& source,
                         bool one_sided,
                         const spectrogram* fast)
    : d_source(source),
      d_fast(fast),
      d_one_sided(one_sided),
      d_is_audio(one_sided && source.bin_hz() < 50.0),
      d_pool(pool_of(source, d_is_audio)),
      d_history(source, d_pool),
      d_n_points(d_history.n_points()),
      d_floor(d_n_points, 1.0f),
      d_level(d_n_points, 1.0f)
{
    restart(true);
}

void noise_floor::restart(bool of_other)
{
    if (of_other) {
        const auto beside = static_cast<int>((1.0 - LEAST_PASSED_BAND) * n_pieces());
        const int first = d_one_sided ? 0 : beside / 2;
        d_inner = { first, n_pieces() - beside + first };
    }
    d_history.restart();
    d_age = d_checked = d_jumps = 0;
    d_lower = d_source.lower_edge(0);
    d_upper = d_source.lower_edge(d_source.n_bins());
    d_noise_share = 1.0f;
    d_has_filter = true;
    d_passed = d_inner;
    d_signal = d_top = {};
    d_signals.clear();
}

void noise_floor::set_signal_share(double share)
{
    d_noise_share = static_cast<float>(1.0 - share);
}

void noise_floor::add_row()
{
    d_age += d_history.add_row();
}

void noise_floor::scale_before(uint64_t sample, float factor)
{
    for (auto* values : { &d_floor, &d_level })
        for (auto& value : *values)
            value *= factor;
    d_flat_level *= factor;
    d_jumps = 0;
    d_history.scale_before(sample, factor);
}

// A signal that takes the place of a filter's noise may fade: what is beside it counts.
bool noise_floor::is_steady(int i) const
{
    return d_has_filter || d_level[i] < RIPPLE * d_floor[i];
}

double noise_floor::usual(double lower, double upper) const
{
    const int first = std::min(point_at(lower), d_n_points - 1);
    const int end = std::max(point_at(upper), first + 1);
    double sum = 0.0;
    for (int i = first; i < end; i++) {
        if (!is_steady(i))
            return 0.0;
        sum += d_level[i];
    }
    return sum / d_lift / (end - first);
}

bool noise_floor::jumped()
{
    if (!warm() || d_age == d_checked)
        return false;
    d_checked = d_age;
    const float* block = d_history.latest();
    std::vector<float> ratio;
    for (int i = 0; i < d_n_points; i++)
        if (is_steady(i))
            ratio.push_back(block[i] / d_level[i]);
    if (ratio.empty())
        return false;
    // Few values have a median below their mean.
    const double usual = level_db(noise_quantile(d_history.looks(), 0.5)) -
                         (d_is_audio ? AUDIO_LIFT_DB : 0.0);
    const double middle = level_db(quantile(ratio, 0.5)) - usual,
                 low = level_db(quantile(ratio, 0.25));
    d_jumps = low > JUMP_DB || middle < -JUMP_DB ? d_jumps + 1 : 0;
    if (d_jumps < JUMP_BLOCKS)
        return false;
    d_fell = middle < -JUMP_DB;
    d_history.keep_latest(JUMP_BLOCKS); // those since the jump
    d_jumps = 0;
    d_signals.clear();
    return true;
}

bool noise_floor::estimate(bool early)
{
    if (early && !warm())
        d_history.end_early();
    const int n_blocks = d_history.kept();
    if (n_blocks == 0)
        return false;
    d_age = d_checked = 0;
    const auto time = d_history.quantiles();
    fit(time, n_blocks);
    lift(n_blocks);
    lower_below_signal();
    for (int i = 0; i < d_n_points; i++)
        d_level[i] =
            d_floor[i] > RAISED * time[i] ? time[i] : std::max(d_floor[i], time[i]);
    return true;
}

void noise_floor::lower_below_signal()
{
    const int from = std::min(point_at(d_lower), d_n_points - 1);
    const int to = std::max(point_at(d_upper), from + 1);
    const auto level = static_cast<float>(
        quantile({ d_floor.begin() + from, d_floor.begin() + to }, 0.5));
    if (level < std::sqrt(d_noise_share) * d_flat_level) // half way down, in dB
        d_noise_share = 1.0f;
    d_flat_level = level;
    if (d_noise_share < 1.0f)
        for (auto& value : d_floor)
            value = std::min(value, d_noise_share * level);
}

// A floor of few values scatters, and noise stands out where it is too low: until enough
// blocks came, all of it is higher.
void noise_floor::lift(int n_blocks)
{
    if (d_source.bin_hz() > FINE_HZ)
        return;
    const double near = d_is_audio ? AUDIO_HZ / point_hz() : 1.0; // half of its points
    const double more = error_of(near, n_blocks) - error_of(near, power_history::KEPT);
    d_lift = 1.0 + LIFT_SIGMAS * more;
    for (auto& value : d_floor)
        value *= static_cast<float>(d_lift);
}

void noise_floor::cut_to_pauses()
{
    if (!d_fast || d_is_audio || is_filled() || d_history.is_short())
        return;
    const auto n = static_cast<size_t>(d_fast->n_bins());
    const uint64_t step = 1 + (d_fast->end() - d_fast->begin()) / SHORT_ROWS;
    std::vector<const float*> rows; // those that are absent have no power
    std::vector<float> powers;
    for (uint64_t r = d_fast->begin(); r < d_fast->end(); r += step)
        if (const float* row = d_fast->row(r); *row > 0.0f) {
            rows.push_back(row);
            powers.push_back(std::accumulate(row, row + n, 0.0f));
        }
    if (powers.empty())
        return;
    const double looks = 0.51 * static_cast<double>(n);
    const double noise = d_fast->bin_hz() * quantile(powers, TIME_QUANTILE) /
                         noise_quantile(looks, 1.0 - TIME_QUANTILE);
    const auto total = [this] {
        return point_hz() * std::accumulate(d_floor.begin(), d_floor.end(), 0.0);
    };
    if (total() < RIPPLE * noise)
        return;
    std::vector<float> quiet(n), values(rows.size());
    for (size_t k = 0; k < n; k++) {
        for (size_t r = 0; r < rows.size(); r++)
            values[r] = rows[r][k];
        quiet[k] = std::max(static_cast<float>(quantile(values, TIME_QUANTILE)), LEAST);
    }
    const auto near = boxcar(quiet, SMOOTHED_BINS);
    std::vector<float> shape(d_n_points);
    float most = 0.0f;
    for (int i = 0; i < d_n_points; i++) {
        const int k = d_fast->bin_at(point_edge(i) + 0.5 * point_hz());
        shape[i] = std::max(quiet[k], near[k]);
        most = std::max(most, d_floor[i] / shape[i]);
    }
    for (; total() > noise; most *= 0.95f)
        for (int i = 0; i < d_n_points; i++)
            d_floor[i] = std::min(d_floor[i], most * shape[i]);
}

// Standard deviation of the mean of so many points and blocks of noise.
double noise_floor::error_of(double points, int64_t n_blocks) const
{
    return 1.4 / std::sqrt(d_history.looks() * points * static_cast<double>(n_blocks));
}

int noise_floor::point_at(double frequency) const
{
    const double i = (frequency - point_edge(0)) / point_hz();
    return std::clamp(static_cast<int>(std::lround(i)), 0, d_n_points);
}

float noise_floor::at(double frequency) const
{
    const double x = d_source.bin_of(frequency) / d_pool - 0.5;
    const double clamped = std::clamp(x, 0.0, d_n_points - 1.0);
    const int k = std::min(static_cast<int>(clamped), std::max(0, d_n_points - 2));
    const float part = static_cast<float>(clamped - k);
    if (d_n_points == 1)
        return d_floor[0];
    return d_floor[k] * (1.0f - part) + d_floor[k + 1] * part;
}

} // namespace rfattn
} // namespace gr
