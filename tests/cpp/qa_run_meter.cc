/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "found_by.h"
#include "measure/run_meter.h"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <random>
#include <vector>

using found_by::number;
using gr::rfattn::run_meter;

namespace {

constexpr char LONGEST[] = "longest_run", RUN_RATE[] = "run_rate";

constexpr size_t SYMBOL = 11; // samples
constexpr double RATE = 48e3;

// Bits as they are, or in Manchester code.
std::vector<int> symbols_of(size_t bits, bool is_manchester, unsigned seed)
{
    std::mt19937 generator(seed);
    std::vector<int> symbols;
    for (size_t i = 0; i < bits; i++) {
        const int bit = static_cast<int>(generator() % 2);
        symbols.push_back(bit);
        if (is_manchester)
            symbols.push_back(1 - bit);
    }
    return symbols;
}

struct burst {
    std::vector<float> turns, amplitudes;
};

// A burst of two levels, with noise before and behind it.
burst burst_of(const std::vector<int>& symbols, float noise = 0.05f)
{
    std::mt19937 generator(2);
    std::normal_distribution<float> normal(0.0f, 1.0f);
    burst b;
    const auto add = [&](size_t count, float level, float amplitude, float sigma) {
        for (size_t i = 0; i < count; i++) {
            b.turns.push_back(level + sigma * normal(generator));
            b.amplitudes.push_back(amplitude);
        }
    };
    add(150, 0.0f, 0.02f, 1.0f);
    for (const int symbol : symbols)
        add(SYMBOL, symbol ? 0.7f : -0.3f, 1.0f, noise);
    add(150, 0.0f, 0.02f, 1.0f);
    return b;
}

double longest_in(const burst& b, int bursts = 1)
{
    run_meter meter(RATE);
    for (int i = 0; i < bursts; i++) {
        found_by::add(meter, b.turns, b.amplitudes);
        BOOST_TEST(meter.is_reading());
        meter.finish();
    }
    return number(meter, LONGEST);
}

} // namespace

BOOST_AUTO_TEST_CASE(manchester_code_has_runs_of_two)
{
    BOOST_TEST(longest_in(burst_of(symbols_of(80, true, 1))) == 2);
    BOOST_TEST(longest_in(burst_of(symbols_of(80, true, 5)), 3) == 2);
}

BOOST_AUTO_TEST_CASE(bits_as_they_are_have_longer_ones)
{
    BOOST_TEST(longest_in(burst_of(symbols_of(160, false, 1))) >= 4);
}

BOOST_AUTO_TEST_CASE(too_little_noise_and_pauses_tell_nothing)
{
    BOOST_TEST(longest_in(burst_of(symbols_of(15, true, 1))) == 0);
    BOOST_TEST(longest_in(burst_of(symbols_of(160, false, 1), 1.0f)) == 0);
    auto keyed = burst_of(symbols_of(160, false, 1));
    for (size_t i = 0; i < keyed.turns.size(); i++)
        if (i / (4 * SYMBOL) % 2)
            keyed.amplitudes[i] = 0.0f;
    BOOST_TEST(longest_in(keyed) == 0);
    BOOST_TEST(number(run_meter(RATE), LONGEST) == 0);
}

BOOST_AUTO_TEST_CASE(half_of_the_bursts_must_have_two_levels)
{
    const auto good = burst_of(symbols_of(80, true, 1));
    const auto noise = burst_of(symbols_of(80, true, 1), 1.0f);
    run_meter meter(RATE);
    for (const auto* b : { &good, &noise, &noise }) {
        found_by::add(meter, b->turns, b->amplitudes);
        meter.finish();
    }
    BOOST_TEST(number(meter, LONGEST) == 0);
    found_by::add(meter, good.turns, good.amplitudes);
    meter.finish();
    BOOST_TEST(number(meter, LONGEST) == 2);
}

BOOST_AUTO_TEST_CASE(symbols_have_a_rate)
{
    const auto rate_of = [](const burst& b) {
        run_meter meter(RATE);
        found_by::add(meter, b.turns, b.amplitudes);
        meter.finish();
        return number(meter, RUN_RATE);
    };
    BOOST_TEST(std::abs(rate_of(burst_of(symbols_of(160, false, 1))) - RATE / SYMBOL) <
               5.0);
    BOOST_TEST(std::abs(rate_of(burst_of(symbols_of(80, true, 1))) - RATE / SYMBOL) <
               5.0);
    BOOST_TEST(rate_of(burst_of(symbols_of(160, false, 1), 1.0f)) == 0.0);
    std::vector<int> tone;
    for (int i = 0; i < 160; i++)
        tone.push_back(i % 2);
    BOOST_TEST(rate_of(burst_of(tone)) == 0.0);
}

// Five bits between a start of one and a stop of one and a half.
BOOST_AUTO_TEST_CASE(teletype_has_the_rate_of_its_bits)
{
    std::mt19937 generator(4);
    std::vector<int> halves;
    const auto add = [&](size_t count, int level) {
        halves.insert(halves.end(), count, level);
    };
    for (int letter = 0; letter < 40; letter++) {
        add(2, 0);
        for (int i = 0; i < 5; i++)
            add(2, static_cast<int>(generator() % 2));
        add(3, 1);
    }
    const auto b = burst_of(halves);
    run_meter meter(RATE);
    found_by::add(meter, b.turns, b.amplitudes);
    meter.finish();
    BOOST_TEST(std::abs(number(meter, RUN_RATE) - RATE / (2 * SYMBOL)) < 5.0);
    BOOST_TEST(number(meter, LONGEST) == 0);
}

BOOST_AUTO_TEST_CASE(a_long_burst_is_looked_at_before_it_ends)
{
    const auto b = burst_of(symbols_of(100, false, 1));
    const double slow = 0.25 * static_cast<double>(b.turns.size()); // samples in 4 s
    run_meter meter(slow);
    found_by::add(meter, b.turns, b.amplitudes);
    BOOST_TEST(std::abs(number(meter, RUN_RATE) - slow / SYMBOL) < 0.2);
}
