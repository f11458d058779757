/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "token_ring.h"

#include <algorithm>
#include <boost/date_time/posix_time/posix_time_types.hpp>

namespace gr {
namespace rfattn {

using gr::thread::scoped_lock;

namespace {

// Boost's wait, because the scheduler stops a block by interrupting its thread.
template <class Predicate>
void wait_until(gr::thread::condition_variable& condition,
                scoped_lock& lock,
                int wait_ms,
                Predicate holds)
{
    condition.timed_wait(lock, boost::posix_time::milliseconds(wait_ms), holds);
}

} // namespace

token_ring::token_ring(size_t token_length, size_t block_size, size_t capacity, policy p)
    : d_length(token_length),
      d_block_size(block_size),
      d_capacity(capacity),
      d_policy(p),
      d_slots(capacity + 1),
      d_tokens((capacity + 1) * block_size * token_length)
{
}

void token_ring::begin_run()
{
    scoped_lock lock(d_mutex);
    d_oldest = d_whole = d_partial = 0;
    d_segment = segment();
    d_segments_begun = d_segment_tokens = d_steps_dropped = 0;
    d_counters = counters();
    d_writer_open = d_reader_open = true;
}

void token_ring::close_writer()
{
    scoped_lock lock(d_mutex);
    d_writer_open = false;
    discard_partial();
    d_ready.notify_all();
}

void token_ring::close_reader()
{
    scoped_lock lock(d_mutex);
    d_reader_open = false;
    d_room.notify_all();
}

bool token_ring::reader_closed() const
{
    scoped_lock lock(d_mutex);
    return !d_reader_open;
}

void token_ring::begin_segment(const segment& s)
{
    scoped_lock lock(d_mutex);
    discard_partial();
    if (d_segment_tokens > 0)
        d_segments_begun++;
    d_segment = s;
    d_segment_tokens = 0;
}

void token_ring::discard_partial()
{
    d_counters.incomplete += d_partial;
    d_partial = 0;
}

size_t
token_ring::push(const float* tokens, size_t count, uint64_t arrival_ns, int wait_ms)
{
    scoped_lock lock(d_mutex);
    size_t accepted = 0;
    while (accepted < count) {
        if (!d_reader_open)
            break;
        const bool completes = d_partial + count - accepted >= d_block_size;
        size_t n = completes ? d_block_size - d_partial : count - accepted;
        if (completes && !make_room(lock, wait_ms))
            break;
        std::copy_n(tokens + accepted * d_length,
                    n * d_length,
                    tokens_of(filling()) + d_partial * d_length);
        accepted += n;
        d_partial += n;
        d_segment_tokens += n;
        d_counters.in += n;
        if (completes)
            finish_step(arrival_ns);
    }
    return accepted;
}

// True when a step may become whole.
bool token_ring::make_room(scoped_lock& lock, int wait_ms)
{
    if (d_policy == policy::drop_oldest) {
        if (d_whole == d_capacity) {
            d_oldest = (d_oldest + 1) % d_slots.size();
            d_whole--;
            d_steps_dropped++;
            d_counters.dropped += d_block_size;
        }
        return true;
    }
    wait_until(
        d_room, lock, wait_ms, [this] { return d_whole < d_capacity || !d_reader_open; });
    return d_whole < d_capacity && d_reader_open;
}

void token_ring::finish_step(uint64_t arrival_ns)
{
    slot& whole = d_slots[filling()];
    whole.upstream_segments = d_segments_begun;
    whole.first_token = d_segment_tokens - d_block_size;
    whole.arrival_ns = arrival_ns;
    whole.origin = d_segment;
    d_partial = 0;
    d_whole++;
    d_ready.notify_one();
}

token_ring::outcome token_ring::take(float* tokens, step& taken, int wait_ms)
{
    scoped_lock lock(d_mutex);
    wait_until(d_ready, lock, wait_ms, [this] { return d_whole > 0 || !d_writer_open; });
    if (d_whole == 0)
        return d_writer_open ? outcome::nothing_yet : outcome::ended;
    const size_t oldest = d_oldest;
    std::copy_n(tokens_of(oldest), d_block_size * d_length, tokens);
    d_oldest = (d_oldest + 1) % d_slots.size();
    d_whole--;
    d_counters.out += d_block_size;
    describe(d_slots[oldest], taken);
    d_room.notify_one();
    return outcome::step;
}

// Drops take the oldest step, so every drop so far came before this one: each has raised
// its segment.
void token_ring::describe(const slot& from, step& to) const
{
    const segment& origin = from.origin;
    to.segment = from.upstream_segments + d_steps_dropped;
    to.sample_start = origin.sample_start + from.first_token * origin.samples_per_token;
    to.sample_count =
        (d_block_size - 1) * origin.samples_per_token + origin.token_samples;
    to.arrival_ns = from.arrival_ns;
    to.dropped_tokens = d_counters.dropped;
    to.queued_steps = d_whole;
    to.retunes = origin.retunes;
    to.overflows = origin.overflows;
    to.rx = origin.rx_at(to.sample_start);
}

token_ring::counters token_ring::count() const
{
    scoped_lock lock(d_mutex);
    counters now = d_counters;
    now.waiting = d_whole * d_block_size + d_partial;
    now.steps_waiting = d_whole;
    return now;
}

} /* namespace rfattn */
} /* namespace gr */
