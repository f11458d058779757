/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Strong signals beside weak ones: transmitters near the receiver.

#include "detector_samples.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>

using namespace gr::rfattn;

namespace {

constexpr double NOISE = 1e-4; // power
constexpr double RATE = 480e3;

// Adds lines at random places of a band, a power in all, from one time to another.
void add_band(
    samples& to, double lower, double upper, double start, double end, double power)
{
    constexpr int LINES = 60;
    std::mt19937 generator(7);
    std::uniform_real_distribution<double> any(0.0, 1.0);
    const auto amplitude = static_cast<float>(std::sqrt(power / LINES));
    for (int line = 0; line < LINES; line++) {
        const double hz = lower + any(generator) * (upper - lower), at = any(generator);
        for (auto i = static_cast<size_t>(start * RATE); i < end * RATE; i++)
            to[i] += std::polar(
                amplitude,
                static_cast<float>(2.0 * M_PI * std::fmod(at + hz * i / RATE, 1.0)));
    }
}

// Adds a remote control of a power: a message of long and of short pulses, hard keyed,
// three times in 0.3 s.
void add_remote_control(samples& to, double rate, double hz, double power)
{
    const auto amplitude = static_cast<float>(std::sqrt(power));
    std::mt19937 generator(5);
    for (int message = 0; message < 3; message++) {
        double at = 0.03 + 0.1 * message;
        const auto pulse = [&](double length) {
            for (auto i = static_cast<size_t>(at * rate); i < (at + length) * rate; i++)
                to[i] += std::polar(
                    amplitude,
                    static_cast<float>(std::remainder(
                        2.0 * M_PI * hz * static_cast<double>(i) / rate, 2.0 * M_PI)));
            at += length;
        };
        pulse(8e-3);
        at += 4e-3;
        for (int bit = 0; bit < 30; bit++) {
            pulse(0.5e-3);
            at += generator() % 2 ? 0.5e-3 : 1.5e-3;
        }
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(tones_on_both_sides_of_a_line_are_one_emission)
{
    auto values = noise(RATE, 1.0, NOISE, 9);
    add_fsk(values, RATE, 100e3, 60e3, 2e-3, 0.0, 0.7, 1e4 * NOISE);
    add_band(values, 99.9e3, 100.1e3, 0.0, 1.0, NOISE);
    const auto all = found(values, RATE);
    const auto has_both = [](const auto& one) {
        return one.second.freq_lower < 71e3 && one.second.freq_upper > 129e3;
    };
    BOOST_TEST(std::count_if(all.begin(), all.end(), has_both) == 1);
    const auto has_one = [](const auto& one) {
        const auto& e = one.second;
        const auto has = [&](double f) { return e.freq_lower < f && e.freq_upper > f; };
        return has(70e3) != has(130e3);
    };
    BOOST_TEST(std::none_of(all.begin(), all.end(), has_one));
}

BOOST_AUTO_TEST_CASE(what_a_burst_spills_far_away_is_no_emission)
{
    auto both = noise(RATE, 0.8, NOISE, 9);
    add_fsk(both, RATE, -150e3, 5e3, 0.5e-3, 0.02, 0.12, 1e5 * NOISE);
    add_band(both, 20e3, 90e3, 0.02, 0.12, 3.0 * NOISE);
    BOOST_TEST(found(both, RATE).size() == 1u);
    // Alone it is one.
    auto values = noise(RATE, 0.8, NOISE, 9);
    add_band(values, 20e3, 90e3, 0.3, 0.4, 3.0 * NOISE);
    BOOST_TEST(found(values, RATE).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_remote_control_near_the_receiver_is_one_emission)
{
    constexpr double RATE = 1e6, POWER = 300.0 * NOISE;
    for (const double hz : { 300e3, -40e3, 2e3 }) { // and at the receiver's offset
        auto values = noise(RATE, 0.5, NOISE, 4);
        for (auto& value : values)
            value += gr_complex(0.05f, 0.02f);
        add_remote_control(values, RATE, hz, POWER);
        const auto all = found(values, RATE);
        BOOST_TEST(all.size() == 1u, "at " << hz << " Hz: " << all.size());
        const auto& one = all.begin()->second;
        BOOST_TEST(one.freq_lower < hz);
        BOOST_TEST(one.freq_upper > hz);
        BOOST_TEST(one.freq_upper - one.freq_lower < 60e3);
        BOOST_TEST(std::abs(static_cast<double>(one.sample_start) / RATE - 0.03) < 1e-3);
        BOOST_TEST(one.burst_count >= 3u);
    }
}

BOOST_AUTO_TEST_CASE(a_weak_signal_beside_a_remote_control_stays)
{
    constexpr double POWER = 300.0 * NOISE;
    auto values = noise(RATE, 0.5, NOISE, 4);
    add_remote_control(values, RATE, 150e3, POWER);
    add_band(values, -120e3, -80e3, 0.10, 0.20, 2.0 * NOISE);
    const auto all = found(values, RATE);
    BOOST_TEST(all.size() == 2u);
    BOOST_TEST(std::count_if(all.begin(), all.end(), [](const auto& one) {
                   return one.second.freq_lower > -130e3 && one.second.freq_upper < -70e3;
               }) == 1);
}

BOOST_AUTO_TEST_CASE(a_burst_beside_a_strong_line_ends_when_it_ends)
{
    constexpr double RATE = 48e3, CENTRE = -6e3, START = 1.0, END = 1.5;
    for (const double line : { -11e3, -8e3, -4e3 }) { // at the edge, and within
        auto values = noise(RATE, 3.0, 1e-4, 1);
        for (size_t i = 0; i < values.size(); i++)
            values[i] += gr_complex(std::polar(
                0.06,
                std::remainder(2.0 * M_PI * line / RATE * static_cast<double>(i),
                               2.0 * M_PI)));
        add_fsk(values, RATE, CENTRE, 5e3, 1.0 / 9600.0, START, END, 0.01);
        bool is_found = false;
        for (const auto& [id, one] : found(values, RATE)) {
            const double width = one.freq_upper - one.freq_lower;
            const double start = static_cast<double>(one.sample_start) / RATE;
            const double end = start + static_cast<double>(one.sample_count) / RATE;
            is_found |= width > 5e3 && width < 12e3 && std::abs(start - START) < 0.02 &&
                        std::abs(end - END) < 0.02 && one.burst_count == 1u;
        }
        BOOST_TEST(is_found, "line at " << line);
    }
}
