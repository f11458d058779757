/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "skirt.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

void skirt::set(bool is_upper, const std::vector<float>& excess, double bin_hz)
{
    std::vector<double> sum{ 0.0 };
    for (float v : excess)
        sum.push_back(sum.back() + v * bin_hz);
    auto& side = d_side[is_upper];
    side.clear();
    for (int k = 0; k <= KNOTS; k++) {
        const double at = d_reach * k * k / (KNOTS * KNOTS) / bin_hz;
        const auto i = std::min<size_t>(static_cast<size_t>(at), sum.size() - 1);
        const size_t next = std::min(i + 1, sum.size() - 1);
        side.push_back(static_cast<float>(
            sum[i] + std::min(1.0, at - static_cast<double>(i)) * (sum[next] - sum[i])));
    }
}

double skirt::integral(const std::vector<float>& side, double distance) const
{
    if (side.empty() || distance <= 0.0)
        return 0.0;
    const double at = KNOTS * std::sqrt(std::min(1.0, distance / d_reach));
    const int k = std::min(KNOTS - 1, static_cast<int>(at));
    const double from = d_reach * k * k / (KNOTS * KNOTS);
    const double to = d_reach * (k + 1) * (k + 1) / (KNOTS * KNOTS);
    return side[k] +
           (side[k + 1] - side[k]) * std::min(1.0, (distance - from) / (to - from));
}

double skirt::over(double lower, double upper) const
{
    return integral(d_side[0], d_lower - lower) - integral(d_side[0], d_lower - upper) +
           integral(d_side[1], upper - d_upper) - integral(d_side[1], lower - d_upper);
}

} // namespace rfattn
} // namespace gr
