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

} // namespace

BOOST_AUTO_TEST_CASE(pieces_of_equal_length_have_medians)
{
    values all(40);
    for (size_t k = 0; k < all.size(); k++) // 1 to 10 in each piece, times 1, 10, ...
        all[k] =
            static_cast<float>(k % 10 + 1) * std::pow(10.0f, static_cast<float>(k / 10));
    std::mt19937 generator(1);
    for (long piece = 0; piece < 4; piece++)
        std::shuffle(all.begin() + 10 * piece, all.begin() + 10 * piece + 10, generator);
    const auto medians = medians_of_pieces(all, 4);
    BOOST_TEST_REQUIRE(medians.size() == 4u);
    for (size_t piece = 0; piece < 4; piece++)
        BOOST_TEST(medians[piece] == 5.0 * std::pow(10.0, piece), // rank 4 of 9
                   boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(levels_of_pieces_are_those_of_their_noise)
{
    constexpr size_t PIECES = 50, LENGTH = 41;
    values all(PIECES * LENGTH);
    std::mt19937 generator(1);
    std::normal_distribution<float> draw(1.0f, 0.05f);
    for (auto& value : all)
        value = draw(generator);
    for (size_t i = 0; i < LENGTH / 2; i++) // nearly half of a piece
        all[20 * LENGTH + i] *= 100.0f;
    for (const double level : levels_of_pieces(all, PIECES))
        BOOST_TEST(std::abs(level) < 0.3); // dB; it deviates by 0.05
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
