/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "frames/signal_reader.h"
#include "keyed_signals.h"
#include "words/chance.h"
#include "words/frame_reader.h"
#include "words/proof.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

using namespace gr::rfattn;
using namespace keyed;

namespace {

const std::string AX100 = "930B51DE";

bits twice(const std::string& hex)
{
    const bits word = of_hex(hex);
    return random_bits(400, 3) + word + random_bits(400, 4) + word + random_bits(400, 5);
}

// Finds of so many bits at these symbols, among a thousand looks, with other data before.
proof proof_of(double period, double bits, const std::vector<double>& at)
{
    proof made(period, 1, 5.0);
    std::mt19937_64 before(1);
    for (const double symbol : at)
        made.add({ symbol, bits, 10.0, 0.0, before(), 40 });
    return made;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_frame_of_hdlc_with_the_right_checksum_is_read)
{
    const bits data = random_bits(160, 1) + bits(16, 1) + random_bits(32, 2);
    const auto ends = [](const bits& frame) {
        frame_reader reader;
        reader.begin(rule_of("HDLC FSK"));
        std::vector<size_t> found;
        for (size_t k = 0; k < frame.size(); k++)
            if (reader.add(frame[k]))
                found.push_back(k);
        return found;
    };
    const bits frame = stuffed(data) + FLAG;
    BOOST_TEST(ends(frame) == std::vector<size_t>{ frame.size() - 1 },
               boost::test_tools::per_element());
    for (size_t k = 0; k < frame.size(); k += 7) {
        bits wrong = frame;
        wrong[k] ^= 1;
        BOOST_TEST(ends(wrong).empty());
    }
    BOOST_TEST(ends(stuffed(random_bits(64, 1)) + FLAG).empty()); // too short
    BOOST_TEST(ends(stuffed(random_bits(5200, 1)) + FLAG).empty());
    BOOST_TEST(ends(bits(9, 1) + frame).empty()); // given up
    BOOST_TEST(ends(FLAG + frame).empty());       // ends with the first flag
}

BOOST_AUTO_TEST_CASE(chance_has_bits)
{
    using namespace chance;
    BOOST_TEST(match_bits(40, 0) == 39.0); // either way up
    BOOST_TEST(match_bits(24, 2) == 23.0 - std::log2(1 + 24 + 276));
    BOOST_TEST(match_bits(11, 0, 4) == 20.0);
    BOOST_TEST(match_bits(11, 1, 4) == 20.0 - std::log2(1 + 33));
    BOOST_TEST(match_bits(5, 5) == 0.0);
    BOOST_TEST(correlation_bits(0.8, 22) == -11.0 * std::log2(1.0 - 0.8 * 0.8));
    BOOST_TEST(correlation_of(22, 22) == std::sqrt(0.75));
    BOOST_TEST(share_bits(7, 0.125, 8) < 0.1); // the mean of noise
    for (const size_t count : { 7, 14, 21 })   // noise itself, once in 65536
        BOOST_TEST(share_bits(2 * count, 0.4, 8) == 2.0 * share_bits(count, 0.4, 8),
                   boost::test_tools::tolerance(1e-9));
}

// Random shares reach one that has so many bits no oftener than that.
BOOST_AUTO_TEST_CASE(bits_of_shares_are_a_bound)
{
    std::mt19937 generator(5);
    std::exponential_distribution<double> drawn;
    constexpr int TRIES = 20000;
    for (const double share : { 0.2, 0.25, 0.3 }) {
        int reached = 0;
        for (int k = 0; k < TRIES; k++) {
            double sum = 0.0;
            for (int symbol = 0; symbol < 7; symbol++) {
                const double known = drawn(generator);
                double all = known;
                for (int other = 0; other < 7; other++)
                    all += drawn(generator);
                sum += known / all;
            }
            reached += sum / 7.0 >= share ? 1 : 0;
        }
        BOOST_TEST(reached <= TRIES * std::exp2(-chance::share_bits(7, share, 8)));
    }
}

BOOST_AUTO_TEST_CASE(finds_add_up_less_the_looks)
{
    BOOST_TEST(proof_of(0, 31, { 10 }).bits() == 21.0);
    BOOST_TEST(proof_of(0, 31, { 10, 12 }).bits() == 21.0); // the same find
    const double joined = 24.0 - 1.0 - std::log2(1.0 + 12.0 * std::log(2.0));
    BOOST_TEST(proof_of(0, 22, { 10, 500 }).bits() == joined);
    BOOST_TEST(proof_of(0, 22, { 10, 500 }).frames() == 2);
    BOOST_TEST(!proof_of(0, 22, { 10 }).is_proved());
    BOOST_TEST(proof_of(0, 9, { 10, 500, 900 }).frames() == 0); // chance finds them
    BOOST_TEST(proof_of(0, 9, { 10, 500, 900 }).bits() == 0.0);
    BOOST_TEST(proof_of(0, 31, { 10 }).found("A", true).is_checked);
    BOOST_TEST(!proof_of(0, 22, { 10 }).found("A", true).name);
}

// A transmitter that sends another word again and again gives no more than one find.
BOOST_AUTO_TEST_CASE(finds_with_the_same_wrong_symbols_are_one)
{
    const auto bits_of_two = [](uint64_t first, uint64_t second) {
        proof made(0.0, 1, 5.0);
        made.add({ 10, 22, 10.0, 0.0, ~uint64_t{ 0 }, 40, first });
        made.add({ 500, 22, 10.0, 0.0, 0, 40, second });
        return made.bits();
    };
    BOOST_TEST(bits_of_two(0, 0) > 12.0);
    BOOST_TEST(bits_of_two(5, 5) == 12.0);
    BOOST_TEST(bits_of_two(5, 7) == 12.0);
    BOOST_TEST(bits_of_two(5, 8) > 12.0);
    BOOST_TEST(bits_of_two(0, 8) > 12.0);
}

// At a better moment it shows that the wrong symbols are the same.
BOOST_AUTO_TEST_CASE(a_find_at_its_best_moment_counts)
{
    proof made(0.0, 1, 5.0);
    made.add({ 10, 22, 10.0, 0.0, 0, 0, 5 });
    made.add({ 500, 20, 10.0, 0.0, 0, 0, 8 });
    BOOST_TEST(made.bits() > 12.0);
    made.add({ 500.25, 22, 10.0, 0.0, 0, 0, 5 });
    BOOST_TEST(made.bits() == 12.0);
    BOOST_TEST(made.frames() == 1);
    made.add({ 500.5, 23, 10.0, 0.0, 0, 0, 8 });
    BOOST_TEST(made.bits() == 25.0 - 1.0 - std::log2(1.0 + 13.0 * std::log(2.0)));
}

// Of a subcarrier that is keyed, all stretches look a little like a word that alternates.
BOOST_AUTO_TEST_CASE(finds_that_are_more_than_chance_makes_are_worth_less)
{
    const auto bits_of = [](double bits_between) {
        proof made(0.0, 1, 16.0);
        for (uint64_t k = 1; k <= 40; k++) {
            const double symbol = 20.0 * static_cast<double>(k);
            const double bits = k % 13 == 0 ? 21.0 : bits_between;
            if (bits > 0.0)
                made.add({ symbol, bits, std::log2(4 * symbol), 0.0, 0, 0, 3ul << k });
        }
        return made.bits();
    };
    BOOST_TEST(bits_of(0.0) > proof::PROVED);
    BOOST_TEST(bits_of(11.0) < bits_of(0.0) - 5.0);
    BOOST_TEST(bits_of(11.0) < proof::PROVED);
    // A code that repeats is like a word again and again, and never in its place.
    std::vector<double> all;
    for (int k = 0; k < 200; k++)
        all.push_back(20.0 * k);
    for (const double bits : { 14.6, 17.0 })
        BOOST_TEST(!proof_of(480, bits, all).is_proved());
}

BOOST_AUTO_TEST_CASE(a_period_leaves_few_places)
{
    const double join = 1.0 + std::log2(1.0 + 8.0 * std::log(2.0));
    const auto near = [](const proof& p, double bits) {
        BOOST_TEST(p.bits() == bits, boost::test_tools::tolerance(1e-9));
    };
    const auto places = [](double gap) { return std::log2(8.0 * (1.5 + 0.003 * gap)); };
    near(proof_of(144, 18, { 10, 154 }), 8.0 + 18.0 - places(144) - join);
    near(proof_of(144, 18, { 10, 10 + 3 * 144 }),
         8.0 + 18.0 - places(432) - 2.0 * std::log2(3) - join);
    // A short word, which chance finds once in two thousand looks, in each frame.
    std::vector<double> all;
    for (int k = 0; k < 12; k++)
        all.push_back(384.0 * k);
    BOOST_TEST(proof_of(384, 11, all).is_proved());
    BOOST_TEST(proof_of(384, 11, all).frames() == 12);
    for (size_t k = 0; k < all.size(); k++)
        all[k] += 20.0 * static_cast<double>(k * k);
    BOOST_TEST(!proof_of(384, 11, all).is_proved()); // not at the period
}

// Words of 10 to 20 bits, at as many places as noise has them, for ten minutes.
BOOST_AUTO_TEST_CASE(noise_proves_nothing_by_a_period)
{
    std::mt19937_64 generator(3);
    constexpr double LOOKS_A_SYMBOL = 12.0, SYMBOLS = 1e7;
    std::exponential_distribution<double> gap(LOOKS_A_SYMBOL * std::exp2(-10.0)),
        above(std::log(2.0));
    for (const double period : { 192.0, 255.0 }) {
        proof made(period, 3, 5.0);
        for (double symbol = gap(generator); symbol < SYMBOLS; symbol += gap(generator)) {
            const double bits = std::min(20.0, 10.0 + above(generator));
            made.add({ symbol,
                       bits,
                       std::log2(symbol * LOOKS_A_SYMBOL),
                       bits,
                       generator(),
                       40 });
        }
        BOOST_TEST(made.bits() < proof::PROVED);
    }
}

BOOST_AUTO_TEST_CASE(data_that_repeats_is_no_further_find)
{
    for (const double data_bits : { 10.0, 20.0 })
        for (const uint64_t changed : { 0u, 0xFFFFu }) {
            proof made(144, 1, 5.0);
            for (int k = 0; k < 8; k++)
                made.add({ 144.0 * k, 15.0, 10.0, data_bits, k % 2 * changed, 40 });
            // A word that data has once in 144 * 4 * 64 symbols counts in any data.
            BOOST_TEST(made.is_proved() == (changed != 0 || data_bits > 15.2));
        }
}

BOOST_AUTO_TEST_CASE(words_of_frequency_keying_are_found)
{
    for (const double baud : { 1200.0, 4800.0, 9600.0 })
        for (const double offset : { 0.0, 300.0 })
            BOOST_TEST(found_in(fsk(twice(AX100), baud, offset), 1.5 * baud) == "AX100");
    bits inverted = twice(AX100);
    for (int& bit : inverted)
        bit ^= 1;
    BOOST_TEST(found_in(fsk(inverted, 9600), 14e3) == "AX100");
    BOOST_TEST(found_in(fsk(twice("5072F64B2D90B1F5"), 9600), 14e3) == "USP");
    const bits once = random_bits(400, 3) + of_hex("5555" + AX100) + random_bits(400, 4);
    BOOST_TEST(found_in(fsk(scrambled(once), 9600), 14e3) == "AX100");
}

BOOST_AUTO_TEST_CASE(nothing_is_found_in_what_has_no_word)
{
    BOOST_TEST(found_in(fsk(random_bits(20000, 9), 9600), 14e3) == "");
    BOOST_TEST(found_in(fsk(random_bits(400, 3) + of_hex(AX100), 9600), 14e3) ==
               "");                                                   // once
    BOOST_TEST(found_in(fsk(twice(AX100), 9600 * 1.06), 14e3) == ""); // another rate
    BOOST_TEST(found_in(fsk(twice(AX100), 9600), 3e3) == "");         // too narrow for it
    BOOST_TEST(found_in(samples(9600), 14e3) == "");
    std::mt19937 generator(1);
    std::normal_distribution<float> drawn;
    samples noise;
    for (int n = 0; n < 96000; n++)
        noise.emplace_back(drawn(generator), drawn(generator));
    BOOST_TEST(found_in(noise, 14e3) == "");
}

BOOST_AUTO_TEST_CASE(frames_of_hdlc_are_found_plain_and_scrambled)
{
    const bits flags = repeated(FLAG, 20);
    const bits frame = flags + stuffed(random_bits(400, 4)) + FLAG + random_bits(50, 5);
    bits wrong = frame;
    wrong[300] ^= 1;
    const bits sent = nrzi(frame);
    BOOST_TEST(found_in(fsk(sent, 9600), 14e3) == "HDLC FSK");
    BOOST_TEST(found_in(fsk(nrzi(scrambled(frame)), 9600), 14e3) == "HDLC FSK");
    BOOST_TEST(found_in(fsk(nrzi(wrong), 9600), 14e3) == "");
    const bits noise = random_bits(100, 6);
    for (const int count : { 5, 6 }) { // behind a scrambler so many flags are enough
        const bits idle = noise + repeated(FLAG, count) + noise;
        const std::string expected = count < 6 ? "" : "HDLC FSK";
        BOOST_TEST(found_in(fsk(nrzi(scrambled(idle)), 9600), 14e3) == expected);
        BOOST_TEST(found_in(fsk(nrzi(idle), 9600), 14e3) == "");
    }
    for (const double offset : { 0.0, 100.0, -200.0 })
        BOOST_TEST(found_in(bpsk(sent, 1200, offset), 2400) == "HDLC PSK");
}

BOOST_AUTO_TEST_CASE(a_packet_of_ax25_is_enough_behind_one_flag)
{
    bits calls; // the lowest bit of each octet first, a letter is turned by one
    for (const char letter : std::string("APRS  0OH2ABC1"))
        for (int place = 0; place < 8; place++)
            calls.push_back((letter << 1) >> place & 1);
    for (const bits& head : { calls, random_bits(calls.size(), 5) })
        for (size_t zeros = 70; zeros < 134; zeros += 7) {
            const bits frame = stuffed(head + random_bits(304, 4)) + FLAG;
            const bits sent = nrzi(bits(zeros, 0) + FLAG + frame + bits(20, 0));
            BOOST_TEST(found_in(fsk(sent, 9600), 14e3) ==
                       (head == calls ? "HDLC FSK" : ""));
        }
}

BOOST_AUTO_TEST_CASE(a_page_of_one_batch_is_found_behind_its_preamble)
{
    const bits word = of_hex("7CD215D8"), batch = random_bits(512, 4);
    const bits page = random_bits(2000, 5) + repeated({ 1, 0 }, 40) + word + batch;
    BOOST_TEST(found_in(fsk(page, 1200), 9e3) == "POCSAG");
    BOOST_TEST(found_in(fsk(random_bits(2000, 5) + word + batch, 1200), 9e3) == "");
}

// Words of two bursts, a whole number of periods of DMR apart or not.
BOOST_AUTO_TEST_CASE(words_on_both_sides_of_a_pause_belong_together)
{
    for (const uint64_t half_periods : { 4, 5 }) {
        signal_reader sync;
        sync.restart(RATE, 0, -4e3, 4e3);
        uint64_t first = 0;
        for (const unsigned seed : { 1u, 2u }) {
            bits burst = random_bits(seed == 1 ? 600 : 50, seed);
            for (const char digit : std::string("755FD7DF75F7"))
                for (const int place : { 2, 0 }) // of two bits the first is the side
                    burst.push_back(
                        std::stoi(std::string(1, digit), nullptr, 16) >> (place + 1) & 1);
            const samples x = fsk(burst + random_bits(30, seed + 7), 4800);
            if (seed == 2)
                first = (550 + 72 * half_periods) * 10;
            sync.add(first, x.data(), x.size());
        }
        BOOST_TEST(name_of(sync) == (half_periods == 4 ? "DMR" : ""));
    }
}

BOOST_AUTO_TEST_CASE(a_frame_is_read_behind_each_word)
{
    const auto octets = [](std::vector<int> values) {
        bits found;
        for (const int value : values)
            for (int place = 7; place >= 0; place--)
                found.push_back(value >> place & 1);
        return found;
    };
    std::vector<int> frame = { 1, 2, 3, 4, 5, 0x41, 7, 12, 9, 10, 11 };
    int sum = 0xFF;
    for (const int value : frame)
        sum ^= value;
    frame.push_back(sum);
    const bits start = repeated({ 0, 1 }, 24) + of_hex("F0");
    const bits sent = start + octets({ 1, 2, 3, 4, 5, 6, 7, 100, 9 }) + start +
                      octets(frame) + random_bits(40, 3);
    BOOST_TEST(found_in(fsk(sent, 40e3, 0.0, 0.01, 400e3), 60e3, 400e3) == "Z-Wave");
}

BOOST_AUTO_TEST_CASE(long_frames_are_read_though_the_clock_drifts)
{
    const bits sent =
        nrzi(scrambled(repeated(FLAG, 30) + stuffed(random_bits(2000, 4)) + FLAG + FLAG));
    for (const double off : { -0.004, -0.0005, 0.0005, 0.003 }) {
        BOOST_TEST_CONTEXT(off)
        {
            BOOST_TEST(found_in(fsk(sent, 9600 * (1 + off)), 14e3) == "HDLC FSK");
        }
        BOOST_TEST(found_in(bpsk(sent, 1200 * (1 + off), 30), 2400) == "HDLC PSK");
    }
}

BOOST_AUTO_TEST_CASE(behind_its_preamble_a_word_is_found_once)
{
    for (const std::string& word : { AX100, std::string("5DE62A7E") }) {
        const std::string name = word == AX100 ? "AX100" : "NGHam";
        for (const std::string preamble : { "AAAAAA", "555555" })
            BOOST_TEST(found_in(fsk(of_hex(preamble + word) + random_bits(99, 1), 4800),
                                7e3) == name);
        const bits late = random_bits(1000, 2) + of_hex("1234" + word);
        BOOST_TEST(found_in(fsk(late + random_bits(99, 1), 4800), 7e3) == "");
    }
}

BOOST_AUTO_TEST_CASE(words_of_phase_keying_are_found)
{
    const bits ccsds = twice("1ACFFC1D");
    for (const double offset : { 0.0, 200.0 })
        BOOST_TEST(found_in(bpsk(ccsds, 2400, offset), 4800) == "CCSDS PSK");
    BOOST_TEST(found_in(fsk(ccsds, 2400), 4800) == "CCSDS FSK");
    bits differential; // a half turn for each 1
    int level = 0;
    for (const int bit : ccsds)
        differential.push_back(level ^= bit);
    BOOST_TEST(found_in(bpsk(differential, 2400, 100), 4800) == "CCSDS PSK");
}

BOOST_AUTO_TEST_CASE(ais_needs_a_frame_behind_its_word)
{
    bits training;
    for (int k = 0; k < 24; k++)
        training.push_back(k % 2);
    const bits start = random_bits(90, 6) + training + FLAG;
    bits frame = stuffed(random_bits(168, 4)) + FLAG + random_bits(20, 5);
    BOOST_TEST(found_in(fsk(nrzi(start + frame), 9600, 500), 16e3) == "AIS");
    frame[40] ^= 1;
    BOOST_TEST(found_in(fsk(nrzi(start + frame), 9600), 16e3) == "");
    BOOST_TEST(found_in(fsk(nrzi(start + random_bits(1000, 8)), 9600), 16e3) == "");
}

BOOST_AUTO_TEST_CASE(tones_tell_ft8_and_js8_apart)
{
    const auto message = [](const bits& block) {
        bits data = random_bits(29, 2);
        for (int& tone : data)
            tone = tone * 5 % 8;
        return block + data + block + data + block;
    };
    const bits ft8 = { 3, 1, 4, 0, 6, 5, 2 }, js8 = { 4, 2, 5, 6, 1, 3, 0 };
    BOOST_TEST(found_in(tones(message(ft8), 6.25, -20), 50, 12e3) == "FT8");
    BOOST_TEST(found_in(tones(message(js8), 6.25, 31), 500, 12e3) == "JS8");
    BOOST_TEST(found_in(tones(message({ 2, 5, 6, 0, 4, 1, 3 }), 6.25, 0), 50, 12e3) ==
               "FT8"); // until 2018
    BOOST_TEST(found_in(tones(message({ 6, 0, 3, 5, 1, 4, 2 }), 6.25, 0), 50, 12e3) ==
               "");
    const bits pad(29, 7);
    const bits fast = bits{ 0, 6, 2, 3, 5, 4, 1 } + pad + bits{ 1, 5, 0, 2, 3, 6, 4 } +
                      pad + bits{ 2, 5, 0, 6, 4, 1, 3 };
    BOOST_TEST(found_in(tones(fast, 10, -30), 80, 12e3) == "JS8");
}

BOOST_AUTO_TEST_CASE(tones_count_across_gaps_and_channels)
{
    // One block is not enough, two are.
    const bits block = { 3, 1, 4, 0, 6, 5, 2 };
    const samples first = tones(block, 6.25, -20), next = tones(block, 6.25, -20 - 33);
    const uint64_t begin = 9600, distance = 36 * 1920;
    for (const uint64_t late : { 0, 4000 }) {
        signal_reader sync;
        sync.restart_tones(12e3, 1000, -50, 50);
        sync.add_tones(begin, first.data(), first.size());
        sync.restart_tones(12e3, 1033, -80, 20);
        BOOST_TEST(!sync.add_tones(begin + distance - 100, next.data(), 50));
        sync.add_tones(begin + distance + late, next.data(), next.size());
        BOOST_TEST(name_of(sync) == (late ? "" : "FT8"));
    }
}

BOOST_AUTO_TEST_CASE(tones_that_were_seen_around_another_emission_count)
{
    const bits block = { 3, 1, 4, 0, 6, 5, 2 };
    const samples first = tones(block, 6.25, -20), next = tones(block, 6.25, -20 - 33);
    for (const bool takes : { false, true }) {
        signal_reader other, own;
        other.restart_tones(12e3, 1000, -50, 50);
        other.add_tones(9600, first.data(), first.size());
        own.take_tones(other); // there is no channel yet
        own.restart_tones(12e3, 1033, -80, 20);
        if (takes)
            own.take_tones(other);
        own.add_tones(9600 + 36 * 1920, next.data(), next.size());
        BOOST_TEST(name_of(own) == (takes ? "FT8" : ""));
        BOOST_TEST(name_of(other) == "");
    }
}

BOOST_AUTO_TEST_CASE(the_end_of_an_emission_is_looked_at)
{
    bits sent;
    for (const auto& format : tone_formats())
        if (format.name == std::string("WSPR"))
            for (size_t k = 0; k < 62; k++)
                sent.push_back((format.vector[k] ? format.ones : format.zeros)[k % 2]);
    const samples x = tones(sent, 12000.0 / 8192, -3);
    signal_reader sync;
    sync.restart_tones(12e3, 0, -10, 10);
    BOOST_TEST(!sync.add_tones(0, x.data(), x.size()));
    BOOST_TEST(!sync.finish(false));
    BOOST_TEST(sync.finish(true));
    BOOST_TEST(name_of(sync) == "WSPR");
}

BOOST_AUTO_TEST_CASE(noise_that_rises_is_none_in_channels_of_other_widths)
{
    std::mt19937 generator(2);
    std::normal_distribution<float> drawn;
    signal_reader sync;
    uint64_t first = 0;
    for (const double half_width : { 900.0, 20.0, 900.0, 60.0, 2000.0 }) {
        sync.restart(12e3, 0, -half_width, half_width);
        sync.restart_tones(12e3, 0, -half_width, half_width);
        samples noise;
        for (int n = 0; n < 24000; n++)
            noise.push_back(static_cast<float>(1 + first) *
                            gr_complex(drawn(generator), drawn(generator)));
        sync.add(first, noise.data(), noise.size());
        sync.add_tones(first, noise.data(), noise.size());
        first += noise.size();
    }
    BOOST_TEST(name_of(sync) == "");
}

BOOST_AUTO_TEST_CASE(a_gap_ends_what_was_seen)
{
    const bits word = of_hex("5072F64B2D90B1F5"), filler = random_bits(400, 3);
    const samples x = fsk(filler + word + filler, 9600);
    const size_t middle = (400 + 32) * 5;
    for (const uint64_t gap : { 0, 1 }) {
        signal_reader sync;
        sync.restart(RATE, 0, -7e3, 7e3);
        sync.add(0, x.data(), middle);
        sync.add(middle + gap, &x[middle], x.size() - middle);
        BOOST_TEST(name_of(sync) == (gap ? "" : "USP"));
    }
}

BOOST_AUTO_TEST_CASE(what_is_found_stays_with_another_channel)
{
    const samples x = fsk(twice("5072F64B2D90B1F5"), 9600);
    signal_reader sync;
    sync.restart(RATE, 0, -7e3, 7e3);
    BOOST_TEST(sync.add(0, x.data(), x.size()));
    BOOST_TEST(name_of(sync) == "USP");
    BOOST_TEST(!sync.add(x.size(), x.data(), x.size())); // the same format again
    sync.restart(RATE, 0, -6e3, 7e3);
    const samples noise(100, gr_complex(1.0f));
    BOOST_TEST(!sync.add(0, noise.data(), noise.size()));
    BOOST_TEST(name_of(sync) == "USP");
}

BOOST_AUTO_TEST_CASE(samples_that_are_not_finite_do_not_last)
{
    for (const float bad : { std::numeric_limits<float>::infinity(),
                             std::numeric_limits<float>::quiet_NaN(),
                             1e30f,
                             1e7f }) {
        samples x = fsk(twice("1ACFFC1D"), 9600);
        std::fill_n(x.begin() + 100, 50, gr_complex(bad, -bad));
        BOOST_TEST(found_in(x, 14e3) == "CCSDS FSK");
        samples y = bpsk(twice("1ACFFC1D"), 2400, 0);
        std::fill_n(y.begin() + 100, 50, gr_complex(bad, -bad));
        BOOST_TEST(found_in(y, 4800) == "CCSDS PSK");
    }
}

BOOST_AUTO_TEST_CASE(it_looks_at_a_minute)
{
    const samples x = fsk(twice("5072F64B2D90B1F5"), 9600);
    signal_reader sync;
    sync.restart(RATE, 0, -7e3, 7e3);
    const samples idle(48000);
    for (uint64_t second = 0; second < 60; second++)
        sync.add(second * idle.size(), idle.data(), idle.size());
    sync.add(60 * idle.size(), x.data(), x.size());
    BOOST_TEST(name_of(sync) == "");
}
