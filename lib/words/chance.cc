/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "chance.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {
namespace chance {

double match_bits(size_t count, size_t wrong, unsigned choices)
{
    if (wrong >= count)
        return 0.0;
    const auto all = static_cast<double>(count);
    double ways = 1.0, sum = 1.0;
    for (size_t k = 1; k <= wrong; k++) {
        const auto chosen = static_cast<double>(k);
        ways *= (all - chosen + 1.0) / chosen * (choices - 1.0);
        sum += ways;
    }
    return std::max(0.0, (all - 1.0) * std::log2(choices) - std::log2(sum));
}

// The distribution of Student, but for a factor below 1.
double correlation_bits(double correlation, double freedoms)
{
    const double rest = std::max(1e-9, 1.0 - correlation * correlation);
    return -0.5 * freedoms * std::log2(rest);
}

double correlation_of(double bits, double freedoms)
{
    return std::sqrt(1.0 - std::exp2(-2.0 * bits / freedoms));
}

// The bound of Chernoff for signs that are drawn, whatever the values are: it is worst
// where all values are equal, and then that of a binomial distribution.
double sign_bits(double sum, double energy, size_t count)
{
    if (!(sum > 0.0 && energy > 0.0))
        return 0.0;
    const auto all = static_cast<double>(count);
    const double share = std::min(1.0, sum / std::sqrt(all * energy));
    const auto part = [](double twice) {
        return twice > 0.0 ? 0.5 * twice * std::log2(twice) : 0.0;
    };
    return all * (part(1.0 + share) + part(1.0 - share));
}

// The bound of Chernoff in eight directions, between which the sum may lie: the logarithm
// of the moments of a direction's part is at most a quarter of the slope squared.
double turn_bits(double power, size_t count)
{
    constexpr double NEAR = 0.854; // the square of the cosine of half the angle between
    const double bits = NEAR * power / static_cast<double>(count) / std::log(2.0) - 3.0;
    return std::max(0.0, bits);
}

// The bound of Chernoff. The share of one of many exponential powers has the moments
// below; their series converges fast.
double share_bits(size_t count, double share, size_t tones)
{
    const auto all = static_cast<double>(tones);
    double best = 0.0;
    for (double slope = 1.0; slope <= 128.0; slope *= 1.1) {
        double term = 1.0, moment = 1.0;
        for (double k = 0.0; term > 1e-12 * moment; k += 1.0)
            moment += term *= slope / (all + k);
        best = std::max(best, slope * share - std::log(moment));
    }
    return static_cast<double>(count) * best / std::log(2.0);
}

} // namespace chance
} // namespace rfattn
} // namespace gr
