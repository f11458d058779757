/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "hdlc_reader.h"

namespace gr {
namespace rfattn {

namespace {

constexpr unsigned FLAG = 0x7E;
constexpr unsigned SEVEN_ONES = 0x7F;
constexpr size_t OCTET = 8;
constexpr double CHECK_BITS = 16.0, LETTER_BITS = 2.8; // log2 of 256 / 37
constexpr uint16_t FIRST = 0xFFFF, POLYNOMIAL = 0x8408, RIGHT = 0xF0B8; // of the checksum

} // namespace

void hdlc_reader::begin()
{
    d_is_reading = true;
    d_last = 0;
    d_waiting = 0;
    d_ones = 0;
    d_count = d_sent = 0;
    d_octets.clear();
    d_check = FIRST;
}

bool hdlc_reader::add(bool bit)
{
    d_has_ended = false;
    if (!d_is_reading)
        return false;
    d_sent++;
    if (d_waiting == OCTET)
        take(d_last >> (OCTET - 1) & 1);
    else
        d_waiting++;
    d_last = (d_last << 1 | (bit ? 1 : 0)) & 0xFF;
    const bool is_flag = d_waiting == OCTET && d_last == FLAG;
    const bool is_abort = d_waiting >= OCTET - 1 && (d_last & SEVEN_ONES) == SEVEN_ONES;
    d_is_reading = !is_flag && !is_abort && d_count < MOST_BITS;
    d_has_ended = is_flag && d_count >= LEAST_BITS && d_count % OCTET == 0;
    return d_has_ended && d_check == RIGHT;
}

// The six letters, digits or spaces of a call are turned by a bit, the lowest is sent
// first. Each octet is one of these 37 once in seven times.
double hdlc_reader::bits() const
{
    constexpr size_t CALL = 6, SECOND = 7;
    const auto is_letter = [this](size_t place) {
        unsigned value = 0;
        for (size_t k = 0; k < OCTET; k++)
            value |= (d_octets[place] >> k & 1u) << (OCTET - 1 - k);
        const unsigned letter = value >> 1;
        return value % 2 == 0 && (letter == ' ' || (letter >= '0' && letter <= '9') ||
                                  (letter >= 'A' && letter <= 'Z'));
    };
    bool has_calls = d_octets.size() >= 2 * SECOND;
    for (size_t k = 0; k < CALL && has_calls; k++)
        has_calls = is_letter(k) && is_letter(SECOND + k);
    return CHECK_BITS + (has_calls ? 2.0 * CALL * LETTER_BITS : 0.0);
}

// A zero behind five ones is stuffed.
void hdlc_reader::take(bool bit)
{
    if (!bit && d_ones == 5) {
        d_ones = 0;
        return;
    }
    d_ones = bit ? d_ones + 1 : 0;
    d_octet = static_cast<uint8_t>(d_octet << 1 | (bit ? 1 : 0));
    if (++d_count % OCTET == 0)
        d_octets.push_back(d_octet);
    d_check =
        static_cast<uint16_t>(d_check >> 1 ^ ((d_check ^ bit) & 1 ? POLYNOMIAL : 0));
}

} // namespace rfattn
} // namespace gr
