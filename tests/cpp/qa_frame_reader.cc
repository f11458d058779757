/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "keyed_signals.h"
#include "words/frame_reader.h"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <numeric>
#include <vector>

using namespace gr::rfattn;
using keyed::rule_of;

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
