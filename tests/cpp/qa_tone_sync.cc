/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "frames/pilot_sync.h"
#include "frames/subcarrier_sync.h"
#include "frames/tone_sync.h"
#include "keyed_signals.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <complex>
#include <random>
#include <string>
#include <vector>

using namespace gr::rfattn;
using namespace keyed;

namespace {

using audio = std::vector<float>;

constexpr double SLOW = 640.0, BAUD = 20.0; // Hz; 32 samples a symbol
constexpr size_t SYMBOL = 32, DISTANCE = 36 * SYMBOL;

// JS8 at 20 Bd, whose three blocks differ.
const tone_format& format()
{
    for (const auto& f : tone_formats())
        if (f.baud == BAUD)
            return f;
    BOOST_FAIL("no format of 20 Bd");
    return tone_formats().front();
}

// A block of the format, the lowest tone at a frequency: so much of the power is in its
// tones, the rest in the highest of all eight.
samples block(size_t number, double share, double lowest)
{
    samples found;
    size_t n = 0;
    for (const int tone : format().blocks[number])
        for (size_t k = 0; k < SYMBOL; k++, n++) {
            const double turn = 2.0 * M_PI * static_cast<double>(n) / SLOW;
            found.emplace_back(
                std::polar(std::sqrt(share), turn * (lowest + tone * BAUD)) +
                std::polar(std::sqrt(1.0 - share), turn * (lowest + 7 * BAUD)));
        }
    return found;
}

// What is found in some blocks at their places.
std::string found_in_blocks(const std::vector<size_t>& numbers, double share)
{
    tone_clock clock(SLOW, 0.0, BAUD, -100.0, 100.0);
    clock.add(format());
    for (const size_t number : numbers) {
        const auto x = block(number, share, -60.0);
        clock.run(number * DISTANCE, x.data(), x.size());
    }
    return clock.found().name ? clock.found().name : "";
}

//! A tone that moves a frequency, as the pilot of FM stereo does, and noise as a share of
//! it.
audio sine(
    double rate, double frequency, double seconds, double noise = 0.0, double hz = 6.75e3)
{
    const double swing = 2.0 * M_PI * hz / rate;
    std::mt19937 generator(1);
    std::normal_distribution<double> drawn;
    audio found;
    for (size_t n = 0; n < static_cast<size_t>(seconds * rate); n++) {
        const double turn = 2.0 * M_PI * static_cast<double>(n) * frequency / rate;
        const double value = std::sin(turn) + noise * drawn(generator);
        found.push_back(static_cast<float>(swing * value));
    }
    return found;
}

constexpr double BLOCK_S = 256.0 / 4e3; // of a pilot tone

std::string pilot_in(double rate, const audio& heard)
{
    pilot_sync pilot(rate);
    pilot.add(heard);
    return pilot.found().name ? pilot.found().name : "";
}

const subcarrier& subcarrier_of(bool is_amplitude)
{
    return *std::find_if(subcarriers().begin(), subcarriers().end(), [=](const auto& s) {
        return s.is_amplitude == is_amplitude;
    });
}

// Tones of Bell 202 for a packet.
audio packet(double offset, double level)
{
    const bits sent =
        nrzi(repeated(FLAG, 20) + stuffed(random_bits(304, 4)) + FLAG + FLAG);
    audio found;
    double phase = 0.0;
    for (size_t n = 0; n < sent.size() * 40; n++) {
        phase += 2.0 * M_PI * (sent[n / 40] ? 2200.0 : 1200.0) / RATE;
        found.push_back(static_cast<float>(offset + level * std::sin(phase)));
    }
    return found;
}

int packets_in(subcarrier_sync& sync, const audio& heard, size_t piece)
{
    for (size_t n = 0; n < heard.size(); n += piece)
        sync.add({ heard.begin() + long(n),
                   heard.begin() + long(std::min(heard.size(), n + piece)) });
    return sync.found().frames;
}

} // namespace

BOOST_AUTO_TEST_CASE(seven_tones_are_no_proof)
{
    for (size_t number = 0; number < 3; number++)
        BOOST_TEST(found_in_blocks({ number }, 1.0) == "");
}

BOOST_AUTO_TEST_CASE(two_blocks_count)
{
    for (const auto& numbers :
         { std::vector<size_t>{ 0, 1 }, std::vector<size_t>{ 1, 2 }, { 0, 2 } }) {
        BOOST_TEST(found_in_blocks(numbers, 0.65) == "JS8");
        BOOST_TEST(found_in_blocks(numbers, 0.2) == "");
    }
}

BOOST_AUTO_TEST_CASE(three_blocks_count_at_less)
{
    BOOST_TEST(found_in_blocks({ 0, 1, 2 }, 0.52) == "JS8");
    BOOST_TEST(found_in_blocks({ 0, 1, 2 }, 0.15) == "");
}

// Tones that are as clear, but others, hide no message and are none.
BOOST_AUTO_TEST_CASE(blocks_of_which_half_the_tones_are_right_are_no_proof)
{
    tone_clock clock(SLOW, 0.0, BAUD, -100.0, 100.0);
    clock.add(format());
    for (size_t number = 0; number < 3; number++) {
        samples x = block(number, 1.0, -60.0);
        const samples other = block((number + 1) % 3, 1.0, -60.0);
        std::copy_n(other.begin(), 4 * SYMBOL, x.begin());
        clock.run(number * DISTANCE, x.data(), x.size());
    }
    BOOST_TEST(!clock.found().name);
}

BOOST_AUTO_TEST_CASE(blocks_are_found_however_samples_are_cut_and_behind_silence)
{
    samples x(1000);
    for (const size_t number : { 0, 1 }) {
        const auto sent = block(number, 1.0, 20.0);
        x.resize(1000 + number * DISTANCE);
        x.insert(x.end(), sent.begin(), sent.end());
    }
    for (const size_t piece : { 1, 100, 5000 }) {
        tone_clock clock(SLOW, 0.0, BAUD, -50.0, 200.0);
        clock.add(format());
        BOOST_TEST(clock.baud() == BAUD);
        for (size_t n = 0; n < x.size(); n += piece)
            clock.run(n, &x[n], std::min(piece, x.size() - n));
        BOOST_TEST(clock.found().frames == 1);
    }
}

BOOST_AUTO_TEST_CASE(tones_outside_of_the_band_are_not_searched)
{
    for (const double upper : { 110.0, 70.0 }) { // to 60 Hz, and 80 Hz is a tone, too
        tone_clock clock(SLOW, 0.0, BAUD, -65.0, upper);
        clock.add(format());
        for (const size_t number : { 0, 1 }) {
            const auto x = block(number, 1.0, -60.0);
            clock.run(number * DISTANCE, x.data(), x.size());
        }
        BOOST_TEST(clock.found().frames == (upper > 100.0 ? 1 : 0));
    }
}

BOOST_AUTO_TEST_CASE(blocks_count_across_channels_of_another_centre)
{
    for (const double moved : { 40.0, -25.0, 47.0 }) { // 5 Hz are a bin
        tone_clock first(SLOW, 1000.0, BAUD, -100.0, 100.0);
        tone_clock next(SLOW, 1000.0 + moved, BAUD, -120.0, 140.0);
        first.add(format());
        next.add(format());
        const auto x = block(0, 1.0, -60.0), y = block(1, 1.0, -60.0 - moved);
        first.run(0, x.data(), x.size());
        BOOST_TEST(!first.found().name);
        next.continue_from(first);
        next.run(DISTANCE, y.data(), y.size());
        BOOST_TEST(next.found().frames == 1, moved << " Hz");
    }
}

BOOST_AUTO_TEST_CASE(samples_that_are_not_finite_are_no_tones)
{
    tone_clock clock(SLOW, 0.0, BAUD, -100.0, 100.0);
    clock.add(format());
    const samples bad(2000, gr_complex(NAN, INFINITY));
    clock.run(0, bad.data(), bad.size());
    BOOST_TEST(!clock.found().name);
    for (const size_t number : { 0, 1 }) {
        const auto x = block(number, 1.0, -60.0);
        clock.run(bad.size() + number * DISTANCE, x.data(), x.size());
    }
    BOOST_TEST(clock.found().frames == 1);
}

BOOST_AUTO_TEST_CASE(a_search_of_all_rates_needs_samples_for_all_tones)
{
    BOOST_TEST(tone_sync(12e3, 0.0, -50.0, 50.0).has_formats());
    BOOST_TEST(!tone_sync(12e3, 0.0, -3001.0, 3001.0).has_formats());
    BOOST_TEST(tone_sync(1.5 * 4 * 1.465, 0.0, -2.0, 2.0).has_formats()); // WSPR
    BOOST_TEST(!tone_sync(1.4 * 4 * 1.465, 0.0, -2.0, 2.0).has_formats());
    tone_sync first(SLOW, 0.0, -70.0, 70.0), next(SLOW, 0.0, -70.0, 70.0);
    for (const size_t number : { 0, 1 }) {
        const auto x = block(number, 1.0, -60.0);
        first.add(number * DISTANCE, x.data(), x.size());
    }
    BOOST_TEST(first.found().name == std::string("JS8"));
    BOOST_TEST(!next.found().name);
    next.continue_from(first);
    BOOST_TEST(next.found().name == std::string("JS8"));
}

BOOST_AUTO_TEST_CASE(a_pilot_tone_is_found_at_any_rate)
{
    for (const double rate : { 60e3, 192e3, 250e3 }) {
        BOOST_TEST(pilot_in(rate, sine(rate, 19e3, 0.5, 1.0)) == "FM stereo");
        for (const double wrong : { -0.003, 0.0, 0.003 }) // the clock of a recording
            BOOST_TEST(pilot_in(rate, sine(rate, 19e3 * (1.0 + wrong), 0.5)) ==
                       "FM stereo");
        for (const double frequency : { 18.7e3, 19.3e3, 15.625e3 })
            BOOST_TEST(pilot_in(rate, sine(rate, frequency, 0.5)) == "");
        for (const double hz : { 3e3, 12e3 })
            BOOST_TEST(pilot_in(rate, sine(rate, 19e3, 0.5, 0.0, hz)) == "");
        BOOST_TEST(pilot_in(rate, sine(rate, 0.0, 0.5, 1.0)) == "");
        BOOST_TEST(pilot_in(rate, sine(rate, 0.0, 0.5)) == "");
    }
}

BOOST_AUTO_TEST_CASE(a_pilot_tone_stays_where_it_is)
{
    audio heard;
    for (int block = 0; block < 12; block++) {
        const double wrong = block % 2 ? 0.0025 : -0.0025; // of its frequency
        const audio piece = sine(60e3, 19e3 * (1.0 + wrong), BLOCK_S);
        heard.insert(heard.end(), piece.begin(), piece.end());
    }
    BOOST_TEST(pilot_in(60e3, heard) == "");
}

BOOST_AUTO_TEST_CASE(a_pilot_tone_is_alone_above_music_and_among_no_lines_that_repeat)
{
    const auto sum = [](const std::vector<double>& frequencies, double level) {
        audio heard = sine(60e3, 19e3, 1.0);
        for (const double frequency : frequencies) {
            const audio other = sine(60e3, frequency, 1.0);
            for (size_t n = 0; n < heard.size(); n++)
                heard[n] += static_cast<float>(level) * other[n];
        }
        return pilot_in(60e3, heard);
    };
    BOOST_TEST(sum({ 400.0, 3e3, 7e3, 11.3e3 }, 3.0) == "FM stereo");
    BOOST_TEST(sum({ 14e3, 24e3 }, 0.7) == "FM stereo");
    BOOST_TEST(sum({ 18e3 }, 0.3) == "FM stereo");
    BOOST_TEST(sum({ 18e3 }, 0.4) == "");
    BOOST_TEST(sum({ 17.7e3, 20.3e3 }, 1.0) == "");
}

BOOST_AUTO_TEST_CASE(a_pilot_tone_must_last)
{
    BOOST_TEST(pilot_in(60e3, sine(60e3, 19e3, 3.9 * BLOCK_S)) == "");
    BOOST_TEST(pilot_in(60e3, sine(60e3, 19e3, 4.1 * BLOCK_S)) == "FM stereo");
    pilot_sync pilot(60e3); // a gap cuts a block
    pilot.add(sine(60e3, 19e3, 3.9 * BLOCK_S));
    pilot.break_off();
    pilot.add(sine(60e3, 19e3, 0.2 * BLOCK_S));
    BOOST_TEST(!pilot.found().name);
    pilot.add(sine(60e3, 19e3, 2.0 * BLOCK_S));
    BOOST_TEST(pilot.found().frames >= 4);
}

BOOST_AUTO_TEST_CASE(packets_in_tones_are_found_at_any_level_and_offset)
{
    for (const double level : { 0.01, 0.4 })
        for (const double offset : { 0.0, 0.1, -0.3 }) {
            subcarrier_sync sync(RATE, subcarrier_of(false));
            BOOST_TEST(!sync.is_amplitude());
            BOOST_TEST(packets_in(sync, packet(offset, level), 577) == 1);
            BOOST_TEST(sync.found().name == std::string("AFSK HDLC"));
        }
}

BOOST_AUTO_TEST_CASE(audio_may_be_cut_anywhere_but_not_be_left_out)
{
    const auto heard = packet(0.0, 0.4);
    for (const size_t piece : { 1, 10000 }) {
        subcarrier_sync sync(RATE, subcarrier_of(false));
        BOOST_TEST(packets_in(sync, heard, piece) == 1);
        sync.break_off(heard.size() + 1000);
        BOOST_TEST(packets_in(sync, heard, piece) == 2);
    }
    const auto middle = heard.begin() + long(heard.size() / 2);
    subcarrier_sync sync(RATE, subcarrier_of(false));
    packets_in(sync, { heard.begin(), middle }, 577);
    sync.break_off(1000);
    BOOST_TEST(packets_in(sync, { middle, heard.end() }, 577) == 0);
}
