/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "channel/emission_channel.h"
#include "channel/filter_bank.h"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>
#include <vector>

namespace data = boost::unit_test::data;
using gr::rfattn::emission_channel;
using gr::rfattn::filter_bank;
using gr::rfattn::filter_banks;
using samples = std::vector<gr_complex>;

namespace {

constexpr int SIZE = 1024;

samples noise(size_t n)
{
    std::mt19937 generator(11);
    std::normal_distribution<float> part(0.0f, std::sqrt(0.5f));
    samples x(n);
    for (auto& sample : x)
        sample = gr_complex(part(generator), part(generator));
    return x;
}

// A tone of `cycles` in `SIZE` samples.
samples tone(size_t n, double cycles)
{
    samples x(n);
    for (size_t i = 0; i < n; i++)
        x[i] =
            gr_complex(std::polar(1.0, 2.0 * M_PI * std::fmod(cycles * i / SIZE, 1.0)));
    return x;
}

// Block `number` of x, with silence around it.
volk::vector<gr_complex> begin_block(filter_bank& bank, const samples& x, int64_t number)
{
    volk::vector<gr_complex> block(bank.size());
    for (int i = 0; i < bank.size(); i++) {
        const int64_t n = number * bank.hop() - bank.margin() + i;
        const bool inside = n >= 0 && n < static_cast<int64_t>(x.size());
        block[i] = inside ? x[n] : gr_complex(0.0f, 0.0f);
    }
    bank.begin_block(number, block.data());
    return block;
}

samples cut(const samples& x, double centre, int bins)
{
    filter_bank bank(SIZE);
    const auto channel = bank.make_channel(centre, bins);
    samples y;
    for (size_t number = 0; number < x.size() / bank.hop(); number++) {
        const auto block = begin_block(bank, x, number);
        y.resize(y.size() + channel.samples());
        bank.extract(channel, &y[y.size() - channel.samples()]);
    }
    return y;
}

// A sinc in a Kaiser window: the impulse response at a time in channel samples.
double impulse_response(double t)
{
    constexpr double beta = 7.527, half = 16.0, edge = 0.417;
    if (std::abs(t) >= half)
        return 0.0;
    const double root = std::sqrt(1.0 - (t / half) * (t / half));
    const double window =
        std::cyl_bessel_i(0.0, beta * root) / std::cyl_bessel_i(0.0, beta);
    const double x = 2.0 * M_PI * edge * t;
    return 2.0 * edge * (x == 0.0 ? 1.0 : std::sin(x) / x) * window;
}

// Mixes, filters and resamples in one sum over all samples.
gr_complex direct(const samples& x, double centre, int bins, int u)
{
    const double ratio = static_cast<double>(bins) / SIZE;
    std::complex<double> sum = 0.0;
    for (size_t n = 0; n < x.size(); n++) {
        const double gain = impulse_response(u - n * ratio) * ratio;
        if (gain != 0.0)
            sum += std::complex<double>(x[n]) *
                   std::polar(gain, -2.0 * M_PI * std::fmod(centre * n / SIZE, 1.0));
    }
    return gr_complex(sum);
}

double power(const samples& x, size_t from, size_t to)
{
    double sum = 0.0;
    for (size_t i = from; i < to; i++)
        sum += std::norm(x[i]);
    return sum / (to - from);
}

double decibel(double power_ratio)
{
    return 10.0 * std::log10(power_ratio + 1e-30);
}

} // namespace

BOOST_DATA_TEST_CASE(channels_are_those_of_mixer_filter_and_resampler,
                     data::make({ 128, 160, 224, 448 }) *
                         data::make({ 0.0, 3.0, -101.4, 250.37 }),
                     bins,
                     centre)
{
    const auto x = noise(8 * SIZE);
    const auto y = cut(x, centre, bins);
    double error = 0.0, all = 0.0;
    for (size_t u = 5; u < y.size(); u += 7) {
        const auto expected = direct(x, centre, bins, u);
        error += std::norm(y[u] - expected);
        all += std::norm(expected);
    }
    // 2e-4: the sum has what the bank cuts off at the edges of a channel, 77 dB down
    BOOST_CHECK_LT(std::sqrt(error / all), 2e-4);
}

BOOST_DATA_TEST_CASE(response_is_flat_and_falls_as_stated,
                     data::make({ 128, 192, 320 }) * data::make({ 0.0, 17.3 }),
                     bins,
                     centre)
{
    const auto gain_db = [&](double distance) { // in units of the channel's rate
        const auto y = cut(tone(6 * SIZE, centre + distance * bins), centre, bins);
        return decibel(power(y, 2 * bins, 4 * bins));
    };
    for (double flat : { -0.34, -0.2, 0.01, 0.28, 0.34 })
        BOOST_CHECK_SMALL(gain_db(flat), 0.003); // dB
    BOOST_CHECK_SMALL(gain_db(0.359), 0.1);
    BOOST_CHECK_CLOSE(gain_db(-0.417), -6.02, 1.0); // %
    for (double outside : { -1.3, -0.7, -0.51, 0.492, 0.5, 0.55, 0.9, 1.1 })
        BOOST_CHECK_LT(gain_db(outside), -72.0);
}

BOOST_DATA_TEST_CASE(a_tone_at_the_centre_stands_still,
                     data::make({ 0.0, 0.5, -0.49, 101.25, -300.7 }),
                     centre)
{
    const auto y = cut(tone(20 * SIZE, centre), centre, 128);
    for (size_t u = 64; u < y.size() - 64; u++) // without the ends
        BOOST_CHECK_SMALL(std::abs(y[u] - gr_complex(1.0f, 0.0f)), 2e-4f);
}

BOOST_AUTO_TEST_CASE(blocks_do_not_depend_on_each_other)
{
    const auto x = noise(8 * SIZE);
    const auto all = cut(x, 40.3, 160);
    filter_bank bank(SIZE);
    const auto channel = bank.make_channel(40.3, 160);
    const auto block = begin_block(bank, x, 9);
    samples one(120);
    bank.extract(channel, one.data());
    for (int i = 0; i < 120; i++)
        BOOST_CHECK_EQUAL(one[i], all[9 * 120 + i]);
}

BOOST_AUTO_TEST_CASE(the_whole_band_is_unchanged)
{
    const auto x = noise(3 * SIZE);
    const auto y = cut(x, 77.0, 2 * SIZE);
    BOOST_CHECK_EQUAL_COLLECTIONS(x.begin(), x.end(), y.begin(), y.end());
}

BOOST_AUTO_TEST_CASE(a_channel_ends_at_the_edge_of_the_band)
{
    const double centre = 500.0; // 12 bins from the edge
    const auto gain_db = [&](double cycles) {
        return decibel(power(cut(tone(6 * SIZE, cycles), centre, 160), 320, 640));
    };
    BOOST_CHECK_SMALL(gain_db(499.0), 0.01);
    BOOST_CHECK_CLOSE(gain_db(512.0), -6.02, 1.0);
    BOOST_CHECK_LT(gain_db(525.0), -70.0); // comes from the other edge
}

BOOST_AUTO_TEST_CASE(sizes)
{
    BOOST_CHECK_EQUAL(filter_bank::size_for(20e6), 32768);
    BOOST_CHECK_EQUAL(filter_bank::size_for(10e6), 16384);
    BOOST_CHECK_EQUAL(filter_bank::size_for(2.4e6), 4096);
    BOOST_CHECK_EQUAL(filter_bank::size_for(8000.0), 512);
    BOOST_CHECK_EQUAL(filter_bank::size_for(1e9), 1 << 18);
    BOOST_CHECK_EQUAL(filter_bank::nearest_size(1.0), 128);
    BOOST_CHECK_EQUAL(filter_bank::nearest_size(143.0), 128);
    BOOST_CHECK_EQUAL(filter_bank::nearest_size(144.0), 160);
    BOOST_CHECK_EQUAL(filter_bank::nearest_size(1000.0), 1024);
    for (double bins = 128.0; bins < 1e5; bins *= 1.013) {
        const double ratio = filter_bank::nearest_size(bins) / bins;
        BOOST_CHECK_LT(std::max(ratio, 1.0 / ratio), std::sqrt(1.25) + 1e-9);
    }
}

// Emission channels, narrow ones among them.

BOOST_DATA_TEST_CASE(emission_channels_are_about_twice_as_wide_as_the_emission,
                     data::make({ 8e3, 2.4e6, 20e6 }) *
                         data::make({ 0.001, 0.01, 0.1, 0.4 }),
                     sample_rate,
                     share)
{
    filter_banks banks(sample_rate);
    const double width = share * sample_rate;
    emission_channel channel(banks, 0.1 * sample_rate, width);
    const double ratio = channel.rate() / (2.0 * width);
    BOOST_CHECK_LT(std::max(ratio, 1.0 / ratio), std::sqrt(1.25) + 1e-9);
    BOOST_CHECK_CLOSE(channel.centre(), 0.1 * sample_rate, 1e-6);
}

BOOST_AUTO_TEST_CASE(the_narrowest_channel_has_the_rate_of_half_a_bin)
{
    filter_banks banks(8000.0);
    BOOST_CHECK_CLOSE(emission_channel(banks, 0.0, 1e-3).rate(), 8000.0 / 1024, 1e-9);
}

BOOST_DATA_TEST_CASE(a_narrow_channel_has_no_delay_and_the_phase_of_its_centre,
                     data::make({ 20.0, 61.0, 150.0 }),
                     width)
{
    constexpr double sample_rate = 8000.0, frequency = 1234.5;
    filter_banks banks(sample_rate);
    emission_channel channel(banks, frequency, width);
    BOOST_REQUIRE_GT(channel.reach(), 0u);
    // A tone that grows: its size shows the time, its phase the frequency.
    const size_t n = 32 * static_cast<size_t>(channel.reach());
    samples x(n);
    for (size_t i = 0; i < n; i++)
        x[i] = gr_complex(
            std::polar<double>(static_cast<double>(i) / n,
                               2.0 * M_PI * std::fmod(frequency * i / sample_rate, 1.0)));
    filter_bank& bank = banks.first();
    uint64_t next = 0;
    for (size_t number = 0; number < n / bank.hop(); number++) {
        const auto block = begin_block(bank, x, number);
        const auto run = channel.extract(number);
        if (run.count == 0)
            continue;
        BOOST_REQUIRE_EQUAL(run.first, next);
        next += run.count;
        for (size_t i = 0; i < run.count; i++) {
            const double time = (run.first + i) / channel.rate();
            if (run.first + i < 64)
                continue;
            const double expected = time * sample_rate / n;
            BOOST_CHECK_SMALL(std::abs(run.samples[i] - gr_complex(expected)), 1e-3f);
        }
    }
    BOOST_CHECK_GT(next, n * channel.rate() / sample_rate - 200);
}

BOOST_AUTO_TEST_CASE(a_narrow_channel_begins_again_after_a_pause)
{
    filter_banks banks(8000.0);
    emission_channel channel(banks, 1000.0, 40.0);
    const auto x = noise(400 * 512);
    filter_bank& bank = banks.first();
    const auto extract = [&](int64_t number) {
        const auto block = begin_block(bank, x, number);
        return channel.extract(number);
    };
    for (int64_t number = 0; number < 50; number++)
        extract(number);
    uint64_t first = 0;
    for (int64_t number = 300; first == 0; number++)
        first = extract(number).first;
    // The block of 384 samples that came first after the pause, in samples of the
    // channel.
    BOOST_CHECK_EQUAL(
        first, static_cast<uint64_t>(std::ceil(300 * 384 * channel.rate() / 8000.0)));
}

BOOST_AUTO_TEST_CASE(a_channel_continues_to_what_its_blocks_complete)
{
    filter_banks banks(8000.0);
    emission_channel wide(banks, 1000.0, 2000.0), narrow(banks, 1000.0, 40.0);
    filter_bank& bank = banks.first();
    const auto x = noise(60 * 512);
    const auto samples = static_cast<uint64_t>(3 * wide.rate() / 8000.0 * bank.hop());
    BOOST_TEST(wide.continues_to(3, samples));
    BOOST_TEST(!wide.continues_to(3, samples - 1));
    BOOST_TEST(!narrow.continues_to(0, 0)); // nothing was extracted
    uint64_t end = 0;
    for (int64_t number = 0; number < 50; number++) {
        const auto block = begin_block(bank, x, number);
        const auto run = narrow.extract(number);
        if (run.count > 0)
            end = run.first + run.count;
    }
    BOOST_REQUIRE_GT(end, 0u);
    BOOST_TEST(narrow.continues_to(50, end));
    BOOST_TEST(!narrow.continues_to(50, end - 1));
    BOOST_TEST(!narrow.continues_to(51, end)); // a block was left out
}

// What is kept is that of the same block of the same stream and version.
BOOST_AUTO_TEST_CASE(a_block_whose_spectrum_is_kept_is_not_transformed_again)
{
    filter_bank bank(SIZE, 2);
    const auto channel = bank.make_channel(10.0, 128);
    const auto x = noise(8 * SIZE), other = tone(8 * SIZE, 3.0);
    const auto extract = [&](const samples& from, int64_t number, uint64_t version) {
        const auto block = begin_block(bank, from, number);
        bank.begin_block(number, block.data(), version);
        samples y(channel.samples());
        bank.extract(channel, y.data());
        return y;
    };
    const auto first = extract(x, 4, 0), second = extract(x, 5, 0);
    BOOST_TEST((extract(other, 4, 0) == first)); // of the samples that it had
    BOOST_TEST((extract(other, 5, 0) == second));
    const auto changed = extract(other, 4, 1);
    BOOST_TEST((changed != first));
    BOOST_TEST((extract(x, 6, 0) != changed)); // takes the place of block 4
    BOOST_TEST((extract(x, 4, 0) == first));   // transformed again, to the last bit
    bank.restart();
    BOOST_TEST((extract(other, 5, 0) != second));
}
