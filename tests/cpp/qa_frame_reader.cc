/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "keyed_signals.h"
#include "words/code_reader.h"
#include "words/frame_reader.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

using namespace gr::rfattn;
using namespace keyed;

namespace {

using octets = std::vector<uint8_t>;

// A frame of so many octets behind its start, without the checksum.
octets frame_of(size_t count, size_t checksum)
{
    octets frame(count - checksum);
    std::iota(frame.begin(), frame.end(), 0x31);
    frame[7] = static_cast<uint8_t>(count);
    return frame;
}

octets with_sum(octets frame)
{
    uint8_t sum = 0xFF;
    for (const uint8_t octet : frame)
        sum ^= octet;
    frame.push_back(sum);
    return frame;
}

// CRC of 0x1021 that begins with 0x1D0F, by long division.
octets with_crc(octets frame)
{
    uint32_t rest = 0x1D0F;
    for (const uint8_t octet : frame) {
        rest ^= static_cast<uint32_t>(octet) << 8;
        for (int bit = 0; bit < 8; bit++)
            rest = (rest << 1) ^ (rest & 0x8000 ? 0x11021 : 0);
    }
    frame.push_back(static_cast<uint8_t>(rest >> 8));
    frame.push_back(static_cast<uint8_t>(rest));
    return frame;
}

// The symbol at which a frame ends that is right; -1: none.
int end_of(const octets& frame, bool has_crc, bool is_manchester = false)
{
    frame_reader reader;
    BOOST_TEST(!reader.add(true)); // before it begins
    reader.begin(rule_of("Z-Wave", is_manchester ? 19200 : has_crc ? 100e3 : 40e3));
    int symbols = 0;
    for (const uint8_t octet : frame)
        for (int place = 7; place >= 0; place--) {
            const bool bit = (octet >> place & 1) != 0;
            for (int half = 0; half < (is_manchester ? 2 : 1); half++, symbols++)
                if (reader.add(bit != (half == 1))) {
                    BOOST_TEST(!reader.is_reading());
                    return symbols;
                }
        }
    return -1;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_frame_ends_with_its_last_octet)
{
    for (const size_t count : { 10, 33, 64 }) {
        const int last = static_cast<int>(8 * count) - 1;
        BOOST_TEST(end_of(with_sum(frame_of(count, 1)), false) == last);
        BOOST_TEST(end_of(with_crc(frame_of(count, 2)), true) == last);
        BOOST_TEST(end_of(with_sum(frame_of(count, 1)), false, true) == 2 * last + 1);
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_checksum_is_no_frame)
{
    for (const bool has_crc : { false, true }) {
        auto frame = has_crc ? with_crc(frame_of(20, 2)) : with_sum(frame_of(20, 1));
        frame[12] ^= 4;
        BOOST_TEST(end_of(frame, has_crc) == -1);
        BOOST_TEST(end_of(has_crc ? with_sum(frame_of(20, 1)) : with_crc(frame_of(20, 2)),
                          has_crc) == -1);
    }
}

BOOST_AUTO_TEST_CASE(what_no_frame_has_ends_the_reading)
{
    for (const size_t count : { 8, 171, 255 }) {
        frame_reader reader;
        reader.begin(rule_of("Z-Wave", 40e3));
        for (int bit = 0; bit < 63; bit++)
            BOOST_TEST(!reader.add(bit >= 56 && (count >> (63 - bit) & 1)));
        BOOST_TEST(reader.is_reading());
        reader.add(count & 1);
        BOOST_TEST(!reader.is_reading());
    }
    frame_reader manchester; // both symbols of a bit are alike
    manchester.begin(rule_of("Z-Wave", 19200));
    manchester.add(true);
    manchester.add(true);
    BOOST_TEST(!manchester.is_reading());
}

namespace {

constexpr double SLOW = 1000.0; // Hz

bits random_codes(size_t count, unsigned seed)
{
    std::mt19937 generator(seed);
    bits found(count);
    for (int& code : found)
        code = generator() % 32;
    return found;
}

// Characters with four ones, each again behind four others.
bits sitor(const bits& codes, const bits& phasing = { 0x0F, 0x0F })
{
    std::vector<int> alphabet;
    for (int code = 0; code < 128; code++)
        if (bit_count(static_cast<uint64_t>(code)) == 4)
            alphabet.push_back(code);
    bits found;
    const auto add = [&found](int code) {
        for (int k = 0; k < 7; k++)
            found.push_back(code >> k & 1);
    };
    for (size_t k = 0; k < codes.size(); k++) {
        add(alphabet[static_cast<size_t>(codes[k])]);
        add(k < 2 ? phasing[k] : alphabet[static_cast<size_t>(codes[k - 2])]);
    }
    return found;
}

std::string found_in(const samples& x)
{
    signal_reader sync;
    sync.restart(SLOW, 0.0, -150.0, 150.0);
    for (size_t n = 0; n < x.size(); n += 700)
        sync.add(n, &x[n], std::min<size_t>(700, x.size() - n));
    return name_of(sync);
}

std::string found_in(const bits& symbols, double baud, double noise = 0.1)
{
    return found_in(fsk(symbols, baud, 7.0, noise, SLOW));
}

} // namespace

BOOST_AUTO_TEST_CASE(characters_that_are_sent_twice_are_found)
{
    for (const unsigned seed : { 1u, 2u, 3u }) {
        bits sent = sitor(random_codes(40, seed));
        BOOST_TEST(found_in(sent, 100.0) == "SITOR-B", seed);
        for (int& bit : sent)
            bit = 1 - bit;
        BOOST_TEST(found_in(sent, 100.0) == "SITOR-B", seed);
    }
    BOOST_TEST(found_in(sitor(random_codes(9, 1)), 100.0) == ""); // too short
}

BOOST_AUTO_TEST_CASE(noise_and_random_data_have_no_characters)
{
    const samples silence(static_cast<size_t>(60.0 * SLOW));
    for (const unsigned seed : { 1u, 2u, 3u, 4u }) {
        std::mt19937 generator(seed);
        std::normal_distribution<float> drawn;
        samples noise = silence;
        for (auto& sample : noise)
            sample = { drawn(generator), drawn(generator) };
        BOOST_TEST(found_in(noise) == "", seed);
        for (const double baud : { 1000.0 / 22.0, 50.0, 66.6, 75.0, 100.0 })
            BOOST_TEST(found_in(random_bits(3000, seed), baud) == "", baud);
    }
    BOOST_TEST(found_in(silence) == "");
    BOOST_TEST(found_in(samples(silence.size(), gr_complex(NAN, INFINITY))) == "");
    BOOST_TEST(found_in(bits(3000, 1), 100.0) == ""); // a carrier
}

// What is right by chance stays so.
BOOST_AUTO_TEST_CASE(data_that_repeats_has_no_characters)
{
    for (const unsigned seed : { 1u, 2u, 3u, 4u, 5u }) {
        bits code = sitor(random_codes(5, seed)); // repeats each ten characters
        code.resize(35);
        BOOST_TEST(found_in(repeated(code, 60), 100.0) == "", seed);
    }
    const int idle = 0x66 % 32; // signals of phasing
    BOOST_TEST(found_in(sitor(bits(100, idle)), 100.0) == "");
    for (const int one : { 0, 1 }) { // mostly marks, or spaces
        bits biased(3000, one);
        for (size_t k = 0; k < biased.size(); k++)
            if (random_bits(3000, 9)[k] && random_bits(3000, 8)[k])
                biased[k] = 1 - one;
        BOOST_TEST(found_in(biased, 50.0) == "", one);
    }
}

BOOST_AUTO_TEST_CASE(a_character_adds_once_and_what_is_wrong_begins_anew)
{
    const character_code code{ 1, 0.25, 0.5, [](uint64_t last) {
                                  return character_code::character{ 7u & unsigned(last),
                                                                    (last & 1) == 1 };
                              } };
    code_reader reader(code);
    const auto sent = [&reader](int count, bool is_same) {
        for (int n = 1; n < count; n++)
            reader.add(is_same);
        return reader.add(is_same);
    };
    BOOST_TEST(sent(60, true) == 1.0); // all marks or none
    BOOST_TEST(reader.begun() == 2.0 + 12.0);
    reader.restart();
    BOOST_TEST(sent(48, true) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_character_of_a_teleprinter_is_between_start_and_stop)
{
    const auto& code = *character_code::named("start-stop");
    constexpr uint64_t E = 0b00'11'00'00'00'00'111;
    BOOST_TEST(code.read(E).is_right);
    BOOST_TEST(code.read(uint64_t{ 1 } << 15 | E).bits != code.read(E).bits);
    for (const int wrong : { 0, 1, 2, 4, 13, 14 })
        BOOST_TEST(!code.read(E ^ uint64_t{ 1 } << wrong).is_right);
    BOOST_TEST(!character_code::named("stop"));
}
