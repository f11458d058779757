/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "floor/floor_curve.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>
#include <vector>

using namespace gr::rfattn;

namespace {

using values = std::vector<float>;

constexpr int PIECES = 240;

// Levels in dB with Gaussian scatter.
curve level_with(double level_db, double scatter_db, unsigned seed = 1)
{
    std::mt19937 generator(seed);
    std::normal_distribution<double> draw(level_db, scatter_db);
    curve y(PIECES);
    for (double& value : y)
        value = draw(generator);
    return y;
}

void add_signal(curve& y, size_t first, size_t end, double db)
{
    for (size_t i = first; i < end; i++)
        y[i] += db;
}

double farthest(const curve& from, double level)
{
    double most = 0.0;
    for (const double value : from)
        most = std::max(most, std::abs(value - level));
    return most;
}

// Mean powers of noise over so many values, of mean 1.
values noise(size_t points, int looks)
{
    std::mt19937 generator(2);
    std::gamma_distribution<float> draw(static_cast<float>(looks),
                                        1.0f / static_cast<float>(looks));
    values power(points);
    for (float& value : power)
        value = draw(generator);
    return power;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_scatter_of_a_curve_is_its_deviation_without_its_slope)
{
    for (const double deviation : { 0.1, 0.5, 2.0 }) {
        curve y = level_with(-60.0, deviation);
        for (size_t i = 0; i < y.size(); i++)
            y[i] += 10.0 * std::sin(static_cast<double>(i) / 80.0);
        BOOST_TEST(scatter(y) == deviation, boost::test_tools::tolerance(0.2));
    }
    BOOST_TEST(scatter(curve(10, -60.0)) == 0.0);
    BOOST_TEST(scatter({ -60.0 }) == 0.0);
    BOOST_TEST(scatter({}) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_lower_curve_lies_at_the_bottom_of_noise)
{
    const auto z = lower_curve(level_with(-60.0, 0.3));
    BOOST_TEST_REQUIRE(z.size() == static_cast<size_t>(PIECES));
    for (const double value : z) {
        BOOST_TEST(value < -60.0);
        BOOST_TEST(value > -61.5); // 5 deviations
    }
}

BOOST_AUTO_TEST_CASE(a_lower_curve_stays_below_signals)
{
    for (const double db : { 3.0, 30.0 }) {
        curve y = level_with(-60.0, 0.1);
        add_signal(y, 30, 50, db);
        add_signal(y, 120, 180, db);
        BOOST_TEST(farthest(lower_curve(y), -60.0) < 1.0);
    }
}

BOOST_AUTO_TEST_CASE(a_lower_curve_follows_a_slope_and_a_slow_bend)
{
    curve y = level_with(-60.0, 0.1);
    for (size_t i = 0; i < y.size(); i++) {
        const double x = static_cast<double>(i) / PIECES;
        y[i] += 6.0 * x + 2.0 * std::cos(M_PI * x);
    }
    add_signal(y, 100, 140, 20.0);
    const auto z = lower_curve(y);
    for (size_t i = 0; i < y.size(); i++) {
        const double x = static_cast<double>(i) / PIECES;
        BOOST_TEST(std::abs(z[i] + 60.0 - 6.0 * x - 2.0 * std::cos(M_PI * x)) < 1.0);
    }
}

BOOST_AUTO_TEST_CASE(a_curve_of_few_points_is_their_least)
{
    for (const double value : lower_curve({ -50.0, -60.0, -55.0 }))
        BOOST_TEST(value == -60.0);
    BOOST_TEST(lower_curve({ -50.0 }).front() == -50.0);
}

BOOST_AUTO_TEST_CASE(pieces_of_equal_length_have_low_quantiles_and_medians)
{
    values all(40);
    for (size_t k = 0; k < all.size(); k++) // 1 to 10 in each piece, times 1, 10, ...
        all[k] =
            static_cast<float>(k % 10 + 1) * std::pow(10.0f, static_cast<float>(k / 10));
    std::mt19937 generator(1);
    for (long piece = 0; piece < 4; piece++)
        std::shuffle(all.begin() + 10 * piece, all.begin() + 10 * piece + 10, generator);
    const auto levels = levels_of_pieces(all, 4);
    const auto medians = medians_of_pieces(all, 4);
    BOOST_TEST_REQUIRE(levels.size() == 4u);
    BOOST_TEST_REQUIRE(medians.size() == 4u);
    for (size_t piece = 0; piece < 4; piece++) {
        const double unit = std::pow(10.0, piece); // rank 3 of 9, and 4
        BOOST_TEST(levels[piece] == 10.0 * std::log10(4.0 * unit),
                   boost::test_tools::tolerance(1e-6));
        BOOST_TEST(medians[piece] == 5.0 * unit, boost::test_tools::tolerance(1e-6));
    }
}

BOOST_AUTO_TEST_CASE(fewer_values_than_pieces_are_their_own_medians)
{
    const values all = { 3.0f, 1.0f, 2.0f };
    BOOST_TEST(medians_of_pieces(all, 10) == all, boost::test_tools::per_element());
    BOOST_TEST(medians_of_pieces({}, 10).empty());
}

BOOST_AUTO_TEST_CASE(a_curve_of_pieces_is_a_line_between_their_middles)
{
    const values pieces = { 1.0f, 3.0f, 2.0f };
    // Of 30 points, those of the middles lie at 4.5, 14.5 and 24.5.
    BOOST_TEST(between(pieces, 4.5, 30) == 1.0f);
    BOOST_TEST(between(pieces, 14.5, 30) == 3.0f);
    BOOST_TEST(between(pieces, 24.5, 30) == 2.0f);
    BOOST_TEST(between(pieces, 9.5, 30) == 2.0f);
    BOOST_TEST(between(pieces, 22.0, 30) == 2.25f, boost::test_tools::tolerance(1e-6f));
    BOOST_TEST(between(pieces, 0.0, 30) == 1.0f); // beyond the middles
    BOOST_TEST(between(pieces, 29.0, 30) == 2.0f);
    BOOST_TEST(between({ 7.0f }, 3.0, 30) == 7.0f);
}

BOOST_AUTO_TEST_CASE(a_signal_in_ripple_becomes_a_line_from_side_to_side)
{
    values ripple = { 1.0f, 1.0f, 9.0f, 9.0f, 9.0f, 1.2f, 1.2f };
    bridge(ripple, 1.35f);
    const values expected = { 1.0f, 1.0f, 1.05f, 1.1f, 1.15f, 1.2f, 1.2f };
    BOOST_TEST_REQUIRE(ripple.size() == expected.size());
    for (size_t k = 0; k < ripple.size(); k++)
        BOOST_TEST(ripple[k] == expected[k], boost::test_tools::tolerance(1e-5f));
}

BOOST_AUTO_TEST_CASE(ripple_beside_a_signal_is_the_least_of_some_values)
{
    values ripple = { 0.9f, 1.0f, 1.2f, 9.0f, 1.35f, 1.3f, 1.1f, 0.9f };
    bridge(ripple, 1.35f); // `most` itself is signal
    BOOST_TEST(ripple[3] == 0.9f, boost::test_tools::tolerance(1e-6f));
    BOOST_TEST(ripple[4] == 0.9f, boost::test_tools::tolerance(1e-6f));
    BOOST_TEST(ripple[2] == 1.2f); // what is no signal stays
    BOOST_TEST(ripple[5] == 1.3f);
}

BOOST_AUTO_TEST_CASE(signals_at_the_ends_take_the_ripple_of_their_only_side)
{
    values first = { 9.0f, 9.0f, 1.2f, 1.2f }, last = { 0.8f, 0.8f, 9.0f };
    bridge(first, 1.35f);
    bridge(last, 1.35f);
    BOOST_TEST(first[0] == 1.2f, boost::test_tools::tolerance(1e-6f));
    BOOST_TEST(first[1] == 1.2f, boost::test_tools::tolerance(1e-6f));
    BOOST_TEST(last[2] == 0.8f, boost::test_tools::tolerance(1e-6f));
    values all(5, 9.0f), none;
    bridge(all, 1.35f);
    for (const float value : all)
        BOOST_TEST(value == 1.0f); // nothing is known: the curve
    bridge(none, 1.35f);
    BOOST_TEST(none.empty());
}

BOOST_AUTO_TEST_CASE(what_rises_over_few_values_is_narrow)
{
    constexpr int WIDTH = 10;
    for (const int width : { 1, 9, 10, 40 }) {
        values level(100, 1.0f);
        std::fill_n(level.begin() + 30, width, 5.0f);
        const auto left = without_narrow(level, WIDTH);
        const auto expected = width < WIDTH ? values(100, 1.0f) : level;
        BOOST_TEST(left == expected, boost::test_tools::per_element());
    }
    // What falls over few values stays.
    values level(100, 5.0f);
    std::fill_n(level.begin() + 30, 3, 1.0f);
    BOOST_TEST(without_narrow(level, WIDTH) == level, boost::test_tools::per_element());
    BOOST_TEST(without_narrow({}, WIDTH).empty());
}

// Nothing is known beyond an end, so that half of the width is enough there.
BOOST_AUTO_TEST_CASE(a_rise_at_an_end_is_narrow_up_to_half_the_width)
{
    constexpr int WIDTH = 10, POINTS = 100;
    for (const bool at_first : { true, false })
        for (const int width : { 1, 4, 6, 10 }) {
            values level(POINTS, 1.0f);
            std::fill_n(level.begin() + (at_first ? 0 : POINTS - width), width, 5.0f);
            const auto left = without_narrow(level, WIDTH);
            const auto expected = width < WIDTH / 2 ? values(POINTS, 1.0f) : level;
            BOOST_TEST(left == expected, boost::test_tools::per_element());
        }
}

BOOST_AUTO_TEST_CASE(a_curve_below_signals_lies_in_the_middle_of_the_noise)
{
    constexpr int POINTS = 4800;
    for (const double scatter_db : { 0.05, 0.5 }) {
        curve y = level_with(-60.0, scatter_db);
        add_signal(y, 50, 70, 17.0);
        const auto below = curve_below(y, 0, PIECES, POINTS);
        BOOST_TEST_REQUIRE(below.size() == static_cast<size_t>(POINTS));
        for (const float value : below)
            BOOST_TEST_REQUIRE(std::abs(10.0 * std::log10(value) + 60.0) <
                               0.1 + 0.5 * scatter_db);
    }
}

BOOST_AUTO_TEST_CASE(a_curve_rests_on_the_level_part_and_is_extended)
{
    constexpr int POINTS = 4800;
    curve y = level_with(-60.0, 0.05);
    add_signal(y, 0, PIECES / 8, -30.0);
    add_signal(y, PIECES - PIECES / 8, PIECES / 8, -30.0);
    for (const float value : curve_below(y, PIECES / 8, PIECES - PIECES / 8, POINTS))
        BOOST_TEST_REQUIRE(std::abs(10.0 * std::log10(value) + 60.0) < 0.15);
}

BOOST_AUTO_TEST_CASE(a_floor_follows_ripple_but_no_signals)
{
    constexpr size_t POINTS = 4800;
    values power = noise(POINTS, 100);
    const auto ripple_at = [](size_t i) {
        return 1.0f + 0.1f * std::sin(static_cast<float>(i) / 300.0f);
    };
    for (size_t i = 0; i < POINTS; i++)
        power[i] *= 1e-6f * ripple_at(i) * (i >= 1000 && i < 1400 ? 50.0f : 1.0f);
    values floor(POINTS, 1e-6f);
    follow_ripple(floor, power, 0, POINTS);
    for (size_t i = 0; i < POINTS; i++)
        BOOST_TEST_REQUIRE(std::abs(floor[i] / (1e-6f * ripple_at(i)) - 1.0f) < 0.15f, i);
    double sum = 0.0;
    for (size_t i = 2000; i < POINTS; i++)
        sum += floor[i] / (1e-6f * ripple_at(i)) / (POINTS - 2000);
    BOOST_TEST(sum == 1.0, boost::test_tools::tolerance(0.05));
}

BOOST_AUTO_TEST_CASE(ripple_is_followed_between_two_points_alone)
{
    constexpr size_t POINTS = 4800, FROM = POINTS / 8, TO = POINTS - POINTS / 8;
    const auto power = [&] {
        values all(POINTS, 1.2f);
        std::fill_n(all.begin(), FROM, 1e-3f);
        std::fill(all.begin() + TO, all.end(), 1e-3f);
        return all;
    }();
    values floor(POINTS, 1.0f);
    follow_ripple(floor, power, FROM, TO);
    for (const float value : floor) // beyond them it is that beside them
        BOOST_TEST_REQUIRE(value == 1.2f, boost::test_tools::tolerance(1e-5f));
}
