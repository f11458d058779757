/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "base/band_list.h"
#include "base/box.h"
#include "base/boxcar.h"
#include "base/emission.h"
#include "base/extreme_sample.h"
#include "base/interpolation.h"
#include "base/levels.h"
#include "base/row_power.h"
#include "base/steady_clock.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace gr::rfattn;

namespace {

constexpr float NOT_A_NUMBER = std::numeric_limits<float>::quiet_NaN();
constexpr float INFINITE = std::numeric_limits<float>::infinity();

std::vector<float> drawn(size_t count, unsigned seed)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> draw;
    std::vector<float> values(count);
    for (float& value : values)
        value = draw(generator);
    return values;
}

} // namespace

BOOST_AUTO_TEST_CASE(samples_that_sums_cannot_hold_become_zero)
{
    // 1e12 of full scale is the most: an amplitude of 1e6.
    for (const gr_complex kept : { gr_complex(),
                                   gr_complex(0.3f, -0.4f),
                                   gr_complex(1e6f, 0.0f),
                                   gr_complex(0.0f, -1e6f) })
        BOOST_TEST(zero_if_extreme(kept) == kept);
    for (const gr_complex strong : { gr_complex(1.001e6f, 0.0f),
                                     gr_complex(8e5f, 8e5f),
                                     gr_complex(3e38f, 0.0f), // its power overflows
                                     gr_complex(-INFINITE, 0.0f),
                                     gr_complex(NOT_A_NUMBER, 0.0f),
                                     gr_complex(0.1f, NOT_A_NUMBER) })
        BOOST_TEST(zero_if_extreme(strong) == gr_complex());
}

BOOST_AUTO_TEST_CASE(bands_have_what_lies_in_them_for_more_than_half)
{
    const band_list bands({ { 300.0, 400.0 }, { 100.0, 200.0 }, { 150.0, 250.0 } });
    BOOST_TEST(bands.have_most_of(100.0, 250.0)); // of two that overlap
    BOOST_TEST(bands.have_most_of(310.0, 320.0));
    BOOST_TEST(bands.have_most_of(51.0, 150.0));
    BOOST_TEST(!bands.have_most_of(50.0, 150.0)); // just half
    BOOST_TEST(bands.have_most_of(0.0, 490.0));   // 250 of 490, in two bands
    BOOST_TEST(!bands.have_most_of(260.0, 290.0));
    BOOST_TEST(!bands.have_most_of(150.0, 150.0)); // no width
    BOOST_TEST(!band_list({}).have_most_of(0.0, 1.0));
}

BOOST_AUTO_TEST_CASE(a_box_has_a_width_and_a_duration)
{
    const box b{ 100.0, 350.0, -2e3, 1e3 };
    BOOST_TEST(b.width() == 3e3);
    BOOST_TEST(b.duration() == 250.0);
}

BOOST_AUTO_TEST_CASE(stretches_overlap_by_what_they_have_in_common)
{
    BOOST_TEST(overlap(0.0, 10.0, 4.0, 20.0) == 6.0);
    BOOST_TEST(overlap(4.0, 20.0, 0.0, 10.0) == 6.0);
    BOOST_TEST(overlap(0.0, 10.0, 2.0, 5.0) == 3.0); // one within the other
    BOOST_TEST(overlap(0.0, 10.0, 10.0, 20.0) == 0.0);
    BOOST_TEST(overlap(0.0, 10.0, 15.0, 20.0) == 0.0);
}

BOOST_AUTO_TEST_CASE(bands_are_widened_and_measured_apart)
{
    box band{ 0.0, 1.0, -100.0, 100.0 };
    const box within{ 5.0, 6.0, -50.0, 50.0 }, above{ 5.0, 6.0, 300.0, 400.0 };
    BOOST_TEST(apart_hz(band, above) == 200.0);
    BOOST_TEST(apart_hz(above, band) == 200.0);
    BOOST_TEST(apart_hz(band, within) == -100.0);
    widen(band, within);
    BOOST_TEST(band.width() == 200.0);
    widen(band, above);
    BOOST_TEST(band.lower == -100.0);
    BOOST_TEST(band.upper == 400.0);
    BOOST_TEST(band.start == 0.0); // its time stays
    BOOST_TEST(band.end == 1.0);
}

BOOST_AUTO_TEST_CASE(the_flags_of_an_emission_can_be_added_up)
{
    const emission fresh;
    BOOST_TEST((fresh.what == emission::state::NEW));
    BOOST_TEST(fresh.flags == 0u);
    BOOST_TEST(!fresh.period_s);
    BOOST_TEST(!fresh.burst_start);
    BOOST_TEST(!fresh.sideband_of);
    unsigned sum = 0, either = 0;
    for (const auto flag : { emission::EDGE,
                             emission::DC,
                             emission::IMAGE,
                             emission::OVERLOAD,
                             emission::NON_FINITE,
                             emission::SIDEBAND }) {
        sum += flag;
        either |= flag;
    }
    BOOST_TEST(sum == either);
}

BOOST_AUTO_TEST_CASE(a_quantile_is_the_value_at_its_rank)
{
    for (const size_t count : { 1, 2, 5, 100, 101 }) {
        const auto values = drawn(count, 1);
        auto sorted = values;
        std::sort(sorted.begin(), sorted.end());
        for (const double q : { 0.0, 0.1, 0.25, 0.5, 0.999, 1.0 }) {
            const double rank = q * static_cast<double>(count - 1);
            BOOST_TEST(quantile(values, q) == sorted[static_cast<size_t>(rank)],
                       count << " values, rank " << q);
        }
    }
    BOOST_TEST(quantile({ 4.0f, 1.0f }, 0.5) == 1.0); // the lower of two neighbours
    BOOST_TEST(quantile({}, 0.5) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_level_in_db_has_a_least_value)
{
    BOOST_TEST(level_db(1.0) == 0.0);
    BOOST_TEST(level_db(1000.0) == 30.0, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(level_db(0.0) == -300.0, boost::test_tools::tolerance(1e-12));
    BOOST_TEST(level_db(-1.0) == level_db(0.0));
}

BOOST_AUTO_TEST_CASE(the_level_of_pulses_is_near_theirs_however_rare_they_are)
{
    row_power rows(100, 0.0f);
    std::fill_n(rows.begin() + 30, 10, 4.0f);
    BOOST_TEST(level_of(rows) == 4.0);
    BOOST_TEST(level_of(row_power(10, 3.0f)) == 3.0);
    BOOST_TEST(level_of(row_power(10, 0.0f)) == 0.0);
    BOOST_TEST(level_of({}) == 0.0);
}

BOOST_AUTO_TEST_CASE(logarithms_are_those_of_the_power_with_the_floor)
{
    const auto found = logarithms({ 0.0f, 1.0f, 99.0f, -0.5f });
    BOOST_TEST_REQUIRE(found.size() == 4u);
    BOOST_TEST(found[0] == 0.0f);
    BOOST_TEST(found[1] == std::log(2.0f), boost::test_tools::tolerance(1e-6f));
    BOOST_TEST(found[2] == std::log(100.0f), boost::test_tools::tolerance(1e-6f));
    BOOST_TEST(found[3] == 0.0f); // less than the floor
}

BOOST_AUTO_TEST_CASE(normalised_rows_have_mean_0_and_squares_that_add_up_to_1)
{
    auto rows = drawn(200, 2);
    for (float& value : rows)
        value = 5.0f + 3.0f * value;
    double sum = 0.0, squares = 0.0;
    for (const float value : normalised(rows)) {
        sum += value;
        squares += value * value;
    }
    BOOST_TEST(std::abs(sum) < 1e-3);
    BOOST_TEST(squares == 1.0, boost::test_tools::tolerance(1e-4));
    for (const float value : normalised(row_power(8, 2.5f)))
        BOOST_TEST(value == 0.0f);
    BOOST_TEST(normalised({}).empty());
}

BOOST_AUTO_TEST_CASE(rows_of_mean_0_correlate_from_minus_1_to_1)
{
    const auto x = normalised(drawn(200, 3));
    auto stronger = x, opposite = x;
    for (size_t i = 0; i < x.size(); i++) {
        stronger[i] *= 7.0f;
        opposite[i] *= -0.1f;
    }
    BOOST_TEST(correlation(x, stronger) == 1.0, boost::test_tools::tolerance(1e-5));
    BOOST_TEST(correlation(x, opposite) == -1.0, boost::test_tools::tolerance(1e-5));
    // Of independent rows it has a deviation of 1 / sqrt(200) = 0.07.
    BOOST_TEST(std::abs(correlation(x, normalised(drawn(200, 4)))) < 0.3);
    BOOST_TEST(correlation(x, normalised(row_power(200, 3.0f))) == 0.0);
    BOOST_TEST(correlation({}, {}) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_value_lies_on_the_line_between_two_elements)
{
    const auto values = drawn(50, 5);
    std::vector<double> sums{ 0.0 };
    for (const float value : values)
        sums.push_back(sums.back() + value);
    const auto direct = [&](double place) { // whole values, and a part of the next
        const auto whole = static_cast<long>(place);
        double sum = 0.0;
        for (long k = 0; k < whole; k++)
            sum += values[static_cast<size_t>(k)];
        return sum + (place - static_cast<double>(whole)) * values[size_t(whole)];
    };
    for (const double place : { 0.0, 0.25, 1.0, 17.5, 49.0, 49.99 })
        BOOST_TEST(std::abs(value_at(sums, place) - direct(place)) < 1e-9, place);
}

BOOST_AUTO_TEST_CASE(a_boxcar_is_the_mean_of_the_neighbours_that_exist)
{
    const auto x = drawn(20, 6);
    const auto n = static_cast<int>(x.size());
    for (const int width : { 2, 3, 4, 7, 20, 100 }) {
        const auto y = boxcar(x, width);
        BOOST_TEST_REQUIRE(y.size() == x.size());
        for (int i = 0; i < n; i++) {
            double sum = 0.0;
            int count = 0;
            for (int k = std::max(0, i - width / 2);
                 k < std::min(n, i - width / 2 + width);
                 k++, count++)
                sum += x[static_cast<size_t>(k)];
            BOOST_TEST(std::abs(y[static_cast<size_t>(i)] - sum / count) < 1e-5);
        }
    }
    for (const int width : { 1, 0, -3 })
        BOOST_TEST(boxcar(x, width) == x, boost::test_tools::per_element());
    BOOST_TEST(boxcar({}, 5).empty());
}

BOOST_AUTO_TEST_CASE(the_clock_is_the_monotonic_one_in_ns)
{
    using namespace std::chrono;
    const auto now = [] {
        return static_cast<uint64_t>(
            nanoseconds(steady_clock::now().time_since_epoch()).count());
    };
    const uint64_t before = now(), measured = steady_ns(), after = now();
    BOOST_TEST(before <= measured);
    BOOST_TEST(measured <= after);
}
