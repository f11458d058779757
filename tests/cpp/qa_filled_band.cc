/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "base/estimated_fft.h"
#include "detector_samples.h"
#include "floor/cyclic_prefix.h"
#include "spectra/spectrogram.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <complex>
#include <map>
#include <random>
#include <vector>

using namespace gr::rfattn;

namespace {

constexpr double RATE = 1.92e6;
constexpr int USEFUL = 128, PREFIX = 9; // samples of a symbol, as LTE has them
constexpr float POWER = 1e-2f;

// OFDM of random QPSK, beside noise of a power. On every bin it fills the band.
samples ofdm(double seconds,
             float noise_power,
             int prefix = PREFIX,
             int first_bin = 0,
             int n_bins = USEFUL)
{
    auto values = noise(RATE, seconds, noise_power, 1);
    std::mt19937 generator(2);
    estimated_fft transform(USEFUL, FFTW_BACKWARD);
    const float scale = std::sqrt(POWER / (2 * USEFUL));
    const size_t length = USEFUL + prefix;
    for (size_t start = 0; start + length <= values.size(); start += length) {
        std::fill(transform.input(), transform.input() + USEFUL, gr_complex(0.0f));
        for (int i = first_bin; i < first_bin + n_bins; i++)
            transform.input()[(i + USEFUL) % USEFUL] = { generator() % 2 ? scale : -scale,
                                                         generator() % 2 ? scale
                                                                         : -scale };
        transform.execute();
        for (size_t i = 0; i < length; i++)
            values[start + i] += transform.output()[(i + USEFUL - prefix) % USEFUL];
    }
    return values;
}

// Switches the samples off for a part of each frame, but for noise.
void add_pauses(samples& values, double frame_s, double on_s, float noise_power)
{
    const auto quiet =
        noise(RATE, static_cast<double>(values.size()) / RATE, noise_power, 3);
    for (size_t i = 0; i < values.size(); i++)
        if (std::fmod(static_cast<double>(i) / RATE, frame_s) > on_s)
            values[i] = quiet[i];
}

// A carrier whose frequency swings over the band: its power is constant.
samples swinging(double seconds, float noise_power)
{
    auto values = noise(RATE, seconds, noise_power, 4);
    std::mt19937 generator(5);
    std::normal_distribution<double> step(0.0, 0.6);
    double phase = 0.0;
    for (auto& value : values) {
        phase = std::remainder(phase + step(generator), 2.0 * M_PI);
        value += std::polar(std::sqrt(POWER), static_cast<float>(phase));
    }
    return values;
}

// The samples and an echo of a part of them, as in a filter that ripples.
samples with_echo(const samples& values, size_t delay, float part)
{
    samples sum = values;
    for (size_t i = delay; i < sum.size(); i++)
        sum[i] += part * values[i - delay];
    return sum;
}

std::vector<float> mean_row(const samples& values)
{
    spectrogram rows(RATE, 250.0, 0.5, false);
    std::vector<float> sum(rows.n_bins(), 0.0f);
    while (rows.end() * rows.hop() + rows.size() <= values.size()) {
        rows.add(&values[rows.end() * rows.hop()]);
        for (int i = 0; i < rows.n_bins(); i++)
            sum[i] += rows.row(rows.end() - 1)[i];
    }
    return sum;
}

std::optional<cyclic_prefix> prefix_of(const samples& values)
{
    return find_cyclic_prefix(values.data(), values.size(), mean_row(values));
}

void check_filled(const std::map<uint64_t, emission>& all, double seconds)
{
    BOOST_TEST_REQUIRE(!all.empty());
    const auto& one = all.begin()->second;
    BOOST_TEST(one.sample_start < 0.01 * RATE);
    BOOST_TEST(static_cast<double>(one.sample_count) > (seconds - 0.02) * RATE);
    BOOST_TEST(one.freq_upper - one.freq_lower > 0.9 * RATE);
    BOOST_TEST(one.burst_count == 1u);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_prefix_gives_the_length_of_symbols_and_the_share_of_the_signal)
{
    const auto found = prefix_of(ofdm(0.15, 0.25f * POWER));
    BOOST_TEST_REQUIRE(found.has_value());
    BOOST_TEST(found->useful == USEFUL);
    BOOST_TEST(found->symbol == USEFUL + PREFIX, boost::test_tools::tolerance(1e-3));
    BOOST_TEST(found->share == 0.8, boost::test_tools::tolerance(0.2));
}

BOOST_AUTO_TEST_CASE(symbols_without_a_prefix_are_like_noise)
{
    BOOST_TEST(!prefix_of(ofdm(0.15, 0.01f * POWER, 0)).has_value());
}

BOOST_AUTO_TEST_CASE(an_echo_in_noise_is_no_prefix)
{
    for (float part : { 0.05f, 0.3f, 1.0f })
        BOOST_TEST(
            !prefix_of(with_echo(noise(RATE, 0.15, POWER, 6), USEFUL, part)).has_value(),
            "echo of " << part);
}

BOOST_AUTO_TEST_CASE(ofdm_that_fills_the_band_is_one_emission)
{
    check_filled(found(ofdm(0.5, 0.05f * POWER), RATE), 0.5);
}

BOOST_AUTO_TEST_CASE(ofdm_in_more_than_half_of_the_band_does_not_fill_it)
{
    constexpr int FIRST = -12, BINS = 72;
    const auto all = found(ofdm(0.5, 0.5f * POWER, PREFIX, FIRST, BINS), RATE);
    BOOST_TEST_REQUIRE(all.size() == 1u);
    const auto& one = all.begin()->second;
    BOOST_TEST(one.freq_lower > (FIRST - 2) * RATE / USEFUL);
    BOOST_TEST(one.freq_upper < (FIRST + BINS + 2) * RATE / USEFUL);
}

BOOST_AUTO_TEST_CASE(ofdm_in_the_middle_of_the_band_is_no_filter)
{
    constexpr int FIRST = -48, BINS = 97;
    const auto all = found(ofdm(0.8, 0.01f * POWER, PREFIX, FIRST, BINS), RATE);
    BOOST_TEST_REQUIRE(all.size() == 1u);
    const auto& one = all.begin()->second;
    BOOST_TEST(std::abs(one.freq_lower - FIRST * RATE / USEFUL) < RATE / USEFUL);
    BOOST_TEST(std::abs(one.freq_upper - (FIRST + BINS) * RATE / USEFUL) < RATE / USEFUL);
    BOOST_TEST(static_cast<double>(one.sample_count) > 0.78 * RATE);
}

BOOST_AUTO_TEST_CASE(ofdm_that_fades_stays_one_emission)
{
    constexpr int FIRST = -48, BINS = 97;
    auto values = ofdm(1.2, 0.0f, PREFIX, FIRST, BINS);
    const auto beside = noise(RATE, 1.2, 0.1f * POWER, 9);
    for (size_t i = 0; i < values.size(); i++) {
        const double swing = std::cos(2.0 * M_PI * static_cast<double>(i) / RATE / 0.6);
        const double db = -5.0 * (1.0 - swing);
        values[i] = values[i] * static_cast<float>(std::pow(10.0, db / 20)) + beside[i];
    }
    int n_wide = 0;
    for (const auto& [id, one] : found(values, RATE)) {
        const double width = one.freq_upper - one.freq_lower;
        if (width < 2.0 * RATE / USEFUL)
            continue; // an edge alone
        n_wide++;
        BOOST_TEST(width == BINS * RATE / USEFUL, boost::test_tools::tolerance(0.03));
        BOOST_TEST(static_cast<double>(one.sample_count) > 1.18 * RATE);
    }
    BOOST_TEST(n_wide == 1);
}

BOOST_AUTO_TEST_CASE(ofdm_behind_a_gain_that_steps_is_never_noise)
{
    constexpr int FIRST = -48, BINS = 97;
    auto values = ofdm(1.2, 0.01f * POWER, PREFIX, FIRST, BINS);
    for (size_t i = values.size() / 2; i < values.size(); i++)
        values[i] *= 0.3f;
    const auto all = found(values, RATE);
    BOOST_TEST_REQUIRE(!all.empty());
    const auto& one = all.begin()->second;
    BOOST_TEST(one.freq_upper - one.freq_lower == BINS * RATE / USEFUL,
               boost::test_tools::tolerance(0.03));
    BOOST_TEST(static_cast<double>(one.sample_count) > 1.18 * RATE);
}

BOOST_AUTO_TEST_CASE(echoes_do_not_part_ofdm)
{
    constexpr int FIRST = -56, BINS = 72;
    auto values = with_echo(ofdm(0.5, 0.0f, 32, FIRST, BINS), 5, 0.6f);
    const auto beside = noise(RATE, 0.5, 0.02f * POWER, 9);
    std::transform(values.begin(),
                   values.end(),
                   beside.begin(),
                   values.begin(),
                   std::plus<gr_complex>());
    double widest = 0.0; // the side lobes may be found, too
    for (const auto& [id, one] : found(values, RATE))
        widest = std::max(widest, one.freq_upper - one.freq_lower);
    BOOST_TEST(widest == BINS * RATE / USEFUL, boost::test_tools::tolerance(0.05));
}

BOOST_AUTO_TEST_CASE(frames_with_pauses_are_one_burst)
{
    auto values = ofdm(0.5, 1e-3f * POWER);
    add_pauses(values, 0.005, 0.0035, 1e-3f * POWER);
    check_filled(found(values, RATE), 0.5);
}

BOOST_AUTO_TEST_CASE(a_carrier_that_swings_over_the_band_is_found)
{
    const auto all = found(swinging(0.5, 0.02f * POWER), RATE);
    BOOST_TEST_REQUIRE(!all.empty());
    const auto& one = all.begin()->second;
    BOOST_TEST(one.sample_start < 0.01 * RATE);
    BOOST_TEST(one.freq_upper - one.freq_lower > 0.2 * RATE);
    BOOST_TEST(one.snr_db > 6.0);
}

BOOST_AUTO_TEST_CASE(when_it_ends_it_is_over_and_what_follows_is_noise)
{
    auto values = ofdm(0.6, 0.05f * POWER);
    const auto rest = noise(RATE, 1.0, 0.05f * POWER, 7);
    values.insert(values.end(), rest.begin(), rest.end());
    const auto all = found(values, RATE);
    BOOST_TEST_REQUIRE(all.size() == 1u);
    const double end = static_cast<double>(all.begin()->second.sample_start +
                                           all.begin()->second.sample_count);
    BOOST_TEST(end == 0.6 * RATE, boost::test_tools::tolerance(0.02));
}

BOOST_AUTO_TEST_CASE(no_noise_is_taken_for_a_signal)
{
    const auto white = noise(RATE, 0.4, POWER, 8);
    BOOST_TEST(found(white, RATE).empty(), "white");
    // Converters of few steps, one of them without a step at zero.
    for (float step : { 0.05f, 0.1f, 0.15f })
        for (float offset : { 0.0f, 0.5f }) {
            samples coarse(white.size());
            const auto rounded = [&](float v) {
                return step * (std::floor(v / step + 0.5f - offset) + offset);
            };
            std::transform(white.begin(), white.end(), coarse.begin(), [&](gr_complex v) {
                return gr_complex(rounded(v.real()), rounded(v.imag()));
            });
            BOOST_TEST(found(coarse, RATE).empty(), "step " << step << ", " << offset);
        }
}

BOOST_AUTO_TEST_CASE(without_a_spectrum_there_is_no_cyclic_prefix)
{
    const std::vector<gr_complex> silence(100000);
    BOOST_TEST(!gr::rfattn::find_cyclic_prefix(silence.data(), silence.size(), {}));
}
