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
 * span two runs.
 */
class token_framer {
public:
    token_framer(uint64_t samples_per_token, uint64_t token_samples)
        : d_samples_per_token(samples_per_token),
          d_token_samples(token_samples)
    {
    }

    //! Adds samples, from number `first` on; they continue the run or begin another one.
    void add(uint64_t first, const gr_complex* samples, size_t count)
    {
        if (first != d_first + d_held.size())
            restart(first);
        d_held.insert(d_held.end(), samples, samples + count);
    }

    //! The next samples are those of another channel.
    void reset()
    {
        d_held.clear();
        d_first = d_token = std::numeric_limits<uint64_t>::max();
    }

    //! Whether a token is complete.
    bool is_ready() const { return d_held.size() >= d_token - d_first + d_token_samples; }

    //! Number of the first sample of the next token.
    uint64_t token() const { return d_token; }
    //! The samples of the token, which is_ready().
    const gr_complex* samples() const { return &d_held[d_token - d_first]; }
    //! Goes on to the next token.
    void skip() { d_token += d_samples_per_token; }

    //! Gives up the samples that no further token needs; after the tokens were taken.
    void compact()
    {
        const uint64_t n = std::min<uint64_t>(d_token - d_first, d_held.size());
        d_held.erase(d_held.begin(), d_held.begin() + n);
        d_first += n;
    }

private:
    void restart(uint64_t first)
    {
        const uint64_t rest = d_samples_per_token - 1;
        d_token = (first + rest) / d_samples_per_token * d_samples_per_token;
        d_first = first;
        d_held.clear();
    }

    const uint64_t d_samples_per_token;
    const uint64_t d_token_samples;
    uint64_t d_first = 0; // number of the first sample held
    uint64_t d_token = 0;
    volk::vector<gr_complex> d_held;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TOKEN_FRAMER_H
