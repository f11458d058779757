/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_PORTS_H
#define INCLUDED_RFATTN_PORTS_H

#include "checks.h"

#include <gnuradio/block.h>
#include <gnuradio/block_detail.h>
#include <gnuradio/buffer_reader.h>
#include <gnuradio/io_signature.h>
#include <numeric>

namespace gr {
namespace rfattn {

//! The smallest buffer that GNU Radio makes.
inline constexpr int PAGE_BYTES = 4096;

//! Size of a buffer, unless a block asks for another one.
inline constexpr int DEFAULT_BUFFER_BYTES = 65536;

//! The fewest items of n floats that fill whole pages. GNU Radio makes no other sizes
//! than multiples of it, and warns of a maximum that is none.
inline int items_in_page(int n)
{
    const int item_bytes = n * static_cast<int>(sizeof(float));
    return PAGE_BYTES / std::gcd(PAGE_BYTES, item_bytes);
}

//! The largest item; GNU Radio counts its bytes in an int.
inline constexpr int MOST_FLOATS = 1 << 24;

//! Ports of float32[n]; refuses an n out of range, which is the block's parameter `name`.
inline gr::io_signature::sptr
float_ports(const checks& check, const char* name, int n, int ports = 1)
{
    check.at_least(1, name, n);
    check.require(n <= MOST_FLOATS, name, "<= " + std::to_string(MOST_FLOATS), n);
    return gr::io_signature::make(ports, ports, sizeof(float) * n);
}

//! Asks for an output buffer of a number of items of n floats. GNU Radio lets a maximum
//! shrink its default, and a minimum enlarge it.
inline void set_output_buffer(gr::block& block, int items, int n)
{
    if (items < DEFAULT_BUFFER_BYTES / static_cast<int>(sizeof(float)) / n)
        block.set_max_output_buffer(0, items);
    else
        block.set_min_output_buffer(0, items);
}

//! Whether nothing comes after the `items` that a work call of the block got.
inline bool input_ends_after(const gr::block& block, int items)
{
    const auto input = block.detail()->input(0);
    gr::thread::scoped_lock guard(*input->mutex());
    return input->done() && input->items_available() == items;
}

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_PORTS_H
