/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "spectra/sample_check.h"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <vector>

using gr::rfattn::sample_check;

namespace {

constexpr float NOT_A_NUMBER = std::numeric_limits<float>::quiet_NaN();
constexpr float INFINITE = std::numeric_limits<float>::infinity();

} // namespace

BOOST_AUTO_TEST_CASE(each_kind_is_counted_once)
{
    sample_check check(0);
    const std::vector<gr_complex> samples = { { 0.5f, -0.5f },       { 0.99f, 0.0f },
                                              { 0.0f, -1.0f },       { 1e11f, 0.0f },
                                              { 2e12f, 0.0f },       { 0.0f, -INFINITE },
                                              { NOT_A_NUMBER, 1.0f } };
    BOOST_CHECK(check.add(samples.data(), samples.size(), 100));
    BOOST_CHECK_EQUAL(check.non_finite(), 3u);
    BOOST_CHECK_EQUAL(check.saturated(), 3u);
    BOOST_CHECK(!check.add(samples.data(), 4, 107));
    BOOST_CHECK_EQUAL(check.non_finite(), 3u);
    BOOST_CHECK_EQUAL(check.saturated(), 6u);
    check.restart();
    BOOST_CHECK_EQUAL(check.non_finite() + check.saturated(), 0u);
}

BOOST_AUTO_TEST_CASE(stretches_are_found_by_their_samples)
{
    sample_check check(5);
    std::vector<gr_complex> samples(100, { 0.1f, 0.1f });
    for (const size_t at : { 10, 14, 40 })
        samples[at] = { NOT_A_NUMBER, 0.0f };
    check.add(samples.data(), samples.size(), 1000);
    BOOST_CHECK(!check.touches(0, 1010));
    BOOST_CHECK(check.touches(1010, 1011));
    BOOST_CHECK(check.touches(1012, 1013)); // within 5 samples of both
    BOOST_CHECK(!check.touches(1015, 1040));
    BOOST_CHECK(check.touches(0, 2000));
    check.forget(1016);
    BOOST_CHECK(!check.touches(0, 1040));
    BOOST_CHECK(check.touches(1040, 1041));
    check.forget(1042);
    BOOST_CHECK(!check.touches(0, 2000));
}

BOOST_AUTO_TEST_CASE(copies_are_finite)
{
    const std::vector<gr_complex> samples = { { 0.5f, 1.0f },
                                              { NOT_A_NUMBER, 1.0f },
                                              { 0.0f, 1e20f } };
    std::vector<gr_complex> copy(3, { 9.0f, 9.0f });
    sample_check::copy_finite(samples.data(), 3, copy.data());
    BOOST_CHECK(copy == std::vector<gr_complex>({ { 0.5f, 1.0f }, {}, {} }));
}
