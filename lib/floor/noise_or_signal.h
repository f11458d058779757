/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_NOISE_OR_SIGNAL_H
#define INCLUDED_RFATTN_NOISE_OR_SIGNAL_H

#include <gnuradio/gr_complex.h>

#include <vector>

namespace gr {
namespace rfattn {

//! What a part of a band holds.
enum class noise_or_signal {
    NOISE,  //!< that a filter passes, and no signal as wide
    SIGNAL, //!< as wide: its power has a line at its symbol rate, or is nearly constant
    UNKNOWN
};

/*!
 * Tells noise that a filter passes from a signal as wide.
 *
 * Such noise is stationary, its samples are Gaussian, and nothing in it repeats. Signals
 * as wide differ in at least one way: the power of symbols, however many are added up,
 * has a line at their rate, where neighbours overlap in frequency (Gardner 1991); OFDM
 * repeats the end of each symbol; frequency modulation has less spread; speech, music and
 * bursts are not stationary.
 *
 * Narrow signals within are left out, up to half of the part.
 *
 * \param samples of the band
 * \param count of them
 * \param power mean power of each bin of a spectrogram, from the lowest frequency
 * \param first, end bins of the part
 */
noise_or_signal judge_part(const gr_complex* samples,
                           size_t count,
                           const std::vector<float>& power,
                           size_t first,
                           size_t end);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_NOISE_OR_SIGNAL_H
