/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "fit/fit_limits.h"
#include "fit/side_bands.h"
#include "fit/skirt.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

using namespace gr::rfattn;

namespace {

using values = std::vector<float>;

constexpr double BIN_HZ = 100.0;
constexpr int BINS = 400, MIDDLE = 200;

const spectrogram& source()
{
    static const spectrogram rows(40e3, BIN_HZ, 0.1, false);
    BOOST_TEST_REQUIRE(rows.bin_hz() == BIN_HZ);
    return rows;
}

burst_fit::profile profile_of(values excess)
{
    return { &source(), 0, std::move(excess), 1000.0 };
}

// A carrier in the middle, and what lies beside it on each side, from one to another
// distance in bins.
burst_fit::profile with_sides(float carrier, int from, int to, float below, float above)
{
    values excess(BINS, 0.0f);
    excess[MIDDLE] = carrier;
    for (int k = from; k <= to; k++) {
        excess[static_cast<size_t>(MIDDLE - k)] = below;
        excess[static_cast<size_t>(MIDDLE + k)] = above;
    }
    return profile_of(excess);
}

const std::vector<bool> NONE(BINS, false);

// In bins from the carrier to the end, where at least two belong to it.
double reach_of(const burst_fit::profile& p,
                const std::vector<bool>& foreign = NONE,
                double threshold = 1.0,
                int least = 2)
{
    return 0.5 * reach_of_side_bands(
                     p, line_at(p, MIDDLE), p.excess, threshold, foreign, 2 * least);
}

double weak_reach_of(const burst_fit::profile& p)
{
    return 0.5 * reach_of_weak_side_bands(p, line_at(p, MIDDLE), NONE);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_skirt_is_the_integral_of_what_was_set)
{
    skirt s(-1e3, 1e3, 4e3);
    s.set(true, values(400, 3.0f), 10.0);
    s.set(false, values(400, 0.5f), 10.0);
    BOOST_TEST(s.lower() == -5e3);
    BOOST_TEST(s.upper() == 5e3);
    const auto is = [&](double lower, double upper, double expected) {
        BOOST_TEST(std::abs(s.over(lower, upper) - expected) < 0.01, lower << upper);
    };
    is(1e3, 2e3, 3e3);
    is(1.7e3, 1.8e3, 300.0);
    is(-3e3, -2e3, 500.0);
    is(-2e3, 2e3, 500.0 + 3e3); // without the signal's own band
    is(-500.0, 500.0, 0.0);
    is(5e3, 9e3, 0.0); // beyond its reach
    is(4e3, 9e3, 3e3);
    is(-9e3, 9e3, 4e3 * 3.5);
}

BOOST_AUTO_TEST_CASE(a_skirt_that_falls_is_fine_near_the_band)
{
    constexpr double REACH = 10e3, BIN = 5.0, LENGTH = 500.0; // Hz
    values excess;
    for (double at = 0.5 * BIN; at < REACH; at += BIN)
        excess.push_back(static_cast<float>(100.0 * std::exp(-at / LENGTH)));
    skirt s(0.0, 0.0, REACH);
    s.set(true, excess, BIN);
    for (const double from : { 0.0, 50.0, 300.0, 1000.0 })
        for (const double to : { 1500.0, 4000.0 }) {
            const double expected =
                100.0 * LENGTH * (std::exp(-from / LENGTH) - std::exp(-to / LENGTH));
            BOOST_TEST(s.over(from, to) == expected, boost::test_tools::tolerance(0.03));
        }
    BOOST_TEST(s.over(-1e3, 0.0) == 0.0); // the other side was not set
}

BOOST_AUTO_TEST_CASE(a_skirt_may_be_known_for_a_part_of_its_reach)
{
    skirt s(0.0, 1e3, 8e3);
    s.set(true, values(100, 2.0f), 10.0);
    BOOST_TEST(s.over(1e3, 9e3) == 2e3, boost::test_tools::tolerance(1e-6));
    s.set(true, {}, 10.0);
    BOOST_TEST(s.over(1e3, 9e3) == 0.0);
    BOOST_TEST(skirt().over(-1e6, 1e6) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_carrier_lies_on_a_bin_or_between_two)
{
    const auto p = profile_of({ 0, 1, 4, 1, 0, 3, 3, 0, -1, 5 });
    const auto on = line_at(p, 2), between = line_at(p, 5), last = line_at(p, 9);
    BOOST_TEST(on.twice == 4);
    BOOST_TEST(on.power == 6.0);
    BOOST_TEST(between.twice == 11); // 5 + 6
    BOOST_TEST(between.power == 6.0);
    BOOST_TEST(last.twice == 18);
    BOOST_TEST(last.power == 5.0); // what is below the floor counts for nothing
    BOOST_TEST(line_at(profile_of({ 0, 0, 0 }), 1).power == 0.0);
}

BOOST_AUTO_TEST_CASE(excess_is_summed_from_bin_to_bin)
{
    const auto p = profile_of({ 1, 2, -5, 4 });
    BOOST_TEST(excess_of(p, 0, 3) == 7.0);
    BOOST_TEST(excess_of(p, 1, 1) == 2.0);
    BOOST_TEST(excess_of(p, -10, 10) == 7.0); // there are no more bins
    BOOST_TEST(excess_of(p, 2, 1) == 0.0);
}

BOOST_AUTO_TEST_CASE(side_bands_are_mirror_images)
{
    // From 2 to 4 kHz on both sides, which one bin more may be seen of.
    for (const float above : { 10.0f, 4.0f, 40.0f / 1.2f }) {
        const double reach = reach_of(with_sides(1000.0f, 20, 40, 10.0f, above));
        BOOST_TEST(reach >= 40.0, above);
        BOOST_TEST(reach <= 41.0, above);
    }
    BOOST_TEST(reach_of(with_sides(1000.0f, 20, 40, 10.0f, 0.0f)) == 2.0);
    BOOST_TEST(reach_of(with_sides(1000.0f, 20, 40, 10.0f, 100.0f)) == 2.0);
    BOOST_TEST(reach_of(with_sides(1000.0f, 20, 40, 0.0f, 0.0f)) == 2.0);
}

BOOST_AUTO_TEST_CASE(side_bands_lie_above_the_threshold)
{
    const auto p = with_sides(1000.0f, 20, 40, 10.0f, 10.0f);
    BOOST_TEST(reach_of(p, NONE, 9.9) >= 40.0);
    BOOST_TEST(reach_of(p, NONE, 10.1) == 2.0);
}

BOOST_AUTO_TEST_CASE(the_gap_to_a_side_band_may_be_as_wide_as_what_is_known)
{
    const int widest = static_cast<int>(SIDE_GAP_HZ / BIN_HZ);
    const auto near = with_sides(1000.0f, widest, widest + 10, 10.0f, 10.0f);
    const auto far = with_sides(1000.0f, widest + 5, widest + 15, 10.0f, 10.0f);
    BOOST_TEST(reach_of(near) >= widest + 10.0);
    BOOST_TEST(reach_of(far) == 2.0);
    BOOST_TEST(reach_of(far, NONE, 1.0, 20) >= widest + 15.0); // 20 bins are known
}

BOOST_AUTO_TEST_CASE(side_bands_end_at_other_signals_and_at_the_ends_of_the_profile)
{
    const auto p = with_sides(1000.0f, 20, 40, 10.0f, 10.0f);
    auto foreign = NONE;
    foreign[MIDDLE - 30] = true;
    BOOST_TEST(reach_of(p, foreign) == 29.0);
    const auto wide = with_sides(1000.0f, 1, 199, 10.0f, 10.0f);
    BOOST_TEST(reach_of(wide) >= 197.0);
    BOOST_TEST(reach_of(wide) <= 199.0);
}

BOOST_AUTO_TEST_CASE(weak_side_bands_of_a_voice_are_seen_in_many_bins)
{
    const auto voice = with_sides(1000.0f, 1, 30, 0.5f, 0.5f);
    BOOST_TEST(weak_reach_of(voice) > 28.0);
    BOOST_TEST(weak_reach_of(voice) < 34.0); // it is smoothed over 500 Hz
    BOOST_TEST(weak_reach_of(with_sides(1000.0f, 1, 30, 0.5f, 0.0f)) == 0.0);
    BOOST_TEST(weak_reach_of(with_sides(1000.0f, 1, 30, 0.0f, 0.0f)) == 0.0);
    BOOST_TEST(weak_reach_of(with_sides(1000.0f, 1, 30, 0.2f, 0.2f)) == 0.0);
    // Phase noise has less than a hundredth of the carrier's power.
    BOOST_TEST(weak_reach_of(with_sides(1e4f, 1, 30, 0.5f, 0.5f)) == 0.0);
}
