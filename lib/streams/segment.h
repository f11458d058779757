/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SEGMENT_H
#define INCLUDED_RFATTN_SEGMENT_H

#include <cstdint>
#include <memory>
#include <optional>

namespace gr {
namespace rfattn {

//! A point in time: whole seconds and a fraction from 0 to below 1.
struct stream_time {
    uint64_t seconds;
    double fraction; // s

    //! The time `samples` later at `rate` samples a second, at most 1e18 s later.
    stream_time after(uint64_t samples, double rate) const;
};

//! What is known of a sample: rate and tuning of the samples around it, and its time.
struct reception {
    std::optional<double> rate;      // Hz
    std::optional<double> frequency; // Hz
    std::optional<stream_time> time;
};

//! A stretch of samples without a gap.
struct segment {
    uint64_t number = 0;
    uint64_t sample_start = 0;      // absolute
    uint64_t samples_per_token = 1; // from the start of a token to the start of the next
    uint64_t token_samples = 1;     // a token looks at
    uint64_t retunes = 0;           // up to its start
    uint64_t overflows = 0;         // gaps up to its start that were no retunes
    uint64_t rested_tokens = 0; // tokens before it of all streams on its port that rested
    reception rx;               // of sample_start
    std::optional<uint64_t> stream; // stream of its tokens, where stated

    //! How samples became tokens, where stated. Kernels pass it on and look not inside:
    //! the blocks know its type.
    std::shared_ptr<void> front_end;
    std::shared_ptr<void> features; // names of what follows the spectrum in a token

    //! What is known of a later absolute sample; its time only where the rate is known.
    reception rx_at(uint64_t sample) const;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SEGMENT_H
