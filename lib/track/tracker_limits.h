/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_TRACKER_LIMITS_H
#define INCLUDED_RFATTN_TRACKER_LIMITS_H

#include <cstdint>

namespace gr {
namespace rfattn {

// What several files of emission_tracker have in common.

constexpr double SAME_BAND = 0.6;    // of the narrower band
constexpr double KNOWN_SHARE = 0.35; // of the energy of a box, by bursts within it
constexpr uint64_t MANY_BURSTS = 3;
constexpr double UNSEEN_S = 0.05;    // what begins earlier may have begun before
constexpr double LOOK_S = 0.4;       // of a burst on the air that is looked at
constexpr double SKIRT_MARGIN = 1.5; // of the energy that a skirt holds on average
constexpr double LEAST_LEVEL = 0.4;  // mean excess: weaker ones are errors of the floor

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TRACKER_LIMITS_H
