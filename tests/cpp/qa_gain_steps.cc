/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "detector_samples.h"
#include "floor/noise_floor.h"
#include "floor/power_history.h"
#include "spectra/spectrogram.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

namespace {

constexpr double RATE = 500e3, NOISE = 1e-4;

// Changes the level of all from one time to another.
void add_gain(samples& to, double rate, double start, double end, double db)
{
    const auto gain = static_cast<float>(std::pow(10.0, db / 20.0));
    for (auto i = static_cast<size_t>(start * rate); i < end * rate; i++)
        to[i] *= gain;
}

double duration(const gr::rfattn::emission& e)
{
    return static_cast<double>(e.sample_count) / RATE;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_step_of_the_gain_is_no_emission)
{
    for (const double rate : { 200e3, RATE, 1e6 }) {
        const auto quiet = noise(rate, 3.0, NOISE, 1);
        for (const double db : { 1.0, 2.0, 3.0, 6.0, 10.0 }) {
            auto values = quiet;
            add_gain(values, rate, 0.53, 1.11, db);
            add_gain(values, rate, 1.11, 1.74, -db);
            add_gain(values, rate, 2.25, 3.0, db);
            const auto all = found(values, rate);
            BOOST_TEST(all.size() == 0u, rate << " Hz, " << db << " dB: " << all.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_signal_is_found_behind_a_step_of_the_gain)
{
    // Soon behind it, and behind a small one when the floor is known again.
    const std::pair<double, double> cases[] = { { -6.0, 0.75 },
                                                { 6.0, 0.75 },
                                                { 2.0, 1.0 } };
    for (const auto& [db, start] : cases) {
        auto values = noise(RATE, 1.5, NOISE, 1);
        add_fsk(values, RATE, 50e3, 10e3, 1e-4, start, start + 0.2, NOISE);
        add_gain(values, RATE, 0.7, 1.5, db);
        const auto all = found(values, RATE);
        BOOST_TEST_REQUIRE(all.size() == 1u);
        const auto& one = all.begin()->second;
        BOOST_TEST(std::abs(static_cast<double>(one.sample_start) / RATE - start) < 2e-3);
        BOOST_TEST(std::abs(duration(one) - 0.2) < 4e-3);
        BOOST_TEST(one.freq_lower < 45e3);
        BOOST_TEST(one.freq_upper > 55e3);
    }
}

BOOST_AUTO_TEST_CASE(a_burst_as_wide_as_the_band_is_no_step_of_the_gain)
{
    auto values = noise(RATE, 1.5, NOISE, 1);
    add_gain(values, RATE, 0.7, 0.78, 10.0);
    const auto all = found(values, RATE);
    BOOST_TEST_REQUIRE(all.size() == 1u);
    const auto& one = all.begin()->second;
    BOOST_TEST(one.freq_upper - one.freq_lower > 0.9 * RATE);
    BOOST_TEST(std::abs(duration(one) - 0.08) < 2e-3);
}

BOOST_AUTO_TEST_CASE(bursts_as_wide_as_the_band_are_no_steps_of_the_gain)
{
    auto values = noise(RATE, 2.0, NOISE, 1);
    for (double start = 0.7; start < 1.4; start += 0.1)
        add_gain(values, RATE, start, start + 0.05, 10.0);
    const auto all = found(values, RATE);
    BOOST_TEST_REQUIRE(all.size() == 1u);
    BOOST_TEST(all.begin()->second.burst_count == 7u);
}

BOOST_AUTO_TEST_CASE(a_gain_that_falls_for_each_pulse_leaves_no_bursts_between_them)
{
    auto values = noise(RATE, 2.0, NOISE, 1);
    for (double start = 0.7; start < 1.4; start += 0.1) {
        add_fsk(values, RATE, 60e3, 5e3, 1e-3, start, start + 0.05, 3.0 * NOISE);
        add_gain(values, RATE, start, start + 0.05, -16.0);
    }
    auto all = found(values, RATE);
    for (auto at = all.begin(); at != all.end();)
        at = at->second.burst_count == 0 ? all.erase(at) : std::next(at);
    BOOST_TEST_REQUIRE(all.size() == 1u);
    BOOST_TEST(all.begin()->second.burst_count == 7u);
    BOOST_TEST(all.begin()->second.freq_lower > 50e3);
    BOOST_TEST(all.begin()->second.freq_upper < 70e3);
}

BOOST_AUTO_TEST_CASE(a_signal_on_the_air_stays_one_when_the_gain_steps)
{
    for (const double db : { -10.0, -2.0, 2.0, 6.0 }) {
        auto values = noise(RATE, 1.5, NOISE, 1);
        add_fsk(values, RATE, 50e3, 10e3, 1e-4, 0.5, 1.0, 3.0 * NOISE);
        add_gain(values, RATE, 0.7, 1.5, db);
        const auto all = found(values, RATE);
        BOOST_TEST_REQUIRE(all.size() == 1u, db << " dB: " << all.size());
        const auto& one = all.begin()->second;
        BOOST_TEST(one.burst_count == 1u);
        BOOST_TEST(std::abs(duration(one) - 0.5) < 4e-3);
    }
}

BOOST_AUTO_TEST_CASE(rows_before_a_step_get_the_level_of_those_behind_it)
{
    constexpr double START = 0.3, DB = 10.0;
    auto values = noise(RATE, 0.6, NOISE, 1);
    add_gain(values, RATE, START, 0.6, DB);
    gr::rfattn::spectrogram rows(RATE, 250.0, 1.0, false);
    gr::rfattn::noise_floor floor(rows, false);
    while (rows.row_end(rows.end()) <= values.size()) {
        rows.add(&values[rows.row_begin(rows.end())]);
        floor.add_row();
        if (rows.row_end(rows.end() - 1) < START * RATE)
            floor.estimate();
    }
    const double expected = NOISE / RATE * std::pow(10.0, 0.1 * DB);
    const auto factor = static_cast<float>(std::pow(10.0, 0.1 * DB));
    BOOST_TEST(!floor.is_filled());
    BOOST_TEST(std::abs(floor.usual(10e3, 20e3) * factor / expected - 1.0) < 0.1);
    rows.scale_before(static_cast<uint64_t>(START * RATE), factor);
    floor.scale_before(static_cast<uint64_t>(START * RATE), factor);
    for (uint64_t r = rows.begin(); r < rows.end(); r++) {
        double sum = 0.0;
        for (int i = 0; i < rows.n_bins(); i++)
            sum += rows.row(r)[i];
        // 5 standard deviations of the mean of 2000 bins, about half of them independent
        BOOST_TEST(std::abs(sum / rows.n_bins() / expected - 1.0) < 0.16);
    }
    BOOST_TEST(std::abs(floor.usual(10e3, 20e3) / expected - 1.0) < 0.1);
    BOOST_TEST(floor.estimate());
    BOOST_TEST(std::abs(floor.at(15e3) / expected - 1.0) < 0.1);
    const float first = rows.row(rows.begin())[0];
    rows.scale(rows.begin(), 0.5f);
    BOOST_TEST(rows.row(rows.begin())[0] == 0.5f * first);
}

// A spectrogram of 100 Hz a bin has a row each 5 ms or so, and a block some rows.
BOOST_AUTO_TEST_CASE(a_history_has_the_power_of_each_block)
{
    using gr::rfattn::power_history;
    gr::rfattn::spectrogram rows(10e3, 100.0, 4.0, false);
    power_history history(rows, 2);
    BOOST_TEST(history.n_points() == rows.n_bins() / 2);
    BOOST_TEST(history.kept() == 0);
    BOOST_TEST(!history.end_early());
    const auto values = noise(10e3, 4.0, 1.0, 1);
    size_t at = 0;
    const auto add_blocks = [&](int64_t until) {
        while (history.count() < until) {
            rows.add(&values[at]);
            at += rows.hop();
            history.add_row();
        }
    };
    add_blocks(12);
    BOOST_TEST(!history.is_short());
    const auto usual = history.quantiles();
    double mean = 0.0;
    for (const float power : usual)
        mean += power / static_cast<double>(usual.size());
    BOOST_TEST(mean * 10e3 == 1.0, boost::test_tools::tolerance(0.2)); // power per Hz
    const std::vector<float> latest(history.latest(),
                                    history.latest() + history.n_points());
    history.scale_before(at, 4.0f);
    for (int i = 0; i < history.n_points(); i++)
        BOOST_TEST(history.latest()[i] == 4.0f * latest[i]);
    history.keep_latest(3);
    BOOST_TEST(history.kept() == 3);
    BOOST_TEST(history.is_short());
    for (int i = 0; i < history.n_points(); i++)
        BOOST_TEST(history.latest()[i] == 4.0f * latest[i]);
    add_blocks(4);
    rows.add(&values[at]);
    if (!history.add_row()) {
        BOOST_TEST(history.end_early());
        BOOST_TEST(history.kept() == 5);
    }
    history.restart();
    BOOST_TEST(history.kept() == 0);
}
