/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "base/quantiles.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>
#include <vector>

using gr::rfattn::quantiles;

namespace {

// What the histogram approximates: the value at the nearest rank of the sorted list.
double sorted_quantile(std::vector<double> values, double q)
{
    std::sort(values.begin(), values.end());
    const size_t rank = std::max(1.0, std::ceil(q * values.size()));
    return values[rank - 1];
}

} // namespace

BOOST_AUTO_TEST_CASE(empty_reads_zero)
{
    const quantiles q;
    BOOST_CHECK_EQUAL(q.count(), 0);
    BOOST_CHECK_EQUAL(q.mean(), 0.0);
    BOOST_CHECK_EQUAL(q.max(), 0.0);
    BOOST_CHECK_EQUAL(q.quantile(0.5), 0.0);
}

BOOST_AUTO_TEST_CASE(one_value_is_every_quantile)
{
    quantiles q;
    q.add(0.0123);
    for (double share : { 0.0, 0.5, 0.99, 1.0 }) {
        BOOST_CHECK_EQUAL(q.quantile(share), 0.0123);
    }
}

BOOST_AUTO_TEST_CASE(within_one_percent_of_the_sorted_list)
{
    std::mt19937 random(1);
    for (double scale : { 1e-5, 1e-3, 1.0, 1e3 }) {
        std::lognormal_distribution<double> spread(std::log(scale), 1.0);
        quantiles q;
        std::vector<double> values(5001);
        for (auto& value : values) {
            value = spread(random);
            q.add(value);
        }
        for (double share : { 0.0, 0.01, 0.5, 0.95, 0.99, 0.999, 1.0 }) {
            // 1 %: the promise of the class; the unit of CHECK_CLOSE is percent.
            BOOST_CHECK_CLOSE(q.quantile(share), sorted_quantile(values, share), 1.0);
        }
        BOOST_CHECK_EQUAL(q.count(), values.size());
        BOOST_CHECK_EQUAL(q.max(), sorted_quantile(values, 1.0));
    }
}

BOOST_AUTO_TEST_CASE(bin_edges_stay_within_one_percent)
{
    for (double seconds = 1.01e-7; seconds < 0.99e5; seconds *= 1.0071) {
        quantiles q;
        q.add(seconds / 100); // keeps the clamping to min and max out of the way
        q.add(seconds);
        q.add(seconds * 100);
        BOOST_CHECK_CLOSE(q.quantile(0.5), seconds, 1.0);
    }
}

BOOST_AUTO_TEST_CASE(outside_of_the_span_the_ends_are_exact)
{
    quantiles q;
    q.add(0.0);
    q.add(1e-9);
    q.add(3e6);
    BOOST_CHECK_EQUAL(q.quantile(0.1), 0.0);
    BOOST_CHECK_EQUAL(q.quantile(1.0), 3e6);
    BOOST_CHECK_CLOSE(q.mean(), 1e6, 1e-9);
}

BOOST_AUTO_TEST_CASE(clear_forgets)
{
    quantiles q;
    q.add(5.0);
    q.clear();
    q.add(1.0);
    BOOST_CHECK_EQUAL(q.count(), 1);
    BOOST_CHECK_EQUAL(q.max(), 1.0);
    BOOST_CHECK_EQUAL(q.quantile(1.0), 1.0);
}
