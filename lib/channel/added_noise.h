/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_ADDED_NOISE_H
#define INCLUDED_RFATTN_ADDED_NOISE_H

#include "base/emission.h"
#include "emission_channel.h"

namespace gr {
namespace rfattn {

/*!
 * \brief Gaussian noise in the channel of a strong emission, so that it looks like one of
 * a stated SNR.
 *
 * What a strong signal shows beyond that is the transmitter's and the receiver's, not the
 * modulation's: phase noise, images, steps of the converter.
 *
 * It has the spectrum of white noise that came through the channel's filter. The noise of
 * a sample follows from its number alone, and repeats after 65536 samples.
 */
class added_noise {
public:
    //! \param max_snr_db 0: none is ever added
    explicit added_noise(double max_snr_db) : d_max_snr_db(max_snr_db) {}

    //! Take over SNR and power of the emission. \param width between its edges, Hz
    void update(const emission& e, double width, const emission_channel& channel);

    //! The samples, from number `first` on, with the noise. Valid until the next call;
    //! where none is added, these are `samples`.
    const gr_complex* add(uint64_t first, const gr_complex* samples, size_t count);

private:
    const double d_max_snr_db;
    float d_level = 0.0f; // standard deviation of real and imaginary part
    bool d_is_filtered = false;
    volk::vector<gr_complex> d_noisy;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_ADDED_NOISE_H
