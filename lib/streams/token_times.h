/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TOKEN_TIMES_H
#define INCLUDED_RFATTN_TOKEN_TIMES_H

#include <cstdint>

namespace gr {
namespace rfattn {

//! When a token could be made, by the steady clock.
struct token_times {
    uint64_t arrival_ns = 0; // its last sample came
    uint64_t found_ns = 0;   // its burst was reported, where that was later; else 0
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TOKEN_TIMES_H
