/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SIGNAL_SPLIT_H
#define INCLUDED_RFATTN_SIGNAL_SPLIT_H

#include "decisions.h"

#include <vector>

namespace gr {
namespace rfattn {

//! A stretch of bins above a threshold, with its highest value.
struct ridge {
    int first, last;
    double peak;
};

//! \brief The ridges of a spectrum in units of the floor, less 1.
//!
//! One that has a valley is two, each as far as a tenth of its peak.
//! \param gap bins below the threshold that a ridge may have
std::vector<ridge> find_ridges(const std::vector<float>& excess,
                               double threshold,
                               int gap,
                               const decisions& d);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SIGNAL_SPLIT_H
