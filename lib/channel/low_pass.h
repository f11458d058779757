/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_LOW_PASS_H
#define INCLUDED_RFATTN_LOW_PASS_H

#include <gnuradio/fft/window.h>
#include <gnuradio/math.h>

#include <cmath>
#include <numeric>
#include <vector>

namespace gr {
namespace rfattn {

//! Taps of a low pass of gain 1, a sinc within a Hamming window.
//! \param edge half of its gain, share of the sample rate, above 0 \param count odd
inline std::vector<float> low_pass(double edge, int count)
{
    std::vector<float> taps = fft::window::hamming(count);
    for (int n = 0; n < count; n++) {
        const double x = 2.0 * GR_M_PI * edge * (n - count / 2);
        taps[static_cast<size_t>(n)] *=
            static_cast<float>(n == count / 2 ? 1.0 : std::sin(x) / x);
    }
    const float sum = std::accumulate(taps.begin(), taps.end(), 0.0f);
    for (float& tap : taps)
        tap /= sum;
    return taps;
}

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_LOW_PASS_H
