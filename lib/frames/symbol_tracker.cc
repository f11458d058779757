/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "symbol_tracker.h"

#include <gnuradio/math.h>

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr float MEMORY = 32.0f;   // symbols
constexpr uint64_t SETTLING = 8;  // symbols
constexpr float MOST_LATE = 0.6f; // parts of a symbol

} // namespace

bool symbol_tracker::add(float opening)
{
    // The line turns by a quarter from part to part; its angle is that from this part.
    static_assert(PARTS == 4);
    d_line *= std::complex<float>(0.0f, 1.0f);
    d_line += (opening - d_line) *
              std::max(1.0f / (PARTS * MEMORY), 1.0f / static_cast<float>(d_count + 1));
    if (d_count++ != d_next)
        return false;
    d_next += PARTS;
    if (d_count < d_moved + PARTS * SETTLING)
        return true;
    const float late = std::arg(d_line) * PARTS / (2.0f * static_cast<float>(GR_M_PI));
    if (std::abs(late) > MOST_LATE) {
        d_next += late > 0.0f ? -1 : 1;
        d_moved = d_count;
    }
    return true;
}

} // namespace rfattn
} // namespace gr
