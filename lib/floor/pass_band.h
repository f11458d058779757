/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_PASS_BAND_H
#define INCLUDED_RFATTN_PASS_BAND_H

#include "floor_curve.h"

namespace gr {
namespace rfattn {

//! Pieces of a band, from first to before end, in which a receiver's gain is flat.
struct pass_band {
    int first, end;
};

/*!
 * Finds the flat part of a receiver's response from the noise.
 *
 * A receiver's filter is symmetric about the middle of the band and signals rarely are:
 * of two pieces that mirror each other the lesser is looked at. Going outward from the
 * middle, the flat part ends where this falls by 2 dB below the level of the inner half.
 * Where one side of the band falls by 6 dB much farther in than the other, it is no
 * filter but the edge of a wide signal; then only the ends of the band are left out.
 * Whatever the band inside of it looks like, it ends where both sides fall by 20 dB at
 * once and stay there.
 *
 * \param level noise density of pieces of equal width, dB
 * \param one_sided the band begins at 0 Hz, which is the middle then
 */
pass_band find_pass_band(const curve& level, bool one_sided);

//! All of a band of n pieces but its ends, where no filter narrows it.
pass_band unfiltered_band(int n);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_PASS_BAND_H
