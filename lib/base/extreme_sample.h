/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_EXTREME_SAMPLE_H
#define INCLUDED_RFATTN_EXTREME_SAMPLE_H

#include <gnuradio/gr_complex.h>

#include <complex>

namespace gr {
namespace rfattn {

//! The sample, or 0 where its power exceeds 1e12 of full scale or is not a number: sums
//! over many samples stay finite.
inline gr_complex zero_if_extreme(gr_complex sample)
{
    return std::norm(sample) <= 1e12f ? sample : gr_complex();
}

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_EXTREME_SAMPLE_H
