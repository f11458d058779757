/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "measure/modulation.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>

using namespace gr::rfattn;
using samples = std::vector<gr_complex>;

namespace {

constexpr double RATE = 32e3;
constexpr double HALF_WIDTH = 8e3;
constexpr size_t BLOCK = modulation_meter::BLOCK;

std::map<std::string, float> values_of(const modulation& m)
{
    std::map<std::string, float> found;
    for (size_t i = 0; i < modulation::COUNT; i++)
        found[modulation::NAMES[i]] = m.values()[i];
    return found;
}

std::map<std::string, float> measure(const samples& x)
{
    modulation_meter meter;
    modulation m;
    m.restart(RATE, -HALF_WIDTH, HALF_WIDTH);
    m.add(0, x.data(), x.size(), meter);
    return values_of(m);
}

// Frequency shift keying: two levels, continuous phase.
samples fsk(size_t count, double symbol_rate, double deviation)
{
    std::mt19937 generator(5);
    samples x(count);
    double phase = 0.0, symbol = 1.0, sign = 1.0;
    for (auto& sample : x) {
        symbol += symbol_rate / RATE;
        if (symbol >= 1.0) {
            symbol -= 1.0;
            sign = generator() % 2 ? 1.0 : -1.0;
        }
        phase += 2.0 * M_PI * sign * deviation / RATE;
        sample = gr_complex(std::polar(1.0, phase));
    }
    return x;
}

// Minimum shift keying: a quarter of a turn in every symbol.
samples msk(size_t count, double symbol_rate)
{
    std::mt19937 generator(5);
    samples x(count);
    double turns = 0.0, sign = 1.0, begin = 0.0;
    for (size_t n = 0; n < count; n++) {
        const double symbols = symbol_rate / RATE * static_cast<double>(n);
        for (; symbols >= begin + 1.0; begin++) {
            turns += 0.25 * sign;
            sign = generator() % 2 ? 1.0 : -1.0;
        }
        const double now = turns + 0.25 * sign * (symbols - begin);
        x[n] = gr_complex(std::polar(1.0, 2.0 * M_PI * now));
    }
    return x;
}

// With a raised cosine between the phases of neighbouring symbols.
samples psk(size_t count, int phases, int samples_per_symbol)
{
    std::mt19937 generator(7);
    const auto draw = [&] {
        return std::polar(1.0, 2.0 * M_PI * (generator() % phases) / phases);
    };
    samples x(count);
    std::complex<double> before = draw(), now = draw();
    for (size_t n = 0; n < count; n++) {
        const double t = static_cast<double>(n % samples_per_symbol) / samples_per_symbol;
        const double share = 0.5 - 0.5 * std::cos(M_PI * t);
        x[n] = gr_complex((1.0 - share) * before + share * now);
        if (n % samples_per_symbol == static_cast<size_t>(samples_per_symbol) - 1) {
            before = now;
            now = draw();
        }
    }
    return x;
}

samples noise(size_t count, float size)
{
    std::mt19937 generator(11);
    std::normal_distribution<float> part(0.0f, size * std::sqrt(0.5f));
    samples x(count);
    for (auto& sample : x)
        sample = gr_complex(part(generator), part(generator));
    return x;
}

double hz(float value)
{
    return 4800.0 * std::exp2(2.0 * value);
}

} // namespace

BOOST_AUTO_TEST_CASE(nothing_is_known_before_a_block)
{
    for (const auto& [name, value] : measure(fsk(BLOCK - 1, 1200.0, 3e3)))
        BOOST_TEST(value == 0.0f, name << " is " << value);
    BOOST_TEST(measure(samples(10 * BLOCK)).at("measured") == 0.0f); // silence
}

BOOST_AUTO_TEST_CASE(a_carrier)
{
    samples x(8 * BLOCK);
    for (size_t n = 0; n < x.size(); n++)
        x[n] = gr_complex(std::polar(1e-6, 2.0 * M_PI * 1000.0 / RATE * double(n)));
    auto found = measure(x);
    BOOST_TEST(found["measured"] == std::log2(9.0f) / 4.0f);
    BOOST_TEST(found["carrier"] == 1.0f, boost::test_tools::tolerance(0.01f));
    BOOST_TEST(found["envelope"] == -0.5f, boost::test_tools::tolerance(0.02f));
    BOOST_TEST(found["deviation"] < -0.9f);
}

BOOST_AUTO_TEST_CASE(two_tones)
{
    auto found = measure(fsk(32 * BLOCK, 1600.0, 4e3));
    BOOST_TEST(found["envelope"] == -0.5f, boost::test_tools::tolerance(0.1f));
    // +-4 kHz in 16 kHz: 4 * 0.25 - 1, and a kurtosis of 1.
    BOOST_TEST(std::abs(found["deviation"]) < 0.1f);
    BOOST_TEST(std::abs(found["levels"] + 1.0f) < 0.25f);
    const double symbols = hz(found["fm_rate"]) / 1600.0; // a multiple of the rate
    BOOST_TEST(std::abs(symbols - std::round(symbols)) < 0.03);
    BOOST_TEST(found["fm_line"] > 0.0f);
}

BOOST_AUTO_TEST_CASE(a_symbol_rate_above_half_the_rate_of_the_channel)
{
    auto found = measure(msk(64 * BLOCK, 16.5e3));
    for (const char* name : { "am_rate", "fm_rate" })
        BOOST_TEST(hz(found[name]) == 16.5e3, boost::test_tools::tolerance(0.01));
    BOOST_TEST(found["am_line"] > 0.3f);
    BOOST_TEST(found["fm_line"] > 0.3f);
}

BOOST_AUTO_TEST_CASE(phases)
{
    auto two = measure(psk(64 * BLOCK, 2, 8)), four = measure(psk(64 * BLOCK, 4, 8));
    for (auto* found : { &two, &four })
        BOOST_TEST(hz(found->at("am_rate")) == 4000.0,
                   boost::test_tools::tolerance(0.02));
    BOOST_TEST(two["square_line"] > 1.0f);
    BOOST_TEST(four["square_line"] < 0.0f);
    BOOST_TEST(four["fourth_line"] > 0.5f);
}

BOOST_AUTO_TEST_CASE(noise_has_no_lines)
{
    auto found = measure(noise(64 * BLOCK, 1e-3f));
    BOOST_TEST(found["envelope"] == 0.5f, boost::test_tools::tolerance(0.1f));
    for (const char* name : { "am_line", "fm_line", "square_line", "fourth_line" })
        BOOST_TEST(found[name] < -0.5f, name << " is " << found[name]);
}

BOOST_AUTO_TEST_CASE(neighbours_and_the_silence_around_a_burst_do_not_count)
{
    const auto alone = psk(16 * BLOCK, 4, 8);
    auto band = noise(48 * BLOCK, 0.01f);
    for (size_t n = 0; n < band.size(); n++)
        band[n] += gr_complex(std::polar(2.0, 2.0 * M_PI * 12e3 / RATE * double(n)));
    for (size_t n = 0; n < alone.size(); n++)
        band[n + 16 * BLOCK] += alone[n];
    auto want = measure(alone), found = measure(band);
    for (const char* name : { "envelope", "deviation", "am_rate", "am_line" })
        BOOST_TEST(std::abs(found[name] - want[name]) < 0.1f,
                   name << " is " << found[name] << ", alone " << want[name]);
}

BOOST_AUTO_TEST_CASE(the_division_of_the_samples_changes_nothing)
{
    const auto x = psk(700 * BLOCK, 4, 8);
    modulation_meter meter;
    modulation whole, parts;
    for (auto* m : { &whole, &parts })
        m->restart(RATE, -HALF_WIDTH, HALF_WIDTH);
    whole.add(0, x.data(), x.size(), meter);
    for (size_t n = 0; n < x.size(); n += 77)
        parts.add(n, &x[n], std::min<size_t>(77, x.size() - n), meter);
    BOOST_TEST(whole.values() == parts.values(), boost::test_tools::per_element());
    // Of 700 blocks about 140 are looked at: k + k^2 / 64.
    const double blocks = std::exp2(4.0 * values_of(whole)["measured"]) - 1.0;
    BOOST_TEST((blocks > 150.0 && blocks < 210.0), blocks << " blocks");
}

BOOST_AUTO_TEST_CASE(a_gap_begins_a_block_anew)
{
    const auto x = fsk(2 * BLOCK, 1200.0, 3e3);
    modulation_meter meter;
    modulation m;
    m.restart(RATE, -HALF_WIDTH, HALF_WIDTH);
    m.add(0, x.data(), BLOCK - 1, meter);
    m.add(5000, x.data(), BLOCK - 1, meter);
    BOOST_TEST(values_of(m)["measured"] == 0.0f);
    m.add(5000 + BLOCK - 1, x.data(), 1, meter);
    BOOST_TEST(values_of(m)["measured"] == 0.25f);
}

BOOST_AUTO_TEST_CASE(a_single_sample_has_no_frequency)
{
    samples x(BLOCK);
    x[100] = gr_complex(1.0f, 0.0f);
    modulation_meter meter;
    modulation m;
    m.restart(RATE, -RATE / 2, RATE / 2);
    m.add(0, x.data(), x.size(), meter);
    auto found = values_of(m);
    BOOST_TEST(found["measured"] == 0.25f);
    BOOST_TEST(found["deviation"] == -1.0f, boost::test_tools::tolerance(1e-3f));
    for (const auto& [name, value] : found)
        BOOST_TEST(std::isfinite(value), name);
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_does_not_count)
{
    auto x = fsk(2 * BLOCK, 1200.0, 3e3);
    x[BLOCK + 3] = gr_complex(std::numeric_limits<float>::quiet_NaN(), 0.0f);
    BOOST_TEST(measure(x).at("measured") == 0.25f);
    x[BLOCK + 3] = gr_complex(1e30f, 0.0f);
    for (const auto& [name, value] : measure(x))
        BOOST_TEST(std::isfinite(value), name);
}
