/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "step_queue.h"

namespace gr {
namespace rfattn {

step_queue::step_queue(const stream_ring::settings& s,
                       size_t ports,
                       size_t max_streams,
                       size_t batch)
    : d_ports(ports),
      d_streams(s, ports, max_streams),
      d_order(batch)
{
    clear();
}

void step_queue::clear()
{
    for (size_t port = 0; port < d_ports.size(); port++) {
        d_ports[port] = port_state();
        d_ports[port].stream = port;
    }
    d_streams.clear();
    d_order.clear();
}

void step_queue::close_port(size_t port)
{
    d_streams.close_port(port);
    if (is_closed())
        d_order.close_batch();
}

void step_queue::begin_segment(size_t port, const segment& s)
{
    port_state& p = d_ports[port];
    p.stream = s.stream.value_or(port);
    p.present = s;
    p.tokens = 0;
    if (auto* found = d_streams.find_of_port(p.stream, port))
        found->ring->begin_segment(s);
}

void step_queue::end_stream(size_t port, uint64_t stream)
{
    if (auto* found = d_streams.find_of_port(stream, port))
        end(*found);
}

step_queue::pushed
step_queue::push(size_t port, const float* tokens, size_t count, const token_times& when)
{
    auto* e = open(port);
    const size_t n = e ? fill(*e, tokens, count, when) : turn_away(d_ports[port], count);
    return { n, d_order.has_step(e) };
}

// The entry of the stream that the port is at, new where it has none; nullptr when no
// ring is free for it.
stream_table::entry* step_queue::open(size_t port)
{
    const port_state& p = d_ports[port];
    auto* found = d_streams.find_of_port(p.stream, port);
    if (!found) {
        if (auto* idle = d_streams.to_evict()) {
            idle->evicted = true;
            end(*idle);
        }
        return d_streams.is_full() ? nullptr : &d_streams.add(p.stream, port, p.rest());
    }
    if (found->ending) { // its last steps wait, and it comes again
        found->ring->begin_segment(p.rest());
        found->ending = found->evicted = false;
        found->port = port;
    }
    return found;
}

// Adds tokens to the ring of the stream that the port of the entry is at.
size_t step_queue::fill(stream_table::entry& e,
                        const float* tokens,
                        size_t count,
                        const token_times& when)
{
    port_state& p = d_ports[e.port];
    if (p.next_is_marked)
        e.ring->mark_non_finite();
    p.next_is_marked = false;
    const size_t waiting = e.ring->steps();
    const size_t n = e.ring->push(tokens, count, when);
    p.tokens += n;
    d_streams.note_tokens(e, n);
    if (e.ring->steps() > waiting)
        d_order.add(p.stream);
    if (n == 0 && d_order.open_steps(p.stream) == waiting)
        d_order.close_batch(); // or the ring would stay full
    return n;
}

// Drops tokens of a stream that has no ring.
size_t step_queue::turn_away(port_state& p, size_t count)
{
    const size_t n = d_streams.turn_away(count);
    p.tokens += n;
    if (n > 0)
        p.next_is_marked = false;
    return n;
}

segment step_queue::port_state::rest() const
{
    segment next = present;
    next.sample_start += tokens * next.samples_per_token;
    next.rx = present.rx_at(next.sample_start);
    return next;
}

// Gives up a ring when its last step is taken.
void step_queue::end(stream_table::entry& ended)
{
    if (d_order.open_steps(ended.stream) > 0)
        d_order.close_batch();
    d_streams.end(ended);
}

bool step_queue::take(float* tokens, step& taken)
{
    auto* next = d_order.next(d_streams);
    if (!next)
        return false;
    auto& served = d_streams.move_to_end(*next);
    const step_order::group group = d_order.serve(served);
    taken.stream = served.stream;
    taken.batch = group.number;
    taken.is_last = group.is_last;
    describe(served.ring->take(tokens), taken);
    taken.ended = d_streams.take_ended();
    d_streams.remove_if_drained(served);
    return true;
}

void step_queue::describe(const stream_ring::origin& from, step& to) const
{
    const segment& upstream = from.upstream;
    const token_counters now = d_streams.count();
    to.segment = from.segment;
    to.sample_start = from.sample_start;
    to.sample_count = from.sample_count;
    to.arrival_ns = from.when.arrival_ns;
    to.found_ns = from.when.found_ns;
    to.non_finite_tokens = from.non_finite_tokens;
    to.tokens_in = now.in;
    to.dropped_tokens = now.dropped;
    to.rested_tokens = 0;
    for (const auto& p : d_ports)
        to.rested_tokens += p.present.rested_tokens;
    to.queued_steps = now.steps_waiting;
    to.retunes = upstream.retunes;
    to.overflows = upstream.overflows;
    to.rx = upstream.rx_at(to.sample_start);
    to.front_end = upstream.front_end;
    to.features = upstream.features;
}

} // namespace rfattn
} // namespace gr
