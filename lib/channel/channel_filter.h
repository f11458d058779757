/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_CHANNEL_FILTER_H
#define INCLUDED_RFATTN_CHANNEL_FILTER_H

#include "low_pass.h"

#include <gnuradio/gr_complex.h>
#include <volk/volk.h>

#include <cstddef>
#include <vector>

namespace gr {
namespace rfattn {

//! A low pass that keeps the last samples from one call to the next. Where it filters, it
//! delays by 16 samples.
class channel_filter {
public:
    //! \param edge half of the gain, share of the sample rate; from 0.45 up all passes
    explicit channel_filter(double edge)
        : d_taps(edge < 0.45 ? low_pass(edge, TAPS) : std::vector<float>())
    {
        restart();
    }

    //! Zeros were before what comes.
    void restart()
    {
        d_held.assign(d_taps.empty() ? 0 : d_taps.size() - 1, gr_complex());
    }

    //! Calls `take` with each filtered sample.
    template <class Take>
    void add(const gr_complex* samples, size_t count, Take take)
    {
        if (d_taps.empty()) {
            for (size_t n = 0; n < count; n++)
                take(samples[n]);
            return;
        }
        d_held.insert(d_held.end(), samples, samples + count);
        for (size_t n = 0; n < count; n++) {
            gr_complex now;
            volk_32fc_32f_dot_prod_32fc(
                &now, &d_held[n], d_taps.data(), static_cast<unsigned>(d_taps.size()));
            take(now);
        }
        d_held.erase(d_held.begin(), d_held.begin() + static_cast<ptrdiff_t>(count));
    }

private:
    static constexpr int TAPS = 33;

    std::vector<float> d_taps;
    std::vector<gr_complex> d_held;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_CHANNEL_FILTER_H
