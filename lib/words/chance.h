/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_CHANCE_H
#define INCLUDED_RFATTN_CHANCE_H

#include <cstddef>

namespace gr {
namespace rfattn {

/*!
 * \brief How improbable it is that chance makes what was found, in bits: -log2 of an
 * upper bound of the probability at one look.
 */
namespace chance {

//! At most `wrong` of `count` symbols differ from known ones. A random symbol is the
//! known one once in `choices`; symbols turned alike by one of `choices` count, too.
double match_bits(size_t count, size_t wrong, unsigned choices = 2);

//! Noise has at least this correlation with known values, either way up.
//! \param freedoms values that are free: less those that were fitted, such as a mean
double correlation_bits(double correlation, double freedoms);

//! The correlation that has so many bits.
double correlation_of(double bits, double freedoms);

//! So many values that are as often positive as negative, with this sum of squares, have
//! at least this sum. \param sum below 0: no bits
double sign_bits(double sum, double energy, size_t count);

//! The power of the sum of so many directions, each of which is random, is at least this.
double turn_bits(double power, size_t count);

//! Of `count` known tones of `tones` the mean share in the power of all is at least this.
double share_bits(size_t count, double share, size_t tones);

} // namespace chance

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_CHANCE_H
