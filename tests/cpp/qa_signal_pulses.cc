/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "detector_samples.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <complex>
#include <random>
#include <vector>

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

// Noise of 300 Hz at three frequencies, in syllables of 0.1 to 0.3 s: of one voice, or
// each with its own.
samples three_bands(bool is_one_voice)
{
    constexpr double RATE = 48e3, SECONDS = 7.0;
    samples x = noise(RATE, SECONDS, NOISE, 2);
    const double centres[] = { 5000.0, 6200.0, 7400.0 };
    const float strengths[] = { 0.5f, 0.3f, 0.4f };
    for (int band = 0; band < 3; band++) {
        std::mt19937 generator(is_one_voice ? 5 : 5 + band), drawn(20 + band);
        std::normal_distribution<float> part(0.0f, strengths[band]);
        std::uniform_real_distribution<double> length(0.1, 0.3);
        const double narrow = 2.0 * M_PI * 60.0 / RATE;
        std::complex<double> once = 0.0, shape = 0.0;
        double next = is_one_voice ? 0.5 : 0.5 + 0.23 * band, level = 0.0;
        bool on = false;
        for (size_t i = 0; i < x.size(); i++) {
            const double time = static_cast<double>(i) / RATE;
            if (time >= next) {
                on = !on;
                next += length(generator);
            }
            once += narrow * (std::complex<double>(part(drawn), part(drawn)) - once);
            shape += narrow * (once - shape);
            level += ((on ? 1.0 : 0.0) - level) / (0.01 * RATE);
            const double turns = std::remainder(centres[band] * time, 1.0);
            x[i] += gr_complex(level * shape * std::polar(1.0, 2.0 * M_PI * turns));
        }
    }
    return x;
}

// Widths of the emissions that last, and are there at the end, Hz.
std::vector<double> widths_at_the_end(const samples& x)
{
    std::vector<double> widths;
    for (const auto& [id, e] : found(x, 48e3))
        if (e.sample_count > 48000 && e.sample_start + e.sample_count > 6 * 48000)
            widths.push_back(width(e));
    return widths;
}

} // namespace

// As LTE without data sends its reference symbols.
BOOST_AUTO_TEST_CASE(lines_that_pulse_at_once_are_one_signal)
{
    const auto emissions = found(lines(SYMBOL_S,
                                       [](int, int symbol, unsigned) {
                                           const int s = symbol % 14;
                                           return s == 0 || s == 4 || s == 7 || s == 11;
                                       }),
                                 RATE);
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

BOOST_AUTO_TEST_CASE(parts_of_a_voice_become_one)
{
    const auto one = widths_at_the_end(three_bands(true));
    BOOST_TEST(one.size() == 1u);
    BOOST_TEST(one[0] > 2400.0);
    const auto three = widths_at_the_end(three_bands(false));
    BOOST_TEST(three.size() == 3u);
    for (const double each : three)
        BOOST_TEST(each < 700.0);
}
