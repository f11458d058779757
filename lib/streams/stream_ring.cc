/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "stream_ring.h"

#include <algorithm>

namespace gr {
namespace rfattn {

token_counters& token_counters::operator+=(const token_counters& other)
{
    in += other.in;
    out += other.out;
    dropped += other.dropped;
    incomplete += other.incomplete;
    waiting += other.waiting;
    steps_waiting += other.steps_waiting;
    return *this;
}

// The tokens are not initialised: the pages of a ring are taken as it fills.
stream_ring::stream_ring(const settings& s, uint64_t first_segment, const segment& first)
    : d_settings(s),
      d_origins(s.capacity + 1),
      d_tokens(new float[(s.capacity + 1) * s.block_size * s.token_length]),
      d_segment(first),
      d_number(first_segment)
{
}

void stream_ring::begin_segment(const segment& s)
{
    const uint64_t next = next_sample();
    const bool continues = s.number == d_segment.number && s.sample_start >= next;
    if (continues && s.sample_start == next && d_segment_tokens > 0)
        return;
    if (!continues)
        end_segment();
    d_segment = s;
    d_segment_tokens = 0;
}

void stream_ring::end_segment()
{
    d_counters.incomplete += d_partial;
    d_partial = 0;
    raise_segment();
}

void stream_ring::raise_segment()
{
    d_number += !d_untouched;
    d_untouched = true;
}

size_t stream_ring::push(const float* tokens, size_t count, const token_times& when)
{
    d_dropping = d_dropping && d_whole > 0;
    if (d_dropping)
        return drop(count);
    const size_t n = std::min(count, d_settings.block_size - d_partial);
    const bool completes = d_partial + n == d_settings.block_size;
    if (completes && is_full())
        return d_settings.drops ? drop(n) : 0;
    const size_t length = d_settings.token_length;
    origin& from = d_origins[filling()];
    if (d_partial == 0)
        from = { d_number, next_sample(), 0, when, 0, d_segment };
    from.non_finite_tokens += d_next_is_marked;
    d_next_is_marked = false;
    std::copy_n(tokens, n * length, tokens_of(filling()) + d_partial * length);
    d_partial += n;
    d_segment_tokens += n;
    d_counters.in += n;
    d_untouched = false;
    if (completes) {
        const uint64_t last = next_sample() - d_segment.samples_per_token;
        from.sample_count = last + d_segment.token_samples - from.sample_start;
        from.when = when;
        d_partial = 0;
        d_whole++;
    }
    return n;
}

size_t stream_ring::drop(size_t count)
{
    d_counters.in += count;
    d_counters.dropped += count + d_partial;
    d_segment_tokens += count;
    d_partial = 0;
    d_next_is_marked = false;
    d_dropping = true;
    raise_segment();
    return count;
}

stream_ring::origin stream_ring::take(float* tokens)
{
    const size_t length = d_settings.block_size * d_settings.token_length;
    std::copy_n(tokens_of(d_oldest), length, tokens);
    const origin from = d_origins[d_oldest];
    d_oldest = (d_oldest + 1) % d_origins.size();
    d_whole--;
    d_counters.out += d_settings.block_size;
    return from;
}

token_counters stream_ring::count() const
{
    token_counters now = d_counters;
    now.waiting = d_whole * d_settings.block_size + d_partial;
    now.steps_waiting = d_whole;
    return now;
}

uint64_t stream_ring::next_sample() const
{
    return d_segment.sample_start + d_segment_tokens * d_segment.samples_per_token;
}

float* stream_ring::tokens_of(size_t slot)
{
    return &d_tokens[slot * d_settings.block_size * d_settings.token_length];
}

} // namespace rfattn
} // namespace gr
