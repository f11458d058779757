/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SPECTRUM_H
#define INCLUDED_RFATTN_SPECTRUM_H

#include "base/estimated_fft.h"

#include <gnuradio/gr_complex.h>

#include <string>
#include <volk/volk_alloc.hh>

namespace gr {
namespace rfattn {

/*!
 * \brief One token: the mean power spectrum of `averaging` frames, pooled to `n_bins`.
 *
 * Feed `averaging` frames with add(), then fetch the token with take(). Nothing is
 * allocated after construction. The caller decides where frames start, and handles gaps
 * and tags.
 *
 * Power is |X|^2 / (sum w)^2, so a full-scale complex tone on a bin centre has power 1 in
 * its bin, and white noise of power P has P * sum(w^2) / (sum w)^2 in every bin.
 */
class spectrum {
public:
    struct settings {
        int fft_size;       // power of two, 8 to 65536
        int n_bins;         // power of two, up to the kept bins
        std::string window; // one of power_spectrum's
        int averaging;      // frames in a token, >= 1
        std::string scale;  // "db" or "linear"
        std::string dc;     // "keep" or "remove"
        std::string sides;  // "two" or "one"
    };

    //! \throws std::invalid_argument naming `block`, the parameter, the rule and the
    //! value
    explicit spectrum(const settings& s, const std::string& block = "power_spectrum");

    //! Adds the next frame of fft_size samples, of any alignment.
    void add(const gr_complex* frame);

    //! True once `averaging` frames were added.
    bool complete() const { return d_frames == d_averaging; }

    /*!
     * Writes the token of the frames added (complete() must hold) and begins the next.
     *
     * \param token n_bins values; dB from -200 up, or linear power from 0 up. A token
     * whose frames hold a NaN reads the floor, -200 dB or 0. All values are finite.
     */
    void take(float* token);

    //! Forgets the frames added since the last token.
    void restart() { d_frames = 0; }

private:
    void power_of_bins(float* power);
    void remove_dc(float* power) const;
    const float* pool(float* power);
    void to_power(float* token, const float* power) const;
    void to_decibel(float* token, const float* power) const;

    const int d_fft_size;
    const int d_kept_bins;
    const int d_n_bins;
    const int d_averaging;
    const bool d_db;
    const bool d_remove_dc;
    const bool d_one_sided;
    int d_frames = 0;
    estimated_fft d_fft;
    volk::vector<float> d_window; // scaled: |X|^2 needs no further factor
    volk::vector<float> d_sum;    // kept bins, linear, over the frames added
    volk::vector<float> d_power;  // kept bins of one frame, and scratch of pool()
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SPECTRUM_H
