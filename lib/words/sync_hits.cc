/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "sync_hits.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t KEPT = 8;
constexpr double MOST_PERIODS = 16.0;
constexpr double CLOCK = 0.003; // sample rates of recordings are as wrong as this
constexpr double FINE = 1.5;    // symbols
constexpr double SHARE = 0.7, MOST_HITS = 2.0; // of the periods

} // namespace

void sync_hits::add(double symbol, double apart, bool is_certain)
{
    d_is_certain |= is_certain;
    if (!d_last.empty() && symbol - d_last.back() < apart)
        return;
    if (d_hits++ == 0)
        d_first = symbol;
    if (d_period <= 0.0)
        d_frames++;
    else if (follows(symbol))
        d_frames += d_frames == 0 ? 2 : 1;
    d_last.push_back(symbol);
    if (d_last.size() > KEPT)
        d_last.pop_front();
}

bool sync_hits::follows(double symbol) const
{
    return std::any_of(d_last.begin(), d_last.end(), [&](double earlier) {
        const double gap = symbol - earlier, periods = std::round(gap / d_period);
        return periods >= 1.0 && periods <= MOST_PERIODS &&
               std::abs(gap - periods * d_period) <= FINE + CLOCK * gap;
    });
}

int sync_hits::certain() const
{
    if (d_is_certain)
        return std::max(1, d_frames);
    if (d_frames < static_cast<int>(d_needed))
        return 0;
    if (d_needed != certainty::MOST)
        return d_frames;
    const double periods = (d_last.back() - d_first) / d_period;
    const bool is_most =
        d_frames >= SHARE * periods && d_hits <= MOST_HITS * periods + 1.0;
    return is_most ? d_frames : 0;
}

} // namespace rfattn
} // namespace gr
