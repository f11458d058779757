/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_AUDIO_BAND_H
#define INCLUDED_RFATTN_AUDIO_BAND_H

#include <gnuradio/gr_complex.h>
#include <gnuradio/math.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>

namespace gr {
namespace rfattn {

//! Shifts what lies around a frequency of real samples to 0 Hz, at a lower rate.
class audio_band {
public:
    //! \param rate of the samples, Hz \param centre Hz
    //! \param least rate that is left, where the samples have it, Hz
    audio_band(double rate, double centre, double least)
        : d_decimation(std::max<size_t>(1, static_cast<size_t>(rate / least))),
          d_rate(rate / static_cast<double>(d_decimation)),
          d_turn(std::polar(1.0, -2.0 * GR_M_PI * centre / rate))
    {
    }

    double rate() const { return d_rate; }

    void restart()
    {
        d_sum = 0.0;
        d_count = 0;
    }

    //! Calls `take` when a sample of the lower rate, the mean of so many, is complete.
    template <class Take>
    void add(float sample, Take take)
    {
        d_sum += static_cast<double>(sample) * d_now;
        // Not the operator of std::complex, which looks for NaN.
        d_now = { d_now.real() * d_turn.real() - d_now.imag() * d_turn.imag(),
                  d_now.real() * d_turn.imag() + d_now.imag() * d_turn.real() };
        if (++d_count < d_decimation)
            return;
        take(gr_complex(d_sum / static_cast<double>(d_decimation)));
        if (++d_taken % NORMALISED == 0) // rounding changes its length
            d_now /= std::sqrt(std::norm(d_now));
        restart();
    }

private:
    static constexpr size_t NORMALISED = 256; // samples from one time to the next

    size_t d_decimation;
    double d_rate;
    std::complex<double> d_turn;
    std::complex<double> d_now{ 1.0 };
    std::complex<double> d_sum{};
    size_t d_count = 0;
    size_t d_taken = 0; // samples of the lower rate
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_AUDIO_BAND_H
