/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_STEADY_CLOCK_H
#define INCLUDED_RFATTN_STEADY_CLOCK_H

#include <chrono>
#include <cstdint>

namespace gr {
namespace rfattn {

//! Time on the monotonic clock, ns; all timings use it. Python: time.monotonic_ns.
inline uint64_t steady_ns()
{
    using namespace std::chrono;
    return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch()).count();
}

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_STEADY_CLOCK_H
