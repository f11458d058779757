/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "frames/channel_search.h"
#include "keyed_signals.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>
#include <string>
#include <vector>

using namespace keyed;
using gr::rfattn::channel_search;

namespace {

using audio = std::vector<double>; // -1 to 1

// A sine of one frequency for each symbol.
audio tones(const bits& symbols, double baud, double of_zero, double of_one)
{
    audio found;
    double phase = 0.0;
    for (size_t n = 0; n < static_cast<size_t>(symbols.size() * RATE / baud); n++) {
        const auto k = static_cast<size_t>(static_cast<double>(n) * baud / RATE);
        phase += 2.0 * M_PI * (symbols[k] ? of_one : of_zero) / RATE;
        found.push_back(std::sin(phase));
    }
    return found;
}

samples with_noise(samples x)
{
    std::mt19937 generator(3);
    std::normal_distribution<float> drawn(0.0f, 0.03f);
    for (auto& sample : x)
        sample += gr_complex(drawn(generator), drawn(generator));
    return x;
}

samples fm(const audio& sent, double deviation, double offset, double rate = RATE)
{
    samples found;
    double phase = 0.0;
    for (const double level : sent) {
        phase += 2.0 * M_PI * (offset + deviation * level) / rate;
        found.emplace_back(gr_complex(std::polar(1.0, phase)));
    }
    return with_noise(found);
}

samples am(const audio& sent, double depth)
{
    samples found;
    for (size_t n = 0; n < sent.size(); n++)
        found.emplace_back(gr_complex(std::polar(
            1.0 + depth * sent[n], 2.0 * M_PI * 150.0 * static_cast<double>(n) / RATE)));
    return with_noise(found);
}

bits packet()
{
    return repeated(FLAG, 20) + stuffed(random_bits(304, 4)) + FLAG + FLAG;
}

// Pre-key, the octets of a block up to SOH, and text; half a period of 1200 Hz where a
// bit differs from that before, a period of 2400 Hz where not.
audio acars(const std::string& octets)
{
    const bits sent = bits(60, 1) + of_hex(octets) + random_bits(200, 5);
    bits differs{ 0 };
    for (size_t k = 1; k < sent.size(); k++)
        differs.push_back(sent[k] != sent[k - 1]);
    return tones(differs, 2400, 2400, 1200);
}

// Half a second of broadcasting: a tone, and one at the place of the pilot, or at twice
// that.
samples broadcast(double pilot, double rate, double part = 0.09, double twice = 0.0)
{
    audio sent;
    for (size_t n = 0; n < static_cast<size_t>(0.5 * rate); n++) {
        const double turn = 2.0 * M_PI * static_cast<double>(n) / rate;
        sent.push_back(0.6 * std::sin(turn * 700.0) + part * std::sin(turn * pilot) +
                       twice * std::sin(turn * 2.0 * pilot));
    }
    return fm(sent, 75e3, 3e3, rate);
}

std::string name_of(const channel_search& search)
{
    return search.found().name ? search.found().name : "";
}

} // namespace

BOOST_AUTO_TEST_CASE(packets_in_tones_that_modulate_the_frequency_are_found)
{
    for (const double offset : { 0.0, -700.0 })
        BOOST_TEST(found_in(fm(tones(nrzi(packet()), 1200, 1200, 2200), 3e3, offset),
                            11e3) == "AFSK HDLC");
    bits wrong = packet();
    wrong[300] ^= 1;
    BOOST_TEST(found_in(fm(tones(nrzi(wrong), 1200, 1200, 2200), 3e3, 0), 11e3) == "");
    BOOST_TEST(found_in(fm(tones(nrzi(packet()), 1200, 1200, 2200), 3e3, 0), 40e3) == "");
}

BOOST_AUTO_TEST_CASE(blocks_of_acars_are_found_by_their_synchronization)
{
    BOOST_TEST(found_in(am(acars("D554686880"), 0.8), 5.5e3) == "ACARS");
    BOOST_TEST(found_in(am(acars("D554906880"), 0.8), 5.5e3) == "");
}

BOOST_AUTO_TEST_CASE(broadcasting_in_stereo_is_found_by_its_pilot_tone)
{
    for (const double rate : { 200e3, 384e3 }) {
        BOOST_TEST(found_in(broadcast(19e3, rate), 130e3, rate) == "FM stereo");
        BOOST_TEST(found_in(broadcast(19.03e3, rate), 130e3, rate) == "FM stereo");
        BOOST_TEST(found_in(broadcast(19.3e3, rate), 130e3, rate) == "");
        BOOST_TEST(found_in(broadcast(15.6e3, rate), 130e3, rate) == "");
        for (const double part : { 0.04, 0.18 })
            BOOST_TEST(found_in(broadcast(19e3, rate, part), 130e3, rate) == "");
        BOOST_TEST(found_in(broadcast(19e3, rate, 0.09, 0.05), 130e3, rate) == "");
    }
}

BOOST_AUTO_TEST_CASE(a_gap_ends_the_tones)
{
    const samples x = fm(tones(nrzi(packet()), 1200, 1200, 2200), 3e3, 0);
    const size_t middle = x.size() / 2;
    for (const uint64_t gap : { 0, 48 }) {
        signal_reader sync;
        sync.restart(RATE, 0, -6e3, 6e3);
        sync.add(0, x.data(), middle);
        sync.add(middle + gap, &x[middle], x.size() - middle);
        BOOST_TEST(name_of(sync) == (gap ? "" : "AFSK HDLC"));
    }
}

BOOST_AUTO_TEST_CASE(what_is_looked_for_follows_from_the_width_and_the_rate)
{
    BOOST_TEST(channel_search(48e3, 0.0, -5e3, 5e3).has_formats());
    BOOST_TEST(!channel_search(20e6, 0.0, -4e6, 4e6).has_formats());
}

BOOST_AUTO_TEST_CASE(what_was_found_stays)
{
    channel_search search(RATE, 0.0, -5.5e3, 5.5e3);
    const auto x = fm(tones(nrzi(packet()), 1200, 1200, 2200), 3e3, 0.0);
    search.add(x.data(), x.size());
    BOOST_TEST(name_of(search) == "AFSK HDLC");
    search.break_off(x.size());
    const auto keyed = fsk(repeated({ 0, 1 }, 24) + random_bits(600, 1), 4800);
    search.add(keyed.data(), keyed.size());
    BOOST_TEST(name_of(search) == "AFSK HDLC");
}

BOOST_AUTO_TEST_CASE(what_lies_beside_the_emission_is_left_out)
{
    auto x =
        fsk(random_bits(100, 1) + of_hex("086D53884469481F") + random_bits(100, 2), 4800);
    for (size_t n = 0; n < x.size(); n++)
        x[n] += std::polar(3.0f, static_cast<float>(n % 3) * float(2.0 * M_PI / 3.0));
    for (const double half : { 5e3, 8e3 }) { // the other is at 16 kHz
        channel_search search(RATE, 0.0, -half, half);
        search.add(x.data(), x.size());
        BOOST_TEST(name_of(search) == "RS41");
    }
    BOOST_TEST(found_in(x, 100e3) == "");
}

// Near the noise a detector sees the strongest part of an emission alone.
BOOST_AUTO_TEST_CASE(a_format_is_looked_for_in_its_own_width)
{
    const auto x =
        fsk(random_bits(500, 1) + of_hex("086D53884469481F") + random_bits(100, 2),
            4800,
            0.0,
            0.5);
    for (const double half : { 1300.0, 3e3 }) {
        channel_search search(RATE, 0.0, -half, half);
        search.add(x.data(), x.size());
        BOOST_TEST(name_of(search) == "RS41", half << " Hz");
    }
    // Of real samples the mirror image begins at 0 Hz, and is left out.
    auto beside = x;
    const auto other = fsk(random_bits(664, 5), 4800, 0.0, 0.0);
    for (size_t n = 0; n < x.size(); n++)
        beside[n] += 4.0f * other[n] * std::polar(1.0f, float(2.0 * M_PI * -0.1875 * n));
    channel_search real(RATE, 4e3, -1300.0, 1300.0);
    real.add(beside.data(), beside.size());
    BOOST_TEST(name_of(real) == "RS41");
}

BOOST_AUTO_TEST_CASE(values_that_are_no_samples_are_borne)
{
    const auto x =
        fsk(random_bits(100, 1) + of_hex("086D53884469481F") + random_bits(100, 2), 4800);
    channel_search search(RATE, 0.0, -5e3, 5e3);
    const samples bad(100, gr_complex(NAN, 1e38f));
    search.add(bad.data(), bad.size());
    BOOST_TEST(name_of(search) == "");
    search.add(x.data(), x.size());
    BOOST_TEST(name_of(search) == "RS41");
}
