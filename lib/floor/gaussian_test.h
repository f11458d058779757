/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_GAUSSIAN_TEST_H
#define INCLUDED_RFATTN_GAUSSIAN_TEST_H

#include "base/box.h"
#include "cyclic_prefix.h"
#include "noise_floor.h"
#include "noise_or_signal.h"

#include <gnuradio/gr_complex.h>

#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Whether what the noise floor takes for noise can be noise.
 *
 * A signal that fills the band and never pauses has no noise beside it or between its
 * bursts, so the floor is the signal. But noise of a receiver is stationary and Gaussian,
 * whatever its spectrum: the mean of the squared power is twice the square of the mean
 * power, and all times are alike. Frequency and phase modulation have less spread, and
 * OFDM repeats the end of each symbol (see find_cyclic_prefix()). Where that pauses for
 * less than a block of the floor, the pauses tell how strong it is. Echoes part the
 * spectrum of OFDM as if there were many signals; that it is one shows in the same way.
 *
 * Needs the first samples of a segment, and keeps no others.
 */
class gaussian_test {
public:
    //! \param is_audio of a receiver: the latest samples are kept, for holds()
    gaussian_test(double rate, bool is_audio);

    //! Whether more samples are wanted.
    bool wants_samples() const { return d_is_audio || d_samples.size() < d_wanted; }

    //! Adds samples that follow the ones before; ignores those not wanted.
    void add(const gr_complex* samples, size_t count);

    /*!
     * Share of a signal in what the floor takes for noise: 0 where that can be noise.
     * To be asked once, when there is a floor; then no more samples are wanted.
     */
    double signal_share(const noise_floor& floor);

    //! Whether a part of the band holds it, edges in Hz from the centre.
    bool holds(noise_or_signal what, double lower, double upper);

    //! Whether there are enough samples.
    bool can_judge() const;

    //! Whether what the floor explains of a band is a signal as wide.
    bool is_signal(const noise_floor& floor, double lower, double upper) const;

    //! Parts of a band. Where it holds OFDM, and little else, those from the first to the
    //! last that show its symbol rate are one.
    std::vector<box> join_ofdm(const box& band, std::vector<box> parts) const;

    //! Forgets the samples.
    void forget();

    void restart();

private:
    // flat: share of the band that a flat spectrum with as many independent samples has
    double constant_share(double flat) const;
    double pausing_share(double flat) const;
    void measure_spectrum();
    bool is_coarse() const;
    std::vector<float> spectrum_of(double lower, double upper) const;
    std::optional<cyclic_prefix> prefix_in(const std::vector<float>& power) const;
    std::vector<float>
    explained_spectrum(const noise_floor& floor, double lower, double upper) const;
    double frequency_of(size_t bin) const;
    size_t bin_of(double frequency) const;

    const double d_rate;
    const bool d_is_audio;
    const size_t d_most;
    size_t d_wanted;
    std::vector<gr_complex> d_samples;
    std::vector<float> d_spectrum; // power per Hz by bin, from the lowest frequency
    std::optional<part_judge> d_judge;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_GAUSSIAN_TEST_H
