/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Receivers whose noise is not level: it is no signal, and signals are found in it.

#include "detector_samples.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

using namespace gr::rfattn;

namespace {

constexpr double RATE = 960e3;
constexpr double NOISE = 1e-4; // power

// Amplitude of a gain in dB that goes up and down so often over the band.
auto humps(double periods, double db, double phase)
{
    return [=](double f) {
        const double gain_db = db / 2.0 * std::cos(2.0 * M_PI * periods * f + phase);
        return static_cast<float>(std::pow(10.0, gain_db / 20.0));
    };
}

// Passes three quarters of the band; 40 dB below that beyond slopes of 0.02.
float passes_middle(double f)
{
    const double below_db = 40.0 * std::clamp((std::abs(f) - 0.375) / 0.02, 0.0, 1.0);
    return static_cast<float>(std::pow(10.0, -below_db / 20.0));
}

// From a converter of 8 bits, the noise of I and of Q at so many of its steps.
samples quantised(const samples& values, double noise_steps)
{
    double power = 0.0;
    for (const auto& value : values)
        power += std::norm(value) / static_cast<double>(values.size());
    const double scale = noise_steps / std::sqrt(power / 2.0);
    const auto part = [&](float value) {
        const double step = std::round(value * scale - 0.5) + 0.5;
        return static_cast<float>(std::clamp(step, -127.5, 127.5) / 127.5);
    };
    samples result;
    for (const auto& value : values)
        result.emplace_back(part(value.real()), part(value.imag()));
    return result;
}

} // namespace

BOOST_AUTO_TEST_CASE(nothing_is_found_in_humps_of_noise)
{
    const auto white = noise(RATE, 0.6, NOISE, 4);
    for (const auto& [periods, db] : { std::pair(1.3, 3.0), { 1.3, 6.0 }, { 3.0, 3.0 } })
        for (const double phase : { 0.0, 2.0 })
            BOOST_TEST(found(filtered(white, humps(periods, db, phase)), RATE).empty(),
                       periods << " humps of " << db << " dB, phase " << phase);
}

// The gain raises the noise and the signal alike, so that the SNR is that of the same
// samples without it.
BOOST_AUTO_TEST_CASE(a_signal_on_a_hump_of_noise_is_found_once_with_its_snr)
{
    constexpr double CENTRE = 60e3;
    auto values = noise(RATE, 1.0, NOISE, 4);
    add_fsk(values, RATE, CENTRE, 4.8e3, 0.2e-3, 0.5, 0.9, 0.3 * NOISE);
    const auto there = [&](double periods, double db) {
        const double to_top = -2.0 * M_PI * periods * CENTRE / RATE;
        std::vector<emission> all;
        for (const auto& [id, e] :
             found(filtered(values, humps(periods, db, to_top)), RATE))
            if (e.freq_lower < CENTRE && e.freq_upper > CENTRE)
                all.push_back(e);
        BOOST_TEST_REQUIRE(all.size() == 1u);
        return all.front();
    };
    const auto expected = there(0.0, 0.0);
    for (const double periods : { 1.3, 3.0 })
        for (const double db : { 3.0, 6.0 })
            BOOST_TEST_CONTEXT(periods << " humps of " << db << " dB")
            {
                const auto one = there(periods, db);
                BOOST_TEST(std::abs(one.snr_db - expected.snr_db) < 0.5);
                BOOST_TEST(std::abs(one.freq_lower - expected.freq_lower) < 500.0);
                BOOST_TEST(std::abs(one.freq_upper - expected.freq_upper) < 500.0);
                BOOST_TEST(std::abs(one.sample_start / RATE - 0.5) < 0.005);
                BOOST_TEST(one.burst_count == 1u);
            }
}

BOOST_AUTO_TEST_CASE(nothing_is_found_in_noise_of_half_a_step_of_a_converter)
{
    for (const unsigned seed : { 4, 5 }) {
        const auto white = noise(RATE, 1.0, NOISE, seed);
        BOOST_TEST(found(quantised(filtered(white, passes_middle), 0.5), RATE).empty());
    }
}
