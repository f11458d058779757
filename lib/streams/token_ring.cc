/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "token_ring.h"

#include <algorithm>
#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <stdexcept>

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
      d_max_streams(max_streams),
      d_idle_tokens(uint64_t{ max_streams } * s.capacity * s.block_size),
      d_batch_size(batch),
      d_ports(ports),
      d_batches(batch)
{
    begin_run();
}

void token_ring::begin_run()
{
    scoped_lock lock(d_mutex);
    for (size_t port = 0; port < d_ports.size(); port++) {
        d_ports[port] = port_state();
        d_ports[port].stream = port;
    }
    d_entries.clear();
    d_ended.clear();
    d_gone = token_counters();
    d_tokens = d_round = d_first_segment = d_evicted = d_turned_away = 0;
    d_error.clear();
    d_max_run = 0;
    d_batches = batch_list(d_batch_size);
    d_failed = false;
    d_reader_open = true;
}

void token_ring::close_writer(size_t port)
{
    scoped_lock lock(d_mutex);
    d_ports[port].open = false;
    for (auto& e : d_entries)
        if (e.port == port)
            e.ring->end_segment();
    if (all_closed())
        close_batch();
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
    port_state& p = d_ports[port];
    p.stream = s.stream.value_or(port);
    p.present = s;
    p.tokens = 0;
    const auto found = find_of_port(p.stream, port);
    if (found != d_entries.end())
        found->ring->begin_segment(s);
}

void token_ring::end_stream(size_t port, uint64_t stream)
{
    scoped_lock lock(d_mutex);
    const auto found = find_of_port(stream, port);
    if (found != d_entries.end())
        end(found);
}

void token_ring::mark_non_finite(size_t port)
{
    scoped_lock lock(d_mutex);
    d_ports[port].next_is_marked = true;
}

size_t token_ring::push(
    size_t port, const float* tokens, size_t count, uint64_t arrival_ns, int wait_ms)
{
    scoped_lock lock(d_mutex);
    port_state& p = d_ports[port];
    size_t accepted = 0;
    // The ring may be gone after a wait, and another one free.
    const auto may_continue = [this, &p] {
        const auto now = find(p.stream);
        const bool is_held_up =
            now == d_entries.end() ? is_full() && is_one_ending() : now->ring->is_full();
        return !is_held_up || !d_reader_open;
    };
    while (accepted < count && d_reader_open) {
        const auto e = open(port);
        const float* rest = tokens + accepted * d_settings.token_length;
        const size_t left = count - accepted;
        const size_t n =
            e == d_entries.end() ? turn_away(p, left) : fill(e, rest, left, arrival_ns);
        accepted += n;
        if (n == 0 && !wait_until(d_room, lock, wait_ms, may_continue))
            break;
    }
    return accepted;
}

// Adds tokens to the ring of the stream that the port of the entry is at.
size_t token_ring::fill(entries::iterator e,
                        const float* tokens,
                        size_t count,
                        uint64_t arrival_ns)
{
    port_state& p = d_ports[e->port];
    if (p.next_is_marked)
        e->ring->mark_non_finite();
    p.next_is_marked = false;
    const size_t waiting = e->ring->steps();
    const size_t n = e->ring->push(tokens, count, arrival_ns);
    p.tokens += n;
    d_tokens += n;
    e->last_token = d_tokens;
    if (has_batches() && e->ring->steps() > waiting)
        d_batches.add(p.stream);
    if (n == 0 && has_batches() && d_batches.open_steps(p.stream) == waiting)
        close_batch();
    if (has_batches() ? d_batches.has_next() : !e->ring->is_drained())
        d_ready.notify_one();
    return n;
}

// Drops tokens of a stream that has no ring, up to where one may be free for it. Takes
// none where the rings do not drop and one is soon free.
size_t token_ring::turn_away(port_state& p, size_t count)
{
    if (!is_one_ending())
        count = std::min<uint64_t>(count, tokens_until_idle(*idle_longest()));
    else if (!drops())
        return 0;
    p.tokens += count;
    p.next_is_marked = false;
    d_tokens += count;
    d_turned_away += count;
    d_gone.in += count;
    d_gone.dropped += count;
    return count;
}

token_ring::entries::iterator token_ring::find(uint64_t stream)
{
    return std::find_if(d_entries.begin(), d_entries.end(), [stream](const entry& e) {
        return e.stream == stream;
    });
}

// A stream that ended, whose last steps wait, may come again on any port.
token_ring::entries::iterator token_ring::find_of_port(uint64_t stream, size_t port)
{
    const auto found = find(stream);
    if (found != d_entries.end() && found->port != port && !found->ending)
        throw std::invalid_argument("stream " + std::to_string(stream) +
                                    " comes on input " + std::to_string(found->port) +
                                    " and on input " + std::to_string(port) +
                                    ", but a stream must come on one input");
    return found;
}

// The entry of the stream that the port is at, new where it has none; end() when no ring
// is free for it.
token_ring::entries::iterator token_ring::open(size_t port)
{
    const port_state& p = d_ports[port];
    const auto found = find_of_port(p.stream, port);
    if (found == d_entries.end()) {
        if (is_full() && !is_one_ending())
            evict_idle();
        if (is_full())
            return d_entries.end();
        auto ring =
            std::make_unique<stream_ring>(d_settings, d_first_segment, segment_at(p));
        d_entries.push_back(
            { p.stream, port, d_tokens, 0, 0, false, false, std::move(ring) });
        return d_entries.end() - 1;
    }
    if (found->ending) { // its last steps wait, and it comes again
        found->ring->begin_segment(segment_at(p));
        found->ending = found->evicted = false;
        found->port = port;
    }
    return found;
}

// The segment that the port is in, from its next token on.
segment token_ring::segment_at(const port_state& p)
{
    segment next = p.present;
    next.sample_start += p.tokens * next.samples_per_token;
    next.rx = p.present.rx_at(next.sample_start);
    return next;
}

void token_ring::evict_idle()
{
    const auto longest = idle_longest();
    if (tokens_until_idle(*longest) > 0)
        return;
    longest->evicted = true;
    end(longest);
}

token_ring::entries::iterator token_ring::idle_longest()
{
    const auto last_sign = [this](const entry& e) {
        return std::pair(d_ports[e.port].open, e.last_token);
    };
    return std::min_element(
        d_entries.begin(), d_entries.end(), [&](const entry& a, const entry& b) {
            return last_sign(a) < last_sign(b);
        });
}

// Tokens of other streams that may still come before a stream is idle.
uint64_t token_ring::tokens_until_idle(const entry& e) const
{
    if (!d_ports[e.port].open)
        return 0; // it gets no token any more
    const uint64_t came = d_tokens - e.last_token;
    return came < d_idle_tokens ? d_idle_tokens - came : 0;
}

bool token_ring::is_one_ending() const
{
    return std::any_of(
        d_entries.begin(), d_entries.end(), [](const entry& e) { return e.ending; });
}

// Gives up a ring when its last step is taken.
void token_ring::end(entries::iterator ended)
{
    ended->ring->end_segment();
    ended->ending = true;
    if (has_batches() && d_batches.open_steps(ended->stream) > 0)
        close_batch();
    if (ended->ring->is_drained())
        remove(ended);
}

void token_ring::remove(entries::iterator gone)
{
    d_gone += gone->ring->count();
    d_evicted += gone->evicted;
    d_first_segment = std::max(d_first_segment, gone->ring->next_segment());
    if (gone->ring->was_served())
        d_ended.push_back(gone->stream);
    d_entries.erase(gone);
    d_room.notify_all();
}

void token_ring::close_batch()
{
    d_batches.close();
    d_ready.notify_all();
}

void token_ring::begin_round(size_t max_run)
{
    scoped_lock lock(d_mutex);
    d_max_run = max_run;
    d_round++;
}

token_ring::outcome token_ring::take(float* tokens, step& taken, int wait_ms)
{
    scoped_lock lock(d_mutex);
    wait_until(d_ready, lock, wait_ms, [this] {
        return d_failed || all_closed() || next_to_serve() != d_entries.end();
    });
    const auto next = next_to_serve();
    if (d_failed || (all_closed() && all_drained()))
        return outcome::ended;
    if (next == d_entries.end())
        return outcome::nothing_yet;
    std::rotate(next, next + 1, d_entries.end());
    entry& served = d_entries.back();
    served.served = served.round == d_round ? served.served + 1 : 1;
    served.round = d_round;
    taken.stream = served.stream;
    if (has_batches()) {
        taken.batch = d_batches.next().batch;
        taken.is_last = d_batches.next().is_last;
        d_batches.pop();
    } else {
        taken.batch = d_max_run > 1 ? d_round : 0;
        taken.is_last = false;
    }
    describe(served.ring->take(tokens), taken);
    taken.ended.swap(d_ended);
    d_ended.clear();
    if (served.ending && served.ring->is_drained())
        remove(d_entries.end() - 1);
    d_room.notify_all();
    return outcome::step;
}

token_ring::entries::iterator token_ring::next_to_serve()
{
    if (has_batches())
        return d_batches.has_next() ? find(d_batches.next().stream) : d_entries.end();
    const auto was_served = [this](const entry& e) {
        return d_max_run > 0 && e.round == d_round && e.served == d_max_run;
    };
    return std::find_if(d_entries.begin(), d_entries.end(), [&](const entry& e) {
        return !e.ring->is_drained() && !was_served(e);
    });
}

bool token_ring::all_closed() const
{
    return std::none_of(
        d_ports.begin(), d_ports.end(), [](const port_state& p) { return p.open; });
}

bool token_ring::all_drained() const
{
    return std::all_of(d_entries.begin(), d_entries.end(), [](const entry& e) {
        return e.ring->is_drained();
    });
}

void token_ring::describe(const stream_ring::origin& from, step& to) const
{
    const segment& upstream = from.upstream;
    const token_counters now = total();
    to.segment = from.segment;
    to.sample_start = from.sample_start;
    to.sample_count = from.sample_count;
    to.arrival_ns = from.arrival_ns;
    to.non_finite_tokens = from.non_finite_tokens;
    to.tokens_in = now.in;
    to.dropped_tokens = now.dropped;
    to.rested_tokens = rested_tokens();
    to.queued_steps = now.steps_waiting;
    to.retunes = upstream.retunes;
    to.overflows = upstream.overflows;
    to.rx = upstream.rx_at(to.sample_start);
    to.front_end = upstream.front_end;
    to.features = upstream.features;
}

token_counters token_ring::total() const
{
    token_counters sum = d_gone;
    for (const auto& e : d_entries)
        sum += e.ring->count();
    return sum;
}

uint64_t token_ring::rested_tokens() const
{
    uint64_t sum = 0;
    for (const auto& p : d_ports)
        sum += p.present.rested_tokens;
    return sum;
}

token_counters token_ring::count() const
{
    scoped_lock lock(d_mutex);
    return total();
}

std::optional<token_counters> token_ring::count(uint64_t stream) const
{
    scoped_lock lock(d_mutex);
    for (const auto& e : d_entries)
        if (e.stream == stream)
            return e.ring->count();
    return std::nullopt;
}

std::vector<uint64_t> token_ring::streams() const
{
    scoped_lock lock(d_mutex);
    std::vector<uint64_t> numbers;
    for (const auto& e : d_entries)
        numbers.push_back(e.stream);
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

uint64_t token_ring::streams_evicted() const
{
    scoped_lock lock(d_mutex);
    return d_evicted;
}

uint64_t token_ring::tokens_turned_away() const
{
    scoped_lock lock(d_mutex);
    return d_turned_away;
}

} // namespace rfattn
} // namespace gr
