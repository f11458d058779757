/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "quantiles.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

void quantiles::add(double seconds)
{
    size_t bin = 0;
    if (seconds >= LOWEST) {
        const double step = std::log(seconds / LOWEST) / std::log(BIN_RATIO);
        bin = 1 + static_cast<size_t>(std::min(step, double(INNER_BINS)));
    }
    d_bins[bin]++;
    d_min = d_count == 0 ? seconds : std::min(d_min, seconds);
    d_max = d_count == 0 ? seconds : std::max(d_max, seconds);
    d_sum += seconds;
    d_count++;
}

void quantiles::clear()
{
    *this = quantiles();
}

double quantiles::mean() const
{
    return d_count == 0 ? 0.0 : d_sum / static_cast<double>(d_count);
}

double quantiles::quantile(double q) const
{
    if (d_count == 0)
        return 0.0;
    const auto rank = std::max<uint64_t>(
        1, static_cast<uint64_t>(std::ceil(q * static_cast<double>(d_count))));
    uint64_t below = 0;
    size_t bin = 0;
    while (below + d_bins[bin] < rank)
        below += d_bins[bin++];
    if (bin == 0)
        return d_min;
    if (bin == BINS - 1)
        return d_max;
    const double middle = LOWEST * std::pow(BIN_RATIO, static_cast<double>(bin) - 0.5);
    return std::clamp(middle, d_min, d_max);
}

} // namespace rfattn
} // namespace gr
