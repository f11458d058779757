/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "channel/added_noise.h"
#include "channel/channel_filter.h"
#include "channel/channel_reader.h"
#include "channel/emission_channel.h"
#include "channel/filter_bank.h"
#include "channel/listener_channel.h"
#include "channel/low_pass.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <complex>
#include <limits>
#include <random>
#include <vector>

using namespace gr::rfattn;

namespace {

using samples = std::vector<gr_complex>;

constexpr size_t DELAY = 16; // samples of channel_filter

double db(double amplitude)
{
    return 20.0 * std::log10(amplitude);
}

// Amplitude of taps at a frequency, in shares of the sample rate.
double response(const std::vector<float>& taps, double frequency)
{
    std::complex<double> sum;
    for (size_t n = 0; n < taps.size(); n++)
        sum += static_cast<double>(taps[n]) *
               std::polar(1.0, -2.0 * M_PI * frequency * static_cast<double>(n));
    return std::abs(sum);
}

samples tone(double frequency, size_t count)
{
    samples x;
    for (size_t n = 0; n < count; n++)
        x.push_back(
            gr_complex(std::polar(1.0, 2.0 * M_PI * frequency * static_cast<double>(n))));
    return x;
}

samples noise(size_t count)
{
    std::mt19937 generator(1);
    std::normal_distribution<float> part;
    samples x(count);
    for (auto& sample : x)
        sample = { part(generator), part(generator) };
    return x;
}

samples filtered(channel_filter& filter, const samples& x, size_t piece)
{
    samples y;
    for (size_t n = 0; n < x.size(); n += piece)
        filter.add(&x[n], std::min(piece, x.size() - n), [&](gr_complex sample) {
            y.push_back(sample);
        });
    return y;
}

// What is added to silence from a sample on.
samples noise_of(added_noise& added, uint64_t first, size_t count)
{
    const samples silence(count);
    const gr_complex* const found = added.add(first, silence.data(), count);
    return { found, found + count };
}

double power_of(const samples& x)
{
    double sum = 0.0;
    for (const gr_complex sample : x)
        sum += std::norm(sample);
    return sum / static_cast<double>(x.size());
}

emission measured(double snr_db, double power_db)
{
    emission e;
    e.snr_db = snr_db;
    e.power_db = power_db;
    return e;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_low_pass_has_gain_1_and_half_of_it_at_its_edge)
{
    for (const int count : { 33, 65, 129 }) {
        const double slope = 1.7 / count; // half the transition of a Hamming window
        for (const double edge : { 0.1, 0.2, 0.3 }) {
            const auto taps = low_pass(edge, count);
            BOOST_TEST_REQUIRE(taps.size() == static_cast<size_t>(count));
            for (size_t n = 0; n < taps.size(); n++)
                BOOST_TEST(taps[n] == taps[taps.size() - 1 - n],
                           boost::test_tools::tolerance(1e-4f));
            BOOST_TEST(response(taps, 0.0) == 1.0, boost::test_tools::tolerance(1e-5));
            BOOST_TEST(response(taps, edge) == 0.5, boost::test_tools::tolerance(0.02));
            for (double f = 0.0; f < edge - slope; f += 0.002)
                BOOST_TEST(std::abs(db(response(taps, f))) < 0.1, f << " of " << edge);
            for (double f = edge + slope; f <= 0.5; f += 0.002)
                BOOST_TEST(db(response(taps, f)) < -45.0, f << " of " << edge);
        }
    }
}

BOOST_AUTO_TEST_CASE(tones_pass_a_channel_filter_up_to_its_edge)
{
    constexpr double EDGE = 0.2;
    const auto level_of = [&](double frequency) {
        channel_filter filter(EDGE);
        samples y = filtered(filter, tone(frequency, 400), 400);
        y.erase(y.begin(), y.begin() + 2 * DELAY); // while it fills
        return std::sqrt(power_of(y));
    };
    for (const double side : { -1.0, 1.0 }) {
        for (const double frequency : { 0.0, 0.05, 0.1, 0.14 })
            BOOST_TEST(std::abs(db(level_of(side * frequency))) < 0.1);
        BOOST_TEST(level_of(side * EDGE) == 0.5, boost::test_tools::tolerance(0.02));
        for (const double frequency : { 0.26, 0.3, 0.4, 0.5 })
            BOOST_TEST(db(level_of(side * frequency)) < -45.0);
    }
}

BOOST_AUTO_TEST_CASE(a_channel_filter_is_a_convolution_however_samples_are_cut)
{
    const auto x = noise(300);
    const auto taps = low_pass(0.3, 2 * DELAY + 1);
    for (const size_t piece : { 1, 7, 300 }) {
        channel_filter filter(0.3);
        const auto y = filtered(filter, x, piece);
        BOOST_TEST_REQUIRE(y.size() == x.size());
        for (size_t n = 0; n < x.size(); n++) {
            gr_complex sum;
            for (size_t k = 0; k < std::min(taps.size(), n + 1); k++)
                sum += taps[k] * x[n - k];
            BOOST_TEST_REQUIRE(std::abs(y[n] - sum) < 1e-5f);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_channel_filter_begins_anew_behind_zeros)
{
    const auto x = noise(100);
    channel_filter filter(0.2), fresh(0.2);
    filtered(filter, x, 100);
    filter.restart();
    BOOST_TEST((filtered(filter, x, 100) == filtered(fresh, x, 100)));
    BOOST_TEST(filtered(filter, {}, 1).empty());
}

BOOST_AUTO_TEST_CASE(an_edge_near_half_of_the_rate_lets_all_pass)
{
    const auto x = noise(100);
    for (const double edge : { 0.45, 0.5, 3.0 }) {
        channel_filter filter(edge);
        BOOST_TEST((filtered(filter, x, 9) == x));
    }
    channel_filter narrower(0.449);
    BOOST_TEST((filtered(narrower, x, 9) != x));
}

BOOST_AUTO_TEST_CASE(noise_brings_a_strong_emission_to_the_stated_snr)
{
    filter_banks banks(48e3);
    const emission_channel band(banks, 0.0, 48e3);
    BOOST_TEST_REQUIRE(!band.is_filtered());
    added_noise added(20.0);
    // The emission has 40 dB and a power of -10 dB: its noise is at -50 dB, and is to be
    // at -30 dB between edges that hold a quarter of the band.
    added.update(measured(40.0, -10.0), 12e3, band);
    const double expected = 4.0 * (1e-3 - 1e-5);
    BOOST_TEST(power_of(noise_of(added, 0, 65536)) == expected,
               boost::test_tools::tolerance(0.02)); // 5 deviations
}

BOOST_AUTO_TEST_CASE(noise_has_the_spectrum_of_the_filter_of_its_channel)
{
    filter_banks banks(480e3);
    const emission_channel channel(banks, 20e3, 100e3);
    BOOST_TEST_REQUIRE(channel.is_filtered());
    added_noise added(20.0);
    added.update(measured(40.0, -10.0), 100e3, channel);
    const auto x = noise_of(added, 0, 65536);
    const double all = (1e-3 - 1e-5) * channel.rate() / 100e3;
    const auto density_at = [&](double frequency) { // mean of 256 spectra
        double sum = 0.0;
        for (size_t first = 0; first < x.size(); first += 256) {
            std::complex<double> bin;
            for (size_t n = 0; n < 256; n++)
                bin += std::polar(1.0, -2.0 * M_PI * frequency * static_cast<double>(n)) *
                       std::complex<double>(x[first + n]) *
                       (1.0 - std::cos(2.0 * M_PI * static_cast<double>(n) / 256.0));
            sum += std::norm(bin) / (256.0 * 1.5);
        }
        return sum / 256.0 / all;
    };
    for (const double frequency : { 0.0, 0.1, -0.2, 0.3, -0.33 }) // deviation 1 / 16
        BOOST_TEST(density_at(frequency) == 1.0, boost::test_tools::tolerance(0.3));
    for (const double frequency : { 0.5, -0.495 })
        BOOST_TEST(density_at(frequency) < 1e-3);
    BOOST_TEST(filter_bank::response(0.5) < 1e-3);
}

BOOST_AUTO_TEST_CASE(the_noise_of_a_sample_follows_from_its_number)
{
    filter_banks banks(48e3);
    const emission_channel band(banks, 0.0, 48e3);
    added_noise added(20.0), other(20.0);
    added.update(measured(40.0, 0.0), 48e3, band);
    other.update(measured(40.0, 0.0), 48e3, band);
    const auto x = noise_of(added, 1000, 500);
    BOOST_TEST((noise_of(other, 1200, 300) == samples(x.begin() + 200, x.end())));
    BOOST_TEST((noise_of(other, 65536 + 1000, 500) == x)); // it repeats
    BOOST_TEST((noise_of(other, 1001, 500) != x));
    const samples sent = tone(0.1, 500);
    const gr_complex* const found = added.add(1000, sent.data(), sent.size());
    for (size_t n = 0; n < sent.size(); n++)
        BOOST_TEST_REQUIRE(std::abs(found[n] - sent[n] - x[n]) < 1e-6f);
}

BOOST_AUTO_TEST_CASE(without_need_no_noise_is_added)
{
    filter_banks banks(48e3);
    const emission_channel band(banks, 0.0, 48e3);
    const samples sent = tone(0.1, 10);
    const auto is_as_it_was = [&](double max_snr_db, const emission& e) {
        added_noise added(max_snr_db);
        const bool before = added.add(0, sent.data(), sent.size()) == sent.data();
        added.update(e, 12e3, band);
        return before && added.add(0, sent.data(), sent.size()) == sent.data();
    };
    BOOST_TEST(is_as_it_was(0.0, measured(90.0, 0.0))); // never
    BOOST_TEST(is_as_it_was(20.0, measured(20.0, 0.0)));
    BOOST_TEST(is_as_it_was(20.0, measured(5.0, 0.0)));
    BOOST_TEST(!is_as_it_was(20.0, measured(20.1, 0.0)));
    const double infinite = std::numeric_limits<double>::infinity();
    BOOST_TEST(is_as_it_was(20.0, measured(40.0, infinite)));
    added_noise added(20.0);
    added.update(measured(40.0, 0.0), 12e3, band);
    BOOST_TEST(added.add(0, sent.data(), 0) == sent.data());
    added.update(measured(10.0, 0.0), 12e3, band); // it became weaker
    BOOST_TEST(added.add(0, sent.data(), sent.size()) == sent.data());
}

// The band itself is a channel of its rate, so samples have the same numbers in both.
BOOST_AUTO_TEST_CASE(a_reader_reads_each_sample_of_the_spans_once)
{
    filter_banks banks(48e3);
    channel_reader reader(banks, 0.0, 48e3);
    const uint64_t hop = banks.first().hop();
    const volk::vector<gr_complex> silence(banks.first().size());
    const std::vector<cut_list::span> spans = { { 10, 20, 15 },
                                                { 18, hop + 5, 18 },
                                                { 3 * hop, cut_list::NEVER, 3 * hop } };
    std::vector<std::pair<uint64_t, uint64_t>> found;
    for (uint64_t block = 0; block < 5; block++) {
        banks.first().begin_block(static_cast<int64_t>(block), silence.data());
        reader.read(block, spans, [&](const auto&, const auto& run) {
            found.emplace_back(run.first, run.first + run.count);
        });
    }
    uint64_t from = 10;
    for (const auto& [first, last] : found) {
        BOOST_TEST((first == from || (from == hop + 5 && first == 3 * hop)));
        from = last;
    }
    BOOST_TEST(from == reader.next());
    BOOST_TEST(from > 3 * hop);
    BOOST_TEST(reader.ratio() == 1.0);
}

BOOST_AUTO_TEST_CASE(a_listener_gets_no_sample_twice_also_of_another_channel)
{
    filter_banks banks(48e3);
    listener_channel listener;
    const uint64_t hop = banks.first().hop();
    const volk::vector<gr_complex> silence(banks.first().size());
    const std::vector<cut_list::span> all = { { 0, cut_list::NEVER, 0 } };
    struct sent {
        double begin, end, rate; // s, s, Hz
    };
    std::vector<sent> pieces;
    const auto send = [&](gathered_samples& from, const emission_channel& channel) {
        const double rate = channel.rate(), first = static_cast<double>(from.first);
        const auto count = static_cast<double>(from.samples.size());
        pieces.push_back({ first / rate, (first + count) / rate, rate });
    };
    const auto read = [&](uint64_t first, uint64_t last) {
        for (uint64_t block = first; block < last; block++) {
            banks.first().begin_block(static_cast<int64_t>(block), silence.data());
            listener.read(block, banks, 100e6, all, send);
        }
    };
    const uint64_t half = 4800 / hop; // blocks of 0.1 s
    read(0, 2);
    BOOST_TEST(pieces.empty()); // nobody listens
    const listener_channel::edges narrow{ 99.997e6, 100.003e6 };
    listener.ask(&narrow);
    read(2, half);
    const listener_channel::edges wide{ 99e6, 101e6 };
    listener.ask(&wide);
    read(half, 2 * half);
    BOOST_TEST_REQUIRE(pieces.size() > 4u);
    BOOST_TEST(pieces.front().begin >= 2.0 * static_cast<double>(hop) / 48e3 - 1e-3);
    BOOST_TEST(pieces.front().rate < pieces.back().rate);
    for (size_t n = 1; n < pieces.size(); n++)
        BOOST_TEST(std::abs(pieces[n].begin - pieces[n - 1].end) < 1e-4);
    BOOST_TEST(pieces[1].end - pieces[1].begin >= listener_channel::MESSAGE_S);
    pieces.clear();
    const listener_channel::edges elsewhere{ 200e6, 201e6 };
    listener.ask(&elsewhere);
    read(2 * half, 2 * half + 3);
    listener.ask(nullptr);
    read(2 * half + 3, 2 * half + 6);
    BOOST_TEST(pieces.size() <= 1u); // what waited
}
