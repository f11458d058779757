/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "found_by.h"
#include "measure/keying_meter.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

using gr::rfattn::keying_meter;

namespace {

constexpr double RATE = 100e3;
constexpr size_t SHORT = 40, LONG = 120; // samples of pulses and pauses

struct burst {
    std::vector<float> turns, amplitudes;
};

// Radians from sample to sample, and amplitudes, at a sample of a pulse.
struct modulation {
    std::function<double(size_t)> turn = [](size_t) { return 0.3; };
    std::function<double(size_t)> amplitude = [](size_t) { return 1.0; };
};

// Pulses with pauses of the lengths that follow each other, in noise.
burst burst_of(const std::vector<size_t>& pulses,
               const std::vector<size_t>& pauses,
               const modulation& m = {},
               double noise = 0.02)
{
    std::mt19937 generator(3);
    std::normal_distribution<double> normal(0.0, 1.0);
    burst b;
    const auto add = [&](double turn, double amplitude) {
        const double snr = amplitude / noise;
        const double wrong =
            snr > 1.0 ? normal(generator) / snr : 10.0 * normal(generator);
        const double own = amplitude + noise * normal(generator);
        b.turns.push_back(static_cast<float>(std::remainder(turn + wrong, 2.0 * M_PI)));
        b.amplitudes.push_back(
            static_cast<float>(std::hypot(own, noise * normal(generator))));
    };
    for (size_t k = 0; k < pulses.size(); k++) {
        for (size_t i = 0; i < pulses[k]; i++)
            add(m.turn(i), m.amplitude(i));
        for (size_t i = 0; i < pauses[k % pauses.size()]; i++)
            add(0.0, 0.0);
    }
    return b;
}

std::vector<size_t> data(size_t count)
{
    std::mt19937 generator(7);
    std::vector<size_t> lengths;
    for (size_t i = 0; i < count; i++)
        lengths.push_back(generator() % 2 ? LONG : SHORT);
    return lengths;
}

double pulse_s_of(const std::vector<burst>& bursts)
{
    keying_meter meter(RATE);
    for (const auto& b : bursts) {
        found_by::add(meter, b.turns, b.amplitudes);
        meter.finish();
    }
    return found_by::number(meter, keying_meter::PULSE_S);
}

} // namespace

BOOST_AUTO_TEST_CASE(short_and_long_pulses_of_a_carrier_are_found_with_their_length)
{
    for (const double noise : { 0.02, 0.12 })
        BOOST_TEST(std::abs(pulse_s_of({ burst_of(data(24), { SHORT }, {}, noise) }) -
                            SHORT / RATE) < 3 / RATE);
}

BOOST_AUTO_TEST_CASE(pauses_may_carry_the_data)
{
    BOOST_TEST(pulse_s_of({ burst_of(std::vector<size_t>(24, SHORT), data(24)) }) > 0.0);
    // Equal ones carry none; short ones are of a reader that feeds its cards.
    BOOST_TEST(pulse_s_of({ burst_of(data(24), { SHORT / 5 }) }) == 0.0);
    BOOST_TEST(pulse_s_of({ burst_of(std::vector<size_t>(24, SHORT), { LONG }) }) == 0.0);
}

BOOST_AUTO_TEST_CASE(the_carrier_may_drift)
{
    modulation drift;
    drift.turn = [](size_t i) {
        return 0.3 + 0.2 * std::exp(-static_cast<double>(i) / 50.0);
    };
    BOOST_TEST(pulse_s_of({ burst_of(data(24), { SHORT }, drift) }) > 0.0);
}

BOOST_AUTO_TEST_CASE(modulated_pulses_are_no_keyed_carrier)
{
    std::mt19937 generator(5);
    std::vector<double> random(LONG);
    for (auto& r : random)
        r = static_cast<double>(generator() % 1000) / 1000.0;
    modulation fsk, noise;
    fsk.turn = [&](size_t i) { return random[i / 8] > 0.5 ? 0.5 : -0.5; };
    noise.amplitude = [&](size_t i) { return 0.1 + 2.0 * random[i]; };
    for (const auto& m : { fsk, noise })
        BOOST_TEST(pulse_s_of({ burst_of(data(24), { SHORT }, m) }) == 0.0);
    // Neither is what does not fall to the noise between them.
    auto deep = burst_of(data(24), { SHORT });
    for (auto& a : deep.amplitudes)
        a = std::max(a, 0.3f);
    BOOST_TEST(pulse_s_of({ deep }) == 0.0);
}

BOOST_AUTO_TEST_CASE(pulses_count_across_bursts)
{
    const auto few = burst_of(data(6), { SHORT });
    BOOST_TEST(pulse_s_of({ few }) == 0.0);
    BOOST_TEST(pulse_s_of({ few, few }) > 0.0);
    BOOST_TEST(pulse_s_of({}) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_burst_of_which_enough_came_need_not_be_over)
{
    keying_meter meter(RATE);
    const auto b = burst_of(data(2000), { SHORT });
    BOOST_REQUIRE(b.turns.size() > 131072);
    found_by::add(meter, b.turns, b.amplitudes);
    BOOST_TEST(found_by::number(meter, keying_meter::PULSE_S) > 0.0);
    BOOST_TEST(!meter.is_reading());
}
