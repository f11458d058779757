/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "spectra/spectrum.h"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

namespace data = boost::unit_test::data;
using gr::rfattn::spectrum;
using samples = std::vector<gr_complex>;

namespace {

const std::vector<int> SIZES{ 8, 64, 1024 };
const std::vector<std::string> WINDOWS{ "hann",           "hamming", "blackman",
                                        "blackmanharris", "flattop", "rectangular" };

spectrum::settings of_size(int fft_size)
{
    return { fft_size, fft_size, "hann", 1, "db", "keep", "two" };
}

samples tone(int n, double cycles)
{
    samples x(n);
    for (int i = 0; i < n; i++)
        x[i] = std::polar(1.0, 2.0 * M_PI * cycles * i / n);
    return x;
}

samples noise(int n, std::mt19937& generator)
{
    std::normal_distribution<float> part(0.0f, std::sqrt(0.5f));
    samples x(n);
    for (auto& sample : x)
        sample = gr_complex(part(generator), part(generator));
    return x;
}

std::vector<float> token(spectrum& kernel, const spectrum::settings& s, const samples& x)
{
    for (int i = 0; i < s.averaging; i++)
        kernel.add(x.data());
    BOOST_REQUIRE(kernel.complete());
    std::vector<float> out(s.n_bins);
    kernel.take(out.data());
    return out;
}

std::vector<float> token(const spectrum::settings& s, const samples& x)
{
    spectrum kernel(s);
    return token(kernel, s, x);
}

auto says(const std::string& text)
{
    return [text](const std::invalid_argument& e) {
        BOOST_CHECK_EQUAL(e.what(), text);
        return true;
    };
}

} // namespace

BOOST_DATA_TEST_CASE(full_scale_tone_reads_0_db_in_its_bin,
                     data::make(SIZES) * data::make(WINDOWS) * data::make({ 1, 3 }),
                     fft_size,
                     window,
                     averaging)
{
    auto s = of_size(fft_size);
    s.window = window;
    s.averaging = averaging;
    for (int bin : { -fft_size / 2, -2, 0, 3 })
        // 1e-3 dB: single precision of samples, window and FFT
        BOOST_CHECK_SMALL(token(s, tone(fft_size, bin))[fft_size / 2 + bin], 1e-3f);
}

BOOST_DATA_TEST_CASE(noise_reads_its_power_in_every_bin, data::make(WINDOWS), window)
{
    spectrum::settings s = of_size(64);
    s.window = window;
    s.averaging = 4000;
    s.scale = "linear";
    spectrum kernel(s);
    std::mt19937 generator(7);
    for (int i = 0; i < s.averaging; i++)
        kernel.add(noise(s.fft_size, generator).data());
    std::vector<float> out(s.n_bins);
    kernel.take(out.data());

    // The gain of the window, from a single sample at each place.
    s.averaging = 1;
    double gain = 0.0;
    for (int i = 0; i < s.fft_size; i++) {
        samples impulse(s.fft_size);
        impulse[i] = 1.0f;
        gain += token(s, impulse)[0];
    }
    for (float power : out)
        // 7 %: 4.5 standard deviations of a mean of 4000 exponential powers
        BOOST_CHECK_CLOSE(power, gain, 7.0);
}

BOOST_DATA_TEST_CASE(pooling_keeps_the_mean_power,
                     data::make({ 1, 2, 8, 64 }) * data::make({ "two", "one" }),
                     n_bins,
                     sides)
{
    auto s = of_size(128);
    s.sides = sides;
    s.scale = "linear";
    s.n_bins = s.sides == "one" ? 64 : 128;
    std::mt19937 generator(3);
    const auto x = noise(s.fft_size, generator);
    const auto fine = token(s, x);
    const int pool = s.n_bins / n_bins;
    s.n_bins = n_bins;
    const auto pooled = token(s, x);
    for (int i = 0; i < n_bins; i++) {
        double mean = 0.0;
        for (int j = 0; j < pool; j++)
            mean += fine[i * pool + j] / pool;
        // 1e-3 %: rounding of up to 128 single-precision terms
        BOOST_CHECK_CLOSE(pooled[i], mean, 1e-3);
    }
}

BOOST_AUTO_TEST_CASE(one_sided_real_tone_reads_minus_3_db_and_dc_0_db)
{
    auto s = of_size(64);
    s.n_bins = 32;
    s.sides = "one";
    s.window = "rectangular";
    samples real = tone(64, 5);
    for (auto& sample : real)
        sample = sample.real();
    BOOST_CHECK_SMALL(token(s, real)[5] + 3.0103f, 1e-3f);
    BOOST_CHECK_SMALL(token(s, tone(64, 0))[0], 1e-3f);
}

BOOST_AUTO_TEST_CASE(dc_is_replaced_by_its_neighbours)
{
    std::mt19937 generator(5);
    const auto x = noise(64, generator);
    auto s = of_size(64);
    s.scale = "linear";
    const auto kept = token(s, x);
    s.dc = "remove";
    const auto removed = token(s, x);
    for (int bin = 0; bin < 64; bin++)
        if (std::abs(bin - 32) <= 1)
            BOOST_CHECK_EQUAL(removed[bin], 0.5f * (kept[30] + kept[34]));
        else
            BOOST_CHECK_EQUAL(removed[bin], kept[bin]);

    s.sides = "one";
    s.n_bins = 32;
    const auto one = token(s, x);
    BOOST_CHECK_EQUAL(one[0], one[2]);
    BOOST_CHECK_EQUAL(one[1], one[2]);
}

BOOST_DATA_TEST_CASE(
    silence_and_nan_read_the_floor,
    data::make({ 1, 64 }) *
        data::make({ 0.0f, 1e-30f, std::numeric_limits<float>::quiet_NaN() }),
    n_bins,
    value)
{
    spectrum::settings s = of_size(64);
    s.n_bins = n_bins;
    for (float bin : token(s, samples(64, gr_complex(value, value))))
        BOOST_CHECK_EQUAL(bin, -200.0f);
}

BOOST_DATA_TEST_CASE(a_token_is_finite_whatever_the_samples_are,
                     data::make({ "db", "linear" }) *
                         data::make({ std::numeric_limits<float>::quiet_NaN(),
                                      std::numeric_limits<float>::infinity(),
                                      1e30f,
                                      1e13f }),
                     scale,
                     value)
{
    spectrum::settings s = of_size(64);
    s.scale = scale;
    spectrum kernel(s);
    auto x = tone(64, 9);
    x[5] = gr_complex(value, 0.0f);
    for (float bin : token(kernel, s, x)) {
        BOOST_TEST(std::isfinite(bin));
        if (s.scale == "linear")
            BOOST_TEST(bin <= 1e25f);
    }
    BOOST_CHECK_SMALL(token(kernel, s, tone(64, 9))[32 + 9] -
                          (s.scale == "db" ? 0.0f : 1.0f),
                      1e-3f); // nothing is left in the next
}

BOOST_AUTO_TEST_CASE(decibel_are_those_of_log10)
{
    spectrum::settings s = of_size(64);
    auto linear = s;
    linear.scale = "linear";
    std::mt19937 generator(11);
    auto x = noise(64, generator);
    for (int i = 0; i < 20; i++) {
        const auto power = token(linear, x);
        const auto db = token(s, x);
        for (int bin = 0; bin < 64; bin++) {
            const double expected = std::max(10.0 * std::log10(power[bin]), -200.0);
            // 1e-4 dB: volk_32f_log2_32f is good to 4e-5 dB
            BOOST_CHECK_SMALL(db[bin] - expected, 1e-4);
        }
        for (auto& sample : x)
            sample *= 0.3f;
    }
}

BOOST_AUTO_TEST_CASE(restart_forgets_the_frames_added)
{
    spectrum::settings s = of_size(64);
    s.averaging = 2;
    spectrum kernel(s);
    kernel.add(tone(64, 9).data());
    BOOST_CHECK(!kernel.complete());
    kernel.restart();
    const auto out = token(kernel, s, samples(64));
    BOOST_CHECK_EQUAL(out[32 + 9], -200.0f);
}

BOOST_AUTO_TEST_CASE(samples_of_any_alignment)
{
    spectrum::settings s = of_size(64);
    spectrum kernel(s);
    samples x(1);
    const auto wave = tone(64, 4);
    x.insert(x.end(), wave.begin(), wave.end());
    std::vector<float> out(64 + 1);
    kernel.add(x.data() + 1);
    kernel.take(out.data() + 1);
    BOOST_CHECK_SMALL(out[1 + 32 + 4], 1e-3f);
}

BOOST_AUTO_TEST_CASE(refusals_name_parameter_rule_and_value)
{
    const auto check = [](auto change, const std::string& text) {
        spectrum::settings s = of_size(64);
        change(s);
        BOOST_CHECK_EXCEPTION(
            spectrum{ s }, std::invalid_argument, says("power_spectrum: " + text));
    };
    const std::string sizes = "fft_size must be a power of two from 8 to 65536, got ";
    for (int size : { -64, 0, 4, 48, 131072 })
        check([&](auto& s) { s.fft_size = size; }, sizes + std::to_string(size));
    for (int bins : { -1, 0, 3, 128 })
        check([&](auto& s) { s.n_bins = bins; },
              "n_bins must be a power of two from 1 to 64, got " + std::to_string(bins));
    check([](auto& s) { s.sides = "one"; },
          "n_bins must be a power of two from 1 to 32, got 64");
    check([](auto& s) { s.averaging = 0; }, "averaging must be >= 1, got 0");
    check([](auto& s) { s.window = "kaiser"; },
          "window must be one of blackman, blackmanharris, flattop, hamming, hann, "
          "rectangular, got 'kaiser'");
    check([](auto& s) { s.scale = "dB"; }, "scale must be one of db, linear, got 'dB'");
    check([](auto& s) { s.dc = ""; }, "dc must be one of keep, remove, got ''");
    check([](auto& s) { s.sides = "both"; }, "sides must be one of two, one, got 'both'");
}
