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

constexpr double SAME_BAND = 0.6;    // least common part of two bands, of the narrower
constexpr double KNOWN_SHARE = 0.35; // least energy of bursts within, of the box
constexpr uint64_t MANY_BURSTS = 3;
constexpr double UNSEEN_S = 0.05; // what begins earlier may have begun before
constexpr double LOOK_S = 0.4;    // longest part of a burst on the air that is looked at
constexpr double SKIRT_MARGIN = 1.5; // factor of the energy that a skirt has on average
constexpr double LEAST_LEVEL = 0.4;  // mean excess: weaker ones are errors of the floor

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_TRACKER_LIMITS_H
