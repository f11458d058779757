/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "band_shape.h"
#include "spectra/cell_map.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double BESIDE = 0.25; // most gain beside a band, of that within
constexpr int SCORING_STEPS = 4;

// A bin in the band of the other.
struct pair {
    double burst, other; // excess
    bool is_within;      // the band of the burst
};

// Mean over the bins whose middles lie in a stretch; nothing if it holds another signal.
bool mean_of(const band_shape& s, double lower, double upper, double& mean)
{
    const auto bin_at = [&](double hz) {
        return static_cast<int>(std::lround((hz - s.lower_edge) / s.bin_hz));
    };
    const int first = bin_at(lower), end = std::max(first + 1, bin_at(upper));
    if (first < 0 || end > static_cast<int>(s.excess.size()))
        return false;
    double sum = 0.0;
    for (int i = first; i < end; i++) {
        if (s.is_others[i])
            return false;
        sum += s.excess[i];
    }
    mean = sum / (end - first);
    return true;
}

// As wide as the wider bins of the two; those at the edges of the burst are left out.
std::vector<pair> pairs_of(const band_shape& burst, const band_shape& other)
{
    const auto& wide = burst.bin_hz >= other.bin_hz ? burst : other;
    const double bin = wide.bin_hz;
    const double middle = burst.band.middle();
    std::vector<pair> all;
    for (double n = std::floor((other.band.lower - wide.lower_edge) / bin);; n++) {
        const double from = wide.lower_edge + n * bin;
        if (from >= other.band.upper)
            return all;
        const double share =
            overlap(from, from + bin, burst.band.lower, burst.band.upper) / bin;
        pair p{ 0.0, 0.0, share >= 1.0 || (from <= middle && middle < from + bin) };
        if ((share <= 0.0 || p.is_within) && mean_of(burst, from, from + bin, p.burst) &&
            mean_of(other, from, from + bin, p.other) && p.other > 0.0)
            all.push_back(p);
    }
}

// The most likely gain from the other to the burst in some of the bins, by Fisher's
// scoring: noise-like powers have a standard deviation that is their mean.
template <typename condition>
double gain_of(const std::vector<pair>& bins, condition&& counts)
{
    double gain = 0.0;
    for (int step = 0; step < SCORING_STEPS; step++) {
        double sum = 0.0, weights = 0.0;
        for (const auto& p : bins) {
            if (!counts(p))
                continue;
            const double model = 1.0 + gain * p.other;
            sum += p.other * p.burst / (model * model);
            weights += p.other * p.other / (model * model);
        }
        gain = weights > 0.0 ? std::max(0.0, sum / weights) : 0.0;
    }
    return gain;
}

double log_likelihood(const std::vector<pair>& bins, double within, double beside)
{
    double sum = 0.0;
    for (const auto& p : bins) {
        const double model = 1.0 + (p.is_within ? within : beside) * p.other;
        sum -= std::log(model) + (1.0 + p.burst) / model;
    }
    return sum;
}

} // namespace

double band_shape::energy() const
{
    double sum = 0.0;
    for (float x : excess)
        sum += std::max(0.0f, x);
    return sum * looks;
}

double likeness(const band_shape& burst, const band_shape& other)
{
    const auto bins = pairs_of(burst, other);
    const auto is_within = [](const pair& p) { return p.is_within; };
    const auto is_beside = [](const pair& p) { return !p.is_within; };
    if (std::none_of(bins.begin(), bins.end(), is_within) ||
        std::none_of(bins.begin(), bins.end(), is_beside))
        return -1.0;
    const double one = gain_of(bins, [](const pair&) { return true; });
    const double within = gain_of(bins, is_within);
    const double beside = std::min(gain_of(bins, is_beside), BESIDE * within);
    const double n = static_cast<double>(bins.size());
    const double fine =
        std::max(1.0, other.bin_hz / burst.bin_hz); // bins in one of these
    const double looks = burst.looks * independent_bins(fine) * independent_bins(n) / n;
    return looks *
               (log_likelihood(bins, one, one) - log_likelihood(bins, within, beside)) +
           2.0 * std::log(n);
}

} // namespace rfattn
} // namespace gr
