/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SIDE_BANDS_H
#define INCLUDED_RFATTN_SIDE_BANDS_H

#include "burst_fit.h"

#include <vector>

namespace gr {
namespace rfattn {

// What lies on both sides of a carrier that is keyed or modulated in amplitude.

constexpr int LINE_REACH = 3; // bins on each side that a line has power in

//! A carrier in a profile.
struct carrier_line {
    int twice;    // its place: the sum of the two bins that it lies in the middle of
    double power; // sum of three bins
};

//! The carrier whose largest bin this is.
carrier_line line_at(const burst_fit::profile& p, int top);

//! Sum of what lies above the floor, from bin to bin.
double excess_of(const burst_fit::profile& p, int first, int last);

/*!
 * Twice the bins from a carrier to the ends of its side bands, at least `reach`: what
 * lies above a threshold on both sides, each the mirror image of the other, across wider
 * gaps than a band may have.
 *
 * \param foreign bins of other signals
 */
int reach_of_side_bands(const burst_fit::profile& p,
                        const carrier_line& line,
                        const std::vector<float>& smooth,
                        double threshold,
                        const std::vector<bool>& foreign,
                        int reach);

//! The same for a voice, which has so little power in each bin that it is seen in many at
//! once; 0 without any.
int reach_of_weak_side_bands(const burst_fit::profile& p,
                             const carrier_line& line,
                             const std::vector<bool>& foreign);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SIDE_BANDS_H
