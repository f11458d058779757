/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "detector_samples.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <complex>
#include <map>
#include <random>

using namespace gr::rfattn;

namespace {

constexpr double NOISE = 1e-4; // power

// Adds a carrier that is keyed at random, each 0.6 ms, with edges of 20 us.
void add_keyed(
    samples& to, double rate, double centre, double start, double end, double power)
{
    std::mt19937 generator(5);
    double level = 0.0;
    int pulse = -1;
    bool on = true;
    for (auto i = static_cast<size_t>(start * rate); i < end * rate; i++) {
        const int now = static_cast<int>((i / rate - start) / 0.6e-3);
        if (now != pulse)
            on = generator() % 2;
        pulse = now;
        level += ((on ? 1.0 : 0.0) - level) / (20e-6 * rate);
        to[i] += std::polar(static_cast<float>(level * std::sqrt(power)),
                            static_cast<float>(std::remainder(
                                2.0 * M_PI * centre * i / rate, 2.0 * M_PI)));
    }
}

// Adds a carrier with two lines beside it, each so far below it.
void add_lines(samples& to,
               double rate,
               double centre,
               double lower_hz,
               double upper_hz,
               double below_db,
               double power)
{
    const auto amplitude = static_cast<float>(std::sqrt(power));
    const auto side = amplitude * static_cast<float>(std::pow(10.0, -below_db / 20.0));
    const auto turn = [&](double hz, size_t i) {
        return static_cast<float>(std::remainder(2.0 * M_PI * hz / rate * i, 2.0 * M_PI));
    };
    for (size_t i = 0; i < to.size(); i++)
        to[i] += std::polar(amplitude, turn(centre, i)) +
                 std::polar(side, turn(centre - lower_hz, i)) +
                 std::polar(side, turn(centre + upper_hz, i));
}

// Adds a carrier whose amplitude noise of about 0.3 to 2 kHz modulates with this depth,
// in every second half of 0.4 s.
void add_voice(samples& to, double rate, double centre, double depth, double power)
{
    std::mt19937 generator(6);
    std::normal_distribution<double> normal;
    double fast = 0.0, slow = 0.0;
    const double rise = 2.0 * M_PI * 2000.0 / rate, fall = 2.0 * M_PI * 300.0 / rate;
    const double scale = depth / std::sqrt(0.4 * rise);
    for (size_t i = 0; i < to.size(); i++) {
        fast += rise * (normal(generator) - fast);
        slow += fall * (fast - slow);
        const bool on = std::fmod(i / rate, 0.8) < 0.4;
        const double level = 1.0 + (on ? scale * (fast - slow) : 0.0);
        to[i] += std::polar(static_cast<float>(level * std::sqrt(power)),
                            static_cast<float>(std::remainder(
                                2.0 * M_PI * centre * i / rate, 2.0 * M_PI)));
    }
}

auto count_with_bursts(const std::map<uint64_t, gr::rfattn::emission>& all)
{
    return std::count_if(
        all.begin(), all.end(), [](const auto& e) { return e.second.burst_count > 0; });
}

// Adds a carrier, 30 % of its amplitude modulated by a subcarrier that turns by 16
// radians to either side 30 times a second.
void add_vor(samples& to, double rate, double centre, double subcarrier, double power)
{
    const auto amplitude = std::sqrt(power);
    for (size_t i = 0; i < to.size(); i++) {
        const double turn = 2.0 * M_PI * static_cast<double>(i) / rate;
        const double wave = std::sin(turn * subcarrier + 16.0 * std::sin(turn * 30.0));
        to[i] += gr_complex(std::polar(amplitude * (1.0 + 0.3 * wave),
                                       std::remainder(turn * centre, 2.0 * M_PI)));
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(a_voice_far_below_its_carrier_belongs_to_it)
{
    constexpr double RATE = 48e3;
    for (const double depth : { 0.15, 0.0 }) {
        auto values = noise(RATE, 3.0, NOISE, 8);
        add_voice(values, RATE, 5e3, depth, 10.0 * NOISE);
        const auto all = found(values, RATE);
        BOOST_TEST_REQUIRE(all.size() == 1u);
        const auto& one = all.begin()->second;
        const double width = one.freq_upper - one.freq_lower;
        BOOST_TEST(one.burst_count == 1u);
        BOOST_TEST(std::abs(one.freq_lower + one.freq_upper - 10e3) < 300.0);
        BOOST_TEST((depth > 0.0 ? width > 2000.0 : width < 40.0));
        BOOST_TEST(width < 8000.0);
    }
}

BOOST_AUTO_TEST_CASE(side_bands_belong_to_their_carrier)
{
    constexpr double RATE = 480e3;
    const auto find_lines = [](double lower_hz, double upper_hz) {
        auto values = noise(RATE, 1.0, NOISE, 4);
        add_lines(values, RATE, 90e3, lower_hz, upper_hz, 10.0, 0.1 * NOISE);
        return found(values, RATE);
    };
    const auto mirrored = find_lines(2000.0, 2000.0);
    BOOST_TEST_REQUIRE(mirrored.size() == 1u);
    const auto& one = mirrored.begin()->second;
    BOOST_TEST(one.freq_lower < 88.2e3);
    BOOST_TEST(one.freq_lower > 87.5e3);
    BOOST_TEST(one.freq_upper > 91.8e3);
    BOOST_TEST(one.freq_upper < 92.5e3);
    BOOST_TEST(find_lines(2000.0, 4500.0).size() == 3u);
}

BOOST_AUTO_TEST_CASE(skirts_of_a_keyed_carrier_do_not_widen_it)
{
    constexpr double RATE = 2.4e6;
    double widest = 0.0;
    for (const double power : { 1.0, 3.0, 10.0, 40.0 }) {
        auto values = noise(RATE, 1.6, NOISE, 7);
        for (double start : { 0.3, 0.6, 0.9, 1.2 })
            add_keyed(values, RATE, 435e3, start, start + 0.036, power * NOISE);
        for (const auto& [id, e] : found(values, RATE))
            if (e.freq_lower < 435e3 && e.freq_upper > 435e3)
                widest = std::max(widest, e.freq_upper - e.freq_lower);
    }
    BOOST_CHECK_GT(widest, 3e3);
    BOOST_CHECK_LT(widest, 20e3);
}

BOOST_AUTO_TEST_CASE(tones_far_apart_are_one_emission)
{
    constexpr double RATE = 480e3;
    auto values = noise(RATE, 1.2, NOISE, 1);
    for (double start : { 0.3, 0.55, 0.8 }) // 26 dB above the noise of 50 kHz
        add_fsk(
            values, RATE, -60e3, 38e3, 250e-6, start, start + 0.013, 400 * NOISE / 10);
    const auto all = found(values, RATE);
    BOOST_TEST_REQUIRE(all.size() == 1u);
    const auto& one = all.begin()->second;
    BOOST_TEST(one.burst_count == 3u);
    BOOST_TEST(one.freq_lower > -88e3);
    BOOST_TEST(one.freq_lower < -76e3);
    BOOST_TEST(one.freq_upper > -44e3);
    BOOST_TEST(one.freq_upper < -32e3);
}

// At 0 dB in their common band the tones of a pager are found one by one.
BOOST_AUTO_TEST_CASE(weak_tones_are_one_emission_and_two_signals_are_two)
{
    constexpr double RATE = 250e3;
    samples keyed = noise(RATE, 2.0, NOISE, 4);
    add_fsk(keyed, RATE, 40e3, 9e3, 1.0 / 512, 0.3, 2.0, 10e3 / RATE * NOISE);
    double time = 0.0;
    for (const auto& [id, e] : found(keyed, RATE))
        if (e.freq_lower < 36.5e3 && e.freq_upper > 43.5e3)
            time += static_cast<double>(e.sample_count) / RATE;
    BOOST_TEST(time > 1.5);

    samples two = noise(RATE, 2.0, NOISE, 4);
    for (const double centre : { 35.5e3, 44.5e3 })
        add_fsk(two, RATE, centre, 300.0, 1.0 / 512, 0.3, 2.0, 5e3 / RATE * NOISE);
    for (const auto& [id, e] : found(two, RATE))
        BOOST_TEST(e.freq_upper - e.freq_lower < 3e3);
}

BOOST_AUTO_TEST_CASE(teletype_is_no_wider_than_its_tones)
{
    constexpr double RATE = 240e3;
    for (double shift : { 170.0, 450.0, 850.0 }) {
        auto values = noise(RATE, 1.5, NOISE, 2);
        add_fsk(values, RATE, 30100.0, shift, 0.022, 0.3, 1.3, 100 * NOISE * 500 / RATE);
        const auto all = found(values, RATE);
        BOOST_TEST_REQUIRE(all.size() == 1u);
        const auto& one = all.begin()->second;
        const double width = one.freq_upper - one.freq_lower;
        BOOST_TEST(one.burst_count == 1u);
        BOOST_TEST(width > 0.9 * shift, "shift " << shift << ": " << width << " Hz");
        BOOST_TEST(width < std::max(1.7 * shift, 760.0),
                   "shift " << shift << ": " << width << " Hz");
        BOOST_TEST(std::abs(one.freq_lower + one.freq_upper - 2 * 30100.0) < 200.0);
    }
}

BOOST_AUTO_TEST_CASE(nothing_is_found_in_tilted_noise)
{
    constexpr double RATE = 480e3;
    const auto white = noise(RATE, 3.0, NOISE, 4);
    for (double db : { 8.0, -8.0 }) {
        const auto gain = [db](double f) {
            return static_cast<float>(std::pow(10.0, db * f / 20.0));
        };
        BOOST_TEST(found(filtered(white, gain), RATE).size() == 0u, db << " dB");
    }
}

BOOST_AUTO_TEST_CASE(nothing_is_found_in_the_noise_of_narrow_bands)
{
    for (double rate : { 12e3, 24e3, 48e3, 96e3 }) {
        auto values = noise(rate, rate < 40e3 ? 60.0 : 20.0, NOISE, 5);
        BOOST_TEST(found(values, rate).size() == 0u, "complex, " << rate << " Hz");
        for (auto& value : values)
            value.imag(0.0f);
        BOOST_TEST(found(values, rate, true).size() == 0u, "real, " << rate << " Hz");
    }
}

BOOST_AUTO_TEST_CASE(the_subcarrier_of_a_vor_belongs_to_its_carrier)
{
    constexpr double RATE = 250e3, CENTRE = 31e3;
    for (const double subcarrier : { 9960.0, 12e3 }) {
        auto values = noise(RATE, 1.5, NOISE, 1);
        add_vor(values, RATE, CENTRE, subcarrier, 0.05);
        const auto all = found(values, RATE);
        const auto at_end = count_with_bursts(all);
        const bool is_vor = subcarrier < 10e3;
        BOOST_TEST(at_end == (is_vor ? 1 : 3));
        if (is_vor) {
            BOOST_TEST(all.at(1).freq_lower == CENTRE - 10.7e3,
                       boost::test_tools::tolerance(0.02));
            BOOST_TEST(all.at(1).freq_upper == CENTRE + 10.7e3,
                       boost::test_tools::tolerance(0.02));
        }
    }
}

BOOST_AUTO_TEST_CASE(the_pilot_tone_of_a_silent_station_belongs_to_its_carrier)
{
    constexpr double RATE = 250e3, CENTRE = 31e3, TURNS = 6750.0; // Hz of deviation
    for (const double pilot : { 19e3, 17e3 }) {
        auto values = noise(RATE, 1.5, NOISE, 1);
        for (size_t i = 0; i < values.size(); i++) {
            const double second = static_cast<double>(i) / RATE;
            const double phase = 2.0 * M_PI * CENTRE * second -
                                 TURNS / pilot * std::cos(2.0 * M_PI * pilot * second);
            values[i] += gr_complex(std::polar(0.1, std::remainder(phase, 2.0 * M_PI)));
        }
        const auto all = found(values, RATE);
        const auto at_end = count_with_bursts(all);
        BOOST_TEST((at_end == 1) == (pilot > 18e3));
        const auto& carrier = all.at(1);
        const double width = carrier.freq_upper - carrier.freq_lower;
        BOOST_TEST((width > 38e3) == (pilot > 18e3));
    }
}

BOOST_AUTO_TEST_CASE(a_line_stays_what_it_is_under_a_signal_that_comes_later)
{
    constexpr double RATE = 48e3, LINE = 3.0e3, CENTRE = 0.0;
    auto values = noise(RATE, 3.0, NOISE, 1);
    for (size_t i = 0; i < values.size(); i++)
        values[i] += gr_complex(
            std::polar(0.06,
                       std::remainder(2.0 * M_PI * LINE / RATE * static_cast<double>(i),
                                      2.0 * M_PI)));
    add_fsk(values, RATE, CENTRE, 5e3, 1.0 / 4800.0, 1.0, 2.5, 0.01);
    const auto all = found(values, RATE);
    BOOST_TEST(all.at(1).freq_upper - all.at(1).freq_lower < 500.0);
    BOOST_TEST(all.at(1).sample_count > 2.8 * RATE);
    BOOST_TEST(std::any_of(all.begin(), all.end(), [](const auto& e) {
        const double width = e.second.freq_upper - e.second.freq_lower;
        return width > 4e3 && e.second.sample_start > 0.5 * RATE &&
               e.second.sample_count > RATE;
    }));
}

// As where a driver's fault sends samples of 1e12 between silence.
BOOST_AUTO_TEST_CASE(what_is_immensely_strong_has_a_finite_strength)
{
    std::mt19937 generator(140);
    std::uniform_real_distribution<float> any(-1.0f, 1.0f);
    samples values;
    const auto append = [&](size_t count, float amount, float share) {
        for (size_t i = 0; i < count; i++) {
            const bool is_silent = share < 1.0f && std::abs(any(generator)) >= share;
            const float real = is_silent ? 0.0f : amount * any(generator);
            values.push_back({ real, is_silent ? 0.0f : amount * any(generator) });
        }
    };
    append(9000, 1e-9f, 1.0f);
    append(5500, 1e12f, 1e-4f);
    append(9250, 0.0f, 1.0f);
    append(5300, 1e12f, 0.01f);
    append(4750, 1e-14f, 1.0f);
    append(27, 1e10f, 1.0f);
    append(10900, 0.0f, 1.0f);
    for (const auto& [id, e] : found(values, 6e3, true))
        BOOST_TEST((std::isfinite(e.snr_db) && std::isfinite(e.power_db)));
}
