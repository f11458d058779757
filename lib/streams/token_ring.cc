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
bool wait_until(gr::thread::condition_variable& condition,
                scoped_lock& lock,
                int wait_ms,
                Predicate holds)
{
    return condition.timed_wait(lock, boost::posix_time::milliseconds(wait_ms), holds);
}

} // namespace

token_ring::token_ring(const stream_ring::settings& s,
                       size_t ports,
                       size_t max_streams,
                       size_t batch)
    : d_settings(s),
      d_steps(s, ports, max_streams, batch)
{
}

void token_ring::begin_run()
{
    scoped_lock lock(d_mutex);
    d_steps.clear();
    d_error.clear();
    d_failed = d_has_news = false;
    d_reader_open = true;
}

void token_ring::close_writer(size_t port)
{
    scoped_lock lock(d_mutex);
    d_steps.close_port(port);
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

void token_ring::fail(const std::string& error)
{
    scoped_lock lock(d_mutex);
    if (!d_failed)
        d_error = error;
    d_failed = true;
    d_reader_open = false;
    d_room.notify_all();
    d_ready.notify_all();
}

std::string token_ring::error() const
{
    scoped_lock lock(d_mutex);
    return d_error;
}

void token_ring::begin_segment(size_t port, const segment& s)
{
    scoped_lock lock(d_mutex);
    d_steps.begin_segment(port, s);
}

void token_ring::end_stream(size_t port, uint64_t stream)
{
    scoped_lock lock(d_mutex);
    d_steps.end_stream(port, stream);
    d_room.notify_all();
    d_ready.notify_all();
}

void token_ring::mark_non_finite(size_t port)
{
    scoped_lock lock(d_mutex);
    d_steps.mark_non_finite(port);
}

size_t token_ring::push(size_t port,
                        const float* tokens,
                        size_t count,
                        const token_times& when,
                        int wait_ms,
                        bool more_follow)
{
    scoped_lock lock(d_mutex);
    const auto may_continue = [this, port] {
        return !d_steps.must_wait(port) || !d_reader_open;
    };
    size_t accepted = 0;
    while (accepted < count && d_reader_open) {
        const float* rest = tokens + accepted * d_settings.token_length;
        const auto pushed = d_steps.push(port, rest, count - accepted, when);
        accepted += pushed.count;
        d_has_news |= pushed.has_step;
        if (d_has_news && (!more_follow || pushed.count == 0)) {
            d_has_news = false;
            d_ready.notify_one();
        }
        if (pushed.count == 0 && !wait_until(d_room, lock, wait_ms, may_continue))
            break;
    }
    return accepted;
}

void token_ring::begin_round(size_t max_run)
{
    scoped_lock lock(d_mutex);
    d_steps.begin_round(max_run);
}

token_ring::outcome token_ring::take(float* tokens, step& taken, int wait_ms)
{
    scoped_lock lock(d_mutex);
    wait_until(d_ready, lock, wait_ms, [this] {
        return d_failed || d_steps.is_closed() || d_steps.has_next();
    });
    if (d_failed || (d_steps.is_closed() && d_steps.is_drained()))
        return outcome::ended;
    if (!d_steps.take(tokens, taken))
        return outcome::nothing_yet;
    d_room.notify_all();
    return outcome::step;
}

token_counters token_ring::count() const
{
    scoped_lock lock(d_mutex);
    return d_steps.streams().count();
}

std::optional<token_counters> token_ring::count(uint64_t stream) const
{
    scoped_lock lock(d_mutex);
    if (const auto* found = d_steps.streams().find(stream))
        return found->ring->count();
    return std::nullopt;
}

std::vector<uint64_t> token_ring::streams() const
{
    scoped_lock lock(d_mutex);
    std::vector<uint64_t> numbers;
    for (const auto& e : d_steps.streams().entries())
        numbers.push_back(e.stream);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

uint64_t token_ring::streams_evicted() const
{
    scoped_lock lock(d_mutex);
    return d_steps.streams().streams_evicted();
}

uint64_t token_ring::tokens_turned_away() const
{
    scoped_lock lock(d_mutex);
    return d_steps.streams().tokens_turned_away();
}

} // namespace rfattn
} // namespace gr
