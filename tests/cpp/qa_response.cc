/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "floor/response.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

using namespace gr::rfattn;

namespace {

using values = std::vector<float>;
using parts = std::vector<std::pair<int, int>>;

constexpr int POINTS = 1200;
constexpr int PIECE = POINTS / 200; // a step of what is learned
constexpr double ERROR = 0.03;      // of a point

bool all_noise(noise_or_signal what, int, int)
{
    return what == noise_or_signal::NOISE;
}

// Powers of noise of mean 1 that deviate by ERROR.
values noise(unsigned seed = 1)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> draw(1.0f, static_cast<float>(ERROR));
    values power(POINTS);
    for (float& value : power)
        value = draw(generator);
    return power;
}

values times(values power, const values& gain)
{
    for (size_t i = 0; i < power.size(); i++)
        power[i] *= gain[i];
    return power;
}

// 1, and `most` in the middle of a hump.
values hump(int first, int end, float most)
{
    values gain(POINTS, 1.0f);
    for (int i = first; i < end; i++) {
        const double turn = 2.0 * M_PI * (i - first) / (end - first);
        gain[i] += (most - 1.0f) * 0.5f * static_cast<float>(1.0 - std::cos(turn));
    }
    return gain;
}

void multiply(values& power, int first, int end, float by)
{
    for (int i = first; i < end; i++)
        power[i] *= by;
}

values gain_of(const response& r)
{
    auto inverse = r.without(values(POINTS, 1.0f));
    for (float& value : inverse)
        value = 1.0f / value;
    return inverse;
}

// The floor of a receiver with that response, and the same noise everywhere.
values floor_of(const response& r)
{
    values floor(POINTS, 1.0f);
    r.apply(floor);
    return floor;
}

// What differs from the expected by more than its share.
int count_off(const values& got, const values& expected, float share)
{
    int count = 0;
    for (size_t i = 0; i < got.size(); i++)
        count += std::abs(got[i] / expected[i] - 1.0f) > share;
    return count;
}

bool holds_nothing(const response& r)
{
    const auto gain = gain_of(r);
    return std::all_of(gain.begin(), gain.end(), [](float g) { return g == 1.0f; });
}

// Noise but for one part.
response::verdict signal_around(int point, parts* judged = nullptr)
{
    return [=](noise_or_signal what, int first, int end) {
        if (judged)
            judged->emplace_back(first, end);
        const bool is_signal = first <= point && point < end;
        return is_signal == (what == noise_or_signal::SIGNAL);
    };
}

} // namespace

BOOST_AUTO_TEST_CASE(a_new_response_is_the_same_everywhere)
{
    const response r(POINTS);
    const auto power = noise();
    BOOST_TEST(r.without(power) == power, boost::test_tools::per_element());
    auto floor = power;
    r.apply(floor);
    BOOST_TEST(floor == power, boost::test_tools::per_element());
}

// The error of a piece is 0.012; below its foot of 1.5 of these nothing is learned.
BOOST_AUTO_TEST_CASE(a_hump_of_noise_is_learned)
{
    for (const float most : { 1.25f, 2.0f, 4.0f }) {
        const auto gain = hump(300, 900, most);
        const auto power = times(noise(), gain);
        response r(POINTS);
        BOOST_TEST(r.learn(power, ERROR, all_noise));
        BOOST_TEST(count_off(floor_of(r), gain, 0.06f) == 0);
        const auto even = r.without(power);
        BOOST_TEST(count_off(even, values(POINTS, 1.0f), 0.15f) == 0); // 5 deviations
        auto floor = even;
        r.apply(floor); // no step is steep here, so that it undoes without()
        BOOST_TEST(count_off(floor, power, 1e-5f) == 0);
    }
}

BOOST_AUTO_TEST_CASE(what_was_learned_is_refined)
{
    const auto gain = times(hump(200, 1000, 2.0f), hump(500, 700, 1.5f));
    const auto power = times(noise(), gain);
    response r(POINTS);
    BOOST_TEST(r.learn(times(noise(), hump(200, 1000, 2.0f)), ERROR, all_noise));
    BOOST_TEST(r.learn(r.without(power), ERROR, all_noise));
    BOOST_TEST(count_off(floor_of(r), gain, 0.06f) == 0);
    BOOST_TEST(!r.learn(r.without(power), ERROR, all_noise));
}

BOOST_AUTO_TEST_CASE(noise_that_is_level_teaches_nothing)
{
    for (unsigned seed = 1; seed < 6; seed++) {
        response r(POINTS);
        BOOST_TEST(!r.learn(noise(seed), ERROR, all_noise));
        BOOST_TEST(holds_nothing(r));
    }
}

// Noise may make a rise wider by a piece at each of its feet.
BOOST_AUTO_TEST_CASE(a_rise_below_a_twentieth_of_the_band_is_never_learned)
{
    for (const int first : { 0, 600, -1 })
        for (const int pieces : { 4, 8, 12 }) {
            const int width = pieces * PIECE, at = first < 0 ? POINTS - width : first;
            auto power = noise();
            multiply(power, at, at + width, 3.0f);
            response r(POINTS);
            const bool is_wide = (first == 600 ? 20 : 40) * width > POINTS;
            BOOST_TEST_CONTEXT(pieces << " pieces at " << at)
            {
                BOOST_TEST(r.learn(power, ERROR, all_noise) == is_wide);
                BOOST_TEST(holds_nothing(r) == !is_wide);
            }
        }
}

BOOST_AUTO_TEST_CASE(a_narrow_signal_on_a_hump_is_not_learned)
{
    const auto gain = hump(300, 900, 2.0f);
    for (const float strength : { 2.0f, 100.0f }) {
        auto power = times(noise(), gain);
        multiply(power, 480, 480 + 5 * PIECE, strength);
        response r(POINTS);
        BOOST_TEST(r.learn(power, ERROR, all_noise));
        BOOST_TEST(count_off(floor_of(r), gain, 0.12f) == 0); // the hump rises within
    }
}

BOOST_AUTO_TEST_CASE(what_may_be_a_signal_is_not_learned)
{
    for (const bool is_signal : { true, false }) {
        response r(POINTS);
        const auto power = times(noise(), hump(300, 900, 1.8f));
        BOOST_TEST(!r.learn(power, ERROR, [&](noise_or_signal what, int, int) {
            return is_signal && what == noise_or_signal::SIGNAL;
        }));
        BOOST_TEST(holds_nothing(r));
    }
}

BOOST_AUTO_TEST_CASE(rises_are_judged_one_by_one)
{
    const auto noise_gain = hump(150, 450, 2.0f);
    const auto power = times(noise(), times(noise_gain, hump(750, 1050, 2.0f)));
    parts judged;
    response r(POINTS);
    BOOST_TEST(r.learn(power, ERROR, signal_around(900, &judged)));
    BOOST_TEST_REQUIRE(judged.size() == 2u);
    for (size_t k = 0; k < 2; k++) { // from foot to foot
        const int first = k == 0 ? 150 : 750;
        BOOST_TEST(std::abs(judged[k].first - first) < 40);
        BOOST_TEST(std::abs(judged[k].second - first - 300) < 40);
    }
    BOOST_TEST(count_off(floor_of(r), noise_gain, 0.06f) == 0);
}

// A wide signal of ten times the noise on noise that is 1.4 below it and 1.8 above it.
BOOST_AUTO_TEST_CASE(the_gain_below_a_signal_is_a_line_between_its_neighbours)
{
    constexpr int FROM = 300, TO = 900, FIRST = 540, END = 660;
    auto power = noise();
    multiply(power, FROM, FIRST, 1.4f);
    multiply(power, FIRST, END, 10.0f);
    multiply(power, END, TO, 1.8f);
    parts judged;
    const auto judge = [&](noise_or_signal what, int first, int end) {
        judged.emplace_back(first, end);
        if (first < FIRST && end > END) // the whole is neither for sure
            return false;
        const bool is_signal = first >= FIRST && end <= END;
        return is_signal == (what == noise_or_signal::SIGNAL);
    };
    response r(POINTS);
    BOOST_TEST(r.learn(power, ERROR, judge));
    const parts expected = { { FROM, TO }, { FROM, FIRST }, { FIRST, END }, { END, TO } };
    BOOST_TEST((judged == expected));
    const auto gain = gain_of(r);
    for (int i = FIRST; i < END; i++) {
        const float line = 1.4f + 0.4f * static_cast<float>(i - FIRST) / (END - FIRST);
        BOOST_TEST_REQUIRE(std::abs(gain[i] / line - 1.0f) < 0.05f, i);
    }
    for (int i = FROM + PIECE; i < FIRST; i++)
        BOOST_TEST_REQUIRE(std::abs(gain[i] / 1.4f - 1.0f) < 0.05f, i);
    for (int i = END; i < TO - PIECE; i++)
        BOOST_TEST_REQUIRE(std::abs(gain[i] / 1.8f - 1.0f) < 0.05f, i);
}

BOOST_AUTO_TEST_CASE(what_is_a_signal_as_a_whole_is_not_taken_apart)
{
    auto power = times(noise(), hump(300, 900, 1.8f));
    multiply(power, 540, 660, 4.0f);
    parts judged;
    response r(POINTS);
    const auto judge = [&](noise_or_signal what, int first, int end) {
        judged.emplace_back(first, end);
        return (judged.size() == 1) == (what == noise_or_signal::SIGNAL);
    };
    BOOST_TEST(!r.learn(power, ERROR, judge));
    BOOST_TEST(judged.size() == 1u);
    BOOST_TEST(holds_nothing(r));
}

// What is learned is a line from the middle of a piece to that of the next, and as low as
// the point is where that lies far below the line: here at up to two points of three.
BOOST_AUTO_TEST_CASE(beside_a_step_the_floor_is_that_of_the_upper_side)
{
    constexpr int UP = 402, DOWN = 798; // at edges of pieces
    values power(POINTS, 1.0f);
    multiply(power, UP, DOWN, 3.0f);
    response r(POINTS);
    BOOST_TEST(r.learn(power, ERROR, all_noise));
    const auto gain = gain_of(r), floor = floor_of(r);
    for (int i = 0; i < POINTS; i++) {
        const bool is_inside = i >= UP && i < DOWN,
                   is_near = std::min(std::abs(i - UP), std::abs(i - DOWN)) <= PIECE / 2;
        if (!is_near) {
            BOOST_TEST_REQUIRE(gain[i] == (is_inside ? 3.0f : 1.0f), i);
            BOOST_TEST_REQUIRE(floor[i] == (is_inside ? 3.0f : 1.0f), i);
        } else if (!is_inside) {
            BOOST_TEST_REQUIRE(gain[i] < 1.3f, i);
        }
        BOOST_TEST_REQUIRE(floor[i] >= gain[i], i);
    }
    BOOST_TEST(gain[UP] > 2.0f);
    BOOST_TEST(floor[UP - 1] == gain[UP]);
    BOOST_TEST(floor[DOWN] == gain[DOWN - 1]);
    BOOST_TEST(floor[UP - 2] < 1.3f);
    BOOST_TEST(floor[DOWN + 1] < 1.3f);
}

BOOST_AUTO_TEST_CASE(a_restart_forgets_what_was_learned)
{
    response r(POINTS);
    const auto power = times(noise(), hump(300, 900, 2.0f));
    BOOST_TEST(r.learn(power, ERROR, all_noise));
    BOOST_TEST(!holds_nothing(r));
    r.restart();
    BOOST_TEST(holds_nothing(r));
    BOOST_TEST(r.without(power) == power, boost::test_tools::per_element());
}
