/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "squelch.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

// Share of the difference to the level of a step by which the floor moves in that step.
constexpr float FOLLOW = 1.0f / 64.0f;
constexpr float FALL = 0.25f;

// Number of steps whose mean is the first floor. With a single step some bin would be so
// far off that every later step were active, and active steps do not raise the floor.
constexpr int LEARNING_STEPS = 16;

// The level has fallen when one of this many bins has. With steps of 32 tokens, noise
// alone puts a given bin 3 dB below its floor in about one of 2000 steps.
constexpr size_t FALLEN_SHARE = 8;

// 10^(db / 10)
float power(float db)
{
    return std::exp2(db * 0.33219281f);
}

// Updates a running mean of `count` values, the new one included.
void average(std::vector<float>& mean, const std::vector<float>& value, int count)
{
    for (size_t b = 0; b < mean.size(); b++)
        mean[b] += (value[b] - mean[b]) / count;
}

} // namespace

squelch::squelch(size_t n_bins,
                 size_t block_size,
                 float threshold_db,
                 int settle_steps,
                 std::optional<float> floor_db)
    : d_n_bins(n_bins),
      d_block_size(block_size),
      d_threshold(power(threshold_db)),
      d_peak(power(threshold_db + PEAK_DB)),
      d_settle_steps(settle_steps),
      d_first_floor(floor_db),
      d_fallen(n_bins),
      d_mean(n_bins),
      d_max(n_bins)
{
    restart();
}

void squelch::restart()
{
    d_floor.assign(d_n_bins, d_first_floor ? power(*d_first_floor) : 0.0f);
    d_learned = d_first_floor ? LEARNING_STEPS : 0;
    d_contrast = d_first_floor.has_value();
    d_in_doubt = false;
    d_fallen_steps = 0;
}

bool squelch::is_active(const float* tokens)
{
    measure(tokens);
    if (d_learned == 0)
        d_floor = d_mean;
    const bool exceeds = exceeds_floor();
    d_contrast = d_contrast || contrasts();
    if (d_learned < LEARNING_STEPS) {
        average(d_floor, d_mean, ++d_learned);
        return true;
    }
    settle();
    if (d_in_doubt)
        return true;
    track(exceeds);
    return exceeds || !d_contrast;
}

void squelch::measure(const float* tokens)
{
    std::fill(d_mean.begin(), d_mean.end(), 0.0f);
    std::fill(d_max.begin(), d_max.end(), 0.0f);
    d_loudest = 0.0f;
    for (size_t t = 0; t < d_block_size; t++) {
        float sum = 0.0f;
        for (size_t b = 0; b < d_n_bins; b++) {
            const float p = power(*tokens++);
            d_mean[b] += p;
            d_max[b] = std::max(d_max[b], p);
            sum += p;
        }
        d_loudest = std::max(d_loudest, sum / d_n_bins);
    }
    for (float& mean : d_mean)
        mean /= d_block_size;
}

bool squelch::exceeds_floor() const
{
    const float total = std::accumulate(d_floor.begin(), d_floor.end(), 0.0f);
    if (d_loudest > d_threshold * total / d_n_bins)
        return true;
    for (size_t b = 0; b < d_n_bins; b++)
        if (d_mean[b] > d_threshold * d_floor[b] || d_max[b] > d_peak * d_floor[b])
            return true;
    return false;
}

bool squelch::contrasts() const
{
    for (size_t b = 0; b < d_n_bins; b++)
        if (d_mean[b] > d_peak * d_floor[b] || d_mean[b] * d_peak < d_floor[b])
            return true;
    return false;
}

bool squelch::has_fallen() const
{
    size_t fallen = 0;
    for (size_t b = 0; b < d_n_bins; b++)
        fallen += d_mean[b] * d_threshold < d_floor[b];
    return fallen > 0 && fallen * FALLEN_SHARE >= d_n_bins;
}

void squelch::settle()
{
    if (!has_fallen()) {
        d_fallen_steps = 0;
        return;
    }
    if (d_fallen_steps == 0)
        d_fallen = d_mean;
    average(d_fallen, d_mean, ++d_fallen_steps);
    d_in_doubt = d_fallen_steps < d_settle_steps;
    if (d_in_doubt)
        return;
    d_floor = d_fallen;
    d_fallen_steps = 0;
}

void squelch::track(bool active)
{
    for (size_t b = 0; b < d_n_bins; b++) {
        const float rest = d_mean[b] - d_floor[b];
        if (d_mean[b] * d_threshold < d_floor[b])
            d_floor[b] += FALL * rest;
        else if (!active)
            d_floor[b] += FOLLOW * rest;
    }
}

} // namespace rfattn
} // namespace gr
