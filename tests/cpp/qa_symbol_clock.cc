/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "keyed_signals.h"
#include "symbols/msk_reader.h"
#include "symbols/symbol_clock.h"
#include "symbols/symbol_reader.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <complex>
#include <limits>
#include <string>
#include <vector>

using namespace gr::rfattn;
using namespace keyed;

namespace {

const bits WORD = of_hex("086D53884469481F"); // of RS41: one is enough
constexpr double BAUD = 4800.0;

// What a clock takes: the phase of each sample, and sums of them.
struct signal {
    std::vector<double> phase;
    std::vector<std::complex<double>> sums;

    explicit signal(const samples& x)
    {
        std::complex<double> last = 1.0, sum;
        double turned = 0.0;
        for (const gr_complex sample : x) {
            const std::complex<double> now(sample);
            phase.push_back(turned += std::arg(now * std::conj(last)));
            sums.push_back(sum += now);
            last = now;
        }
    }
};

int frames_of(symbol_clock& clock, const samples& x)
{
    const signal s(x);
    clock.run(s.phase, s.sums, 0);
    return clock.found().frames;
}

symbol_clock clock_for(const sync_format& format, double drift = 0.0)
{
    symbol_clock clock(format.baud, RATE / format.baud * (1.0 + drift), format.is_phase);
    clock.add(format);
    return clock;
}

void add_to(symbol_reader& reader, const samples& x, size_t piece = 577)
{
    gr_complex last;
    std::vector<float> turns;
    for (const gr_complex sample : x) {
        turns.push_back(std::arg(sample * std::conj(last)));
        last = sample;
    }
    for (size_t n = 0; n < x.size(); n += piece)
        reader.add(&x[n], &turns[n], std::min(piece, x.size() - n));
}

std::string name_in(const symbol_reader& reader)
{
    return reader.found().name ? reader.found().name : "";
}

} // namespace

BOOST_AUTO_TEST_CASE(a_clock_finds_a_word_in_noise_at_a_wrong_clock)
{
    const auto& format = format_of("RS41", BAUD);
    const auto sent = random_bits(200, 1) + WORD + random_bits(200, 2);
    for (const double noise : { 1e-4, 0.05 })
        for (const double drift : { 0.0, 1e-3, -1e-3 }) {
            auto clock = clock_for(format, drift);
            BOOST_TEST(frames_of(clock, fsk(sent, BAUD, 300.0, noise)) == 1);
            BOOST_TEST(clock.found().name == format.name);
        }
    auto clock = clock_for(format), other = clock_for(format);
    BOOST_TEST(frames_of(clock, fsk(random_bits(464, 3), BAUD)) == 0);
    BOOST_TEST(frames_of(other, fsk(sent, 5000.0)) == 0); // another rate
    BOOST_TEST(!other.found().name);
}

BOOST_AUTO_TEST_CASE(a_clock_reads_phase_keying)
{
    const auto& format = format_of("CCSDS PSK", 4800.0);
    const auto marker = of_hex("1ACFFC1D");
    auto clock = clock_for(format);
    BOOST_TEST(clock.is_phase());
    const auto sent = random_bits(300, 1) + marker + random_bits(300, 2) + marker;
    BOOST_TEST(frames_of(clock, bpsk(sent + bits(4, 0), 4800.0, 0.0)) == 2);
}

BOOST_AUTO_TEST_CASE(a_clock_states_which_samples_it_needs)
{
    const auto& format = format_of("RS41", BAUD);
    auto clock = clock_for(format);
    signal s(fsk(random_bits(200, 1) + WORD + random_bits(20, 2), BAUD));
    uint64_t first = 0;
    signal held{ samples() };
    for (size_t n = 0; n < s.phase.size(); n++) {
        held.phase.push_back(s.phase[n]);
        held.sums.push_back(s.sums[n]);
        clock.run(held.phase, held.sums, first);
        BOOST_TEST_REQUIRE(clock.needed() >= first);
        BOOST_TEST_REQUIRE(clock.needed() + 14 > n); // a symbol has ten samples
        const auto used = static_cast<long>(clock.needed() - first);
        held.phase.erase(held.phase.begin(), held.phase.begin() + used);
        held.sums.erase(held.sums.begin(), held.sums.begin() + used);
        first = clock.needed();
    }
    BOOST_TEST(clock.found().frames == 1);
}

BOOST_AUTO_TEST_CASE(a_gap_cuts_words_and_keeps_what_was_found)
{
    const auto& format = format_of("RS41", BAUD);
    const auto sent = random_bits(70, 1) + WORD + random_bits(70, 2);
    auto clock = clock_for(format), cut = clock_for(format);
    for (int times = 1; times <= 3; times++) {
        BOOST_TEST(frames_of(clock, fsk(sent, BAUD)) == times);
        clock.restart(1e5 * times);
        BOOST_TEST(clock.needed() == 0u);
        BOOST_TEST(clock.found().frames == times);
    }
    const auto x = fsk(sent, BAUD);
    const auto middle = x.begin() + long(x.size() / 2);
    frames_of(cut, { x.begin(), middle + 2 }); // a symbol is complete two samples later
    cut.restart(1e4);
    BOOST_TEST(frames_of(cut, { middle, x.end() }) == 0);
}

BOOST_AUTO_TEST_CASE(a_clock_searches_as_long_as_any_of_its_formats)
{
    symbol_clock clock(1e6, 4.0, false);
    clock.add(format_of("BLE advertising", 1e6));
    BOOST_TEST(clock.baud() == 1e6);
    BOOST_TEST(!clock.is_phase());
    BOOST_TEST(clock.longest_s() == 5e-3);
    clock.add(format_of("Z-Wave", 100e3));
    BOOST_TEST(clock.longest_s() == 1.5);
    clock.add(format_of("BLE advertising", 1e6));
    BOOST_TEST(clock.longest_s() == 1.5);
    clock.add(format_of("RS41", BAUD));
    BOOST_TEST(clock.longest_s() == 0.0);
    clock.add(format_of("Z-Wave", 100e3));
    BOOST_TEST(clock.longest_s() == 0.0);
}

BOOST_AUTO_TEST_CASE(a_reader_looks_for_all_of_its_formats)
{
    const auto marker = of_hex("1ACFFC1D");
    const auto data = random_bits(100, 1) + marker + random_bits(100, 2) + marker;
    for (const size_t piece : { 1, 577, 100000 }) {
        symbol_reader reader(RATE);
        BOOST_TEST(!reader.has_formats());
        BOOST_TEST(!reader.is_reading());
        for (const auto* name : { "CCSDS PSK", "CCSDS FSK", "NGHam" })
            reader.add_format(format_of(name, BAUD));
        reader.add_format(format_of("CCSDS FSK", 2400.0));
        BOOST_TEST(reader.has_formats());
        BOOST_TEST(reader.is_reading());
        add_to(reader, fsk(data + bits(4, 0), BAUD), piece);
        BOOST_TEST(name_in(reader) == "CCSDS FSK");
        BOOST_TEST(reader.found().frames == 2);
    }
}

BOOST_AUTO_TEST_CASE(a_reader_has_no_format_of_too_high_a_rate)
{
    symbol_reader reader(1.2 * BAUD), slower(1.19 * BAUD);
    reader.add_format(format_of("RS41", BAUD));
    slower.add_format(format_of("RS41", BAUD));
    BOOST_TEST(reader.has_formats());
    BOOST_TEST(!slower.has_formats());
}

// The noise is that of 7 dB in 12 kHz.
BOOST_AUTO_TEST_CASE(short_bursts_of_msk_are_read_by_their_phase_too)
{
    bits training;
    for (int k = 0; k < 24; k++)
        training.push_back(k % 2);
    const auto sent = nrzi(training + FLAG + stuffed(random_bits(168, 4)) + FLAG);
    for (const double offset : { 0.0, 500.0, -1200.0 })
        for (const bool is_coherent : { false, true }) {
            auto format = format_of("AIS");
            BOOST_TEST(format.is_coherent);
            format.is_coherent = is_coherent;
            symbol_reader reader(RATE);
            reader.add_format(format);
            reader.break_off(9600.0);
            add_to(reader, fsk(sent + sent, 9600.0, offset, 0.8));
            reader.break_off(96000.0); // looks at what is left
            BOOST_TEST(name_in(reader) == (is_coherent ? "AIS" : ""), offset << " Hz");
            std::vector<checked_frame> frames;
            reader.take_frames(frames);
            BOOST_TEST(frames.size() >= (is_coherent ? 2u : 0u));
            for (const auto& frame : frames) {
                const double symbols = frame.begin / 5.0; // five samples each
                const double from = std::fmod(symbols, static_cast<double>(sent.size()));
                BOOST_TEST(std::abs(from - 32.0) < 1.0);
            }
        }
}

BOOST_AUTO_TEST_CASE(values_that_are_no_samples_end_no_reading_by_phase)
{
    symbol_reader reader(RATE);
    reader.add_format(format_of("AIS"));
    const float none = std::numeric_limits<float>::quiet_NaN();
    add_to(reader, samples(5000, gr_complex(none, 1e30f)));
    reader.break_off();
    BOOST_TEST(name_in(reader) == "");
}

// As long as a beam and a frame behind it last.
BOOST_AUTO_TEST_CASE(a_reader_looks_for_zwave_at_the_start_of_a_burst)
{
    constexpr double FAST = 200e3;
    symbol_reader reader(FAST);
    reader.add_format(format_of("Z-Wave", 100e3));
    for (const double seconds : { 1.4, 0.2 }) {
        BOOST_TEST(reader.is_reading());
        const samples silence(static_cast<size_t>(seconds * FAST));
        const std::vector<float> turns(silence.size(), 0.0f);
        reader.add(silence.data(), turns.data(), silence.size());
    }
    BOOST_TEST(!reader.is_reading());
    reader.break_off();
    BOOST_TEST(reader.is_reading());
}

BOOST_AUTO_TEST_CASE(brief_formats_are_read_in_the_first_5_ms_of_a_burst)
{
    constexpr double RATE_HZ = 4e6;
    const auto word = fsk(random_bits(20, 1) + of_hex("556B7D9171") + random_bits(50, 2),
                          1e6,
                          0.0,
                          1e-4,
                          RATE_HZ);
    for (const bool is_late : { false, true }) {
        symbol_reader reader(RATE_HZ);
        reader.add_format(format_of("BLE advertising", 1e6));
        if (is_late)
            add_to(reader, samples(20001));
        BOOST_TEST(reader.is_reading() == !is_late);
        add_to(reader, word);
        BOOST_TEST(name_in(reader) == (is_late ? "" : "BLE advertising"));
        reader.break_off(1e6); // another burst
        BOOST_TEST(reader.is_reading());
        add_to(reader, word);
        BOOST_TEST(name_in(reader) == "BLE advertising");
    }
}

BOOST_AUTO_TEST_CASE(a_reader_joins_nothing_over_a_gap)
{
    const auto x = fsk(random_bits(70, 1) + WORD + random_bits(70, 2), BAUD);
    const auto middle = x.begin() + long(x.size() / 2);
    for (const bool is_gap : { false, true }) {
        symbol_reader reader(RATE);
        reader.add_format(format_of("RS41", BAUD));
        add_to(reader, { x.begin(), middle });
        if (is_gap)
            reader.break_off();
        const float turn = std::arg(*middle * std::conj(*(middle - 1)));
        reader.add(&*middle, &turn, 1);
        add_to(reader, { middle + 1, x.end() });
        BOOST_TEST(name_in(reader) == (is_gap ? "" : "RS41"));
    }
}
