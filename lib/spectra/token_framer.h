/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_FRAMER_H
#define INCLUDED_RFATTN_TOKEN_FRAMER_H

#include <gnuradio/gr_complex.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <volk/volk_alloc.hh>

namespace gr {
namespace rfattn {

/*!
 * \brief The samples of each token of a channel whose samples come in runs.
 *
 * Tokens begin at multiples of `samples_per_token`, wherever a run begins, and do not
 * span two runs. Only the samples of a token that is not complete are copied.
 */
class token_framer {
public:
    token_framer(uint64_t samples_per_token, uint64_t token_samples)
        : d_samples_per_token(samples_per_token),
          d_token_samples(token_samples)
    {
    }

    //! The next samples are those of another channel.
    void reset() { d_next = std::numeric_limits<uint64_t>::max(); }

    //! Calls `make(token, samples)`, with the number of the first sample, for each token
    //! that `count` samples from number `first` on complete.
    template <class F>
    void add(uint64_t first, const gr_complex* samples, size_t count, F make)
    {
        if (first != d_next)
            restart(first);
        d_next = first + count;
        while (d_token < first && d_token + d_token_samples <= d_next) {
            const uint64_t lacking = d_token + d_token_samples - first;
            d_joint.assign(d_held.begin() + (d_token - d_held_first), d_held.end());
            d_joint.insert(d_joint.end(), samples, samples + lacking);
            make(d_token, d_joint.data());
            d_token += d_samples_per_token;
        }
        for (; d_token >= first && d_token + d_token_samples <= d_next;
             d_token += d_samples_per_token)
            make(d_token, samples + (d_token - first));
        hold(first, samples);
    }

private:
    void restart(uint64_t first)
    {
        const uint64_t rest = d_samples_per_token - 1;
        d_token = (first + rest) / d_samples_per_token * d_samples_per_token;
        d_held_first = first;
        d_held.clear();
    }

    // Keeps the samples from d_token on.
    void hold(uint64_t first, const gr_complex* samples)
    {
        if (d_token < first) {
            d_held.erase(d_held.begin(), d_held.begin() + (d_token - d_held_first));
            d_held.insert(d_held.end(), samples, samples + (d_next - first));
            d_held_first = d_token;
        } else {
            d_held_first = std::min(d_token, d_next);
            d_held.assign(samples + (d_held_first - first), samples + (d_next - first));
        }
    }

    const uint64_t d_samples_per_token;
    const uint64_t d_token_samples;
    uint64_t d_next = std::numeric_limits<uint64_t>::max(); // sample after the last one
    uint64_t d_token = 0;                                   // its first sample
    uint64_t d_held_first = 0; // number of the first one held
    volk::vector<gr_complex> d_held;
    volk::vector<gr_complex> d_joint; // a token that begins with held samples
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TOKEN_FRAMER_H
