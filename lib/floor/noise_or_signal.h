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

//! What a part of a band may hold.
enum class noise_or_signal {
    NOISE, //!< that a filter passes, and no signal as wide
    SIGNAL //!< as wide: its power has a line at its symbol rate, or is nearly constant
};

/*!
 * \brief Tells noise that a filter passes from a signal as wide.
 *
 * Such noise is stationary, its samples are Gaussian, and nothing in it repeats. Signals
 * as wide differ in at least one way: the power of symbols, however many are added up,
 * has a line at their rate, where neighbours overlap in frequency (Gardner 1991); OFDM
 * repeats the end of each symbol; frequency modulation has less spread; speech, music and
 * bursts are not stationary.
 *
 * Narrow signals within are left out, up to half of the part.
 */
class part_judge {
public:
    /*!
     * \param samples of the band
     * \param count of them
     * \param power mean power of each bin of a spectrogram, from the lowest frequency;
     *     bins of no power are left out
     * \param is_coarse the samples have few values, so that their spread tells nothing
     */
    part_judge(const gr_complex* samples,
               size_t count,
               std::vector<float> power,
               bool is_coarse = false);

    //! Whether bins from first to before end hold it; a part may hold neither for sure.
    bool holds(noise_or_signal what, size_t first, size_t end) const;

private:
    class part;
    int place_of(size_t bin) const;

    const int d_n; // samples that are transformed
    const bool d_is_coarse;
    const std::vector<float> d_power;
    std::vector<gr_complex> d_spectrum; // from the lowest frequency
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_NOISE_OR_SIGNAL_H
