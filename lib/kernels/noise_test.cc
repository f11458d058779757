/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "noise_test.h"
#include "cyclic_prefix.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace gr {
namespace rfattn {

namespace {

constexpr double LONGEST_S = 0.2;
constexpr size_t MOST_SAMPLES = 1 << 19;
constexpr size_t LEAST_SAMPLES = 4096;
// Share of all power that the floor has at least: where it is less, signals above it
// explain the rest. A prefix is looked for in what the floor explains, and may be bursty.
constexpr double FLOOR_SHARE = 0.75, PREFIX_FLOOR_SHARE = 0.5;
constexpr float MOST_OVER_FLOOR = 8.0f;
constexpr float FULL_SCALE = 0.99f;
constexpr double CLIPPED = 1e-3; // of the samples: what a converter does to noise
// Noise of few steps of the converter is not Gaussian. Among so many samples, powers.
constexpr size_t LOOKED_AT = 4096, LEAST_POWERS = 32;
constexpr double LEAST_MISSING = 0.25; // of the spread of noise, 2
constexpr double SPREAD_SIGMAS = 8.0;
// Variance of the spread over the number of independent samples, for Gaussian noise.
constexpr double SPREAD_VARIANCE = 20.0;
constexpr double MOST_CONSTANT = 0.97;
constexpr double PIECE_S = 62.5e-6;  // whose power is looked at for pauses,
constexpr double PIECE_SAMPLES = 64; // with so many independent samples at least
constexpr size_t LEAST_PIECES = 200;
constexpr double QUIET_QUANTILE = 0.1, QUIET_SIGMAS = 1.28;
constexpr int LEAST_PAUSES = 5;
constexpr double MOST_PAUSING = 0.9995;

bool has_few_steps(const std::vector<gr_complex>& samples)
{
    std::set<float> powers;
    for (size_t i = 0; i < std::min(LOOKED_AT, samples.size()); i++)
        powers.insert(std::norm(samples[i]));
    return powers.size() < LEAST_POWERS;
}

bool is_clipped(const std::vector<gr_complex>& samples)
{
    const auto clips = std::count_if(samples.begin(), samples.end(), [](gr_complex x) {
        return std::abs(x.real()) >= FULL_SCALE || std::abs(x.imag()) >= FULL_SCALE;
    });
    return static_cast<double>(clips) > CLIPPED * static_cast<double>(samples.size());
}

double mean_power(const std::vector<gr_complex>& samples)
{
    double sum = 0.0;
    for (const auto& x : samples)
        sum += std::norm(x);
    return sum / static_cast<double>(samples.size());
}

// Mean of the rows in the flat part, else 0. Without a filter it is also 0 where the
// floor does not explain it; what seems to be flat behind a filter may be a signal with
// fades.
std::vector<float> mean_of_floor(const spectrogram& rows, const noise_floor& floor)
{
    std::vector<float> mean(rows.n_bins(), 0.0f);
    for (uint64_t r = rows.begin(); r < rows.end(); r++)
        for (int i = 0; i < rows.n_bins(); i++)
            mean[i] += rows.row(r)[i];
    const auto n = static_cast<float>(rows.end() - rows.begin());
    for (int i = 0; i < rows.n_bins(); i++) {
        const double frequency = rows.lower_edge(i + 0.5);
        if (frequency < floor.lower() || frequency > floor.upper() ||
            (!floor.is_filtered() && mean[i] > MOST_OVER_FLOOR * n * floor.at(frequency)))
            mean[i] = 0.0f;
    }
    return mean;
}

} // namespace

noise_test::noise_test(double rate)
    : d_rate(rate),
      d_most(std::min(MOST_SAMPLES, static_cast<size_t>(LONGEST_S * rate))),
      d_wanted(d_most)
{
}

void noise_test::restart()
{
    d_samples.clear();
    d_wanted = d_most;
}

void noise_test::add(const gr_complex* samples, size_t count)
{
    const size_t n = std::min(count, d_wanted - d_samples.size());
    d_samples.insert(d_samples.end(), samples, samples + n);
}

double noise_test::signal_share(const spectrogram& rows, const noise_floor& floor)
{
    const auto give_back = [&] {
        d_wanted = 0;
        std::vector<gr_complex>().swap(d_samples);
    };
    if (d_samples.size() < LEAST_SAMPLES || rows.end() == 0 || floor.is_one_sided()) {
        give_back();
        return 0.0;
    }
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < floor.n_points(); i++) {
        sum += floor.point(i);
        squares += floor.point(i) * floor.point(i);
    }
    const double flat = sum * sum / (squares * floor.n_points());
    const double explained = sum * floor.point_hz() / mean_power(d_samples);
    double share = 0.0;
    if (explained > FLOOR_SHARE && !is_clipped(d_samples) && !has_few_steps(d_samples))
        share = constant_share(flat);
    if (explained > PREFIX_FLOOR_SHARE || floor.is_filtered())
        if (const auto prefix = find_cyclic_prefix(
                d_samples.data(), d_samples.size(), mean_of_floor(rows, floor)))
            share = std::max(std::min(prefix->share, MOST_CONSTANT), pausing_share(flat));
    give_back();
    return share;
}

// Share of a signal of constant power beside noise. The powers of noise spread by 2,
// those of the signal by 1, and those of a sum by 2 less the square of the share.
double noise_test::constant_share(double flat) const
{
    double sum = 0.0, squares = 0.0;
    for (const auto& x : d_samples) {
        const double power = std::norm(x);
        sum += power;
        squares += power * power;
    }
    const auto n = static_cast<double>(d_samples.size());
    const double missing = 2.0 - squares / (sum * sum) * n;
    const double sigma = std::sqrt(SPREAD_VARIANCE / (flat * n));
    return missing > std::max(LEAST_MISSING, SPREAD_SIGMAS * sigma)
               ? std::min(std::sqrt(std::min(missing, 1.0)), MOST_CONSTANT)
               : 0.0;
}

// Share of a signal with many pauses, in which the noise is seen.
double noise_test::pausing_share(double flat) const
{
    const double independent = std::max(PIECE_SAMPLES, PIECE_S * d_rate * flat);
    const auto length = static_cast<size_t>(independent / flat);
    std::vector<float> powers; // of pieces; digital silence is no pause
    double mean = 0.0;
    for (size_t i = 0; i + length <= d_samples.size(); i += length) {
        double sum = 0.0;
        for (size_t k = i; k < i + length; k++)
            sum += std::norm(d_samples[k]);
        if (sum > 0.0)
            powers.push_back(static_cast<float>(sum / static_cast<double>(length)));
        mean += sum / static_cast<double>(d_samples.size());
    }
    if (powers.size() < LEAST_PIECES)
        return 0.0;
    const double low = quantile(powers, QUIET_QUANTILE);
    const double quiet = low / (1.0 - QUIET_SIGMAS / std::sqrt(independent));
    int pauses = 0;
    bool is_loud = false; // since the last pause
    for (const float power : powers) {
        pauses += is_loud && power <= low;
        is_loud = power > mean || (is_loud && power > low);
    }
    const double share = 1.0 - quiet / mean;
    return pauses >= LEAST_PAUSES ? std::min(share, MOST_PAUSING) : 0.0;
}

} // namespace rfattn
} // namespace gr
