/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "frames/chirp_sync.h"
#include "keyed_signals.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>
#include <string>

using namespace gr::rfattn;
using namespace keyed;

namespace {

// Chirps by the share of the width at which each begins; from -1 on: those that go down.
struct air {
    double width = 125e3;
    int factor = 7;
    double rate = 250e3;
    double snr = 1e4; // in the width of the chirps
    double offset = 300.0;
    bool is_inverted = false;

    samples send(const std::vector<double>& starts, size_t before, unsigned seed) const
    {
        std::mt19937 generator(seed);
        std::normal_distribution<double> drawn(0.0, std::sqrt(rate / width / snr / 2.0));
        const auto noise = [&] {
            return std::complex<double>(drawn(generator), drawn(generator));
        };
        samples made;
        for (size_t n = 0; n < before; n++)
            made.emplace_back(noise());
        const double length = std::exp2(factor) / width * rate;
        double phase = 0.0;
        for (size_t n = 0; n < static_cast<size_t>(length * double(starts.size())); n++) {
            const double place = static_cast<double>(n) / length;
            const double start = starts[static_cast<size_t>(place)];
            const double chirp = std::fmod(place + std::abs(start), 1.0) - 0.5;
            const bool is_down = (start < 0.0) != is_inverted;
            phase += 2.0 * M_PI * ((is_down ? -chirp : chirp) * width + offset) / rate;
            made.emplace_back(std::polar(1.0, phase) + noise());
        }
        return made;
    }

    std::string found(const std::vector<double>& starts, unsigned seed = 1) const
    {
        chirp_sync sync(rate, width);
        const auto x = send(starts, 1000 + 77 * seed, seed);
        for (size_t n = 0; n < x.size(); n += 999)
            sync.add(&x[n], std::min<size_t>(999, x.size() - n));
        return sync.found().name ? sync.found().name : "";
    }
};

std::vector<double> packet(unsigned seed, size_t preamble = 8, bool has_start = true)
{
    std::mt19937 generator(seed);
    std::vector<double> starts(preamble, 0.0);
    const double down = has_start ? -1.0 : 0.4;
    starts.insert(starts.end(), { 0.25, 0.125, down, down });
    for (int k = 0; k < 10; k++)
        starts.push_back(static_cast<double>(generator() % 128) / 128.0);
    return starts;
}

} // namespace

BOOST_AUTO_TEST_CASE(packets_of_all_widths_and_factors_are_found)
{
    for (const double width : { 125e3, 250e3, 500e3 })
        for (int factor = 7; factor <= 12; factor++)
            for (const bool is_inverted : { false, true }) {
                air sent{ width, factor, 2.0 * width };
                sent.is_inverted = is_inverted;
                BOOST_TEST(sent.found(packet(2)) == "LoRa", width << " " << factor);
            }
    for (const double rate : { 140e3, 187.5e3, 600e3 })
        BOOST_TEST((air{ 125e3, 8, rate }).found(packet(3)) == "LoRa", rate);
}

BOOST_AUTO_TEST_CASE(packets_are_found_in_noise)
{
    for (const unsigned seed : { 1u, 2u, 3u, 4u }) {
        BOOST_TEST((air{ 125e3, 7, 250e3, 1.0 }).found(packet(seed), seed) == "LoRa");
        BOOST_TEST((air{ 125e3, 9, 250e3, 0.25 }).found(packet(seed), seed) == "LoRa");
    }
}

BOOST_AUTO_TEST_CASE(others_are_none)
{
    const std::vector<double> up(40, 0.0), down(40, -1.0);
    for (const int factor : { 7, 9, 12 }) {
        const air sent{ 125e3, factor };
        BOOST_TEST(sent.found(up) == ""); // a radar
        BOOST_TEST(sent.found(down) == "");
        BOOST_TEST(sent.found(packet(4, 2)) == ""); // hardly a preamble
        BOOST_TEST(sent.found(packet(4, 8, false)) == "");
    }
    BOOST_TEST((air{ 110e3, 8 }).found(packet(5)) == ""); // another slope
    BOOST_TEST((air{ 140e3, 8 }).found(packet(5)) == "");
    for (const unsigned seed : { 1u, 2u, 3u })
        BOOST_TEST((air{ 125e3, 9, 250e3, 1e-9 }).found(packet(1), seed) == "");
    auto both = air().send(packet(1), 100, 1); // up and down at once
    for (auto& sample : both)
        sample = sample.real();
    chirp_sync real(250e3, 125e3);
    real.add(both.data(), both.size());
    BOOST_TEST(!real.found().name);
    for (const double place : { 0.05, 0.1, 0.2, 0.3, 0.4 }) {
        samples keyed; // a carrier
        for (int n = 0; n < 40000; n++)
            keyed.emplace_back(
                std::polar(n % 5120 < 3700 ? 1.0 : 0.0, 2.0 * M_PI * place * n));
        for (const double width : { 125e3, 250e3 }) {
            chirp_sync steady(500e3, width);
            steady.add(keyed.data(), keyed.size());
            BOOST_TEST(!steady.found().name, place);
        }
    }
    samples zeros(60000);
    chirp_sync sync(250e3, 125e3);
    sync.add(zeros.data(), zeros.size());
    std::fill(zeros.begin(), zeros.end(), gr_complex(NAN, INFINITY));
    sync.add(zeros.data(), zeros.size());
    BOOST_TEST(!sync.found().name);
}

BOOST_AUTO_TEST_CASE(the_start_of_each_burst_is_looked_at)
{
    const air sent;
    const auto packets = sent.send(packet(1), 100, 1),
               late = sent.send(packet(1), 60000, 1);
    chirp_sync sync(250e3, 125e3);
    sync.add(late.data(), 60000);
    sync.break_off();
    sync.add(packets.data(), packets.size());
    BOOST_TEST(sync.found().name == std::string("LoRa"));
    chirp_search search("LoRa", 125e3, 125e3 / 128, 250e3);
    BOOST_TEST(search.most_samples() == 80 * 256);
    search.run(late, 1.0);
    BOOST_TEST(!search.found().name); // it began too late
    search.restart();
    search.run(packets, 1.0);
    BOOST_TEST(search.found().name == std::string("LoRa"));
}

BOOST_AUTO_TEST_CASE(emissions_of_other_widths_are_not_searched)
{
    BOOST_TEST(chirp_sync(250e3, 125e3).has_formats());
    BOOST_TEST(!chirp_sync(250e3, 20e3).has_formats());
    BOOST_TEST(!chirp_sync(4e6, 2e6).has_formats());
    BOOST_TEST(!chirp_sync(120e3, 110e3).has_formats()); // too few samples
}

BOOST_AUTO_TEST_CASE(a_reader_finds_packets)
{
    const auto x = air().send(packet(1), 100, 1);
    signal_reader sync;
    sync.restart(250e3, 0, -62e3, 62e3);
    sync.add(0, x.data(), x.size());
    BOOST_TEST(name_of(sync) == "LoRa");
    frame_formats::row row;
    row.name = "Own";
    row.modulation = "chirp";
    row.baud = { 1e3 };
    row.width_hz = 128.5e3;
    row.emission_hz = { 1e5, 2e5 };
    BOOST_TEST(refusal_of(row) ==
               "Own: width_hz must be 32 to 4096 times baud, without a rest");
}
