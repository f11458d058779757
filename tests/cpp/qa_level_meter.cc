/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "found_by.h"
#include "measure/level_meter.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <memory>
#include <random>
#include <vector>

using namespace gr::rfattn;
using found_by::number;

namespace {

constexpr char RATE_FOUND[] = "level_rate";

constexpr double RATE = 12e3;

// Turns of symbols, -1 to 1, of a deviation, without and with a pulse that reaches into
// the neighbours, and noise.
std::vector<float> turns_of(const std::function<double()>& symbol,
                            double baud,
                            double deviation,
                            double neighbours,
                            double seconds)
{
    std::mt19937 generator(2);
    std::normal_distribution<double> noise(0.0, 0.08);
    std::vector<double> symbols;
    for (double n = 0.0; n < seconds * baud + 3.0; n++)
        symbols.push_back(symbol());
    std::vector<float> turns;
    double before = 0.0;
    for (double at = 0.0; at < seconds * RATE; at++) {
        const double place = at / RATE * baud + 1.0;
        const auto k = static_cast<size_t>(place);
        const double part = place - static_cast<double>(k) - 0.5;
        const double beside = part < 0.0 ? symbols[k - 1] : symbols[k + 1];
        const double share = neighbours * std::abs(part);
        const double level = (1.0 - share) * symbols[k] + share * beside;
        const double phase_noise = noise(generator);
        turns.push_back(static_cast<float>(2.0 * M_PI * deviation * level / RATE +
                                           phase_noise - before));
        before = phase_noise;
    }
    return turns;
}

findings found_in(const std::vector<float>& turns, size_t burst = 0)
{
    level_meter meter(RATE);
    const size_t length = burst ? burst : turns.size();
    for (size_t at = 0; at < turns.size(); at += length) {
        const auto end = std::min(turns.size(), at + length);
        const std::vector<float> part(turns.begin() + static_cast<long>(at),
                                      turns.begin() + static_cast<long>(end));
        found_by::add(meter, part, std::vector<float>(part.size(), 1.0f));
        if (burst)
            meter.finish();
    }
    return found_by::all(meter);
}

std::function<double()> random_of(int levels)
{
    auto generator = std::make_shared<std::mt19937>(1);
    return [=] {
        return (2.0 * static_cast<double>((*generator)() % levels) - (levels - 1)) /
               (levels - 1);
    };
}

} // namespace

BOOST_AUTO_TEST_CASE(four_levels_are_found_with_their_rate_and_deviation)
{
    for (const double baud : { 2400.0, 4800.0 })
        for (const double neighbours : { 0.0, 0.6 }) {
            const auto found =
                found_in(turns_of(random_of(4), baud, 0.4 * baud, neighbours, 1.5));
            BOOST_TEST(number(found, RATE_FOUND) == baud);
            BOOST_TEST(std::abs(number(found, "deviation") - 0.4 * baud) <
                       0.03 * 0.4 * baud);
        }
}

BOOST_AUTO_TEST_CASE(bursts_of_a_slot_are_enough)
{
    const auto found = found_in(turns_of(random_of(4), 4800.0, 1944.0, 0.4, 1.5), 330);
    BOOST_TEST(number(found, RATE_FOUND) == 4800.0);
}

BOOST_AUTO_TEST_CASE(other_numbers_of_levels_are_none)
{
    BOOST_TEST(
        !found_in(turns_of(random_of(2), 4800.0, 1200.0, 0.6, 2.0)).has(RATE_FOUND));
    BOOST_TEST(
        !found_in(turns_of(random_of(8), 4800.0, 1944.0, 0.0, 2.0)).has(RATE_FOUND));
    BOOST_TEST(
        !found_in(turns_of(random_of(4), 4800.0, 1944.0, 0.0, 0.05)).has(RATE_FOUND));
}

BOOST_AUTO_TEST_CASE(a_voice_has_no_levels)
{
    double slow = 0.0;
    std::mt19937 generator(3);
    std::normal_distribution<double> step(0.0, 0.4);
    const auto voice = [&] { return slow += 0.3 * (step(generator) - slow); };
    BOOST_TEST(!found_in(turns_of(voice, 9600.0, 2500.0, 1.0, 2.0)).has(RATE_FOUND));
}

BOOST_AUTO_TEST_CASE(a_carrier_on_its_middle_has_no_levels)
{
    // Clicks as far below as above it: all symbols between them are exactly at 0 Hz.
    std::vector<float> turns(static_cast<size_t>(0.2 * RATE), 0.0f);
    for (size_t n = 50; n + 100 < turns.size(); n += 100) {
        std::fill_n(&turns[n], 5, 0.5f);
        std::fill_n(&turns[n + 50], 5, -0.5f);
    }
    BOOST_TEST(!found_in(turns).has(RATE_FOUND));
}
