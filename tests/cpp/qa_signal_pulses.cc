/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "detector_samples.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <complex>
#include <random>

namespace {

constexpr double RATE = 3.84e6, SECONDS = 0.2, NOISE = 1e-4; // power
constexpr double PITCH = 120e3, SYMBOL_S = 71.4e-6;
constexpr int LINES = 25;

// Lines from -12 to 12 times the pitch. In each symbol a line has another phase, and is
// on where is_on(line, symbol, random number) holds.
template <typename function>
samples lines(double symbol_s, function is_on)
{
    std::mt19937 generator(4);
    samples x = noise(RATE, SECONDS, NOISE, 1);
    for (int line = 0; line < LINES; line++) {
        const double centre = (line - LINES / 2) * PITCH;
        int symbol = -1;
        double phase = 0.0;
        bool on = false;
        for (size_t i = 0; i < x.size(); i++) {
            const double time = static_cast<double>(i) / RATE;
            const double place = time / symbol_s;
            if (static_cast<int>(place) != symbol) {
                symbol = static_cast<int>(place);
                phase = static_cast<double>(generator() % 4) / 4.0;
                on = is_on(line, symbol, generator());
            }
            if (!on)
                continue;
            const double level = std::pow(std::sin(M_PI * (place - symbol)), 2);
            x[i] +=
                std::polar(static_cast<float>(0.02 * level),
                           static_cast<float>(
                               2.0 * M_PI * std::remainder(phase + centre * time, 1.0)));
        }
    }
    return x;
}

double width(const gr::rfattn::emission& e)
{
    return e.freq_upper - e.freq_lower;
}

} // namespace

// As LTE without data sends its reference symbols.
BOOST_AUTO_TEST_CASE(lines_that_pulse_at_once_are_one_signal)
{
    const auto sent = lines(SYMBOL_S, [](int, int symbol, unsigned) {
        const int s = symbol % 14;
        return s == 0 || s == 4 || s == 7 || s == 11;
    });
    const auto emissions = found(sent, RATE);
    BOOST_TEST(found(sent, RATE, false, "pulses").size() >= static_cast<size_t>(LINES));
    BOOST_TEST(emissions.size() == 1u);
    BOOST_TEST(std::abs(width(emissions.begin()->second) - 24 * PITCH) < PITCH);
}

BOOST_AUTO_TEST_CASE(lines_that_pulse_each_by_itself_are_signals)
{
    const auto emissions = found(
        lines(5 * SYMBOL_S, [](int, int, unsigned random) { return random % 3 == 0; }),
        RATE);
    BOOST_TEST(emissions.size() == static_cast<size_t>(LINES));
    for (const auto& [id, e] : emissions)
        BOOST_TEST(width(e) < PITCH);
}
