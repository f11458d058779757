/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "symbols/symbol_tracker.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>

using gr::rfattn::symbol_tracker;

BOOST_AUTO_TEST_CASE(a_tracker_states_the_moment_of_the_widest_eye)
{
    constexpr double PARTS = symbol_tracker::PARTS;
    for (const double drift : { 0.0, 1e-3, -1e-3 }) // of the period
        for (const double widest : { 0.0, 0.4, 1.0, 2.3, 3.0 }) {
            std::mt19937 generator(1);
            std::normal_distribution<float> noise(0.0f, 0.5f);
            symbol_tracker tracker;
            int found = 0;
            for (int n = 0; n < 4000; n++) {
                const double turns = (n - widest) / (PARTS * (1.0 + drift));
                const auto opening =
                    static_cast<float>(1.0 + std::cos(2.0 * M_PI * turns));
                if (!tracker.add(opening + noise(generator)))
                    continue;
                BOOST_TEST_REQUIRE(n >= 64); // the first means are rough
                found++;
                const double late = PARTS * (turns - std::round(turns));
                if (n > 400)
                    BOOST_TEST_REQUIRE(std::abs(late) < 1.1, widest << " at " << n);
            }
            const double symbols = (4000.0 - 64.0) / (PARTS * (1.0 + drift));
            BOOST_TEST(std::abs(found - symbols) < 2.0);
        }
}
