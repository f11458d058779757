/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "base/histogram.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <numeric>

using gr::rfattn::histogram;

namespace {

constexpr auto& EDGES = histogram::UPPER_SECONDS;

} // namespace

BOOST_AUTO_TEST_CASE(edges_ascend_and_hold_the_usual_budget)
{
    BOOST_CHECK(std::is_sorted(EDGES.begin(), EDGES.end()));
    BOOST_CHECK(std::count(EDGES.begin(), EDGES.end(), 0.03) == 1);
    BOOST_CHECK_EQUAL(EDGES.front(), 1e-4);
    BOOST_CHECK_EQUAL(EDGES.back(), 10.0);
}

BOOST_AUTO_TEST_CASE(an_edge_belongs_to_the_bucket_below_it)
{
    histogram h;
    for (const double edge : EDGES) {
        h.add(edge);
        h.add(edge * (1 + 1e-9));
    }
    BOOST_CHECK_EQUAL(h.counts()[0], 1);
    for (size_t i = 1; i < EDGES.size(); i++) {
        BOOST_CHECK_EQUAL(h.counts()[i], 2);
    }
    BOOST_CHECK_EQUAL(h.counts().back(), 1);
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_at_the_ends_and_the_sum_is_exact)
{
    histogram h;
    for (const double value : { -0.5, 0.0, 0.25, 1e6 }) {
        h.add(value);
    }
    BOOST_CHECK_EQUAL(h.counts().front(), 2);
    BOOST_CHECK_EQUAL(h.counts().back(), 1);
    BOOST_CHECK_EQUAL(std::accumulate(h.counts().begin(), h.counts().end(), 0), 4);
    BOOST_CHECK_EQUAL(h.sum(), 999999.75);
}
