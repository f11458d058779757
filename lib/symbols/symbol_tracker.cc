/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "symbol_tracker.h"

#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr uint64_t SETTLING = 8;         // symbols
constexpr float MOST_SLOPE = 1.3763819f; // of the line: 54 degrees, 0.6 parts of a symbol

} // namespace

// Always this moment; the next one may be another.
bool symbol_tracker::take()
{
    d_next += PARTS;
    if (d_count < d_moved + PARTS * SETTLING)
        return true;
    const bool is_near =
        d_line.real() >= 0.0f && std::abs(d_line.imag()) <= MOST_SLOPE * d_line.real();
    if (!is_near) {
        d_next += d_line.imag() > 0.0f ? -1 : 1;
        d_moved = d_count;
    }
    return true;
}

} // namespace rfattn
} // namespace gr
