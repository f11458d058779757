/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "streams/stream_table.h"

#include <boost/test/unit_test.hpp>

using gr::rfattn::segment;
using gr::rfattn::stream_ring;
using gr::rfattn::stream_table;

namespace {

constexpr bool BLOCK = false;
constexpr bool DROP = true;

// One float a token, two tokens a step, one step a ring.
stream_ring::settings settings(bool drops)
{
    return { 1, 2, 1, drops };
}

// Adds a stream that brings `count` tokens on port 0.
stream_table::entry& add(stream_table& table, uint64_t stream, size_t count)
{
    const std::vector<float> tokens(count);
    auto& e = table.add(stream, 0, segment());
    BOOST_REQUIRE_EQUAL(e.ring->push(tokens.data(), count, {}), count);
    table.note_tokens(e, count);
    return e;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_stream_keeps_its_ring_until_its_last_step_was_taken)
{
    stream_table table(settings(DROP), 1, 2);
    add(table, 7, 2);
    table.end(*table.find(7));
    BOOST_REQUIRE(table.find(7));
    BOOST_CHECK(!table.is_drained());

    std::vector<float> out(2);
    table.find(7)->ring->take(out.data());
    table.remove_if_drained(*table.find(7));
    BOOST_CHECK(!table.find(7));
    BOOST_CHECK(table.take_ended() == std::vector<uint64_t>{ 7 });
    BOOST_CHECK(table.take_ended().empty());
    BOOST_CHECK_EQUAL(table.count().out, 2);
    BOOST_CHECK_EQUAL(table.streams_evicted(), 0);
}

BOOST_AUTO_TEST_CASE(a_stream_without_a_whole_step_loses_its_ring_when_it_ends)
{
    stream_table table(settings(DROP), 1, 1);
    table.end(add(table, 7, 1));
    BOOST_CHECK(!table.find(7));
    BOOST_CHECK(table.take_ended().empty()); // it was never served
    BOOST_CHECK_EQUAL(table.count().incomplete, 1);
}

BOOST_AUTO_TEST_CASE(a_stream_that_comes_again_gets_higher_segments)
{
    stream_table table(settings(DROP), 1, 1);
    table.end(add(table, 7, 1));
    auto& again = add(table, 7, 2);
    std::vector<float> out(2);
    BOOST_CHECK_EQUAL(again.ring->take(out.data()).segment, 1);
}

BOOST_AUTO_TEST_CASE(the_stream_idle_longest_is_evicted_after_tokens_for_all_rings)
{
    stream_table table(settings(DROP), 1, 2);
    add(table, 1, 1);
    add(table, 2, 1);
    BOOST_CHECK(!table.to_evict());
    // All rings hold 2 * 1 * 2 tokens, and 1 came since the last one of stream 1.
    BOOST_CHECK_EQUAL(table.turn_away(100), 3);
    BOOST_CHECK_EQUAL(table.tokens_turned_away(), 3);
    BOOST_CHECK_EQUAL(table.count().dropped, 3);
    BOOST_REQUIRE(table.to_evict());
    BOOST_CHECK_EQUAL(table.to_evict()->stream, 1);

    table.to_evict()->evicted = true;
    table.end(*table.find(1));
    BOOST_CHECK_EQUAL(table.streams_evicted(), 1);
    BOOST_CHECK(!table.is_full());
    BOOST_CHECK(!table.to_evict());
}

BOOST_AUTO_TEST_CASE(a_stream_of_a_closed_port_is_evicted_first_and_at_once)
{
    stream_table table(settings(DROP), 2, 2);
    table.add(1, 1, segment());
    table.note_tokens(*table.find(1), 1);
    table.add(2, 0, segment());
    BOOST_CHECK(!table.to_evict());
    table.close_port(0);
    BOOST_CHECK(table.has_open_port());
    BOOST_REQUIRE(table.to_evict());
    BOOST_CHECK_EQUAL(table.to_evict()->stream, 2);
    table.close_port(1);
    BOOST_CHECK(!table.has_open_port());
}

BOOST_AUTO_TEST_CASE(a_ring_that_is_soon_free_is_waited_for_unless_the_rings_drop)
{
    for (const bool drops : { BLOCK, DROP }) {
        stream_table table(settings(drops), 1, 1);
        table.end(add(table, 1, 2));
        BOOST_CHECK(table.must_wait(2));
        BOOST_CHECK(!table.to_evict());
        BOOST_CHECK_EQUAL(table.turn_away(5), drops ? 5 : 0);
    }
}

BOOST_AUTO_TEST_CASE(a_stream_comes_on_one_port_until_it_ends)
{
    stream_table table(settings(DROP), 2, 1);
    add(table, 7, 2);
    BOOST_CHECK_EQUAL(table.find_of_port(7, 0), table.find(7));
    BOOST_CHECK_EXCEPTION(
        table.find_of_port(7, 1), std::invalid_argument, [](const auto& e) {
            return e.what() == std::string("stream 7 comes on input 0 and on input 1, "
                                           "but a stream must come on one input");
        });
    table.end(*table.find(7));
    BOOST_CHECK_EQUAL(table.find_of_port(7, 1), table.find(7));
}

BOOST_AUTO_TEST_CASE(clear_gives_up_all_rings_and_opens_the_ports)
{
    stream_table table(settings(DROP), 1, 1);
    add(table, 1, 2);
    table.turn_away(1);
    table.close_port(0);
    table.clear();
    BOOST_CHECK(table.has_open_port());
    BOOST_CHECK(table.entries().empty());
    BOOST_CHECK_EQUAL(table.count().in, 0);
    BOOST_CHECK_EQUAL(table.tokens_turned_away(), 0);
}
