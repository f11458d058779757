/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "base/estimated_fft.h"
#include "frames/comb_search.h"
#include "frames/ofdm_sync.h"
#include "keyed_signals.h"
#include "words/chance.h"

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

constexpr double TELEVISION = 64e6 / 7; // Hz
constexpr size_t PILOTED = 1705, GUARD = 256;

// Symbols of random data from carrier `low` on, as many as fit, with pilots on each
// twelfth carrier of all 1705.
samples piloted(
    size_t symbols, size_t moved, uint32_t power, size_t useful = USEFUL, size_t low = 0)
{
    std::mt19937 generator(6);
    estimated_fft transform(static_cast<int>(useful), FFTW_BACKWARD);
    std::vector<float> signs(11, 1.0f);
    while (signs.size() < PILOTED)
        signs.push_back(-signs[signs.size() - 11] * signs[signs.size() - 11 + power]);
    const size_t count = std::min(PILOTED - low, useful - useful / 8);
    samples made;
    for (size_t symbol = 0; symbol < symbols; symbol++) {
        std::fill(transform.input(), transform.input() + useful, gr_complex());
        for (size_t k = low; k < low + count; k++)
            transform.input()[(k - low + useful - count / 2) % useful] =
                (k % 12 == moved * symbol % 12
                     ? gr_complex(4.0f / 3.0f * signs[k])
                     : gr_complex(std::polar(1.0, M_PI_2 * (generator() % 4)))) /
                std::sqrt(static_cast<float>(count));
        transform.execute();
        const gr_complex* x = transform.output();
        made.insert(made.end(), x + useful - GUARD * useful / USEFUL, x + useful);
        made.insert(made.end(), x, x + useful);
    }
    return made;
}

// Of what is found in television, whose spectra are half a bin beside the carriers.
std::string found_in_television(samples x, double width = 7.6e6, double rate = TELEVISION)
{
    for (size_t n = 0; n < x.size(); n++)
        x[n] *= gr_complex(std::polar(1.0, M_PI * static_cast<double>(n) / USEFUL));
    ofdm_sync sync(rate, width);
    for (size_t n = 0; n < x.size(); n += 5000)
        sync.add(&x[n], std::min<size_t>(5000, x.size() - n));
    return sync.found().name ? sync.found().name : "";
}

samples
with_noise(samples x, double snr, unsigned seed, double wider = FAST / (CARRIERS * 1e3))
{
    std::mt19937 generator(seed);
    std::normal_distribution<double> drawn(0.0, std::sqrt(wider / snr / 2.0));
    for (auto& sample : x)
        sample += gr_complex(std::complex<double>(drawn(generator), drawn(generator)));
    return x;
}

std::string found_in_all(const samples& x, size_t piece = 5000)
{
    ofdm_sync sync(FAST, 1.5e6);
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
    BOOST_TEST(ofdm_sync(FAST, 1.5e6).has_formats());
    BOOST_TEST(!ofdm_sync(FAST, 200e3).has_formats());
    BOOST_TEST(!ofdm_sync(20e6, 12e6).has_formats());
    BOOST_TEST(!ofdm_sync(60e3, 700e3).has_formats()); // too few samples
}

BOOST_AUTO_TEST_CASE(television_is_found_by_its_pilots)
{
    const auto x = piloted(100, 3, 2);
    BOOST_TEST(found_in_television(x) == "DVB-T");
    BOOST_TEST(found_in_television(with_noise(x, 2.0, 1, 1.2)) == "DVB-T");       // 3 dB
    BOOST_TEST(found_in_television(samples(x.begin(), x.begin() + 40000)) == ""); // short
    BOOST_TEST(found_in_television(x, 4.0e6) == "DVB-T"); // its edges are not sure
    BOOST_TEST(found_in_television(x, 1.2e6) == "");
}

BOOST_AUTO_TEST_CASE(a_part_of_television_is_enough)
{
    constexpr size_t part = 538;
    const double rate = part * 31.25e6 / 7e3;
    for (const size_t low : { 0u, 200u, 900u, 1234u })
        BOOST_TEST(found_in_television(piloted(120, 3, 2, part, low), 2.3e6, rate) ==
                       "DVB-T",
                   low);
}

BOOST_AUTO_TEST_CASE(other_pilots_are_no_television)
{
    BOOST_TEST(found_in_television(piloted(100, 6, 2)) == ""); // two combs, as of DVB-T2
    BOOST_TEST(found_in_television(piloted(100, 0, 2)) == "");
    BOOST_TEST(found_in_television(piloted(100, 3, 9)) == ""); // as of ISDB-T
    const samples silence(200000);
    BOOST_TEST(found_in_television(silence) == "");
    BOOST_TEST(found_in_television(samples(200000, gr_complex(NAN, INFINITY))) == "");
    BOOST_TEST(found_in_television(samples(200000, 1.0f)) == "");
    samples pulses(200000); // all turns of the phase are alike
    for (size_t n = 0; n < pulses.size(); n += 3000)
        pulses[n] = 1.0f;
    BOOST_TEST(found_in_television(pulses) == "");
    for (const unsigned seed : { 1u, 2u })
        BOOST_TEST(found_in_television(with_noise(silence, 1.0, seed)) == "");
}

BOOST_AUTO_TEST_CASE(a_band_with_too_few_pilots_is_not_searched)
{
    auto wide = comb_formats().front();
    wide.least_width = 1e3; // as a row of one's own may have it
    format_table own;
    own.combs = { wide };
    set_formats(own);
    BOOST_TEST(ofdm_sync(wide.least_rate(), 1e5).has_formats());
    BOOST_TEST(!ofdm_sync(0.99 * wide.least_rate(), 1e5).has_formats());
    BOOST_TEST(!ofdm_sync(1e3, 1e3).has_formats());
    frame_formats::set(shipped_formats());
}

BOOST_AUTO_TEST_CASE(bits_of_directions_are_a_bound)
{
    BOOST_TEST(chance::turn_bits(0.0, 40) == 0.0);
    std::mt19937 generator(8);
    std::uniform_real_distribution<double> drawn(-M_PI, M_PI);
    constexpr int TRIES = 20000;
    constexpr size_t COUNT = 40;
    for (const double power : { 160.0, 280.0 }) {
        int reached = 0;
        for (int k = 0; k < TRIES; k++) {
            std::complex<double> sum = 0.0;
            for (size_t n = 0; n < COUNT; n++)
                sum += std::polar(1.0, drawn(generator));
            reached += std::norm(sum) >= power ? 1 : 0;
        }
        BOOST_TEST(reached > 0);
        BOOST_TEST(reached <= TRIES * std::exp2(-chance::turn_bits(power, COUNT)));
    }
}

BOOST_AUTO_TEST_CASE(rows_of_combs_are_checked)
{
    frame_formats::row row;
    row.name = "Own";
    row.modulation = "comb";
    row.baud = { 4e3 };
    row.emission_hz = { 1e6, 2e6 };
    row.longest_s = 1.0;
    row.comb = { 1705, 12, 3 };
    row.signs = { 11, 2 };
    BOOST_TEST(format_table({ row }).combs.size() == 1u);
    for (const std::vector<int>& comb : { std::vector<int>{},
                                          { 1705, 12 },
                                          { 1705, 12, 5 },
                                          { 1705, 12, 0 },
                                          { 300, 12, 3 },
                                          { 65537, 12, 3 } }) {
        auto wrong = row;
        wrong.comb = comb;
        BOOST_TEST(
            refusal_of(wrong) ==
            "Own: comb must be carriers, 65536 at most, how many are from pilot to "
            "pilot, with 33 pilots or more, and from symbol to symbol, a divisor of "
            "that");
    }
    for (const std::vector<int>& signs :
         { std::vector<int>{}, { 11 }, { 11, 0 }, { 11, 11 }, { 33, 2 } }) {
        auto wrong = row;
        wrong.signs = signs;
        BOOST_TEST(refusal_of(wrong) ==
                   "Own: signs must be the two powers of a register, 1 to "
                   "32, the higher one first");
    }
    row.longest_s = 0.0;
    BOOST_TEST(refusal_of(row) == "Own: longest_s must be > 0");
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
    BOOST_TEST(refusal_of(row) == "Own: prefixes must be numbers from 0.01 to 0.5");
}
