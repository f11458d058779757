/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_CANDIDATE_H
#define INCLUDED_RFATTN_CANDIDATE_H

#include "base/box.h"

#include <cstdint>

namespace gr {
namespace rfattn {

//! Connected cells of a map that stand out from the noise.
struct candidate {
    box where;
    double likelihood;     // see cell_map::component::likelihood()
    double energy;         // above the noise, in units of independent cells
    bool open;             // whether it has cells in the latest row of its map
    box cell;              // one cell of its map
    uint64_t compared = 0; // scene::revision when it was compared with all that was known
    double known = 0.0;    // likelihood of the bursts within it that were known then
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_CANDIDATE_H
