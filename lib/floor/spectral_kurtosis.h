/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SPECTRAL_KURTOSIS_H
#define INCLUDED_RFATTN_SPECTRAL_KURTOSIS_H

#include <gnuradio/gr_complex.h>

#include <vector>

namespace gr {
namespace rfattn {

/*!
 * Which bins can hold noise: the power there varies as that of Gaussian noise does, and
 * not more, as that of bursts, nor less, as that of a carrier (Nita and Gary 2010).
 *
 * \return by bin, from the lowest frequency; all are true where the samples are too few
 */
std::vector<bool> noise_like_bins(const gr_complex* samples, size_t count);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SPECTRAL_KURTOSIS_H
