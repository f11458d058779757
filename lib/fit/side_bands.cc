/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "side_bands.h"
#include "base/boxcar.h"
#include "fit_limits.h"
#include "spectra/cell_map.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double SIDE_DIFFERENCE = 0.6; // most difference of two side bands, of their sum
constexpr double WEAK_HZ = 500.0;       // width over which weak side bands are smoothed
constexpr double WEAK_EXCESS = 0.25;    // least excess of weak side bands, of the floor
constexpr double LEAST_VOICE_HZ = 300.0; // least end of a side band, from the carrier
constexpr double WEAK_SHARE = 0.01;      // least share of the line; phase noise has less

double excess_at(const burst_fit::profile& p, int i)
{
    const bool is_inside = i >= 0 && i < static_cast<int>(p.excess.size());
    return is_inside ? std::max(0.0f, p.excess[i]) : 0.0f;
}

} // namespace

double excess_of(const burst_fit::profile& p, int first, int last)
{
    double sum = 0.0;
    for (int i = first; i <= last; i++)
        sum += excess_at(p, i);
    return sum;
}

carrier_line line_at(const burst_fit::profile& p, int top)
{
    const double before = excess_at(p, top - 1), after = excess_at(p, top + 1);
    const double power = before + excess_at(p, top) + after;
    const double off = power > 0.0 ? (after - before) / power : 0.0;
    return { static_cast<int>(std::lround(2.0 * (top + off))), power };
}

int reach_of_side_bands(const burst_fit::profile& p,
                        const carrier_line& line,
                        const std::vector<float>& smooth,
                        double threshold,
                        const std::vector<bool>& foreign,
                        int reach)
{
    const int n = static_cast<int>(smooth.size());
    const int least_gap = static_cast<int>(SIDE_GAP_HZ / p.source->bin_hz());
    double both = 0.0, differences = 0.0;
    for (int d = reach + 2; d <= reach + std::max(reach, 2 * least_gap); d += 2) {
        const int above = (line.twice + d) / 2, below = line.twice - above;
        if (below < 1 || above > n - 2 || foreign[below] || foreign[above])
            break;
        const auto largest = [&](int i) { // the carrier may lie between bins
            const float most = std::max({ smooth[i - 1], smooth[i], smooth[i + 1] });
            return std::max(0.0, most - threshold);
        };
        const double a = largest(above), b = largest(below);
        both += a + b;
        differences += std::abs(a - b);
        if (a > 0.0 && b > 0.0 && differences < SIDE_DIFFERENCE * both)
            reach = d;
    }
    return reach;
}

int reach_of_weak_side_bands(const burst_fit::profile& p,
                             const carrier_line& line,
                             const std::vector<bool>& foreign)
{
    auto beside = p.excess;
    const int n = static_cast<int>(beside.size()), middle = line.twice / 2;
    for (int i = middle - LINE_REACH; i <= middle + LINE_REACH + 1; i++)
        if (i >= 0 && i < n)
            beside[i] = 0.0f;
    const int width = std::max(1, static_cast<int>(WEAK_HZ / p.source->bin_hz()));
    const double sigma = 1.0 / std::sqrt(p.looks * independent_bins(width));
    const int start = 2 * LINE_REACH + 2;
    const int reach = reach_of_side_bands(p,
                                          line,
                                          boxcar(beside, width),
                                          std::max(WEAK_EXCESS, SIGMAS * sigma),
                                          foreign,
                                          start);
    const double sides = excess_of(p, (line.twice - reach) / 2, middle - LINE_REACH - 1) +
                         excess_of(p, middle + LINE_REACH + 2, (line.twice + reach) / 2);
    const bool is_voice = 0.5 * reach * p.source->bin_hz() > LEAST_VOICE_HZ;
    return is_voice && reach > start && sides > WEAK_SHARE * line.power ? reach : 0;
}

} // namespace rfattn
} // namespace gr
