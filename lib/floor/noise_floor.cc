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
constexpr int KEPT_BLOCKS = 64; // about 2 s
constexpr double TIME_QUANTILE = 0.2;
constexpr int SMOOTHED_BINS = 9;
constexpr uint64_t SHORT_ROWS = 1000; // least number of rows for pauses
constexpr int FEW_BLOCKS = 12;        // most blocks of which the median is taken
constexpr double FINE_HZ = 50.0;      // bins of slow rows, so that a block is one row
constexpr double LIFT_SIGMAS = 2.5;
constexpr double JUMP_DB = 1.5;
constexpr int JUMP_BLOCKS = 3;
constexpr float LEAST = 1e-30f;

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
      d_n_points(source.n_bins() / d_pool),
      d_block_rows(std::max(1, static_cast<int>(std::lround(BLOCK_S / source.row_s())))),
      d_sum(d_n_points, 0.0f),
      d_floor(d_n_points, 1.0f),
      d_level(d_n_points, 1.0f)
{
    d_ring.resize(static_cast<size_t>(KEPT_BLOCKS) * d_n_points);
    d_ring_rows.resize(KEPT_BLOCKS);
    restart(true);
}

void noise_floor::restart(bool of_other)
{
    if (of_other) {
        const auto beside = static_cast<int>((1.0 - LEAST_PASSED_BAND) * n_pieces());
        const int first = d_one_sided ? 0 : beside / 2;
        d_inner = { first, n_pieces() - beside + first };
    }
    d_blocks = d_rows = d_age = d_checked = d_jumps = 0;
    std::fill(d_sum.begin(), d_sum.end(), 0.0f);
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
    const float* row = d_source.row(d_source.end() - 1);
    for (int i = 0; i < d_n_points; i++) {
        const float* __restrict p = row + static_cast<size_t>(i) * d_pool;
        float sum = 0.0f;
        for (int k = 0; k < d_pool; k++)
            sum += p[k];
        d_sum[i] += sum;
    }
    if (d_rows == 0)
        d_row = d_source.end() - 1;
    if (++d_rows == d_block_rows)
        end_block(d_rows);
}

void noise_floor::end_block(int rows)
{
    float* block = &d_ring[static_cast<size_t>(d_blocks % KEPT_BLOCKS) * d_n_points];
    const float scale = 1.0f / (static_cast<float>(rows) * static_cast<float>(d_pool));
    for (int i = 0; i < d_n_points; i++)
        block[i] = d_sum[i] * scale;
    d_ring_rows[d_blocks % KEPT_BLOCKS] = d_row;
    std::fill(d_sum.begin(), d_sum.end(), 0.0f);
    d_rows = 0;
    d_blocks++;
    d_age++;
}

void noise_floor::scale_before(uint64_t sample, float factor)
{
    for (auto* values : { &d_floor, &d_level })
        for (auto& value : *values)
            value *= factor;
    d_flat_level *= factor;
    const auto block = [&](int64_t i) {
        return d_ring.begin() + static_cast<long>(i % KEPT_BLOCKS) * d_n_points;
    };
    for (auto i = std::max<int64_t>(0, d_blocks - KEPT_BLOCKS);
         i < d_blocks && d_source.row_begin(d_ring_rows[i % KEPT_BLOCKS]) < sample;
         i++) {
        const bool is_last = i + 1 == d_blocks;
        const uint64_t end = is_last ? d_row : d_ring_rows[(i + 1) % KEPT_BLOCKS];
        if (d_source.row_end(end - 1) > sample && i > 0)
            std::copy_n(block(i - 1), d_n_points, block(i)); // it holds both gains
        else
            std::for_each(
                block(i), block(i) + d_n_points, [&](float& p) { p *= factor; });
    }
    d_jumps = 0;
    if (d_source.row_begin(d_row) < sample) {
        std::fill(d_sum.begin(), d_sum.end(), 0.0f);
        d_rows = 0;
        d_row = d_source.end();
    }
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
    if (d_blocks < WARM_BLOCKS || d_age == d_checked)
        return false;
    d_checked = d_age;
    const float* block =
        &d_ring[static_cast<size_t>((d_blocks - 1) % KEPT_BLOCKS) * d_n_points];
    std::vector<float> ratio;
    for (int i = 0; i < d_n_points; i++)
        if (is_steady(i))
            ratio.push_back(block[i] / d_level[i]);
    if (ratio.empty())
        return false;
    // Few values have a median below their mean.
    const double usual =
        level_db(noise_quantile(looks(), 0.5)) - (d_is_audio ? AUDIO_LIFT_DB : 0.0);
    const double middle = level_db(quantile(ratio, 0.5)) - usual,
                 low = level_db(quantile(ratio, 0.25));
    d_jumps = low > JUMP_DB || middle < -JUMP_DB ? d_jumps + 1 : 0;
    if (d_jumps < JUMP_BLOCKS)
        return false;
    d_fell = middle < -JUMP_DB;
    // The blocks since the jump are the history from now on.
    std::vector<float> kept;
    std::vector<uint64_t> rows;
    for (int i = JUMP_BLOCKS; i > 0; i--) {
        const auto at =
            d_ring.begin() + static_cast<long>((d_blocks - i) % KEPT_BLOCKS) * d_n_points;
        kept.insert(kept.end(), at, at + d_n_points);
        rows.push_back(d_ring_rows[(d_blocks - i) % KEPT_BLOCKS]);
    }
    std::copy(kept.begin(), kept.end(), d_ring.begin());
    std::copy(rows.begin(), rows.end(), d_ring_rows.begin());
    d_blocks = JUMP_BLOCKS;
    d_jumps = 0;
    d_signals.clear();
    return true;
}

bool noise_floor::estimate(bool early)
{
    if (early && d_rows > 0 && d_blocks < WARM_BLOCKS)
        end_block(d_rows);
    const int n_blocks = static_cast<int>(std::min<int64_t>(d_blocks, KEPT_BLOCKS));
    if (n_blocks == 0)
        return false;
    d_age = d_checked = 0;
    const auto time = quantiles(n_blocks);
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

// Independent values that a point of a block is the mean of.
double noise_floor::looks() const
{
    return 0.95 * d_block_rows * std::max(1.0, 0.51 * d_pool);
}

// A floor of few values scatters, and noise stands out where it is too low: until enough
// blocks came, all of it is higher.
void noise_floor::lift(int n_blocks)
{
    if (d_source.bin_hz() > FINE_HZ)
        return;
    const double near = d_is_audio ? AUDIO_HZ / point_hz() : 1.0; // half of its points
    const double more = error_of(near, n_blocks) - error_of(near, KEPT_BLOCKS);
    d_lift = 1.0 + LIFT_SIGMAS * more;
    for (auto& value : d_floor)
        value *= static_cast<float>(d_lift);
}

// The low quantile over time, divided by what it is of the mean in noise alone.
std::vector<float> noise_floor::quantiles(int n_blocks) const
{
    const double looks = this->looks();
    const bool few = n_blocks < FEW_BLOCKS;
    const double q = few ? 0.5 : TIME_QUANTILE;
    const double z = few ? 0.0 : -0.8416; // the 20 % quantile of the normal distribution
    const double wilson = 1.0 - 1.0 / (9.0 * looks) + z * std::sqrt(1.0 / (9.0 * looks));
    const float unbiased = static_cast<float>(1.0 / (wilson * wilson * wilson));
    std::vector<float> values(n_blocks), result(d_n_points);
    for (int i = 0; i < d_n_points; i++) {
        for (int b = 0; b < n_blocks; b++)
            values[b] = d_ring[static_cast<size_t>(b) * d_n_points + i];
        result[i] = std::max(static_cast<float>(quantile(values, q)) * unbiased, LEAST);
    }
    return result;
}

void noise_floor::cut_to_pauses()
{
    if (!d_fast || d_is_audio || is_filled() || d_blocks < FEW_BLOCKS)
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
    return 1.4 / std::sqrt(looks() * points * static_cast<double>(n_blocks));
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
