/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "frame_reader.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr unsigned FLAG = 0x7E;
constexpr unsigned SEVEN_ONES = 0x7F;
constexpr size_t OCTET = 8, SIX = 6;
constexpr double LETTER_BITS = 2.8; // log2 of 256 / 37

} // namespace

void frame_reader::begin(const frame_rule& rule)
{
    auto octets = std::move(d_octets); // keeps its memory
    *this = frame_reader();
    d_octets = std::move(octets);
    d_octets.clear();
    d_rule = &rule;
    d_is_reading = true;
    d_check = rule.first;
    d_count = rule.most_octets;
}

bool frame_reader::add(bool symbol)
{
    d_has_ended = false;
    if (!d_is_reading)
        return false;
    d_sent++;
    if (d_rule->is_stuffed())
        return add_stuffed(symbol);
    if (d_rule->how == frame_rule::coding::PLAIN)
        return add_plain(symbol);
    d_part = d_part << 1 | (symbol ? 1 : 0);
    if (d_rule->how == frame_rule::coding::THREE_OF_SIX)
        return d_sent % SIX == 0 && add_six();
    const bool half = (d_part >> 1 & 1) != 0;
    if (d_sent % 2 == 1)
        return false;
    d_is_reading = symbol != half;
    return d_is_reading && add_plain(half);
}

// The place of the six symbols in the table is what they stand for.
bool frame_reader::add_six()
{
    constexpr std::array<unsigned, 16> CODES = { 0x16, 0x0D, 0x0E, 0x0B, 0x1C, 0x19,
                                                 0x1A, 0x13, 0x2C, 0x25, 0x26, 0x23,
                                                 0x34, 0x31, 0x32, 0x29 };
    const auto found = std::find(CODES.begin(), CODES.end(), d_part & 0x3F);
    d_is_reading = found != CODES.end();
    bool is_right = false;
    for (int bit = 3; bit >= 0 && d_is_reading; bit--)
        is_right = add_plain(((found - CODES.begin()) >> bit & 1) != 0);
    return is_right;
}

bool frame_reader::add_plain(bool bit)
{
    take(bit);
    if (d_bits == d_rule->length_at * OCTET && d_bits > 0) {
        d_count = d_octet;
        d_is_reading = d_rule->least_octets <= d_count && d_count <= d_rule->most_octets;
    }
    if (!d_is_reading || d_bits < d_count * OCTET)
        return false;
    d_is_reading = false;
    d_has_ended = true;
    return d_check == d_rule->right;
}

bool frame_reader::add_stuffed(bool bit)
{
    if (d_waiting == OCTET)
        take_stuffed(d_last >> (OCTET - 1) & 1);
    else
        d_waiting++;
    d_last = (d_last << 1 | (bit ? 1 : 0)) & 0xFF;
    const bool is_flag = d_waiting == OCTET && d_last == FLAG;
    const bool is_abort = d_waiting >= OCTET - 1 && (d_last & SEVEN_ONES) == SEVEN_ONES;
    d_is_reading = !is_flag && !is_abort && d_bits < d_rule->most_octets * OCTET;
    d_has_ended =
        is_flag && d_bits >= d_rule->least_octets * OCTET && d_bits % OCTET == 0;
    return d_has_ended && d_check == d_rule->right;
}

// A zero behind five ones is stuffed.
void frame_reader::take_stuffed(bool bit)
{
    const bool is_stuffed = !bit && d_ones == 5;
    d_ones = bit ? d_ones + 1 : 0;
    if (!is_stuffed)
        take(bit);
}

void frame_reader::take(bool bit)
{
    d_octet = static_cast<uint8_t>(d_octet << 1 | (bit ? 1 : 0));
    const unsigned top = d_rule->check_bits - 1;
    const bool is_odd = ((d_check >> top & 1) != 0) != bit;
    d_check = (d_check << 1 ^ (is_odd ? d_rule->polynomial : 0)) & ((2u << top) - 1);
    if (++d_bits % OCTET == 0)
        d_octets.push_back(d_octet);
}

size_t frame_reader::sent() const
{
    return d_rule->is_stuffed() ? d_sent - FLAG_BITS : d_sent;
}

double frame_reader::bits() const
{
    constexpr double LETTERS = 12.0;
    return d_rule->check_bits +
           (d_rule->is_stuffed() && has_calls() ? LETTERS * LETTER_BITS : 0.0);
}

// A frame of AX.25 begins with two calls, whose six letters, digits or spaces are turned
// by a bit, the lowest is sent first. Each octet is one of these 37 once in seven times.
bool frame_reader::has_calls() const
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
    bool found = d_octets.size() >= 2 * SECOND;
    for (size_t k = 0; k < CALL && found; k++)
        found = is_letter(k) && is_letter(SECOND + k);
    return found;
}

} // namespace rfattn
} // namespace gr
