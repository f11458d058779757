/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_FLOOR_CURVE_H
#define INCLUDED_RFATTN_FLOOR_CURVE_H

#include <vector>

namespace gr {
namespace rfattn {

using curve = std::vector<double>;

//! Levels of `n` pieces of equal length, dB: low quantiles, and as much more as medians
//! usually are.
curve levels_of_pieces(const std::vector<float>& values, int n);

//! Medians of `n` pieces of equal length, or of each value where there are fewer.
std::vector<float> medians_of_pieces(const std::vector<float>& values, int n);

//! The value of a curve of pieces at point i of n.
float between(const std::vector<float>& pieces, double i, int n);

//! The value at i, or at a step the higher of its neighbours: no point resolves a step.
float upper_side(const std::vector<float>& values, int i);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_FLOOR_CURVE_H
