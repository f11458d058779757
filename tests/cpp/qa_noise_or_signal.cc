/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Noise that a filter passes, and gain that changes: none of it is a signal.

#include "detector_samples.h"
#include "floor/noise_or_signal.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <random>
#include <vector>

using namespace gr::rfattn;

namespace {

constexpr double RATE = 480e3;
constexpr double NOISE = 1e-4;         // power
constexpr float LITTLE = 0.003f;       // of an amplitude: 50 dB
constexpr double PART = 0.4;           // of the band
constexpr double CENTRE = 0.21;        // of the rate
constexpr double SYMBOLS = PART / 1.2; // per sample

samples sum(samples a, const samples& b)
{
    std::transform(a.begin(), a.end(), b.begin(), a.begin(), std::plus<gr_complex>());
    return a;
}

// Passes a part of the band, with slopes.
float passes_part(double f)
{
    const double beside = std::abs(f - CENTRE) - PART / 2;
    return beside < 0.0 ? 1.0f : std::max(LITTLE, 1.0f - 100.0f * float(beside));
}

// Symbols that a root raised cosine of 20 % excess forms, in the part of the band that
// the filter passes, with noise 23 dB below. Those of many transmitters add up to a
// normal distribution.
samples symbols(double seconds, bool of_many)
{
    samples impulses(static_cast<size_t>(seconds * RATE));
    std::mt19937 generator(4);
    std::normal_distribution<float> normal;
    const double amplitude = std::sqrt(NOISE * PART / SYMBOLS);
    for (double at = 0.0; at < static_cast<double>(impulses.size()); at += 1.0 / SYMBOLS)
        impulses[static_cast<size_t>(at)] =
            static_cast<float>(amplitude) *
            (of_many ? gr_complex(normal(generator), normal(generator))
                     : gr_complex(generator() % 2 ? 1.0f : -1.0f,
                                  generator() % 2 ? 1.0f : -1.0f));
    const auto form = [](double f) {
        const double x = std::abs(f - CENTRE) / SYMBOLS;
        if (x < 0.4)
            return 1.0f;
        return x > 0.6 ? 0.0f : static_cast<float>(std::cos(M_PI / 0.8 * (x - 0.4)));
    };
    return sum(filtered(impulses, form), noise(RATE, seconds, 0.005 * NOISE, 5));
}

samples behind_filter(const samples& values)
{
    const double seconds = static_cast<double>(values.size()) / RATE;
    return sum(filtered(values, passes_part), noise(RATE, seconds, 1e-5 * NOISE, 7));
}

samples noise_of_part(double seconds)
{
    return behind_filter(noise(RATE, seconds, NOISE, 6));
}

std::vector<float> spectrum_of(const samples& values, int n)
{
    estimated_fft transform(n, FFTW_FORWARD);
    std::vector<float> power(n, 0.0f);
    for (size_t at = 0; at + n <= values.size(); at += n / 2) {
        for (int i = 0; i < n; i++)
            transform.input()[i] =
                values[at + i] *
                static_cast<float>(0.5 - 0.5 * std::cos(2.0 * M_PI * i / n));
        transform.execute();
        for (int i = 0; i < n; i++)
            power[(i + n / 2) % n] += std::norm(transform.output()[i]);
    }
    return power;
}

constexpr int BINS = 2048;

size_t bin_at(double frequency)
{
    return static_cast<size_t>((0.5 + frequency) * BINS);
}

part_judge judge_of(const samples& values)
{
    return { values.data(), values.size(), spectrum_of(values, BINS) };
}

bool holds(const samples& values, noise_or_signal what)
{
    return judge_of(values).holds(
        what, bin_at(CENTRE - PART / 2), bin_at(CENTRE + PART / 2));
}

bool is_noise(const samples& values)
{
    return holds(values, noise_or_signal::NOISE);
}

bool is_signal(const samples& values)
{
    return holds(values, noise_or_signal::SIGNAL);
}

} // namespace

BOOST_AUTO_TEST_CASE(noise_behind_a_filter_is_plain)
{
    for (const double seconds : { 0.16, 0.03 }) {
        BOOST_TEST(is_noise(noise_of_part(seconds)));
        BOOST_TEST(!is_signal(noise_of_part(seconds)));
    }
}

BOOST_AUTO_TEST_CASE(too_few_samples_tell_nothing)
{
    BOOST_TEST(!is_noise(noise_of_part(0.007)));
    BOOST_TEST(!is_signal(noise_of_part(0.007)));
}

// They have a symbol rate, too, but between them is noise.
BOOST_AUTO_TEST_CASE(bursts_in_noise_are_no_signal_that_fills_it)
{
    auto values = symbols(0.16, false);
    for (size_t i = 0; i < values.size(); i++)
        if (i % 4000 > 400)
            values[i] *= 0.1f; // 20 dB
    BOOST_TEST(!is_signal(behind_filter(values)));
    BOOST_TEST(!is_noise(behind_filter(values)));
}

BOOST_AUTO_TEST_CASE(symbols_are_no_noise)
{
    for (const bool of_many : { false, true })
        for (const double seconds : { 0.16, 0.03 })
            BOOST_TEST_CONTEXT((of_many ? "of many, " : "of one, ") << seconds << " s")
            {
                const auto values = symbols(seconds, of_many);
                BOOST_TEST(is_signal(values));
                BOOST_TEST(!is_noise(values));
            }
}

// Noise of a filter below 0 Hz and a signal above: each part by itself, in any order.
BOOST_AUTO_TEST_CASE(parts_of_a_band_are_judged_one_by_one)
{
    const auto passes = [](double f) { return f < -0.05 && f > -0.45 ? 1.0f : LITTLE; };
    const auto values =
        sum(symbols(0.16, false), filtered(noise(RATE, 0.16, NOISE, 6), passes));
    const auto judge = judge_of(values);
    for (int again = 0; again < 2; again++) {
        BOOST_TEST(judge.holds(noise_or_signal::NOISE, bin_at(-0.44), bin_at(-0.06)));
        BOOST_TEST(judge.holds(noise_or_signal::SIGNAL, bin_at(0.01), bin_at(0.41)));
    }
    BOOST_TEST(!judge.holds(noise_or_signal::SIGNAL, bin_at(-0.44), bin_at(-0.06)));
    BOOST_TEST(!judge.holds(noise_or_signal::NOISE, bin_at(0.01), bin_at(0.41)));
}

BOOST_AUTO_TEST_CASE(a_part_of_few_bins_or_none_tells_nothing)
{
    const auto judge = judge_of(noise_of_part(0.16));
    for (const auto what : { noise_or_signal::NOISE, noise_or_signal::SIGNAL })
        for (const size_t end : { 300, 308, 299 })
            BOOST_TEST(!judge.holds(what, 300, end));
}

BOOST_AUTO_TEST_CASE(what_repeats_is_no_noise)
{
    auto values = noise_of_part(0.16);
    constexpr size_t SYMBOL = 1000, PREFIX = 100;
    for (size_t at = 0; at + SYMBOL <= values.size(); at += SYMBOL)
        std::copy_n(&values[at + SYMBOL - PREFIX], PREFIX, &values[at]);
    BOOST_TEST(!is_noise(values));
}

BOOST_AUTO_TEST_CASE(bursts_are_no_noise)
{
    auto values = noise_of_part(0.16);
    for (size_t i = 0; i < values.size(); i++)
        if (i / 4000 % 2)
            values[i] *= 0.5f;
    BOOST_TEST(!is_noise(values));
}

BOOST_AUTO_TEST_CASE(a_carrier_that_swings_is_no_noise)
{
    auto values = noise(RATE, 0.16, 1e-3 * NOISE, 8);
    std::mt19937 generator(9);
    std::uniform_real_distribution<double> swing(CENTRE - PART / 2, CENTRE + PART / 2);
    double phase = 0.0, frequency = 0.0;
    for (size_t i = 0; i < values.size(); i++) {
        if (i % 12 == 0)
            frequency = swing(generator);
        phase = std::remainder(phase + 2.0 * M_PI * frequency, 2.0 * M_PI);
        values[i] +=
            std::polar(static_cast<float>(std::sqrt(NOISE)), static_cast<float>(phase));
    }
    BOOST_TEST(!is_noise(values));
}

BOOST_AUTO_TEST_CASE(a_signal_is_found_in_noise_of_a_filter_off_the_middle)
{
    auto values = noise(RATE, 1.5, NOISE, 6);
    add_fsk(values, RATE, 0.3 * RATE, 2.4e3, 1e-3, 0.6, 1.0, 0.3 * NOISE);
    const auto all = found(behind_filter(values), RATE);
    BOOST_TEST_REQUIRE(all.size() == 1u);
    const auto& one = all.begin()->second;
    BOOST_TEST(std::abs(one.freq_lower + one.freq_upper - 0.6 * RATE) < 2e3);
    BOOST_TEST(one.freq_upper - one.freq_lower < 12e3);
    BOOST_TEST(std::abs(one.sample_start / RATE - 0.6) < 0.01);
}

BOOST_AUTO_TEST_CASE(a_wide_signal_of_symbols_off_the_middle_is_found)
{
    for (const bool of_many : { false, true }) {
        const auto all = found(symbols(0.8, of_many), RATE);
        BOOST_TEST_REQUIRE(all.size() == 1u);
        const auto& one = all.begin()->second;
        BOOST_TEST(std::abs(one.freq_lower - (CENTRE - PART / 2) * RATE) < 0.03 * RATE);
        BOOST_TEST(std::abs(one.freq_upper - (CENTRE + PART / 2) * RATE) < 0.03 * RATE);
    }
}

BOOST_AUTO_TEST_CASE(lobes_of_a_stop_band_are_no_signals)
{
    // Half of a filter of 129 taps, which is symmetric; its side lobes are 53 dB below.
    constexpr int HALF = 64;
    double taps[HALF + 1] = { 0.6 };
    for (int i = 1; i <= HALF; i++)
        taps[i] = 2.0 * (0.54 + 0.46 * std::cos(M_PI * i / HALF)) *
                  std::sin(0.6 * M_PI * i) / (M_PI * i);
    const auto gain = [&taps](double f) {
        double sum = 0.0;
        for (int i = 0; i <= HALF; i++)
            sum += taps[i] * std::cos(2.0 * M_PI * f * i);
        return static_cast<float>(sum);
    };
    auto values = filtered(noise(RATE, 1.0, NOISE, 10), gain);
    BOOST_TEST(found(values, RATE).empty());
    // A strong signal, whose skirts hide where the band is flat.
    auto strong = noise(RATE, 1.0, NOISE, 10);
    for (size_t i = 0; i < strong.size(); i++)
        strong[i] += std::polar(
            static_cast<float>(std::sqrt(1e5 * NOISE)),
            static_cast<float>(std::remainder(2.0 * M_PI * 0.04 * i, 2.0 * M_PI)));
    BOOST_TEST(found(filtered(strong, gain), RATE).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_wide_signal_that_comes_again_is_found_again)
{
    auto values = noise(RATE, 3.0, NOISE, 12);
    const auto signal = symbols(3.0, false);
    for (const double start : { 0.6, 1.4, 2.2 })
        for (auto i = static_cast<size_t>(start * RATE); i < (start + 0.4) * RATE; i++)
            values[i] += 3.0f * signal[i];
    size_t bursts = 0;
    for (const auto& [id, e] : found(values, RATE))
        bursts += e.freq_upper - e.freq_lower > 0.3 * RATE ? e.burst_count : 0;
    BOOST_TEST(bursts >= 3u);
}

BOOST_AUTO_TEST_CASE(a_gain_that_falls_for_a_burst_and_returns_is_no_signal)
{
    constexpr double START = 1.0, END = 1.5, GAIN = 0.15; // 16 dB
    auto values = noise(RATE, 3.0, NOISE, 11);
    for (const double later : { 0.0, 1.0 })
        add_fsk(values, RATE, 60e3, 5e3, 1e-3, START + later, END + later, 3.0 * NOISE);
    for (size_t i = 0; i < values.size(); i++)
        if (std::fmod(i / RATE, 1.0) < END - START && i > START * RATE)
            values[i] *= static_cast<float>(GAIN);
    const auto all = found(values, RATE);
    BOOST_TEST_REQUIRE(all.size() == 1u);
    const auto& one = all.begin()->second;
    BOOST_TEST(one.burst_count == 2u);
    BOOST_TEST(std::abs(one.freq_lower + one.freq_upper - 120e3) < 2e3);
    BOOST_TEST(std::abs(one.sample_start / RATE - START) < 0.01);
    BOOST_TEST(std::abs(one.sample_count / RATE - (END + 1.0 - START)) < 0.02);
}
