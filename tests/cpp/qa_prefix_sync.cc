/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "base/estimated_fft.h"
#include "frames/prefix_sync.h"
#include "keyed_signals.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>
#include <string>

using namespace gr::rfattn;
using namespace keyed;

namespace {

constexpr double FAST = 2.048e6; // Hz
constexpr size_t USEFUL = 2048, PREFIX = 504, NULL_SYMBOL = 2656, CARRIERS = 1536;

// Symbols of random data, in frames that begin with a null symbol.
samples ofdm(size_t symbols, size_t useful, size_t prefix, size_t start = 0)
{
    std::mt19937 generator(4);
    estimated_fft transform(static_cast<int>(useful), FFTW_BACKWARD);
    samples made;
    for (size_t symbol = start; symbol < start + symbols; symbol++) {
        if (symbol % 76 == 0)
            made.resize(made.size() + NULL_SYMBOL);
        std::fill(transform.input(), transform.input() + useful, gr_complex());
        const size_t half = CARRIERS * useful / USEFUL / 2;
        for (size_t k = 1; k <= half; k++)
            for (const size_t bin : { k, useful - k })
                transform.input()[bin] =
                    gr_complex(std::polar(1.0, M_PI_2 * (generator() % 4))) /
                    std::sqrt(2.0f * static_cast<float>(half));
        transform.execute();
        const gr_complex* x = transform.output();
        made.insert(made.end(), x + useful - prefix, x + useful);
        made.insert(made.end(), x, x + useful);
    }
    return made;
}

samples with_noise(samples x, double snr, unsigned seed)
{
    std::mt19937 generator(seed);
    std::normal_distribution<double> drawn(
        0.0, std::sqrt(FAST / (CARRIERS * 1e3) / snr / 2.0));
    for (auto& sample : x)
        sample += gr_complex(std::complex<double>(drawn(generator), drawn(generator)));
    return x;
}

std::string found_in_all(const samples& x, size_t piece = 5000)
{
    prefix_sync sync(FAST, 1.5e6);
    for (size_t n = 0; n < x.size(); n += piece)
        sync.add(&x[n], std::min(piece, x.size() - n));
    return sync.found().name ? sync.found().name : "";
}

} // namespace

BOOST_AUTO_TEST_CASE(dab_is_found_wherever_it_begins)
{
    for (const size_t start : { 1u, 30u, 70u }) {
        const auto x = ofdm(135, USEFUL, PREFIX, start);
        BOOST_TEST(found_in_all(x) == "DAB", start);
        for (const unsigned seed : { 1u, 2u })
            BOOST_TEST(found_in_all(with_noise(x, 0.5, seed)) == "DAB", start); // -3 dB
    }
    const auto x = ofdm(135, USEFUL, PREFIX, 1);
    for (const size_t piece : { 1u, 333u, 1000000u })
        BOOST_TEST(found_in_all(x, piece) == "DAB", piece);
    BOOST_TEST(found_in_all(ofdm(110, USEFUL, PREFIX, 1)) == ""); // too short
}

BOOST_AUTO_TEST_CASE(others_are_no_dab)
{
    BOOST_TEST(found_in_all(ofdm(200, USEFUL, USEFUL / 4, 1)) !=
               ""); // the same but for 8
    BOOST_TEST(found_in_all(ofdm(200, USEFUL, USEFUL / 8, 1)) == "");
    BOOST_TEST(found_in_all(ofdm(200, USEFUL, USEFUL / 16, 1)) == "");
    BOOST_TEST(found_in_all(ofdm(200, USEFUL + 64, PREFIX, 1)) == "");
    BOOST_TEST(found_in_all(ofdm(400, USEFUL / 2, PREFIX / 2, 1)) == "");
    const samples silence(500000);
    BOOST_TEST(found_in_all(silence) == "");
    BOOST_TEST(found_in_all(samples(500000, gr_complex(NAN, INFINITY))) == "");
    BOOST_TEST(found_in_all(samples(500000, 1.0f)) == ""); // a carrier
    for (const unsigned seed : { 1u, 2u, 3u })
        BOOST_TEST(found_in_all(with_noise(silence, 1.0, seed)) == "");
}

// What repeats with every useful part is as like itself at all times.
BOOST_AUTO_TEST_CASE(what_repeats_is_no_prefix)
{
    const auto once = with_noise(samples(USEFUL), 1.0, 9);
    samples x;
    while (x.size() < 400000)
        x.insert(x.end(), once.begin(), once.end());
    BOOST_TEST(found_in_all(with_noise(x, 10.0, 3)) == "");
    samples cell; // is silent but for an offset, in half of each 5 ms
    for (size_t n = 0; n < 600000; n++)
        cell.push_back(n % 10240 < 4000 ? once[n % 1997] : gr_complex(0.3f));
    BOOST_TEST(found_in_all(with_noise(cell, 100.0, 3)) == "");
    samples bursts; // of a carrier, with other periods
    for (size_t n = 0; n < 600000; n++)
        bursts.push_back(n % 4096 < 1900 ? 1.0f : 0.0f);
    BOOST_TEST(found_in_all(with_noise(bursts, 10.0, 3)) == "");
}

BOOST_AUTO_TEST_CASE(bursts_are_searched_for_as_long_as_the_row_states)
{
    const auto x = ofdm(135, USEFUL, PREFIX, 1);
    const auto noise = with_noise(samples(static_cast<size_t>(0.5 * FAST)), 1.0, 5);
    prefix_search search(prefix_formats().front(), 504.0 / 2048.0, FAST);
    search.add(noise.data(), noise.size());
    search.add(x.data(), x.size());
    BOOST_TEST(!search.found().name);
    search.restart();
    search.add(x.data(), x.size());
    BOOST_TEST(search.found().name == std::string("DAB"));
}

BOOST_AUTO_TEST_CASE(emissions_of_other_widths_have_no_prefix)
{
    BOOST_TEST(prefix_sync(FAST, 1.5e6).has_formats());
    BOOST_TEST(!prefix_sync(FAST, 200e3).has_formats());
    BOOST_TEST(!prefix_sync(10e6, 8e6).has_formats());
    BOOST_TEST(!prefix_sync(60e3, 700e3).has_formats()); // too few samples
}

BOOST_AUTO_TEST_CASE(a_reader_finds_prefixes)
{
    const auto x = ofdm(135, USEFUL, PREFIX, 1);
    signal_reader sync;
    sync.restart(FAST, 0, -770e3, 770e3);
    sync.add(0, x.data(), x.size());
    BOOST_TEST(name_of(sync) == "DAB");
    frame_formats::row row;
    row.name = "Own";
    row.modulation = "prefix";
    row.baud = { 1e3 };
    row.emission_hz = { 1e5, 2e5 };
    row.longest_s = 1.0;
    row.prefixes = { 0.6 };
    BOOST_CHECK_EXCEPTION(
        format_table({ row }), std::invalid_argument, [](const auto& e) {
            return e.what() ==
                   std::string("Own: prefixes must be numbers from 0.01 to 0.5");
        });
}
