/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_CHANNEL_FILTER_H
#define INCLUDED_RFATTN_CHANNEL_FILTER_H

#include "low_pass.h"

#include <gnuradio/gr_complex.h>

#include <algorithm>
#include <array>
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

    //! Samples by which it delays.
    size_t delay() const { return d_taps.size() / 2; }

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
        // Zeros complete the last block; what comes of them is not taken.
        d_held.resize(d_held.size() + BLOCK - 1);
        for (size_t n = 0; n < count; n += BLOCK) {
            const auto filtered = block(&d_held[n]);
            for (size_t k = 0; k < std::min(BLOCK, count - n); k++)
                take(filtered[k]);
        }
        d_held.erase(d_held.begin(), d_held.begin() + static_cast<ptrdiff_t>(count));
        d_held.resize(d_taps.size() - 1);
    }

private:
    static constexpr int TAPS = 33;
    static constexpr size_t BLOCK = 8; // samples whose sums stay in registers

    // Taps are the same from both ends, so that each one is for two samples.
    std::array<gr_complex, BLOCK> block(const gr_complex* held) const
    {
        constexpr size_t MIDDLE = TAPS / 2, PARTS = 2 * BLOCK; // real and imaginary
        std::array<float, PARTS> sums{};
        const auto* const parts = reinterpret_cast<const float*>(held);
        for (size_t tap = 0; tap < MIDDLE; tap++)
            for (size_t k = 0; k < PARTS; k++)
                sums[k] +=
                    d_taps[tap] * (parts[2 * tap + k] + parts[2 * (TAPS - 1 - tap) + k]);
        std::array<gr_complex, BLOCK> found;
        for (size_t k = 0; k < BLOCK; k++)
            found[k] = gr_complex(sums[2 * k], sums[2 * k + 1]) +
                       d_taps[MIDDLE] * held[MIDDLE + k];
        return found;
    }

    std::vector<float> d_taps;
    std::vector<gr_complex> d_held;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_CHANNEL_FILTER_H
