/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "base/estimated_fft.h"
#include "detector_samples.h"
#include "floor/audio_floor.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>
#include <vector>

using namespace gr::rfattn;

namespace {

constexpr double POINT_HZ = 50.0;
constexpr int POINTS = 480; // 24 kHz
constexpr double NOISE_DB = -80.0, SILENCE_DB = -135.0;

// Noise of a filter from 150 Hz to `end` Hz, in dB.
double filtered(double f, double end)
{
    const double lost = 0.1 * std::max(0.0, 150.0 - f) + 0.5 * std::max(0.0, f - end);
    return std::max(SILENCE_DB, NOISE_DB - lost);
}

// What a level in dB by frequency makes of every point, with scatter.
template <typename L>
std::vector<float> points(const L& level)
{
    std::mt19937 generator(1);
    std::normal_distribution<double> scatter(0.0, 0.2);
    std::vector<float> power(POINTS);
    for (int i = 0; i < POINTS; i++)
        power[i] = static_cast<float>(
            std::pow(10.0, (level((i + 0.5) * POINT_HZ) + scatter(generator)) / 10.0));
    return power;
}

double floor_db(const std::vector<float>& power, double frequency)
{
    return 10.0 * std::log10(audio_floor(
                      power, POINT_HZ)[static_cast<int>(frequency / POINT_HZ)]);
}

// Audio of a receiver whose filter ends at 3 kHz, with a level in dB over its noise.
template <typename L>
samples audio(const L& level)
{
    constexpr int N = 1 << 17;
    std::mt19937 generator(3);
    std::normal_distribution<float> normal;
    estimated_fft transform(N, FFTW_BACKWARD);
    std::fill(transform.input(), transform.input() + N, gr_complex(0.0f));
    for (int k = 1; k < N / 2; k++) {
        const double f = k * 48e3 / N;
        const float scale =
            static_cast<float>(std::pow(10.0, (filtered(f, 3000.0) + level(f)) / 20.0));
        const gr_complex value(scale * normal(generator), scale * normal(generator));
        transform.input()[k] = value;
        transform.input()[N - k] = std::conj(value);
    }
    transform.execute();
    return { transform.output(), transform.output() + N };
}

} // namespace

BOOST_AUTO_TEST_CASE(noise_does_not_stand_out_where_the_filter_ends)
{
    const auto power = points([](double f) { return filtered(f, 3000.0); });
    const auto floor = audio_floor(power, POINT_HZ);
    for (int i = 8; i < 70; i++) // above, all is as silent
        BOOST_TEST_CONTEXT(i * POINT_HZ << " Hz")
    BOOST_TEST(floor[i] > power[i]);
}

BOOST_AUTO_TEST_CASE(noise_does_not_stand_out_where_the_filter_begins)
{
    const auto steep = [](double f) { return f < 250.0 ? -0.3 * (250.0 - f) : 0.0; };
    const auto power = points([&](double f) { return filtered(f, 3000.0) + steep(f); });
    const auto floor = audio_floor(power, POINT_HZ);
    for (int i = 0; i < 8; i++)
        BOOST_TEST(floor[i] > power[i]);
    BOOST_TEST(found(audio(steep), 48e3, true).empty());
    // A tone there does.
    const auto tone = points([&](double f) {
        return filtered(f, 3000.0) + steep(f) + (std::abs(f - 325.0) < 30.0 ? 30.0 : 0.0);
    });
    BOOST_TEST(std::abs(floor_db(tone, 325.0) - NOISE_DB) < 1.5);
}

BOOST_AUTO_TEST_CASE(a_signal_that_fills_the_filter_is_above_the_floor)
{
    const auto hump = [](double f) { return 20.0 * (std::abs(f - 1400.0) < 900.0); };
    const auto power = points([&](double f) { return filtered(f, 3000.0) + hump(f); });
    for (double f : { 600.0, 1400.0, 2200.0, 2700.0 })
        BOOST_TEST(std::abs(floor_db(power, f) - NOISE_DB) < 1.5);
    // Down to the lower end of audio.
    const auto low =
        points([](double f) { return filtered(f, 3000.0) + (f < 1500.0 ? 20.0 : 0.0); });
    BOOST_TEST(std::abs(floor_db(low, 800.0) - NOISE_DB) < 1.5);
}

BOOST_AUTO_TEST_CASE(a_filter_is_no_signal)
{
    // Not steep: the noise above 2.6 kHz is 17 dB lower, but it is noise.
    const auto soft =
        points([](double f) { return f > 400.0 && f < 2600.0 ? -75.0 : -92.0; });
    BOOST_TEST(std::abs(floor_db(soft, 1500.0) + 75.0) < 1.5);
    // Rising noise, as that of an FM detector.
    const auto rising = points([](double f) {
        return filtered(f, 3000.0) + 20.0 * std::log10(std::max(f, 50.0) / 1000.0);
    });
    for (double f : { 500.0, 1500.0, 2500.0 })
        BOOST_TEST(std::abs(floor_db(rising, f) - NOISE_DB -
                            20.0 * std::log10(f / 1000.0)) < 2.5);
}

BOOST_AUTO_TEST_CASE(noise_of_a_filter_within_the_band_does_not_stand_out_at_its_edges)
{
    // Noise of a receiver from 350 to 2550 Hz, in that of what records it.
    const auto level = [](double f) {
        const double beyond = std::max({ 0.0, 350.0 - f, f - 2550.0 });
        return std::max(-98.0, -73.0 - 0.15 * beyond);
    };
    const auto power = points(level);
    const auto floor = audio_floor(power, POINT_HZ);
    for (int i = 0; i < POINTS; i++)
        BOOST_TEST_CONTEXT(i * POINT_HZ << " Hz")
    BOOST_TEST(floor[i] > power[i]);
    const auto tone = points(
        [&](double f) { return level(f) + (std::abs(f - 475.0) < 30.0 ? 30.0 : 0.0); });
    BOOST_TEST(std::abs(floor_db(tone, 475.0) + 73.0) < 1.5);
}

BOOST_AUTO_TEST_CASE(noise_of_a_filter_within_the_band_is_no_signal_that_fills_it)
{
    // Above, the noise of what records it falls to silence, first softly.
    const auto power = points([](double f) {
        const double inner = f > 350.0 && f < 2550.0 ? -75.0 : -98.0;
        return std::max(-140.0,
                        inner - 0.005 * std::max(0.0, f - 2900.0) -
                            0.1 * std::max(0.0, f - 5300.0));
    });
    for (double f : { 500.0, 1500.0, 2400.0 })
        BOOST_TEST(std::abs(floor_db(power, f) + 75.0) < 1.5);
}

BOOST_AUTO_TEST_CASE(narrow_signals_are_above_the_floor_with_a_filter_or_without)
{
    for (double end : { 3000.0, 30e3 }) {
        const auto power = points([&](double f) {
            return filtered(f, end) + (std::abs(f - 1500.0) < 60.0 ? 30.0 : 0.0);
        });
        BOOST_TEST(std::abs(floor_db(power, 1500.0) - NOISE_DB) < 1.5);
    }
}

BOOST_AUTO_TEST_CASE(what_is_empty_above_a_lower_rate_tells_no_noise)
{
    const auto level = [](double f) {
        return f > 1e3 && f < 2e3 ? NOISE_DB + 15.0 : filtered(f, 4000.0);
    };
    const auto at_its_rate = points(level);
    std::vector<float> at_another = at_its_rate;
    at_another.resize(2 * POINTS, 1e-20f);
    const auto floor = audio_floor(at_its_rate, POINT_HZ);
    const auto found = audio_floor(at_another, POINT_HZ);
    BOOST_TEST(std::vector<float>(found.begin(), found.begin() + POINTS) == floor,
               boost::test_tools::per_element());
    BOOST_TEST(found.back() == floor.back());
}

BOOST_AUTO_TEST_CASE(the_noise_of_a_receivers_audio_has_no_emission)
{
    BOOST_TEST(found(audio([](double) { return 0.0; }), 48e3, true).empty());
}

BOOST_AUTO_TEST_CASE(a_steady_signal_in_audio_is_found_with_its_width)
{
    const auto emissions = found(
        audio([](double f) { return f > 600.0 && f < 2000.0 ? 18.0 : 0.0; }), 48e3, true);
    BOOST_REQUIRE_EQUAL(emissions.size(), 1u);
    const auto& [id, only] = *emissions.begin();
    BOOST_TEST(std::abs(only.freq_lower - 600.0) < 120.0);
    BOOST_TEST(std::abs(only.freq_upper - 2000.0) < 120.0);
}

BOOST_AUTO_TEST_CASE(symbols_in_white_noise_are_found_however_long_they_last)
{
    constexpr int N = 288000; // 6 s
    constexpr double RATE = 48e3, BAUD = 1200.0, CENTRE = 1500.0, END = 5.0;
    std::mt19937 generator(5);
    std::normal_distribution<float> normal(0.0f, 1e-3f);
    samples white(N);
    for (auto& value : white)
        value = normal(generator);
    estimated_fft forward(N, FFTW_FORWARD), backward(N, FFTW_BACKWARD);
    std::fill(forward.input(), forward.input() + N, gr_complex(0.0f));
    for (int i = 0; i < N; i += static_cast<int>(RATE / BAUD))
        forward.input()[i] = generator() % 2 ? 1.0f : -1.0f;
    forward.execute();
    for (int i = 0; i < N; i++) { // a root raised cosine of 50 % excess
        const double x = std::abs(i < N / 2 ? i : i - N) * RATE / N / BAUD;
        const double shape = x < 0.25   ? 1.0
                             : x > 0.75 ? 0.0
                                        : std::cos(M_PI * (x - 0.25));
        backward.input()[i] = forward.output()[i] * static_cast<float>(shape);
    }
    backward.execute();
    double power = 0.0;
    for (int i = 0; i < N; i++)
        power += std::norm(backward.output()[i]) / N;
    // 10 dB above the noise in a bandwidth of the symbol rate.
    const double scale = std::sqrt(10.0 * 1e-6 * BAUD / (RATE / 2.0) / power * 2.0);
    for (const double start : { 0.0, 1.0 }) {
        auto values = white;
        for (auto i = static_cast<int>(start * RATE); i < END * RATE; i++)
            values[i] += static_cast<float>(scale * backward.output()[i].real() *
                                            std::cos(2.0 * M_PI * CENTRE / RATE * i));
        const auto emissions = found(values, RATE, true);
        BOOST_TEST_REQUIRE(emissions.size() == 1u);
        const auto& only = emissions.begin()->second;
        BOOST_TEST(std::abs(only.freq_lower + only.freq_upper - 2.0 * CENTRE) < 100.0);
        BOOST_TEST(std::abs(only.freq_upper - only.freq_lower - BAUD * 1.2) < 300.0);
        BOOST_TEST(std::abs(only.sample_start / RATE - start) < 0.02);
        BOOST_TEST(std::abs(only.sample_count / RATE - (END - start)) < 0.1);
    }
}
