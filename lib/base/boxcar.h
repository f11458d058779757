/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_BOXCAR_H
#define INCLUDED_RFATTN_BOXCAR_H

#include <vector>

namespace gr {
namespace rfattn {

//! Means over `width` neighbours; over fewer at the ends.
std::vector<float> boxcar(const std::vector<float>& x, int width);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_BOXCAR_H
