/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_BAND_SHAPE_H
#define INCLUDED_RFATTN_BAND_SHAPE_H

#include "base/box.h"

#include <vector>

namespace gr {
namespace rfattn {

//! How the power of a burst is spread over its band and beside it.
struct band_shape {
    box band;
    double lower_edge; // Hz, of the first bin
    double bin_hz;
    double looks;                // independent values in each bin
    std::vector<float> excess;   // excess of each bin, in units of the floor
    std::vector<bool> is_others; // bins that other signals fill

    //! Above the floor, in units of independent cells.
    double energy() const;
};

/*!
 * \brief Whether a burst has the spectrum of another that is wider: what noise, or the
 * rule for the edge of a band, has cut from it.
 *
 * If it has, what lies beside its own band, in that of the other, has the same gain to
 * the other as what lies within; if it is a signal of its own, that is weaker by 6 dB or
 * more. The test is the ratio of the likelihoods of both. The two edges of a band of its
 * own are chosen among the bins, which costs that model the logarithm of their number
 * each: minimum description length (Rissanen 1978).
 *
 * \return the logarithm of the ratio, above 0 where it has; below 0 also where the two
 * cannot be compared
 */
double likeness(const band_shape& burst, const band_shape& other);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_BAND_SHAPE_H
