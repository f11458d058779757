/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "kernels/token_ring.h"

#include <atomic>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <boost/thread/thread.hpp>
#include <numeric>
#include <vector>

namespace data = boost::unit_test::data;
using gr::rfattn::segment;
using gr::rfattn::token_ring;
using outcome = token_ring::outcome;
using policy = token_ring::policy;

namespace {

constexpr int NO_WAIT = 0;
constexpr int LONG_WAIT = 20000; // ms: never reached where a test passes

// Tokens of two floats, numbered from `first`.
std::vector<float> tokens(int first, int count)
{
    std::vector<float> values(2 * count);
    for (int i = 0; i < count; i++)
        values[2 * i] = values[2 * i + 1] = static_cast<float>(first + i);
    return values;
}

size_t push(token_ring& ring, int first, int count, uint64_t arrival_ns = 0)
{
    return ring.push(tokens(first, count).data(), count, arrival_ns, NO_WAIT);
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

void check_counts(const token_ring& ring, std::vector<uint64_t> expected)
{
    const auto now = ring.count();
    const std::vector<uint64_t> found{
        now.in, now.out, now.dropped, now.incomplete, now.waiting
    };
    BOOST_CHECK_EQUAL_COLLECTIONS(
        found.begin(), found.end(), expected.begin(), expected.end());
    BOOST_CHECK_EQUAL(now.in, now.out + now.dropped + now.incomplete + now.waiting);
}

segment sampled_segment(uint64_t sample_start)
{
    segment s;
    s.sample_start = sample_start;
    s.samples_per_token = 10;
    s.token_samples = 16;
    s.rx = { 100.0, 5e6, gr::rfattn::stream_time{ 7, 0.75 } };
    return s;
}

} // namespace

BOOST_AUTO_TEST_CASE(steps_come_out_whole_and_in_order)
{
    token_ring ring(2, 3, 4, policy::block);
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
    token_ring ring(2, 2, capacity, policy::block);
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

BOOST_DATA_TEST_CASE(drop_oldest_keeps_the_newest, data::make({ 1, 2, 5 }), capacity)
{
    token_ring ring(2, 2, capacity, policy::drop_oldest);
    BOOST_CHECK_EQUAL(push(ring, 0, 101), 101u); // 50 steps and a token
    const uint64_t kept = capacity;
    check_counts(ring, { 101, 0, 100 - 2 * kept, 0, 2 * kept + 1 });
    for (int i = 0; i < capacity; i++)
        BOOST_CHECK_EQUAL(take(ring), 100 - 2 * capacity + 2 * i);
    BOOST_CHECK_EQUAL(take(ring), -1);
    check_counts(ring, { 101, 2 * kept, 100 - 2 * kept, 0, 1 });
}

BOOST_AUTO_TEST_CASE(a_drop_raises_the_segment_and_is_told)
{
    token_ring ring(2, 2, 2, policy::drop_oldest);
    token_ring::step step;
    push(ring, 0, 4);
    BOOST_CHECK_EQUAL(take(ring, step), 0);
    BOOST_CHECK_EQUAL(step.segment, 0u);
    BOOST_CHECK_EQUAL(step.dropped_tokens, 0u);
    BOOST_CHECK_EQUAL(step.queued_steps, 1u);
    push(ring, 4, 6); // steps 2, 4, 6, 8: two of them go
    BOOST_CHECK_EQUAL(take(ring, step), 6);
    BOOST_CHECK_EQUAL(step.segment, 2u);
    BOOST_CHECK_EQUAL(step.dropped_tokens, 4u);
    BOOST_CHECK_EQUAL(step.sample_start, 6u);
    BOOST_CHECK_EQUAL(take(ring, step), 8);
    BOOST_CHECK_EQUAL(step.segment, 2u); // nothing was dropped in between
    BOOST_CHECK_EQUAL(step.queued_steps, 0u);
}

BOOST_AUTO_TEST_CASE(no_step_spans_two_segments)
{
    token_ring ring(2, 3, 8, policy::block);
    token_ring::step step;
    ring.begin_segment(sampled_segment(1000)); // before any token: still segment 0
    push(ring, 0, 8, 11);
    ring.begin_segment(sampled_segment(5000));
    check_counts(ring, { 8, 0, 0, 2, 6 });
    push(ring, 100, 3, 22);
    ring.begin_segment(sampled_segment(6000)); // at a step's end nothing is cut
    ring.begin_segment(sampled_segment(7000)); // no token in between: one segment
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

BOOST_AUTO_TEST_CASE(without_a_rate_only_the_first_step_has_a_time)
{
    token_ring ring(2, 1, 2, policy::block);
    auto s = sampled_segment(0);
    s.rx.rate.reset();
    ring.begin_segment(s);
    push(ring, 0, 2);
    token_ring::step step;
    take(ring, step);
    BOOST_CHECK(step.rx.time.has_value());
    take(ring, step);
    BOOST_CHECK(!step.rx.time.has_value());
}

BOOST_AUTO_TEST_CASE(time_stays_exact_after_days)
{
    // 10 days of 2.4 MS/s, and a third of a second
    const uint64_t samples = 864000ull * 2400000ull + 800000ull;
    const auto later = gr::rfattn::stream_time{ 1000, 0.9 }.after(samples, 2.4e6);
    BOOST_CHECK_EQUAL(later.seconds, 1000u + 864000u + 1u);
    // 1e-12 s: rounding of one division and one addition
    BOOST_CHECK_SMALL(later.fraction - (0.9 + 1.0 / 3.0 - 1.0), 1e-12);
}

BOOST_AUTO_TEST_CASE(closing_the_writer_drains)
{
    token_ring ring(2, 2, 4, policy::block);
    push(ring, 0, 5);
    ring.close_writer();
    check_counts(ring, { 5, 0, 0, 1, 4 });
    BOOST_CHECK_EQUAL(take(ring), 0);
    BOOST_CHECK_EQUAL(take(ring), 2);
    BOOST_CHECK_EQUAL(take(ring), -2);
    check_counts(ring, { 5, 4, 0, 1, 0 });
}

BOOST_DATA_TEST_CASE(a_closed_reader_takes_no_more, data::make({ false, true }), drop)
{
    token_ring ring(2, 2, 2, drop ? policy::drop_oldest : policy::block);
    push(ring, 0, 2);
    BOOST_CHECK(!ring.reader_closed());
    ring.close_reader();
    BOOST_CHECK(ring.reader_closed());
    BOOST_CHECK_EQUAL(push(ring, 2, 2), 0u);
    check_counts(ring, { 2, 0, 0, 0, 2 });
}

BOOST_AUTO_TEST_CASE(a_new_run_begins_empty)
{
    token_ring ring(2, 2, 2, policy::drop_oldest);
    ring.begin_segment(sampled_segment(1000));
    push(ring, 0, 9);
    ring.close_writer();
    ring.close_reader();
    ring.begin_run();
    check_counts(ring, { 0, 0, 0, 0, 0 });
    BOOST_CHECK_EQUAL(take(ring), -1);
    push(ring, 50, 2);
    token_ring::step step;
    BOOST_CHECK_EQUAL(take(ring, step), 50);
    BOOST_CHECK_EQUAL(step.segment, 0u);
    BOOST_CHECK_EQUAL(step.sample_start, 0u);
    BOOST_CHECK_EQUAL(step.dropped_tokens, 0u);
}

BOOST_DATA_TEST_CASE(two_threads_lose_nothing,
                     data::make({ false, true }) * data::make({ 1, 3, 64 }),
                     drop,
                     chunk)
{
    constexpr int TOTAL = 3000; // tokens; 7 do not divide it
    token_ring ring(2, 7, 3, drop ? policy::drop_oldest : policy::block);
    boost::thread writer([&] {
        for (int first = 0; first < TOTAL;) {
            const int count = std::min(chunk, TOTAL - first);
            first += ring.push(tokens(first, count).data(), count, first, LONG_WAIT);
        }
        ring.close_writer();
    });
    int last = -7;
    uint64_t taken = 0, dropped_before = 0;
    token_ring::step step;
    for (int first; (first = take(ring, step, LONG_WAIT)) >= 0; last = first) {
        taken += 7;
        // Every token is taken or counted as dropped before it.
        BOOST_CHECK_EQUAL(first - last - 7,
                          static_cast<int>(step.dropped_tokens - dropped_before));
        dropped_before = step.dropped_tokens;
        const auto now = ring.count();
        BOOST_CHECK_EQUAL(now.in, now.out + now.dropped + now.incomplete + now.waiting);
    }
    writer.join();
    const auto end = ring.count();
    BOOST_CHECK_EQUAL(end.in, static_cast<uint64_t>(TOTAL));
    check_counts(ring, { end.in, taken, end.dropped, TOTAL % 7, 0 });
    if (!drop)
        BOOST_CHECK_EQUAL(end.dropped, 0u);
}

BOOST_AUTO_TEST_CASE(waits_can_be_interrupted)
{
    token_ring ring(2, 1, 1, policy::block);
    boost::thread reader([&] {
        token_ring::step step;
        take(ring, step, LONG_WAIT);
    });
    reader.interrupt();
    reader.join();
    push(ring, 0, 1);
    boost::thread writer([&] { ring.push(tokens(1, 1).data(), 1, 0, LONG_WAIT); });
    writer.interrupt();
    writer.join();
    check_counts(ring, { 1, 0, 0, 0, 1 });
}

BOOST_AUTO_TEST_CASE(closing_an_end_wakes_the_other)
{
    token_ring ring(2, 1, 1, policy::block);
    std::atomic<int> got{ 0 };
    token_ring::step step;
    boost::thread reader([&] { got = take(ring, step, LONG_WAIT); });
    ring.close_writer();
    reader.join();
    BOOST_CHECK_EQUAL(got, -2);

    ring.begin_run();
    push(ring, 0, 1);
    std::atomic<size_t> accepted{ 9 };
    boost::thread writer(
        [&] { accepted = ring.push(tokens(1, 1).data(), 1, 0, LONG_WAIT); });
    ring.close_reader();
    writer.join();
    BOOST_CHECK_EQUAL(accepted, 0u);
}
