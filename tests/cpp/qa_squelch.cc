/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "kernels/squelch.h"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <optional>
#include <random>
#include <vector>

namespace data = boost::unit_test::data;
using gr::rfattn::squelch;

namespace {

constexpr size_t N_BINS = 64;
constexpr size_t BLOCK_SIZE = 32;
constexpr float THRESHOLD_DB = 3.0f;
constexpr int LEARNING_STEPS = 16;
constexpr int SETTLE_STEPS = 8;
constexpr float FLOOR_DB = -60.0f;

using step = std::vector<float>; // BLOCK_SIZE tokens of N_BINS

// A squelch and the noise that it listens to.
class band {
public:
    explicit band(std::optional<float> floor_db = std::nullopt)
        : d_squelch(N_BINS, BLOCK_SIZE, THRESHOLD_DB, SETTLE_STEPS, floor_db)
    {
    }

    // Exponential power around level_db, as the spectra of noise have.
    step noise(float level_db = FLOOR_DB)
    {
        std::exponential_distribution<float> power;
        step values(BLOCK_SIZE * N_BINS);
        for (float& value : values)
            value = level_db + 10.0f * std::log10(power(d_generator));
        return values;
    }

    bool is_active(const step& tokens) { return d_squelch.is_active(tokens.data()); }

    // How many of `count` steps of noise are active.
    int active_of(int count, float level_db = FLOOR_DB)
    {
        int active = 0;
        for (int i = 0; i < count; i++)
            active += is_active(noise(level_db));
        return active;
    }

    void restart() { d_squelch.restart(); }

private:
    std::mt19937 d_generator{ 3 };
    squelch d_squelch;
};

step with(step tokens, size_t first_bin, size_t n_bins, float level_db)
{
    for (size_t t = 0; t < BLOCK_SIZE; t++)
        for (size_t b = first_bin; b < first_bin + n_bins; b++)
            tokens[t * N_BINS + b] = level_db;
    return tokens;
}

step lowered(step tokens, size_t n_bins, float by_db)
{
    for (size_t t = 0; t < BLOCK_SIZE; t++)
        for (size_t b = 0; b < n_bins; b++)
            tokens[t * N_BINS + b] -= by_db;
    return tokens;
}

// Past the learning, and with a contrast.
band listening()
{
    band b;
    b.active_of(LEARNING_STEPS);
    b.is_active(with(b.noise(), 5, 1, FLOOR_DB + 30.0f));
    return b;
}

} // namespace

BOOST_AUTO_TEST_CASE(noise_over_a_stated_floor_is_idle)
{
    band b(FLOOR_DB);
    BOOST_CHECK_EQUAL(b.active_of(500), 0);
}

BOOST_AUTO_TEST_CASE(everything_is_active_until_there_is_a_contrast)
{
    band b;
    BOOST_CHECK_EQUAL(b.active_of(100), 100);
    BOOST_CHECK(b.is_active(with(b.noise(), 5, 1, FLOOR_DB + 30.0f)));
    BOOST_CHECK_EQUAL(b.active_of(500), 0);
}

BOOST_DATA_TEST_CASE(a_signal_above_the_threshold_is_active,
                     data::make({ size_t{ 1 }, size_t{ 8 }, N_BINS }),
                     n_bins)
{
    band b = listening();
    BOOST_CHECK(b.is_active(with(b.noise(), 0, n_bins, FLOOR_DB + 4.0f)));
    BOOST_CHECK(!b.is_active(with(b.noise(), 0, n_bins, FLOOR_DB + 1.0f)));
}

BOOST_AUTO_TEST_CASE(one_wide_token_and_one_value_are_active)
{
    band b = listening();
    step click = b.noise();
    std::fill_n(click.begin() + 3 * N_BINS, N_BINS, FLOOR_DB + 9.0f);
    BOOST_CHECK(b.is_active(click));
    step value = b.noise();
    value[7 * N_BINS + 20] = FLOOR_DB + THRESHOLD_DB + squelch::PEAK_DB + 1.0f;
    BOOST_CHECK(b.is_active(value));
    BOOST_CHECK(!b.is_active(b.noise()));
}

BOOST_AUTO_TEST_CASE(the_floor_follows_idle_steps_and_no_signal)
{
    band b = listening();
    for (int i = 0; i < 400; i++)
        b.is_active(with(b.noise(), 5, 1, FLOOR_DB + 10.0f));
    BOOST_CHECK(b.is_active(with(b.noise(), 5, 1, FLOOR_DB + 10.0f)));
    int active = 0;
    for (int i = 0; i < 1500; i++)
        active += b.is_active(b.noise(FLOOR_DB + 0.004f * i));
    BOOST_CHECK_LE(active, 15); // 1 %: the floor lags, by 0.3 dB
}

BOOST_DATA_TEST_CASE(a_wide_fall_is_active_until_it_has_settled,
                     data::make({ size_t{ 8 }, size_t{ 24 }, N_BINS }) *
                         data::make({ 5.0f, 20.0f }),
                     n_bins,
                     fall_db)
{
    band b = listening();
    for (int i = 0; i < SETTLE_STEPS - 1; i++)
        BOOST_CHECK(b.is_active(lowered(b.noise(), n_bins, fall_db)));
    for (int i = 0; i < 100; i++)
        BOOST_CHECK(!b.is_active(lowered(b.noise(), n_bins, fall_db)));
    BOOST_CHECK(b.is_active(b.noise())); // above the floor that it is now
}

BOOST_AUTO_TEST_CASE(what_follows_a_short_fall_may_be_the_signal)
{
    band b = listening();
    for (int i = 0; i < 5; i++) {
        BOOST_CHECK_EQUAL(b.active_of(SETTLE_STEPS - 1, FLOOR_DB - 6.0f),
                          SETTLE_STEPS - 1);
        BOOST_CHECK_EQUAL(b.active_of(100), 100);
    }
}

BOOST_AUTO_TEST_CASE(the_end_of_a_narrow_signal_is_no_doubt)
{
    band b;
    for (int i = 0; i < LEARNING_STEPS; i++)
        b.is_active(with(b.noise(), 5, 2, FLOOR_DB + 20.0f));
    BOOST_CHECK_EQUAL(b.active_of(100), 0);
    BOOST_CHECK(b.is_active(with(b.noise(), 5, 2, FLOOR_DB + 6.0f)));
}

BOOST_AUTO_TEST_CASE(a_stated_floor_that_is_too_high_settles)
{
    band b(FLOOR_DB + 20.0f);
    BOOST_CHECK_EQUAL(b.active_of(100), SETTLE_STEPS - 1);
    BOOST_CHECK(b.is_active(b.noise(FLOOR_DB + 5.0f)));
}

BOOST_AUTO_TEST_CASE(restart_forgets_floor_contrast_and_doubt)
{
    band b = listening();
    b.is_active(b.noise(FLOOR_DB - 10.0f));
    b.restart();
    BOOST_CHECK_EQUAL(b.active_of(100, FLOOR_DB + 20.0f), 100);
    b.is_active(with(b.noise(FLOOR_DB + 20.0f), 5, 1, FLOOR_DB + 50.0f));
    BOOST_CHECK_EQUAL(b.active_of(100, FLOOR_DB + 20.0f), 0);
}
