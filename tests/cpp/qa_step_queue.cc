/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "streams/step_queue.h"

#include <boost/test/unit_test.hpp>

using gr::rfattn::segment;
using gr::rfattn::step_queue;
using gr::rfattn::stream_ring;

namespace {

constexpr bool BLOCK = false;
constexpr bool DROP = true;
constexpr size_t NO_BATCHES = 0;
constexpr int NONE = -1;

// One float a token, two tokens a step, two steps a ring.
stream_ring::settings settings(bool drops)
{
    return { 1, 2, 2, drops };
}

segment of_stream(uint64_t stream, uint64_t number = 0)
{
    segment s;
    s.stream = stream;
    s.number = number;
    return s;
}

// Pushes tokens with the numbers from `first`.
step_queue::pushed
push(step_queue& queue, size_t port, int first, int count, uint64_t arrival_ns = 0)
{
    std::vector<float> tokens;
    for (int i = 0; i < count; i++)
        tokens.push_back(static_cast<float>(first + i));
    return queue.push(port, tokens.data(), tokens.size(), { arrival_ns });
}

// Number of the first token of the step that was taken, or NONE.
int take(step_queue& queue, step_queue::step& taken)
{
    float tokens[2];
    return queue.take(tokens, taken) ? static_cast<int>(tokens[0]) : NONE;
}

using streams_of = std::vector<uint64_t>;

} // namespace

BOOST_AUTO_TEST_CASE(tokens_become_a_step_of_the_stream_with_the_number_of_the_port)
{
    step_queue queue(settings(BLOCK), 2, 2, NO_BATCHES);
    step_queue::step step;
    auto pushed = push(queue, 1, 7, 1);
    BOOST_CHECK_EQUAL(pushed.count, 1);
    BOOST_CHECK(!pushed.has_step);
    BOOST_CHECK(!queue.has_next());
    BOOST_CHECK(queue.is_drained());
    BOOST_CHECK_EQUAL(take(queue, step), NONE);

    pushed = push(queue, 1, 8, 5); // up to the end of the step
    BOOST_CHECK_EQUAL(pushed.count, 1);
    BOOST_CHECK(pushed.has_step);
    BOOST_CHECK(queue.has_next());
    BOOST_CHECK(!queue.is_drained());
    BOOST_CHECK_EQUAL(take(queue, step), 7);
    BOOST_CHECK_EQUAL(step.stream, 1);
    BOOST_CHECK(queue.is_drained());
}

BOOST_AUTO_TEST_CASE(a_step_states_where_its_tokens_come_from)
{
    step_queue queue(settings(BLOCK), 1, 1, NO_BATCHES);
    segment s = of_stream(5);
    s.sample_start = 1000;
    s.samples_per_token = 10;
    s.token_samples = 16;
    s.retunes = 3;
    s.overflows = 4;
    s.rested_tokens = 6;
    s.rx = { 100.0, 5e6, gr::rfattn::stream_time{ 7, 0.75 } };
    s.front_end = std::make_shared<int>(1);
    s.features = std::make_shared<int>(2);
    queue.begin_segment(0, s);
    push(queue, 0, 0, 2, 90);
    push(queue, 0, 2, 1, 91);
    queue.mark_non_finite(0);
    push(queue, 0, 3, 1, 92);

    step_queue::step step;
    take(queue, step);
    BOOST_CHECK_EQUAL(step.non_finite_tokens, 0);
    BOOST_CHECK_EQUAL(step.queued_steps, 1);
    BOOST_CHECK_EQUAL(take(queue, step), 2);
    BOOST_CHECK_EQUAL(step.stream, 5);
    BOOST_CHECK_EQUAL(step.segment, 0);
    BOOST_CHECK_EQUAL(step.sample_start, 1020);
    BOOST_CHECK_EQUAL(step.sample_count, 26);
    BOOST_CHECK_EQUAL(step.arrival_ns, 92);
    BOOST_CHECK_EQUAL(step.tokens_in, 4);
    BOOST_CHECK_EQUAL(step.dropped_tokens, 0);
    BOOST_CHECK_EQUAL(step.rested_tokens, 6);
    BOOST_CHECK_EQUAL(step.queued_steps, 0);
    BOOST_CHECK_EQUAL(step.retunes, 3);
    BOOST_CHECK_EQUAL(step.overflows, 4);
    BOOST_CHECK_EQUAL(step.non_finite_tokens, 1);
    BOOST_CHECK_EQUAL(*step.rx.rate, 100.0);
    BOOST_CHECK_EQUAL(*step.rx.frequency, 5e6);
    BOOST_CHECK_EQUAL(step.rx.time->seconds, 7); // 20 samples later
    BOOST_CHECK_CLOSE(step.rx.time->fraction, 0.95, 1e-9);
    BOOST_CHECK_EQUAL(step.front_end, s.front_end);
    BOOST_CHECK_EQUAL(step.features, s.features);
    BOOST_CHECK(step.ended.empty());
    BOOST_CHECK_EQUAL(step.batch, 0);
    BOOST_CHECK(!step.is_last);
}

BOOST_AUTO_TEST_CASE(rests_of_all_ports_add_up)
{
    step_queue queue(settings(BLOCK), 2, 2, NO_BATCHES);
    for (const size_t port : { 0, 1 }) {
        segment s;
        s.rested_tokens = 10 + port;
        queue.begin_segment(port, s);
        push(queue, port, 0, 2);
    }
    step_queue::step step;
    take(queue, step);
    BOOST_CHECK_EQUAL(step.rested_tokens, 21);
}

BOOST_AUTO_TEST_CASE(a_full_ring_makes_its_port_wait_or_drops)
{
    for (const bool drops : { BLOCK, DROP }) {
        step_queue queue(settings(drops), 2, 2, NO_BATCHES);
        push(queue, 0, 0, 2);
        push(queue, 0, 2, 2);
        push(queue, 0, 4, 1);
        BOOST_CHECK_EQUAL(push(queue, 0, 5, 1).count, drops ? 1 : 0);
        if (!drops)
            BOOST_CHECK(queue.must_wait(0));
        BOOST_CHECK(!queue.must_wait(1));
        BOOST_CHECK_EQUAL(push(queue, 1, 10, 1).count, 1);
        BOOST_CHECK_EQUAL(queue.streams().count().dropped, drops ? 2 : 0);
    }
}

BOOST_AUTO_TEST_CASE(the_next_step_names_a_stream_that_is_gone)
{
    step_queue queue(settings(BLOCK), 1, 2, NO_BATCHES);
    step_queue::step step;
    queue.begin_segment(0, of_stream(5));
    push(queue, 0, 50, 2);
    queue.end_stream(0, 5);
    BOOST_CHECK_EQUAL(take(queue, step), 50); // the last one of its stream
    BOOST_CHECK(step.ended.empty());
    queue.begin_segment(0, of_stream(6));
    push(queue, 0, 60, 2);
    BOOST_CHECK_EQUAL(take(queue, step), 60);
    BOOST_CHECK(step.ended == streams_of{ 5 });
}

BOOST_AUTO_TEST_CASE(a_stream_that_comes_again_has_higher_segments)
{
    step_queue queue(settings(BLOCK), 1, 1, NO_BATCHES);
    step_queue::step step;
    for (const uint64_t number : { 0, 1, 2 }) {
        queue.begin_segment(0, of_stream(5));
        push(queue, 0, 0, 2);
        queue.end_stream(0, 5);
        take(queue, step);
        BOOST_CHECK_EQUAL(step.segment, number);
    }
}

BOOST_AUTO_TEST_CASE(another_port_may_not_bring_the_stream)
{
    step_queue queue(settings(BLOCK), 2, 2, NO_BATCHES);
    push(queue, 1, 0, 1);
    const auto names_both = [](const std::invalid_argument& error) {
        return std::string(error.what()) ==
               "stream 1 comes on input 1 and on input 0, but a stream must come on "
               "one input";
    };
    BOOST_CHECK_EXCEPTION(
        queue.begin_segment(0, of_stream(1)), std::invalid_argument, names_both);
    BOOST_CHECK_EXCEPTION(push(queue, 0, 0, 1), std::invalid_argument, names_both);
    BOOST_CHECK_EXCEPTION(queue.end_stream(0, 1), std::invalid_argument, names_both);
}

BOOST_AUTO_TEST_CASE(a_round_limits_the_steps_of_a_stream)
{
    step_queue queue(settings(BLOCK), 1, 1, NO_BATCHES);
    step_queue::step step;
    push(queue, 0, 0, 2);
    push(queue, 0, 2, 2);
    queue.begin_round(1);
    BOOST_CHECK_EQUAL(take(queue, step), 0);
    BOOST_CHECK(!queue.has_next());
    BOOST_CHECK(!queue.is_drained());
    queue.begin_round(1);
    BOOST_CHECK_EQUAL(take(queue, step), 2);
}

BOOST_AUTO_TEST_CASE(a_batch_is_closed_early_where_a_stream_ends_or_its_ring_is_full)
{
    step_queue queue(settings(BLOCK), 1, 2, 9);
    step_queue::step step;
    BOOST_CHECK(queue.has_batches());
    BOOST_CHECK(!push(queue, 0, 0, 2).has_step);
    queue.end_stream(0, 0);
    BOOST_CHECK_EQUAL(take(queue, step), 0);
    BOOST_CHECK_EQUAL(step.batch, 1);
    BOOST_CHECK(step.is_last);

    for (const int first : { 2, 4 })
        BOOST_CHECK(!push(queue, 0, first, 2).has_step);
    push(queue, 0, 6, 1);
    BOOST_CHECK(!queue.has_next());
    BOOST_CHECK_EQUAL(push(queue, 0, 7, 1).count, 0);
    BOOST_CHECK_EQUAL(take(queue, step), 2);
    BOOST_CHECK_EQUAL(step.batch, 2);
    BOOST_CHECK(!step.is_last);
}

BOOST_AUTO_TEST_CASE(closing_all_ports_closes_the_batch)
{
    step_queue queue(settings(BLOCK), 2, 2, 9);
    step_queue::step step;
    push(queue, 0, 0, 2);
    queue.close_port(0);
    BOOST_CHECK(!queue.is_closed());
    BOOST_CHECK(!queue.has_next());
    queue.close_port(1);
    BOOST_CHECK(queue.is_closed());
    BOOST_CHECK_EQUAL(take(queue, step), 0);
    BOOST_CHECK(step.is_last);
}

BOOST_AUTO_TEST_CASE(clear_begins_anew)
{
    step_queue queue(settings(BLOCK), 1, 1, NO_BATCHES);
    step_queue::step step;
    queue.begin_segment(0, of_stream(5));
    queue.mark_non_finite(0);
    push(queue, 0, 0, 2);
    queue.mark_non_finite(0);
    queue.close_port(0);
    queue.clear();
    BOOST_CHECK(!queue.is_closed());
    BOOST_CHECK(queue.is_drained());
    BOOST_CHECK_EQUAL(queue.streams().count().in, 0);
    push(queue, 0, 10, 2);
    BOOST_CHECK_EQUAL(take(queue, step), 10);
    BOOST_CHECK_EQUAL(step.stream, 0);
    BOOST_CHECK_EQUAL(step.segment, 0);
    BOOST_CHECK_EQUAL(step.non_finite_tokens, 0);
}
