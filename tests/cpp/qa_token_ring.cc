/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "streams/token_ring.h"
#include "streams/token_times.h"

#include <atomic>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/thread/thread.hpp>
#include <map>
#include <random>
#include <set>

namespace data = boost::unit_test::data;
using gr::rfattn::segment;
using gr::rfattn::stream_ring;
using gr::rfattn::token_counters;
using gr::rfattn::token_ring;
using outcome = token_ring::outcome;

namespace {

constexpr int NO_WAIT = 0;
constexpr int LONG_WAIT = 20000; // ms: never reached where a test passes
constexpr bool BLOCK = false;
constexpr bool DROP = true;

stream_ring::settings
settings(size_t block_size, size_t capacity, bool drops, size_t length = 2)
{
    return { length, block_size, capacity, drops };
}

// Tokens of two floats, numbered from `first`.
std::vector<float> tokens(int first, int count)
{
    std::vector<float> values(2 * count);
    for (int i = 0; i < count; i++)
        values[2 * i] = values[2 * i + 1] = static_cast<float>(first + i);
    return values;
}

size_t
push(token_ring& ring, int first, int count, uint64_t arrival_ns = 0, size_t port = 0)
{
    return ring.push(port, tokens(first, count).data(), count, { arrival_ns }, NO_WAIT);
}

// First token of the step taken, -1 for nothing yet, -2 for the end.
int take(token_ring& ring, token_ring::step& step, int wait_ms = NO_WAIT)
{
    std::vector<float> out(2 * 8);
    const auto got = ring.take(out.data(), step, wait_ms);
    if (got == outcome::step)
        return static_cast<int>(out[0]);
    return got == outcome::ended ? -2 : -1;
}

int take(token_ring& ring)
{
    token_ring::step step;
    return take(ring, step);
}

bool is_balanced(const token_counters& n)
{
    return n.in == n.out + n.dropped + n.incomplete + n.waiting;
}

void check_counts(const token_counters& now, std::vector<uint64_t> expected)
{
    const std::vector<uint64_t> found{
        now.in, now.out, now.dropped, now.incomplete, now.waiting
    };
    BOOST_CHECK_EQUAL_COLLECTIONS(
        found.begin(), found.end(), expected.begin(), expected.end());
    BOOST_CHECK(is_balanced(now));
}

void check_counts(const token_ring& ring, std::vector<uint64_t> expected)
{
    check_counts(ring.count(), expected);
}

void check_streams(const std::vector<uint64_t>& found, std::vector<uint64_t> expected)
{
    BOOST_CHECK_EQUAL_COLLECTIONS(
        found.begin(), found.end(), expected.begin(), expected.end());
}

segment sampled_segment(uint64_t sample_start, uint64_t number = 0)
{
    segment s;
    s.number = number;
    s.sample_start = sample_start;
    s.samples_per_token = 10;
    s.token_samples = 16;
    s.rx = { 100.0, 5e6, gr::rfattn::stream_time{ 7, 0.75 } };
    return s;
}

segment of_stream(uint64_t stream, uint64_t number = 0, uint64_t sample_start = 0)
{
    segment s;
    s.stream = stream;
    s.number = number;
    s.sample_start = sample_start;
    return s;
}

} // namespace

BOOST_AUTO_TEST_CASE(steps_come_out_whole_and_in_order)
{
    token_ring ring(settings(3, 4, BLOCK), 1, 1);
    BOOST_CHECK_EQUAL(take(ring), -1);
    BOOST_CHECK_EQUAL(push(ring, 0, 2), 2u);
    BOOST_CHECK_EQUAL(take(ring), -1); // no whole step yet
    BOOST_CHECK_EQUAL(push(ring, 2, 5), 5u);
    check_counts(ring, { 7, 0, 0, 0, 7 });

    std::vector<float> out(6);
    token_ring::step step;
    BOOST_CHECK(ring.take(out.data(), step, NO_WAIT) == outcome::step);
    BOOST_CHECK(out == tokens(0, 3));
    BOOST_CHECK_EQUAL(take(ring), 3);
    BOOST_CHECK_EQUAL(take(ring), -1);
    check_counts(ring, { 7, 6, 0, 0, 1 });
}

BOOST_DATA_TEST_CASE(block_refuses_what_has_no_room, data::make({ 1, 2, 5 }), capacity)
{
    token_ring ring(settings(2, capacity, BLOCK), 1, 1);
    for (int round = 0; round < 20; round++) {
        const int first = round * 2 * capacity;
        BOOST_CHECK_EQUAL(push(ring, first, 2 * capacity), 2u * capacity);
        BOOST_CHECK_EQUAL(push(ring, -1, 2), 0u);
        BOOST_CHECK_EQUAL(ring.count().steps_waiting, static_cast<uint64_t>(capacity));
        for (int i = 0; i < capacity; i++)
            BOOST_CHECK_EQUAL(take(ring), first + 2 * i);
    }
    BOOST_CHECK_EQUAL(ring.count().dropped, 0u);
}

BOOST_DATA_TEST_CASE(a_drop_is_one_piece, data::make({ 1, 2, 5 }), capacity)
{
    token_ring ring(settings(2, capacity, DROP), 1, 1);
    token_ring::step step;
    const int kept = 2 * capacity;
    BOOST_CHECK_EQUAL(push(ring, 0, 101), 101u);
    check_counts(ring, { 101, 0, 101u - kept, 0, uint64_t(kept) });
    for (int i = 0; i < capacity; i++) {
        BOOST_CHECK_EQUAL(take(ring, step), 2 * i);
        BOOST_CHECK_EQUAL(step.segment, 0u);
        if (i + 1 < capacity)
            push(ring, 200, 1); // still dropped: another step waits
    }
    BOOST_CHECK_EQUAL(take(ring), -1);
    const uint64_t dropped = 101 - kept + capacity - 1;
    check_counts(ring, { dropped + kept, uint64_t(kept), dropped, 0, 0 });
    // All were taken: the next token begins a step, not in line with those before.
    push(ring, 300, 3);
    BOOST_CHECK_EQUAL(take(ring, step), 300);
    BOOST_CHECK_EQUAL(step.segment, 1u);
    BOOST_CHECK_EQUAL(step.sample_start, dropped + kept);
    BOOST_CHECK_EQUAL(step.dropped_tokens, dropped);
    BOOST_CHECK_EQUAL(step.tokens_in, dropped + kept + 3);
}

BOOST_AUTO_TEST_CASE(a_segment_within_a_drop_ends_no_drop)
{
    token_ring ring(settings(2, 1, DROP), 1, 1);
    token_ring::step step;
    push(ring, 0, 5);
    ring.begin_segment(0, sampled_segment(1000));
    push(ring, 10, 3);
    check_counts(ring, { 8, 0, 6, 0, 2 });
    BOOST_CHECK_EQUAL(take(ring), 0);
    push(ring, 20, 2);
    BOOST_CHECK_EQUAL(take(ring, step), 20);
    BOOST_CHECK_EQUAL(step.sample_start, 1030u);
    BOOST_CHECK_EQUAL(step.segment, 1u); // drop and segment: one break
}

BOOST_AUTO_TEST_CASE(one_stream_drops_and_the_other_does_not)
{
    token_ring ring(settings(2, 2, DROP), 2, 2);
    token_ring::step step;
    push(ring, 0, 20, 0, 0);
    push(ring, 100, 4, 0, 1);
    check_counts(*ring.count(0), { 20, 0, 16, 0, 4 });
    check_counts(*ring.count(1), { 4, 0, 0, 0, 4 });
    const std::vector<int> expected{ 0, 100, 2, 102, -1 };
    for (const int first : expected)
        BOOST_CHECK_EQUAL(take(ring, step), first);
}

BOOST_AUTO_TEST_CASE(no_step_spans_two_segments)
{
    token_ring ring(settings(3, 8, BLOCK), 1, 1);
    token_ring::step step;
    ring.begin_segment(0, sampled_segment(1000)); // before any token: still segment 0
    push(ring, 0, 8, 11);
    ring.begin_segment(0, sampled_segment(5000, 1));
    check_counts(ring, { 8, 0, 0, 2, 6 });
    push(ring, 100, 3, 22);
    ring.begin_segment(0, sampled_segment(6000, 2)); // at a step's end nothing is cut
    ring.begin_segment(0, sampled_segment(7000, 3)); // no token in between: one segment
    push(ring, 200, 3, 33);
    check_counts(ring, { 14, 0, 0, 2, 12 });

    BOOST_CHECK_EQUAL(take(ring, step), 0);
    BOOST_CHECK_EQUAL(take(ring, step), 3);
    BOOST_CHECK_EQUAL(step.segment, 0u);
    BOOST_CHECK_EQUAL(step.sample_start, 1030u);
    BOOST_CHECK_EQUAL(step.sample_count, 2 * 10 + 16u);
    BOOST_CHECK_EQUAL(step.arrival_ns, 11u);
    BOOST_CHECK_EQUAL(*step.rx.rate, 100.0);
    BOOST_CHECK_EQUAL(*step.rx.frequency, 5e6);
    BOOST_CHECK_EQUAL(step.rx.time->seconds, 8u); // 7.75 s + 30 samples at 100 Hz
    BOOST_CHECK_SMALL(step.rx.time->fraction - 0.05, 1e-12);
    BOOST_CHECK_EQUAL(take(ring, step), 100);
    BOOST_CHECK_EQUAL(step.segment, 1u);
    BOOST_CHECK_EQUAL(step.sample_start, 5000u);
    BOOST_CHECK_EQUAL(step.rx.time->seconds, 7u);
    BOOST_CHECK_EQUAL(take(ring, step), 200);
    BOOST_CHECK_EQUAL(step.segment, 2u);
    BOOST_CHECK_EQUAL(step.sample_start, 7000u);
    BOOST_CHECK_EQUAL(step.arrival_ns, 33u);
}

BOOST_AUTO_TEST_CASE(a_step_may_span_a_pause)
{
    token_ring ring(settings(3, 8, BLOCK), 1, 1);
    token_ring::step step;
    ring.begin_segment(0, sampled_segment(1000, 4));
    push(ring, 0, 5);
    auto later = sampled_segment(9000, 4); // the next token would be at 1050
    later.rx.time = gr::rfattn::stream_time{ 88, 0.0 };
    ring.begin_segment(0, later);
    check_counts(ring, { 5, 0, 0, 0, 5 });
    push(ring, 5, 4, 22);
    BOOST_CHECK_EQUAL(take(ring, step), 0);
    BOOST_CHECK_EQUAL(step.sample_count, 2 * 10 + 16u);
    BOOST_CHECK_EQUAL(take(ring, step), 3);
    BOOST_CHECK_EQUAL(step.segment, 0u);
    BOOST_CHECK_EQUAL(step.sample_start, 1030u);
    BOOST_CHECK_EQUAL(step.sample_count, 9000 + 16 - 1030u);
    BOOST_CHECK_EQUAL(step.arrival_ns, 22u);
    BOOST_CHECK_EQUAL(step.rx.time->seconds, 8u); // of its first token
    BOOST_CHECK_EQUAL(take(ring, step), 6);
    BOOST_CHECK_EQUAL(step.segment, 0u);
    BOOST_CHECK_EQUAL(step.sample_start, 9010u);
    BOOST_CHECK_EQUAL(step.rx.time->seconds, 88u);
    check_counts(ring, { 9, 9, 0, 0, 0 });
}

// Streams

BOOST_AUTO_TEST_CASE(a_port_goes_back_to_a_stream_where_it_left_it)
{
    token_ring ring(settings(4, 8, BLOCK), 1, 2);
    token_ring::step step;
    ring.begin_segment(0, of_stream(7, 3, 100));
    push(ring, 0, 3);
    ring.begin_segment(0, of_stream(9));
    push(ring, 50, 4);
    ring.begin_segment(0, of_stream(7, 3, 103)); // the next token of stream 7
    push(ring, 3, 1);
    BOOST_CHECK_EQUAL(take(ring, step), 0);
    BOOST_CHECK_EQUAL(step.stream, 7u);
    BOOST_CHECK_EQUAL(step.segment, 0u);
    BOOST_CHECK_EQUAL(step.sample_start, 100u);
    BOOST_CHECK_EQUAL(take(ring, step), 50);
    BOOST_CHECK_EQUAL(step.stream, 9u);
    ring.begin_segment(0, of_stream(7, 3, 103)); // goes back: a segment
    push(ring, 5, 4);
    BOOST_CHECK_EQUAL(take(ring, step), 5);
    BOOST_CHECK_EQUAL(step.segment, 1u);
    ring.begin_segment(0, of_stream(7, 4, 109)); // another number: a gap
    push(ring, 9, 4);
    BOOST_CHECK_EQUAL(take(ring, step), 9);
    BOOST_CHECK_EQUAL(step.segment, 2u);
    check_streams(ring.streams(), { 7, 9 });
}

BOOST_AUTO_TEST_CASE(who_waits_longest_is_served_next)
{
    token_ring ring(settings(1, 50, BLOCK), 1, 3);
    token_ring::step step;
    std::vector<uint64_t> served;
    ring.begin_segment(0, of_stream(1));
    push(ring, 0, 20); // a stream that always has steps
    for (int i = 0; i < 12; i++) {
        if (i == 3) {
            ring.begin_segment(0, of_stream(2));
            push(ring, 0, 2);
        }
        if (i == 4) {
            ring.begin_segment(0, of_stream(3));
            push(ring, 0, 3);
        }
        take(ring, step);
        served.push_back(step.stream);
    }
    check_streams(served, { 1, 1, 1, 1, 2, 1, 3, 2, 1, 3, 1, 3 });
}

BOOST_AUTO_TEST_CASE(a_round_has_one_step_of_each_stream)
{
    token_ring ring(settings(1, 50, DROP), 3, 3);
    for (size_t port = 0; port < 3; port++)
        push(ring, 10 * static_cast<int>(port), 2, 0, port);
    for (int round = 0; round < 2; round++) {
        ring.begin_round();
        for (int port = 0; port < 3; port++)
            BOOST_CHECK_EQUAL(take(ring), 10 * port + round);
        BOOST_CHECK_EQUAL(take(ring), -1);
    }
    for (size_t port = 0; port < 3; port++)
        ring.close_writer(port);
    BOOST_CHECK_EQUAL(take(ring), -2);
}

// Batches of 3 steps of 2 tokens.
BOOST_AUTO_TEST_CASE(batches_are_in_the_order_in_which_steps_became_whole)
{
    token_ring ring(settings(2, 8, BLOCK), 1, 4, 3);
    token_ring::step step;
    ring.begin_segment(0, of_stream(1));
    push(ring, 10, 3); // one step, and half of another
    ring.begin_segment(0, of_stream(2));
    push(ring, 20, 2);
    BOOST_CHECK_EQUAL(take(ring, step), -1);
    push(ring, 22, 2);
    for (int token : { 10, 20, 22 }) {
        BOOST_CHECK_EQUAL(take(ring, step), token);
        BOOST_CHECK_EQUAL(step.batch, 1);
        BOOST_CHECK_EQUAL(step.is_last, token == 22);
    }
    ring.begin_segment(0, of_stream(2, 0, 4));
    push(ring, 24, 2);
    ring.close_writer(0); // what is left is a batch
    BOOST_CHECK_EQUAL(take(ring, step), 24);
    BOOST_CHECK_EQUAL(step.batch, 2);
    BOOST_CHECK(step.is_last);
    BOOST_CHECK_EQUAL(take(ring, step), -2);
    BOOST_CHECK_EQUAL(ring.count().incomplete, 1);
}

BOOST_AUTO_TEST_CASE(a_batch_is_closed_early_by_an_end_of_its_stream_alone)
{
    token_ring ring(settings(1, 8, BLOCK), 1, 4, 3);
    ring.begin_segment(0, of_stream(1));
    push(ring, 10, 1);
    ring.end_stream(0, 2); // which has none
    BOOST_CHECK_EQUAL(take(ring), -1);
    ring.end_stream(0, 1);
    BOOST_CHECK_EQUAL(take(ring), 10);
}

BOOST_AUTO_TEST_CASE(a_batch_is_closed_early_where_a_stream_is_evicted)
{
    token_ring ring(settings(1, 4, BLOCK), 1, 1, 9);
    ring.begin_segment(0, of_stream(1));
    push(ring, 10, 1);
    ring.begin_segment(0, of_stream(2));
    BOOST_CHECK_EQUAL(push(ring, 20, 5), 4); // turned away until stream 1 is idle
    BOOST_CHECK_EQUAL(take(ring), 10);
    BOOST_CHECK_EQUAL(push(ring, 24, 1), 1);
    ring.close_writer(0);
    BOOST_CHECK_EQUAL(take(ring), 24);
    check_counts(ring, { 6, 2, 4, 0, 0 });
}

BOOST_AUTO_TEST_CASE(the_end_waits_for_the_next_round)
{
    token_ring ring(settings(1, 50, DROP), 1, 1);
    push(ring, 0, 2);
    ring.close_writer(0);
    ring.begin_round();
    BOOST_CHECK_EQUAL(take(ring), 0);
    BOOST_CHECK_EQUAL(take(ring), -1);
    ring.begin_round();
    BOOST_CHECK_EQUAL(take(ring), 1);
    BOOST_CHECK_EQUAL(take(ring), -2);
}

BOOST_AUTO_TEST_CASE(an_ended_stream_is_drained_and_named_with_the_next_step)
{
    token_ring ring(settings(2, 8, BLOCK), 1, 4);
    token_ring::step step;
    ring.begin_segment(0, of_stream(5));
    push(ring, 0, 5);
    ring.end_stream(0, 5);
    check_counts(*ring.count(5), { 5, 0, 0, 1, 4 });
    ring.begin_segment(0, of_stream(6));
    push(ring, 60, 2);
    BOOST_CHECK_EQUAL(take(ring, step), 0);
    BOOST_CHECK_EQUAL(take(ring, step), 60);
    check_streams(step.ended, {});
    check_streams(ring.streams(), { 5, 6 });
    BOOST_CHECK_EQUAL(take(ring, step), 2);
    check_streams(step.ended, {}); // not with its own last step
    check_streams(ring.streams(), { 6 });
    BOOST_CHECK(!ring.count(5));
    push(ring, 62, 4);
    BOOST_CHECK_EQUAL(take(ring, step), 62);
    check_streams(step.ended, { 5 });
    BOOST_CHECK_EQUAL(take(ring, step), 64);
    check_streams(step.ended, {});
    check_counts(ring, { 11, 10, 0, 1, 0 });
}

BOOST_AUTO_TEST_CASE(a_stream_that_gave_no_step_is_not_named)
{
    token_ring ring(settings(2, 8, BLOCK), 1, 4);
    token_ring::step step;
    ring.begin_segment(0, of_stream(5));
    push(ring, 0, 1);
    ring.end_stream(0, 5);
    ring.end_stream(0, 77); // never came
    ring.begin_segment(0, of_stream(6));
    push(ring, 60, 2);
    BOOST_CHECK_EQUAL(take(ring, step), 60);
    check_streams(step.ended, {});
    check_counts(ring, { 3, 2, 0, 1, 0 });
}

BOOST_DATA_TEST_CASE(a_stream_that_comes_again_has_other_segments,
                     data::make({ false, true }),
                     drained)
{
    token_ring ring(settings(2, 8, BLOCK), 1, 4);
    token_ring::step step;
    ring.begin_segment(0, of_stream(5));
    push(ring, 0, 2);
    ring.begin_segment(0, of_stream(5, 1, 50));
    push(ring, 2, 3);
    if (drained) {
        take(ring);
        take(ring);
    }
    ring.end_stream(0, 5);
    push(ring, 10, 2); // the port is still at stream 5
    if (!drained) {
        BOOST_CHECK_EQUAL(take(ring, step), 0);
        BOOST_CHECK_EQUAL(take(ring, step), 2);
        BOOST_CHECK_EQUAL(step.segment, 1u);
    }
    BOOST_CHECK_EQUAL(take(ring, step), 10);
    BOOST_CHECK_EQUAL(step.stream, 5u);
    BOOST_CHECK_EQUAL(step.segment, 2u);
    BOOST_CHECK_EQUAL(step.sample_start, 53u);
    check_streams(step.ended,
                  drained ? std::vector<uint64_t>{ 5 } : std::vector<uint64_t>{});
}

// Streams 1 to n in turn, so many tokens each time.
void push_in_turn(token_ring& ring, int streams, int turns, int count)
{
    for (int turn = 0; turn < turns; turn++)
        for (int stream = 1; stream <= streams; stream++) {
            ring.begin_segment(0, of_stream(stream, 0, turn * count));
            BOOST_CHECK_EQUAL(push(ring, 1000 * stream + turn * count, count),
                              static_cast<size_t>(count));
            while (take(ring) >= 0)
                ;
        }
}

BOOST_DATA_TEST_CASE(streams_too_many_cost_their_own_tokens_alone,
                     data::make({ BLOCK, DROP }) * data::make({ 4, 5, 8 }) *
                         data::make({ 1, 2, 8 }),
                     drops,
                     streams,
                     count)
{
    constexpr int TURNS = 32;
    constexpr uint64_t PLACES = 4;
    token_ring ring(settings(4, 8, drops), 1, PLACES);
    push_in_turn(ring, streams, TURNS, count);
    const uint64_t of_each = TURNS * count;
    const uint64_t turned_away = (streams - PLACES) * of_each;
    check_counts(ring, { streams * of_each, PLACES * of_each, turned_away, 0, 0 });
    BOOST_CHECK_EQUAL(ring.tokens_turned_away(), turned_away);
    BOOST_CHECK_EQUAL(ring.streams_evicted(), 0u);
    check_streams(ring.streams(), { 1, 2, 3, 4 });
}

BOOST_DATA_TEST_CASE(who_is_idle_is_evicted_and_its_steps_are_taken,
                     data::make({ BLOCK, DROP }),
                     drops)
{
    token_ring ring(settings(2, 8, drops), 1, 2); // idle after 2 * 8 * 2 tokens
    token_ring::step step;
    ring.begin_segment(0, of_stream(1));
    push(ring, 10, 2);
    take(ring);
    push(ring, 12, 3); // a step and a half
    ring.begin_segment(0, of_stream(2));
    push(ring, 20, 2);
    ring.begin_segment(0, of_stream(3));
    BOOST_CHECK_EQUAL(push(ring, 30, 30), 30u);
    BOOST_CHECK_EQUAL(ring.streams_evicted(), 0u);
    check_counts(ring, { 37, 2, 30, 0, 5 });
    BOOST_CHECK_EQUAL(push(ring, 60, 2), drops ? 2u : 0u); // the last step of 1 waits
    check_streams(ring.streams(), { 1, 2 });
    BOOST_CHECK_EQUAL(take(ring), 12);
    BOOST_CHECK_EQUAL(ring.streams_evicted(), 1u);
    BOOST_CHECK_EQUAL(take(ring, step), 20);
    check_streams(step.ended, { 1 });
    BOOST_CHECK_EQUAL(push(ring, 62, 2), 2u);
    check_streams(ring.streams(), { 2, 3 });
    BOOST_CHECK_EQUAL(take(ring, step), 62);
    BOOST_CHECK_EQUAL(step.sample_start, drops ? 32u : 30u);
    check_counts(ring, { drops ? 41u : 39u, 8, drops ? 32u : 30u, 1, 0 });
}

BOOST_AUTO_TEST_CASE(how_many_tokens_come_at_a_time_does_not_change_who_is_evicted)
{
    for (const int count : { 1, 3, 40 }) {
        token_ring ring(settings(2, 4, BLOCK), 1, 1); // idle after 8 tokens
        token_ring::step step;
        push(ring, 0, 2);
        BOOST_CHECK_EQUAL(take(ring), 0);
        ring.begin_segment(0, of_stream(9));
        for (int first = 0; first < 12; first += count)
            push(ring, 50 + first, std::min(count, 12 - first));
        BOOST_CHECK_EQUAL(take(ring, step), 58);
        BOOST_CHECK_EQUAL(step.sample_start, 8u);
        check_counts(ring, { 14, 4, 8, 0, 2 });
    }
}

BOOST_DATA_TEST_CASE(a_ring_is_given_up_at_once_where_its_port_is_closed,
                     data::make({ BLOCK, DROP }),
                     drops)
{
    token_ring ring(settings(2, 8, drops), 2, 2);
    push(ring, 0, 2, 0, 0);
    push(ring, 10, 2, 0, 1);
    ring.close_writer(1);
    take(ring);
    take(ring);
    ring.begin_segment(0, of_stream(7));
    push(ring, 70, 2);
    check_streams(ring.streams(), { 0, 7 });
    BOOST_CHECK_EQUAL(take(ring), 70);
    BOOST_CHECK_EQUAL(ring.tokens_turned_away(), 0u);
}

BOOST_AUTO_TEST_CASE(block_waits_for_the_ring_of_a_stream_that_ended)
{
    token_ring ring(settings(2, 8, BLOCK), 1, 1);
    token_ring::step step;
    ring.begin_segment(0, of_stream(1));
    push(ring, 10, 3);
    ring.end_stream(0, 1);
    ring.begin_segment(0, of_stream(2));
    BOOST_CHECK_EQUAL(push(ring, 20, 2), 0u);
    BOOST_CHECK_EQUAL(take(ring), 10);
    BOOST_CHECK_EQUAL(push(ring, 20, 2), 2u);
    BOOST_CHECK_EQUAL(take(ring, step), 20);
    check_streams(step.ended, { 1 });
    check_counts(ring, { 5, 4, 0, 1, 0 });
    BOOST_CHECK_EQUAL(ring.streams_evicted(), 0u);
}

BOOST_AUTO_TEST_CASE(drop_takes_the_last_steps_of_a_stream_that_ended)
{
    token_ring ring(settings(2, 8, DROP), 1, 1);
    ring.begin_segment(0, of_stream(1));
    push(ring, 10, 2);
    ring.end_stream(0, 1);
    ring.begin_segment(0, of_stream(2));
    BOOST_CHECK_EQUAL(push(ring, 20, 3), 3u); // turned away
    BOOST_CHECK_EQUAL(take(ring), 10);
    push(ring, 23, 2);
    BOOST_CHECK_EQUAL(take(ring), 23);
    check_counts(ring, { 7, 4, 3, 0, 0 });
}

BOOST_AUTO_TEST_CASE(a_failure_ends_both_ends)
{
    token_ring ring(settings(2, 8, BLOCK), 1, 4);
    push(ring, 0, 2);
    ring.fail("first");
    ring.fail("second");
    BOOST_CHECK_EQUAL(ring.error(), "first");
    BOOST_CHECK_EQUAL(take(ring), -2);
    BOOST_CHECK_EQUAL(push(ring, 0, 2), 0u);
    check_counts(ring, { 2, 0, 0, 0, 2 });
    ring.begin_run();
    BOOST_CHECK_EQUAL(ring.error(), "");
}

namespace {

// Random operations on a ring, and what a reader and a writer may rely on.
class walk {
public:
    walk(int seed, bool drops)
        : d_ring(settings(3, 4, drops), PORTS, MAX_STREAMS),
          d_random(seed)
    {
    }

    void step()
    {
        const size_t port = pick(PORTS);
        const uint64_t stream = port + PORTS * pick(4);
        const int what = static_cast<int>(pick(10));
        if (what < 2)
            d_ring.begin_segment(port, of_stream(stream, pick(2), pick(50)));
        else if (what < 3)
            d_ring.end_stream(port, stream);
        else if (what < 7)
            d_pushed += push(d_ring, 0, static_cast<int>(pick(9)), 0, port);
        else
            take_one();
        check();
    }

    void finish()
    {
        for (size_t port = 0; port < PORTS; port++)
            d_ring.close_writer(port);
        check();
        while (take_one())
            check();
        check();
        BOOST_CHECK_EQUAL(d_ring.count().waiting, 0u);
    }

    const token_ring& ring() const { return d_ring; }

private:
    static constexpr size_t PORTS = 2;
    static constexpr size_t MAX_STREAMS = 4;

    size_t pick(size_t below) { return d_random() % below; }

    bool take_one()
    {
        token_ring::step step;
        const int got = take(d_ring, step);
        if (got < 0)
            return false;
        d_taken += 3;
        for (const uint64_t stream : step.ended) {
            BOOST_CHECK_EQUAL(d_live.erase(stream), 1u); // once, and after a step
        }
        d_live.insert(step.stream);
        // Never lower, and a stream that comes again never in a segment it had.
        const auto before = d_segments.find(step.stream);
        if (before != d_segments.end())
            BOOST_CHECK_GE(step.segment, before->second);
        for (const uint64_t stream : step.ended)
            d_segments[stream]++;
        if (before == d_segments.end() || step.segment > before->second)
            d_segments[step.stream] = step.segment;
        BOOST_CHECK_EQUAL(step.dropped_tokens, d_ring.count().dropped);
        BOOST_CHECK_EQUAL(step.queued_steps, d_ring.count().steps_waiting);
        return true;
    }

    void check()
    {
        const token_counters now = d_ring.count();
        BOOST_REQUIRE(is_balanced(now));
        BOOST_REQUIRE_EQUAL(now.in, d_pushed);
        BOOST_REQUIRE_EQUAL(now.out, d_taken);
        const auto streams = d_ring.streams();
        BOOST_REQUIRE_LE(streams.size(), MAX_STREAMS);
        token_counters sum;
        for (const uint64_t stream : streams) {
            BOOST_REQUIRE(is_balanced(*d_ring.count(stream)));
            BOOST_REQUIRE_LE(d_ring.count(stream)->steps_waiting, 4u);
            sum += *d_ring.count(stream);
        }
        BOOST_REQUIRE_EQUAL(sum.waiting, now.waiting);
        BOOST_REQUIRE_EQUAL(sum.steps_waiting, now.steps_waiting);
        BOOST_REQUIRE_LE(sum.in, now.in);
    }

    token_ring d_ring;
    std::mt19937 d_random;
    uint64_t d_pushed = 0;
    uint64_t d_taken = 0;
    std::set<uint64_t> d_live; // gave a step and were not named as ended since
    std::map<uint64_t, uint64_t> d_segments; // least that the next may have
};

} // namespace

BOOST_DATA_TEST_CASE(every_token_is_accounted_for_at_any_time,
                     data::make({ false, true }) * data::xrange(20),
                     drops,
                     seed)
{
    walk random(seed, drops);
    for (int i = 0; i < 1000; i++)
        random.step();
    random.finish();
    const auto end = random.ring().count();
    BOOST_CHECK_GT(end.out, 0u);
    BOOST_CHECK_GT(end.incomplete, 0u);
    BOOST_CHECK_GT(random.ring().streams_evicted(), 0u);
    const uint64_t of_full_rings = end.dropped - random.ring().tokens_turned_away();
    BOOST_CHECK_EQUAL(of_full_rings > 0, drops);
    BOOST_CHECK_GT(random.ring().tokens_turned_away(), 0u);
}

// Ends and threads

BOOST_AUTO_TEST_CASE(closing_every_writer_drains)
{
    token_ring ring(settings(2, 4, BLOCK), 2, 2);
    push(ring, 0, 5);
    ring.close_writer(0);
    check_counts(ring, { 5, 0, 0, 1, 4 });
    BOOST_CHECK_EQUAL(take(ring), 0);
    BOOST_CHECK_EQUAL(take(ring), 2);
    BOOST_CHECK_EQUAL(take(ring), -1); // the other port may bring more
    ring.close_writer(1);
    BOOST_CHECK_EQUAL(take(ring), -2);
    check_counts(ring, { 5, 4, 0, 1, 0 });
    check_counts(*ring.count(0), { 5, 4, 0, 1, 0 });
}

BOOST_DATA_TEST_CASE(a_closed_reader_takes_no_more, data::make({ false, true }), drop)
{
    token_ring ring(settings(2, 2, drop), 1, 1);
    push(ring, 0, 2);
    BOOST_CHECK(!ring.reader_closed());
    ring.close_reader();
    BOOST_CHECK(ring.reader_closed());
    BOOST_CHECK_EQUAL(push(ring, 2, 2), 0u);
    check_counts(ring, { 2, 0, 0, 0, 2 });
}

BOOST_AUTO_TEST_CASE(a_new_run_begins_empty)
{
    token_ring ring(settings(2, 2, DROP), 1, 1);
    ring.begin_segment(0, of_stream(8, 0, 1000));
    push(ring, 0, 9);
    ring.begin_segment(0, of_stream(9));
    push(ring, 0, 1);
    ring.close_writer(0);
    ring.close_reader();
    ring.begin_run();
    check_counts(ring, { 0, 0, 0, 0, 0 });
    check_streams(ring.streams(), {});
    BOOST_CHECK_EQUAL(ring.streams_evicted(), 0u);
    BOOST_CHECK_EQUAL(take(ring), -1);
    push(ring, 50, 2);
    token_ring::step step;
    BOOST_CHECK_EQUAL(take(ring, step), 50);
    BOOST_CHECK_EQUAL(step.stream, 0u);
    BOOST_CHECK_EQUAL(step.segment, 0u);
    BOOST_CHECK_EQUAL(step.sample_start, 0u);
    BOOST_CHECK_EQUAL(step.dropped_tokens, 0u);
}

BOOST_DATA_TEST_CASE(threads_lose_nothing,
                     data::make({ false, true }) * data::make({ 1, 3, 64 }),
                     drop,
                     chunk)
{
    constexpr int TOTAL = 3000; // tokens a port; 7 do not divide it
    constexpr size_t PORTS = 3;
    token_ring ring(settings(7, 3, drop), PORTS, PORTS);
    std::vector<boost::thread> writers;
    for (size_t port = 0; port < PORTS; port++)
        writers.emplace_back([&, port] {
            for (int first = 0; first < TOTAL;) {
                const int count = std::min(chunk, TOTAL - first);
                first +=
                    ring.push(port, tokens(first, count).data(), count, {}, LONG_WAIT);
            }
            ring.close_writer(port);
        });
    std::vector<int> next(PORTS, 0);
    std::vector<uint64_t> segments(PORTS, 0);
    uint64_t taken = 0;
    token_ring::step step;
    for (int first; (first = take(ring, step, LONG_WAIT)) >= 0;) {
        taken += 7;
        BOOST_CHECK_EQUAL(step.sample_start, static_cast<uint64_t>(first));
        // In order, and a gap begins a segment.
        BOOST_CHECK_GE(first, next[step.stream]);
        BOOST_CHECK_EQUAL(first > next[step.stream],
                          step.segment > segments[step.stream]);
        next[step.stream] = first + 7;
        segments[step.stream] = step.segment;
        BOOST_CHECK(is_balanced(ring.count()));
    }
    for (auto& writer : writers)
        writer.join();
    const auto end = ring.count();
    BOOST_CHECK_EQUAL(end.in, PORTS * TOTAL);
    check_counts(ring, { end.in, taken, end.dropped, end.incomplete, 0 });
    if (!drop)
        check_counts(ring, { end.in, taken, 0, PORTS * (TOTAL % 7), 0 });
}

BOOST_AUTO_TEST_CASE(waits_can_be_interrupted)
{
    token_ring ring(settings(1, 1, BLOCK), 1, 1);
    boost::thread reader([&] {
        token_ring::step step;
        take(ring, step, LONG_WAIT);
    });
    reader.interrupt();
    reader.join();
    push(ring, 0, 1);
    boost::thread writer([&] { ring.push(0, tokens(1, 1).data(), 1, {}, LONG_WAIT); });
    writer.interrupt();
    writer.join();
    check_counts(ring, { 1, 0, 0, 0, 1 });
}

BOOST_AUTO_TEST_CASE(closing_an_end_wakes_the_other)
{
    token_ring ring(settings(1, 1, BLOCK), 1, 1);
    std::atomic<int> got{ 0 };
    token_ring::step step;
    boost::thread reader([&] { got = take(ring, step, LONG_WAIT); });
    ring.close_writer(0);
    reader.join();
    BOOST_CHECK_EQUAL(got, -2);

    ring.begin_run();
    push(ring, 0, 1);
    std::atomic<size_t> accepted{ 9 };
    boost::thread writer(
        [&] { accepted = ring.push(0, tokens(1, 1).data(), 1, {}, LONG_WAIT); });
    ring.close_reader();
    writer.join();
    BOOST_CHECK_EQUAL(accepted, 0u);
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_not_woken_finds_all_steps)
{
    token_ring ring(settings(2, 4, BLOCK), 1, 1);
    BOOST_TEST(ring.push(0, tokens(0, 2).data(), 2, { 1 }, NO_WAIT, true) == 2u);
    BOOST_TEST(ring.push(0, tokens(2, 3).data(), 3, { 2, 9 }, NO_WAIT) == 3u);
    token_ring::step step;
    BOOST_TEST(take(ring, step) == 0);
    BOOST_TEST(step.found_ns == 0u);
    BOOST_TEST(take(ring, step) == 2);
    BOOST_TEST(step.arrival_ns == 2u);
    BOOST_TEST(step.found_ns == 9u);
    BOOST_TEST(take(ring, step) == -1);
}

BOOST_AUTO_TEST_CASE(steps_count_their_marked_tokens)
{
    token_ring ring(settings(2, 2, DROP), 1, 1);
    token_ring::step step;
    push(ring, 0, 1);
    ring.mark_non_finite(0);
    push(ring, 1, 2);
    ring.mark_non_finite(0);
    push(ring, 3, 1);
    BOOST_CHECK_EQUAL(take(ring, step), 0);
    BOOST_CHECK_EQUAL(step.non_finite_tokens, 1u);
    BOOST_CHECK_EQUAL(take(ring, step), 2);
    BOOST_CHECK_EQUAL(step.non_finite_tokens, 1u);
    push(ring, 4, 4);
    ring.mark_non_finite(0);
    push(ring, 8, 2); // dropped, and the mark with it
    take(ring, step);
    take(ring, step);
    push(ring, 10, 2);
    BOOST_CHECK_EQUAL(take(ring, step), 10);
    BOOST_CHECK_EQUAL(step.non_finite_tokens, 0u);
}
