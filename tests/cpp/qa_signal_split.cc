/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "fit/signal_split.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>
#include <vector>

using namespace gr::rfattn;

namespace {

using values = std::vector<float>;

} // namespace

BOOST_AUTO_TEST_CASE(what_lies_above_the_threshold_is_a_ridge)
{
    const auto found = find_ridges({ 0, 0, 9, 8, 3, 7, 0, 0, 0, 0, 0, 6, 0 }, 1.0, 3, {});
    BOOST_TEST_REQUIRE(found.size() == 2u);
    BOOST_TEST(found[0].first == 2);
    BOOST_TEST(found[0].last == 5);
    BOOST_TEST(found[0].peak == 9.0);
    BOOST_TEST(found[1].first == 11);
    BOOST_TEST(found[1].last == 11);
}

BOOST_AUTO_TEST_CASE(a_valley_parts_a_ridge_in_two)
{
    const values excess{ 0, 90, 80, 20, 3, 2, 40, 70, 0 };
    decisions made;
    const auto found = find_ridges(excess, 1.0, 3, made);
    BOOST_TEST(made.by_name().at("valley") == 1u);
    BOOST_TEST_REQUIRE(found.size() == 2u);
    BOOST_TEST(found[0].first == 1);
    BOOST_TEST(found[0].last == 3);
    BOOST_TEST(found[1].first == 6);
    BOOST_TEST(found[1].last == 7);
    made.leave_out("valley");
    BOOST_TEST(find_ridges(excess, 1.0, 3, made).size() == 1u);
}

// Beside a peak of 62 dB the threshold is 16 times the floor.
BOOST_AUTO_TEST_CASE(what_rises_out_of_a_valley_below_the_threshold_is_no_ridge)
{
    const auto found = find_ridges({ 1.6e6f,
                                     31,
                                     24,
                                     18,
                                     6.7f,
                                     2.5f,
                                     1.4f,
                                     1.2f,
                                     1.4f,
                                     2.7f,
                                     12.4f,
                                     1,
                                     1,
                                     1,
                                     1,
                                     111 },
                                   16.1,
                                   7,
                                   {});
    BOOST_TEST_REQUIRE(found.size() == 2u);
    BOOST_TEST(found[0].first == 0);
    BOOST_TEST(found[0].last == 3);
    BOOST_TEST(found[1].first == 15);
    BOOST_TEST(found[1].last == 15);
}

BOOST_AUTO_TEST_CASE(all_ridges_of_any_spectrum_lie_within_it)
{
    std::mt19937 generator(1);
    for (int draw = 0; draw < 20000; draw++) {
        values excess(1 + generator() % 40);
        for (float& value : excess)
            value =
                std::pow(10.0f, std::uniform_real_distribution(-1.0f, 6.0f)(generator));
        const double threshold = std::pow(10.0, generator() % 5);
        int before = -1;
        for (const auto& r : find_ridges(excess, threshold, 3 + generator() % 6, {})) {
            BOOST_TEST_REQUIRE(r.first <= r.last);
            BOOST_TEST_REQUIRE(r.first >= 0);
            BOOST_TEST_REQUIRE(r.last < static_cast<int>(excess.size()));
            BOOST_TEST_REQUIRE(r.last > before);
            BOOST_TEST_REQUIRE(r.peak > threshold);
            before = r.last;
        }
    }
}
