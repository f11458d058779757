/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "streams/batch_list.h"
#include "streams/segment.h"
#include "streams/stream_ring.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <deque>
#include <random>
#include <vector>

using namespace gr::rfattn;

namespace {

constexpr size_t LENGTH = 2;             // floats in a token
constexpr uint64_t HOP = 10, TOKEN = 16; // samples

segment at(uint64_t sample_start, uint64_t number = 0)
{
    segment s;
    s.number = number;
    s.sample_start = sample_start;
    s.samples_per_token = HOP;
    s.token_samples = TOKEN;
    return s;
}

// Pushes so many tokens, numbered from `first`, at once.
size_t push(stream_ring& ring, size_t first, size_t count, uint64_t arrival_ns = 0)
{
    std::vector<float> values(LENGTH * count);
    for (size_t k = 0; k < values.size(); k++)
        values[k] = static_cast<float>(first + k / LENGTH);
    return ring.push(values.data(), count, { arrival_ns });
}

// What the ring does, token by token, with a queue of vectors.
class model {
public:
    struct step {
        uint64_t segment = 0, upstream = 0, end = 0, arrival_ns = 0, marked = 0;
        std::vector<uint64_t> starts; // samples
        std::vector<float> tokens;
    };

    model(const stream_ring::settings& s, uint64_t number)
        : d_settings(s),
          d_number(number)
    {
    }

    void begin_segment(const segment& s)
    {
        if (s.number != d_upstream || s.sample_start < d_next)
            end_segment();
        d_upstream = s.number;
        d_next = s.sample_start;
    }

    void end_segment()
    {
        count.incomplete += d_filling.starts.size();
        raise();
    }

    size_t push(size_t first, size_t n, uint64_t arrival_ns)
    {
        d_dropping = d_dropping && !waiting.empty();
        if (!d_dropping) {
            n = std::min(n, d_settings.block_size - d_filling.starts.size());
            if (d_filling.starts.size() + n == d_settings.block_size &&
                waiting.size() == d_settings.capacity) {
                if (!d_settings.drops)
                    return 0;
                d_dropping = true;
            }
        }
        count.in += n;
        if (d_dropping) {
            count.dropped += d_filling.starts.size() + n;
            d_next += n * HOP;
            d_is_marked = false;
            raise();
            return n;
        }
        for (size_t k = 0; k < n; k++)
            keep(static_cast<float>(first + k), arrival_ns);
        return n;
    }

    void mark() { d_is_marked = true; }

    step take()
    {
        const step oldest = waiting.front();
        waiting.pop_front();
        count.out += d_settings.block_size;
        return oldest;
    }

    uint64_t next_sample() const { return d_next; }
    size_t filling() const { return d_filling.starts.size(); }

    std::deque<step> waiting;
    token_counters count; // without what waits

private:
    void raise()
    {
        d_filling = step();
        d_number += d_has_tokens;
        d_has_tokens = false;
    }

    void keep(float token, uint64_t arrival_ns)
    {
        if (d_filling.starts.empty())
            d_filling.upstream = d_upstream;
        d_filling.segment = d_number;
        d_filling.starts.push_back(d_next);
        d_filling.end = d_next + TOKEN;
        d_filling.arrival_ns = arrival_ns;
        d_filling.marked += d_is_marked;
        d_filling.tokens.insert(d_filling.tokens.end(), LENGTH, token);
        d_is_marked = false;
        d_has_tokens = true;
        d_next += HOP;
        if (d_filling.starts.size() < d_settings.block_size)
            return;
        waiting.push_back(d_filling);
        d_filling = step();
    }

    const stream_ring::settings d_settings;
    step d_filling;
    uint64_t d_number, d_upstream = 0, d_next = 0;
    bool d_dropping = false, d_has_tokens = false, d_is_marked = false;
};

void check_counts(const stream_ring& ring, const model& expected, size_t block_size)
{
    const token_counters now = ring.count(), then = expected.count;
    const size_t steps = expected.waiting.size();
    BOOST_TEST_REQUIRE(now.in == then.in);
    BOOST_TEST_REQUIRE(now.out == then.out);
    BOOST_TEST_REQUIRE(now.dropped == then.dropped);
    BOOST_TEST_REQUIRE(now.incomplete == then.incomplete);
    BOOST_TEST_REQUIRE(now.waiting == steps * block_size + expected.filling());
    BOOST_TEST_REQUIRE(now.steps_waiting == steps);
    BOOST_TEST_REQUIRE(now.in == now.out + now.dropped + now.incomplete + now.waiting);
    BOOST_TEST_REQUIRE(ring.steps() == steps);
    BOOST_TEST_REQUIRE(ring.is_drained() == (steps == 0));
    BOOST_TEST_REQUIRE(ring.was_served() == (then.out > 0));
}

void check_taken(stream_ring& ring, const model::step& expected)
{
    std::vector<float> tokens(expected.tokens.size());
    const auto from = ring.take(tokens.data());
    BOOST_TEST_REQUIRE(tokens == expected.tokens, boost::test_tools::per_element());
    BOOST_TEST_REQUIRE(from.segment == expected.segment);
    BOOST_TEST_REQUIRE(from.upstream.number == expected.upstream);
    BOOST_TEST_REQUIRE(from.sample_start == expected.starts.front());
    BOOST_TEST_REQUIRE(from.sample_count == expected.end - expected.starts.front());
    BOOST_TEST_REQUIRE(from.when.arrival_ns == expected.arrival_ns);
    BOOST_TEST_REQUIRE(from.non_finite_tokens == expected.marked);
}

// The present segment continues at its next token or later, or another one begins.
segment any_segment(std::mt19937& generator, const model& now, uint64_t& number)
{
    const uint64_t next = now.next_sample();
    switch (generator() % 4) {
    case 0:
        return at(next, number);
    case 1:
        return at(next + 1 + generator() % 100, number);
    case 2:
        return at(next - std::min<uint64_t>(next, 5), number);
    default:
        return at(next + generator() % 100, ++number);
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(whatever_comes_the_ring_does_as_its_model)
{
    for (const bool drops : { false, true })
        for (const size_t block_size : { 1, 3, 4 }) {
            const stream_ring::settings sizes{ LENGTH, block_size, 2, drops };
            std::mt19937 generator(static_cast<unsigned>(block_size));
            stream_ring ring(sizes, 7, at(0));
            model expected(sizes, 7);
            uint64_t number = 0;
            for (size_t draw = 0; draw < 3000; draw++) {
                const size_t what = generator() % 16, count = 1 + generator() % 5;
                if (what < 9) {
                    const size_t n = push(ring, draw, count, draw);
                    BOOST_TEST_REQUIRE(n == expected.push(draw, count, draw));
                } else if (what < 13 && !ring.is_drained()) {
                    check_taken(ring, expected.take());
                } else if (what == 13) {
                    ring.mark_non_finite();
                    expected.mark();
                } else if (what == 14) {
                    const segment s = any_segment(generator, expected, number);
                    ring.begin_segment(s);
                    expected.begin_segment(s);
                } else if (what == 15 && draw % 4 == 0) {
                    ring.end_segment();
                    expected.end_segment();
                }
                check_counts(ring, expected, block_size);
            }
            BOOST_TEST((ring.count().dropped > 0) == drops);
        }
}

BOOST_AUTO_TEST_CASE(as_many_steps_wait_as_stated_and_one_is_being_filled)
{
    stream_ring ring({ LENGTH, 3, 2, false }, 0, at(0));
    BOOST_TEST(push(ring, 0, 9) == 3u); // up to the end of a step
    BOOST_TEST(!ring.is_full());
    BOOST_TEST(push(ring, 3, 3) == 3u);
    BOOST_TEST(ring.is_full());
    BOOST_TEST(push(ring, 6, 2) == 2u);
    BOOST_TEST(push(ring, 8, 1) == 0u);
    BOOST_TEST(ring.count().waiting == 8u);
    BOOST_TEST(ring.count().in == 8u); // without what it did not accept
    std::vector<float> out(3 * LENGTH);
    ring.take(out.data());
    BOOST_TEST(out.front() == 0.0f);
    BOOST_TEST(out.back() == 2.0f);
    BOOST_TEST(push(ring, 8, 1) == 1u);
}

BOOST_AUTO_TEST_CASE(drops_come_in_one_piece)
{
    stream_ring ring({ LENGTH, 2, 2, true }, 0, at(0));
    for (size_t k = 0; k < 3; k++)
        BOOST_TEST(push(ring, 2 * k, 2) == 2u);
    BOOST_TEST(ring.count().dropped == 2u);
    std::vector<float> out(2 * LENGTH);
    ring.take(out.data());
    BOOST_TEST(push(ring, 6, 5) == 5u); // one step still waits
    BOOST_TEST(ring.count().dropped == 7u);
    BOOST_TEST(ring.take(out.data()).segment == 0u);
    BOOST_TEST(push(ring, 11, 2) == 2u);
    const auto from = ring.take(out.data());
    BOOST_TEST(from.segment == 1u);
    BOOST_TEST(from.sample_start == 11 * HOP);
    BOOST_TEST(out.front() == 11.0f);
}

BOOST_AUTO_TEST_CASE(a_step_holds_tokens_of_both_sides_of_a_pause)
{
    stream_ring ring({ LENGTH, 3, 2, false }, 0, at(0));
    push(ring, 0, 2);
    ring.begin_segment(at(500)); // a pause, and another with no token before it
    ring.begin_segment(at(700));
    push(ring, 2, 1);
    BOOST_TEST_REQUIRE(ring.steps() == 1u);
    std::vector<float> out(3 * LENGTH);
    const auto from = ring.take(out.data());
    BOOST_TEST(from.sample_start == 0u);
    BOOST_TEST(from.sample_count == 700 + TOKEN);
    BOOST_TEST(ring.count().incomplete == 0u);
}

BOOST_AUTO_TEST_CASE(a_segment_that_ends_takes_its_unfinished_step_along)
{
    stream_ring ring({ LENGTH, 3, 2, false }, 5, at(0));
    BOOST_TEST(ring.next_segment() == 5u);
    push(ring, 0, 2);
    BOOST_TEST(ring.next_segment() == 6u);
    ring.end_segment();
    ring.end_segment(); // it had no token
    BOOST_TEST(ring.next_segment() == 6u);
    BOOST_TEST(ring.count().incomplete == 2u);
    ring.begin_segment(at(100, 1));
    push(ring, 2, 3);
    std::vector<float> out(3 * LENGTH);
    BOOST_TEST(ring.take(out.data()).segment == 6u);
}

BOOST_AUTO_TEST_CASE(counters_of_streams_add_up)
{
    token_counters sum{ 10, 1, 2, 3, 4, 5 };
    sum += { 100, 10, 20, 30, 40, 50 };
    BOOST_TEST(sum.in == 110u);
    BOOST_TEST(sum.out == 11u);
    BOOST_TEST(sum.dropped == 22u);
    BOOST_TEST(sum.incomplete == 33u);
    BOOST_TEST(sum.waiting == 44u);
    BOOST_TEST(sum.steps_waiting == 55u);
}

BOOST_AUTO_TEST_CASE(a_batch_is_closed_when_it_is_full_or_earlier)
{
    batch_list list(3);
    for (const uint64_t stream : { 4, 5 })
        list.add(stream);
    BOOST_TEST(!list.has_next());
    BOOST_TEST(list.open_steps(4) == 1u);
    BOOST_TEST(list.open_steps(6) == 0u);
    list.add(4);
    BOOST_TEST(list.open_steps(4) == 0u);
    list.add(6);
    list.close();
    list.close(); // there is none
    list.add(7);
    const std::vector<std::vector<uint64_t>> expected = {
        { 4, 1, 0 }, { 5, 1, 0 }, { 4, 1, 1 }, { 6, 2, 1 }
        // stream, batch, is it the last
    };
    for (const auto& step : expected) {
        BOOST_TEST_REQUIRE(list.has_next());
        const auto next = list.next();
        BOOST_TEST(next.stream == step[0]);
        BOOST_TEST(next.batch == step[1]);
        BOOST_TEST(next.is_last == (step[2] == 1));
        list.pop();
    }
    BOOST_TEST(!list.has_next());
    BOOST_TEST(list.open_steps(7) == 1u);
}

BOOST_AUTO_TEST_CASE(batches_of_one_step_are_closed_at_once)
{
    batch_list list(1);
    for (uint64_t stream = 0; stream < 3; stream++) {
        list.add(stream);
        BOOST_TEST_REQUIRE(list.has_next());
        BOOST_TEST(list.next().batch == stream + 1);
        BOOST_TEST(list.next().is_last);
        list.pop();
    }
}

BOOST_AUTO_TEST_CASE(a_time_after_many_samples_stays_exact)
{
    constexpr uint64_t MANY = uint64_t{ 1 } << 60, RATE = 44100;
    const auto later = stream_time{ 7, 0.0 }.after(MANY, static_cast<double>(RATE));
    BOOST_TEST(later.seconds == 7 + MANY / RATE);
    BOOST_TEST(later.fraction == static_cast<double>(MANY % RATE) / RATE,
               boost::test_tools::tolerance(1e-12));
    const auto carried = stream_time{ 7, 0.75 }.after(1, 2.0);
    BOOST_TEST(carried.seconds == 8u);
    BOOST_TEST(carried.fraction == 0.25);
    const auto same = stream_time{ 7, 0.75 }.after(0, 2.0);
    BOOST_TEST(same.seconds == 7u);
    BOOST_TEST(same.fraction == 0.75);
    for (uint64_t samples = 0; samples < 1000; samples++) {
        const double fraction =
            stream_time{ 0, 0.999 }.after(samples, 0.1 + 3.0).fraction;
        BOOST_TEST_REQUIRE(fraction >= 0.0);
        BOOST_TEST_REQUIRE(fraction < 1.0);
    }
    BOOST_TEST((stream_time{ 7, 0.0 }.after(1, 1e-300).seconds) == 7 + uint64_t(1e18));
}

BOOST_AUTO_TEST_CASE(a_later_sample_has_a_time_only_where_the_rate_is_known)
{
    segment s = at(1000);
    s.rx = { 100.0, 5e6, stream_time{ 7, 0.75 } };
    const auto later = s.rx_at(1050);
    BOOST_TEST(*later.rate == 100.0);
    BOOST_TEST(*later.frequency == 5e6);
    BOOST_TEST_REQUIRE(later.time.has_value());
    BOOST_TEST(later.time->seconds == 8u);
    BOOST_TEST(later.time->fraction == 0.25);
    s.rx.rate.reset();
    BOOST_TEST(!s.rx_at(1050).time);
    BOOST_TEST(s.rx_at(1000).time->seconds == 7u); // that of its start is
    s.rx = { 100.0, {}, {} };
    BOOST_TEST(!s.rx_at(1050).time);
    BOOST_TEST(!s.rx_at(1050).frequency);
}
