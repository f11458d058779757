/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "fit/band_shape.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>

using namespace gr::rfattn;

namespace {

constexpr double LOWEST = -50e3, HIGHEST = 150e3; // Hz
constexpr double LOOKS = 4.0;

// A band, with an excess within it and another beside it, from 0 to 100 kHz.
band_shape
shape(double lower, double upper, float within, float beside, double bin_hz = 1e3)
{
    band_shape s{ { 0.0, 1.0, lower, upper }, LOWEST, bin_hz, LOOKS, {}, {} };
    for (double hz = LOWEST + 0.5 * bin_hz; hz < HIGHEST; hz += bin_hz)
        s.excess.push_back(hz > lower && hz < upper ? within
                           : hz > 0.0 && hz < 100e3 ? beside
                                                    : 0.0f);
    s.is_others.assign(s.excess.size(), false);
    return s;
}

const band_shape WIDE = shape(0.0, 100e3, 8.0f, 0.0f);

} // namespace

BOOST_AUTO_TEST_CASE(a_weaker_burst_has_the_spectrum_that_is_seen_beside_its_band)
{
    BOOST_TEST(likeness(shape(40e3, 60e3, 2.0f, 2.0f), WIDE) > 10.0);
    BOOST_TEST(likeness(shape(40e3, 60e3, 2.0f, 1.2f), WIDE) > 0.0);
    BOOST_TEST(likeness(shape(40e3, 60e3, 2.0f, 0.4f), WIDE) < 0.0);
    BOOST_TEST(likeness(shape(40e3, 60e3, 2.0f, 0.0f), WIDE) < -10.0);
}

BOOST_AUTO_TEST_CASE(it_does_not_matter_how_strong_it_is)
{
    for (const float level : { 2.0f, 8.0f, 1e4f }) {
        BOOST_TEST(likeness(shape(40e3, 60e3, level, level), WIDE) > 0.0);
        BOOST_TEST(likeness(shape(40e3, 60e3, level, 0.0f), WIDE) < 0.0);
    }
}

// The likelihoods are equal then, and the description of the edges decides.
BOOST_AUTO_TEST_CASE(what_noise_hides_is_taken_to_be_there)
{
    const auto seen = likeness(shape(40e3, 60e3, 0.01f, 0.0f), WIDE);
    BOOST_TEST(seen > 0.0);
    BOOST_TEST(seen < 2.0 * std::log(100.0));
}

BOOST_AUTO_TEST_CASE(spectra_with_other_bins_are_compared_in_the_wider_ones)
{
    for (const double bin : { 250.0, 1e3, 4e3 }) {
        BOOST_TEST(likeness(shape(40e3, 60e3, 8.0f, 8.0f, bin), WIDE) > 0.0);
        BOOST_TEST(likeness(shape(40e3, 60e3, 8.0f, 0.0f, bin), WIDE) < 0.0);
    }
    // A band narrower than a bin lies in the one that holds its middle.
    BOOST_TEST(likeness(shape(50.2e3, 50.4e3, 0.0f, 2.0f), WIDE) > 10.0);
}

BOOST_AUTO_TEST_CASE(where_nothing_is_seen_beside_it_there_is_no_answer)
{
    auto covered = shape(40e3, 60e3, 2.0f, 2.0f);
    for (size_t i = 0; i < covered.excess.size(); i++)
        covered.is_others[i] = i < 90 || i >= 110; // all but its own band
    BOOST_TEST(likeness(covered, WIDE) == -1.0);
    BOOST_TEST(likeness(shape(120e3, 130e3, 2.0f, 0.0f), WIDE) == -1.0);
    BOOST_TEST(likeness(shape(-10e3, 110e3, 2.0f, 0.0f), WIDE) == -1.0);
}

BOOST_AUTO_TEST_CASE(energy_counts_what_is_above_the_floor)
{
    auto s = shape(40e3, 60e3, 2.0f, 0.0f);
    s.excess.front() = -0.5f;
    BOOST_TEST(s.energy() == 20.0 * 2.0 * LOOKS);
}
