/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_LEVELS_H
#define INCLUDED_RFATTN_LEVELS_H

#include <algorithm>
#include <cmath>
#include <vector>

namespace gr {
namespace rfattn {

//! The value at rank q from 0 to 1, the lower of two neighbours; 0 of no values.
inline double quantile(std::vector<float> values, double q)
{
    if (values.empty())
        return 0.0;
    const auto at =
        values.begin() + static_cast<long>(q * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

//! A power in dB; at least -300.
inline double level_db(double power)
{
    return 10.0 * std::log10(std::max(power, 1e-30));
}

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_LEVELS_H
