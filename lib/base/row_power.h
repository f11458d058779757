/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_ROW_POWER_H
#define INCLUDED_RFATTN_ROW_POWER_H

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

namespace gr {
namespace rfattn {

//! Power of a band by row of a spectrogram, in units of the floor, less 1.
using row_power = std::vector<float>;

//! Mean over time, weighted by itself: near that of its pulses.
inline double level_of(const row_power& x)
{
    const double squares = std::inner_product(x.begin(), x.end(), x.begin(), 0.0);
    return squares / std::max(1e-30, std::accumulate(x.begin(), x.end(), 0.0));
}

//! In which strong pulses do not hide the others.
inline row_power logarithms(row_power x)
{
    for (auto& value : x)
        value = std::log1p(std::max(0.0f, value));
    return x;
}

//! Less the mean, with squares that add up to 1.
inline row_power normalised(row_power x)
{
    const float mean =
        std::accumulate(x.begin(), x.end(), 0.0f) / static_cast<float>(x.size());
    float squares = 1e-30f;
    for (auto& value : x) {
        value -= mean;
        squares += value * value;
    }
    const float scale = 1.0f / std::sqrt(squares);
    for (auto& value : x)
        value *= scale;
    return x;
}

//! Of two rows of mean 0, see normalised: from -1 to 1; 0 where one of them is 0
//! throughout.
inline double correlation(const row_power& x, const row_power& y)
{
    const double xx = std::inner_product(x.begin(), x.end(), x.begin(), 1e-30);
    const double yy = std::inner_product(y.begin(), y.end(), y.begin(), 1e-30);
    return std::inner_product(x.begin(), x.end(), y.begin(), 0.0) / std::sqrt(xx * yy);
}

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_ROW_POWER_H
