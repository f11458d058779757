/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "band_list.h"

#include <algorithm>

namespace gr {
namespace rfattn {

band_list::band_list(std::vector<std::pair<double, double>> bands)
{
    std::sort(bands.begin(), bands.end());
    for (const auto& band : bands)
        if (!d_bands.empty() && band.first <= d_bands.back().second)
            d_bands.back().second = std::max(d_bands.back().second, band.second);
        else
            d_bands.push_back(band);
}

bool band_list::have_most_of(double lower, double upper) const
{
    double shared = 0.0;
    for (const auto& [low, high] : d_bands)
        shared += std::max(0.0, std::min(high, upper) - std::max(low, lower));
    return shared > 0.5 * (upper - lower);
}

} // namespace rfattn
} // namespace gr
