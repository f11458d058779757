/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_CYCLIC_PREFIX_H
#define INCLUDED_RFATTN_CYCLIC_PREFIX_H

#include <gnuradio/gr_complex.h>

#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

//! Symbols of OFDM that begin with a copy of their end.
struct cyclic_prefix {
    double useful; // samples of a symbol without its prefix
    double symbol; // samples of a symbol
    double share;  // share of the power that belongs to the signal, 0 to 1
};

/*!
 * Finds OFDM in a band, or the part of one, that it fills, whatever its symbols are.
 *
 * What repeats after a fixed time makes a ripple in the spectrum. An echo in a receiver,
 * or its filter, does so, too, but all the time. A prefix does it once a symbol: the
 * product of samples so far apart has a line at the rate of the symbols, which stationary
 * noise of no shape can have.
 *
 * \param samples of the band
 * \param count about 1e5 or more
 * \param power mean power of each bin of a spectrogram, bins as far apart as the rate
 *     over the number of bins; 0 for bins to leave out, such as those beside the part
 */
std::optional<cyclic_prefix> find_cyclic_prefix(const gr_complex* samples,
                                                size_t count,
                                                const std::vector<float>& power);

//! Whether bins from first to before end have the ripple of a repetition after so many
//! samples. Fewer than four periods of it do not show it.
bool has_ripple(const std::vector<float>& power, size_t first, size_t end, double useful);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_CYCLIC_PREFIX_H
