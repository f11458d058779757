/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "pass_band.h"
#include "base/levels.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr double LEAST_WIDTH = 0.45;   // of the band: a narrower plateau is a signal
constexpr double LEVEL_QUANTILE = 0.1; // of the inner half: some of it is noise
constexpr double FLAT_DB = 2.0, EDGE_DB = 6.0; // below the level
constexpr double ASYMMETRY = 0.06; // of the band, between the distances of the edges
constexpr double KNEE = 0.016;     // of the band: so far inside the slope begins
constexpr double END = 0.05;       // of the band, at each end, is never flat
constexpr double CLIFF_DB = 20.0;  // of a filter's end, within two pieces

// Of pieces i and their mirror images the lesser, from the middle outward.
curve fold(const curve& level, bool one_sided)
{
    if (one_sided)
        return level;
    const int n = static_cast<int>(level.size());
    curve folded;
    for (int right = n / 2; right < n; right++)
        folded.push_back(std::min(level[right], level[n - 1 - right]));
    return folded;
}

// Pieces from `from` on that are not below a level.
int count_above(const curve& y, int from, double least)
{
    int i = from;
    while (i < static_cast<int>(y.size()) && y[i] >= least)
        i++;
    return i - from;
}

// Whether both sides fall at about the same distance from the middle.
bool is_symmetric(const curve& level, int edge, double least)
{
    const int n = static_cast<int>(level.size());
    const curve right(level.begin() + n / 2, level.end());
    const curve left(level.rbegin() + n / 2, level.rend());
    const int more =
        std::max(count_above(right, edge, least), count_above(left, edge, least));
    return more <= ASYMMETRY * n;
}

// Pieces from the middle outward to a cliff on both sides, behind which all is lower,
// from `from` on; all pieces where there is none. Signals beside which the band is not
// level, such as strong ones with their skirts, do not hide it.
int end_at_cliff(const curve& level, bool one_sided, int from)
{
    const int n = static_cast<int>(level.size());
    const int m = one_sided ? n : n - n / 2;
    const auto right = [&](int i) { return level[one_sided ? i : n / 2 + i]; };
    const auto left = [&](int i) { return level[one_sided ? i : n - n / 2 - 1 - i]; };
    int end = m;
    double beyond = -300.0; // the highest of what lies farther out
    for (int i = m - 2; i > from; i--) {
        beyond = std::max({ beyond, right(i + 1), left(i + 1) });
        if (std::min(right(i - 1), left(i - 1)) - beyond > CLIFF_DB)
            end = i - 1;
    }
    return end;
}

// Pieces at each end of n.
int end_of(int n)
{
    return std::max(1, static_cast<int>(std::lround(END * n)));
}

} // namespace

pass_band unfiltered_band(int n)
{
    return { end_of(n), n - end_of(n) };
}

pass_band find_pass_band(const curve& level, bool one_sided)
{
    const int n = static_cast<int>(level.size());
    const int last = end_of(n);
    const auto folded = fold(level, one_sided);
    const int m = static_cast<int>(folded.size());
    const int inner = std::max(1, static_cast<int>(LEAST_WIDTH * m));
    const double pass =
        quantile({ folded.begin(), folded.begin() + inner }, LEVEL_QUANTILE);
    const int edge = inner + count_above(folded, inner, pass - EDGE_DB);
    const int knee = inner + count_above(folded, inner, pass - FLAT_DB);
    int flat = m - last;
    if (knee > inner && (one_sided || is_symmetric(level, edge, pass - EDGE_DB)))
        flat = std::min(flat, knee - static_cast<int>(std::lround(KNEE * n)));
    flat = std::min(flat, end_at_cliff(level, one_sided, inner));
    return one_sided ? pass_band{ last, flat }
                     : pass_band{ n - n / 2 - flat, n / 2 + flat };
}

} // namespace rfattn
} // namespace gr
