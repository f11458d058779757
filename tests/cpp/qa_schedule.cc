/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "streams/schedule.h"

#include <algorithm>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace data = boost::unit_test::data;
using gr::rfattn::schedule;

namespace {

constexpr uint64_t WINDOW = 4;
constexpr uint64_t SAMPLES = 10;  // per token
constexpr double RATE = 40.0;     // 4 tokens a second
constexpr size_t SECOND = 4;      // tokens
constexpr size_t ALL = 1'000'000; // room

// The tokens of one stream, one after the other, and the fate of each: '.' rests, 'B'
// begins a segment, '-' continues it.
class stream {
public:
    stream(schedule& s, uint64_t number, double rate = RATE)
        : d_schedule(s),
          d_at{ number, 0, 0, SAMPLES, rate }
    {
    }

    std::string take(size_t count, size_t chunk = ALL)
    {
        std::string fates;
        while (fates.size() < count) {
            const size_t asked = std::min(chunk, count - fates.size());
            const auto taken = d_schedule.take(d_at, asked, ALL);
            BOOST_REQUIRE_GT(taken.count, 0u);
            BOOST_REQUIRE_LE(taken.count, asked);
            std::string next(taken.count, taken.passes ? '-' : '.');
            if (taken.begins)
                next[0] = 'B';
            fates += next;
            d_segment = taken.segment;
            d_at.sample += taken.count * SAMPLES;
        }
        return fates;
    }

    void begin_segment() { d_at.segment++; }
    void set_sample(uint64_t sample) { d_at.sample = sample; }
    void set_rate(double rate) { d_at.rate = rate; }
    const schedule::place& at() const { return d_at; }
    uint64_t segment() const { return d_segment; }

private:
    schedule& d_schedule;
    schedule::place d_at;
    uint64_t d_segment = 0;
};

std::string rest(size_t seconds)
{
    return std::string(seconds * SECOND, '.');
}

const std::string LOOK = "B---";
const schedule::settings SETTINGS{ WINDOW, 1.0, 4.0, 0.8 };

} // namespace

BOOST_DATA_TEST_CASE(rests_double_up_to_the_longest,
                     data::make({ 1, 3, 4, 7, 1000 }),
                     chunk)
{
    schedule s(SETTINGS);
    stream one(s, 7);
    const std::string expected =
        LOOK + rest(1) + LOOK + rest(2) + LOOK + rest(4) + LOOK + rest(4) + LOOK;
    BOOST_CHECK_EQUAL(one.take(expected.size(), chunk), expected);
    BOOST_CHECK_EQUAL(one.segment(), 4u);
}

BOOST_AUTO_TEST_CASE(without_a_first_rest_everything_is_one_segment)
{
    schedule s({ WINDOW, 0.0, 4.0, 0.8 });
    stream one(s, 7, 0.0); // the rate is not read
    s.judge(7, 0.1);
    BOOST_CHECK_EQUAL(one.take(20, 3), "B" + std::string(19, '-'));
    one.begin_segment();
    BOOST_CHECK_EQUAL(one.take(2), "B-");
    BOOST_CHECK_EQUAL(one.segment(), 1u);
}

BOOST_AUTO_TEST_CASE(a_doubtful_stream_rests_shortly)
{
    schedule s(SETTINGS);
    stream one(s, 7);
    one.take(WINDOW + SECOND + WINDOW); // now it would rest for 2 s
    s.judge(7, 0.79);
    BOOST_CHECK_EQUAL(one.take(2 * (SECOND + WINDOW)), rest(1) + LOOK + rest(1) + LOOK);
    s.judge(7, 0.8);
    const std::string expected = rest(1) + LOOK + rest(2) + LOOK;
    BOOST_CHECK_EQUAL(one.take(expected.size()), expected);
}

BOOST_AUTO_TEST_CASE(doubt_ends_a_long_rest_at_once)
{
    schedule s(SETTINGS);
    stream one(s, 7);
    one.take(WINDOW + SECOND + WINDOW);
    BOOST_CHECK_EQUAL(one.take(SECOND + 2), rest(1) + "..");
    s.judge(7, 0.5);
    BOOST_CHECK_EQUAL(one.take(WINDOW), LOOK);
}

BOOST_AUTO_TEST_CASE(the_latest_confidence_counts)
{
    schedule s(SETTINGS);
    stream one(s, 7);
    one.take(WINDOW);
    s.judge(7, 0.1);
    s.judge(7, 0.9);
    one.take(SECOND + WINDOW);
    BOOST_CHECK_EQUAL(one.take(2 * SECOND + 1), rest(2) + "B");
}

BOOST_AUTO_TEST_CASE(streams_rest_on_their_own)
{
    schedule s(SETTINGS);
    stream one(s, 1);
    stream other(s, 2);
    BOOST_CHECK_EQUAL(one.take(6), LOOK + "..");
    BOOST_CHECK_EQUAL(other.take(3), "B--");
    s.judge(2, 0.9);
    s.judge(3, 0.1); // no such stream
    BOOST_CHECK_EQUAL(one.take(3), "..B");
    BOOST_CHECK_EQUAL(other.take(2), "-.");
    BOOST_CHECK(s.streams() == (std::vector<uint64_t>{ 1, 2 }));
    BOOST_CHECK_EQUAL(s.count(1)->out, 5u);
    BOOST_CHECK_EQUAL(s.count(1)->rested, 4u);
    BOOST_CHECK_EQUAL(s.count(2)->in(), 5u);
    BOOST_CHECK(!s.count(3));
    BOOST_CHECK_EQUAL(s.count().out, 9u);
    BOOST_CHECK_EQUAL(s.count().rested, 5u);
}

BOOST_AUTO_TEST_CASE(a_pause_is_part_of_the_rest)
{
    schedule s(SETTINGS);
    stream one(s, 7);
    one.take(WINDOW + 1);
    one.set_sample(one.at().sample + 10 * SAMPLES);
    BOOST_CHECK_EQUAL(one.take(WINDOW), LOOK);
}

BOOST_AUTO_TEST_CASE(a_pause_does_not_cut_a_look)
{
    schedule s(SETTINGS);
    stream one(s, 7);
    BOOST_CHECK_EQUAL(one.take(3), "B--");
    one.set_sample(1000);
    BOOST_CHECK_EQUAL(one.take(2), "-.");
}

BOOST_AUTO_TEST_CASE(a_segment_within_a_look_begins_it_again)
{
    schedule s(SETTINGS);
    stream one(s, 7);
    one.take(3);
    one.begin_segment();
    BOOST_CHECK_EQUAL(one.take(5), LOOK + ".");
    BOOST_CHECK_EQUAL(one.segment(), 1u);
}

BOOST_AUTO_TEST_CASE(a_segment_within_a_rest_does_not_end_it)
{
    schedule s(SETTINGS);
    stream one(s, 7);
    one.take(WINDOW + 1);
    one.begin_segment();
    BOOST_CHECK_EQUAL(one.take(SECOND - 1 + WINDOW), "..." + LOOK);
    BOOST_CHECK_EQUAL(one.segment(), 1u);
}

BOOST_AUTO_TEST_CASE(a_rest_lasts_as_long_at_another_rate)
{
    schedule s(SETTINGS);
    stream one(s, 7);
    one.take(WINDOW); // the rest is from 1 s to 2 s
    one.begin_segment();
    one.set_rate(2 * RATE);
    one.set_sample(80);
    BOOST_CHECK_EQUAL(one.take(9), "........B");
}

BOOST_AUTO_TEST_CASE(a_clock_that_goes_back_ends_the_rest)
{
    schedule s(SETTINGS);
    stream one(s, 7);
    one.take(WINDOW + 1);
    one.begin_segment();
    one.set_sample(0);
    BOOST_CHECK_EQUAL(one.take(WINDOW), LOOK);
}

BOOST_AUTO_TEST_CASE(a_stream_that_ended_is_forgotten_and_new_when_it_returns)
{
    schedule s(SETTINGS);
    stream one(s, 7);
    one.take(WINDOW + 1);
    s.end(7);
    BOOST_CHECK(s.streams().empty() && !s.count(7));
    BOOST_CHECK_EQUAL(one.take(WINDOW), LOOK);
    BOOST_CHECK_EQUAL(s.count(7)->in(), WINDOW);
    BOOST_CHECK_EQUAL(s.count().in(), 2 * WINDOW + 1);
    s.restart();
    BOOST_CHECK(s.streams().empty());
    BOOST_CHECK_EQUAL(s.count().in(), 0u);
}

BOOST_AUTO_TEST_CASE(without_room_a_look_waits)
{
    schedule s(SETTINGS);
    stream one(s, 7);
    for (int i = 0; i < 2; i++) {
        const auto waits = s.take(one.at(), 5, 0);
        BOOST_CHECK(waits.count == 0 && waits.passes && waits.begins);
    }
    BOOST_CHECK_EQUAL(s.take(one.at(), 5, 2).count, 2u);
    BOOST_CHECK_EQUAL(s.count().out, 2u);
}

BOOST_AUTO_TEST_CASE(a_rest_needs_no_room)
{
    schedule s(SETTINGS);
    stream one(s, 7);
    one.take(WINDOW);
    const auto rests = s.take(one.at(), 3, 0);
    BOOST_CHECK(rests.count == 3 && !rests.passes);
}
