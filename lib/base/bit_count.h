/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_BIT_COUNT_H
#define INCLUDED_RFATTN_BIT_COUNT_H

#include <cstdint>

namespace gr {
namespace rfattn {

//! How many bits of a number are 1. Where the compiler may not use the instruction of a
//! processor, its own function takes twice as long.
inline unsigned bit_count(uint64_t bits)
{
    bits -= bits >> 1 & 0x5555555555555555;
    bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
    bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0F;
    return static_cast<unsigned>(bits * 0x0101010101010101 >> 56);
}

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_BIT_COUNT_H
