/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_PORTS_H
#define INCLUDED_RFATTN_PORTS_H

#include "checks.h"

#include <gnuradio/io_signature.h>

namespace gr {
namespace rfattn {

//! The smallest buffer that GNU Radio makes.
inline constexpr int PAGE_BYTES = 4096;

//! Items of n floats that fill a page, at least one.
inline int items_in_page(int n)
{
    return std::max(1, PAGE_BYTES / static_cast<int>(sizeof(float)) / n);
}

//! Ports of float32[n]; refuses an n below 1, which is the block's parameter `name`.
inline gr::io_signature::sptr
float_ports(const checks& check, const char* name, int n, int ports = 1)
{
    check.at_least(1, name, n);
    return gr::io_signature::make(ports, ports, sizeof(float) * n);
}

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_PORTS_H
