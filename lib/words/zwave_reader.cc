/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "zwave_reader.h"

namespace gr {
namespace rfattn {

namespace {

constexpr size_t OCTET = 8;
constexpr size_t LENGTH_AT = 8; // this octet, counted from 1
constexpr uint16_t FIRST = 0x1D0F, POLYNOMIAL = 0x1021;
constexpr uint8_t RIGHT_SUM = 0xFF; // of all octets and the checksum

} // namespace

void zwave_reader::begin(bool has_crc, bool is_manchester)
{
    const zwave_reader anew; // a copy keeps the memory of the octets
    *this = anew;
    d_is_reading = true;
    d_has_crc = has_crc;
    d_is_manchester = is_manchester;
    d_crc = FIRST;
}

bool zwave_reader::add(bool symbol)
{
    if (!d_is_reading)
        return false;
    if (!d_is_manchester)
        return take(symbol);
    d_is_half = !d_is_half;
    if (d_is_half) {
        d_first = symbol;
        return false;
    }
    d_is_reading = symbol != d_first;
    return d_is_reading && take(d_first);
}

bool zwave_reader::take(bool bit)
{
    d_octet = static_cast<uint8_t>(d_octet << 1 | (bit ? 1 : 0));
    const bool is_odd = ((d_crc >> 15) != 0) != bit;
    d_crc = static_cast<uint16_t>(d_crc << 1 ^ (is_odd ? POLYNOMIAL : 0));
    if (++d_bits % OCTET != 0)
        return false;
    d_sum ^= d_octet;
    d_all.push_back(d_octet);
    if (d_bits == LENGTH_AT * OCTET) {
        d_octets = d_octet;
        d_is_reading = LEAST_OCTETS <= d_octets && d_octets <= MOST_OCTETS;
    }
    if (d_bits < d_octets * OCTET)
        return false;
    d_is_reading = false;
    return d_has_crc ? d_crc == 0 : d_sum == RIGHT_SUM;
}

} // namespace rfattn
} // namespace gr
