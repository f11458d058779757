/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "streams/step_order.h"

#include <boost/test/unit_test.hpp>

using gr::rfattn::segment;
using gr::rfattn::step_order;
using gr::rfattn::stream_table;

namespace {

constexpr size_t NO_BATCHES = 0;
constexpr uint64_t NONE = 99;

// One token a step, four steps a ring, three rings.
stream_table table()
{
    return stream_table({ 1, 1, 4, false }, 1, 3);
}

void add_steps(stream_table& streams, step_order& order, uint64_t stream, int count)
{
    auto* e = streams.find(stream);
    auto& ring = *(e ? e : &streams.add(stream, 0, segment()))->ring;
    const float token = 0.0f;
    for (int i = 0; i < count; i++) {
        BOOST_REQUIRE_EQUAL(ring.push(&token, 1, {}), 1);
        order.add(stream);
    }
}

// The stream whose step was taken, or NONE.
uint64_t take(stream_table& streams, step_order& order, step_order::group& group)
{
    auto* next = order.next(streams);
    if (!next)
        return NONE;
    auto& served = streams.move_to_end(*next);
    group = order.serve(served);
    float token;
    served.ring->take(&token);
    return served.stream;
}

std::vector<uint64_t> take_all(stream_table& streams, step_order& order)
{
    std::vector<uint64_t> taken;
    step_order::group group;
    for (uint64_t stream; (stream = take(streams, order, group)) != NONE;)
        taken.push_back(stream);
    return taken;
}

using streams_of = std::vector<uint64_t>;

} // namespace

BOOST_AUTO_TEST_CASE(streams_take_turns)
{
    auto streams = table();
    step_order order(NO_BATCHES);
    add_steps(streams, order, 5, 3);
    add_steps(streams, order, 6, 1);
    add_steps(streams, order, 7, 2);
    BOOST_CHECK((take_all(streams, order) == streams_of{ 5, 6, 7, 5, 7, 5 }));
}

BOOST_AUTO_TEST_CASE(a_round_limits_the_steps_of_each_stream)
{
    auto streams = table();
    step_order order(NO_BATCHES);
    add_steps(streams, order, 5, 4);
    add_steps(streams, order, 6, 1);
    order.begin_round(2);
    BOOST_CHECK((take_all(streams, order) == streams_of{ 5, 6, 5 }));
    order.begin_round(1);
    BOOST_CHECK((take_all(streams, order) == streams_of{ 5 }));
    order.begin_round(1);
    BOOST_CHECK((take_all(streams, order) == streams_of{ 5 }));
}

BOOST_AUTO_TEST_CASE(a_round_of_several_steps_has_a_number)
{
    auto streams = table();
    step_order order(NO_BATCHES);
    add_steps(streams, order, 5, 2);
    step_order::group group;
    order.begin_round(1);
    take(streams, order, group);
    BOOST_CHECK_EQUAL(group.number, 0);
    order.begin_round(2);
    take(streams, order, group);
    BOOST_CHECK_EQUAL(group.number, 2);
    BOOST_CHECK(!group.is_last);
}

BOOST_AUTO_TEST_CASE(batches_come_in_the_order_in_which_steps_became_whole)
{
    auto streams = table();
    step_order order(2);
    add_steps(streams, order, 5, 2);
    add_steps(streams, order, 6, 1);
    BOOST_CHECK_EQUAL(order.open_steps(6), 1);
    BOOST_CHECK((take_all(streams, order) == streams_of{ 5, 5 }));

    order.close_batch();
    BOOST_CHECK_EQUAL(order.open_steps(6), 0);
    step_order::group group;
    BOOST_CHECK_EQUAL(take(streams, order, group), 6);
    BOOST_CHECK_EQUAL(group.number, 2);
    BOOST_CHECK(group.is_last);
}

BOOST_AUTO_TEST_CASE(clear_forgets_batches_and_rounds)
{
    auto streams = table();
    step_order order(1);
    add_steps(streams, order, 5, 1);
    order.clear();
    BOOST_CHECK(order.has_batches());
    BOOST_CHECK(!order.next(streams));
}

BOOST_AUTO_TEST_CASE(without_batches_no_step_is_in_an_open_one)
{
    auto streams = table();
    step_order order(NO_BATCHES);
    add_steps(streams, order, 5, 1);
    BOOST_CHECK(!order.has_batches());
    BOOST_CHECK_EQUAL(order.open_steps(5), 0);
}
