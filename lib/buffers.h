/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_BUFFERS_H
#define INCLUDED_RFATTN_BUFFERS_H

#include <algorithm>
#include <cstddef>

namespace gr {
namespace rfattn {

//! The smallest buffer that GNU Radio makes.
inline constexpr int PAGE_BYTES = 4096;

//! Tokens of n_bins floats that fill a page, at least one.
inline int tokens_in_page(int n_bins)
{
    return std::max(1, PAGE_BYTES / static_cast<int>(sizeof(float)) / n_bins);
}

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_BUFFERS_H
