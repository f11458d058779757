/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_INTERPOLATION_H
#define INCLUDED_RFATTN_INTERPOLATION_H

#include <cstddef>
#include <vector>

namespace gr {
namespace rfattn {

//! The value at a place on the line between two elements; at least 0, and less than the
//! number of the last one.
template <class T>
T value_at(const std::vector<T>& values, double place)
{
    const auto n = static_cast<size_t>(place);
    return values[n] + (place - static_cast<double>(n)) * (values[n + 1] - values[n]);
}

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_INTERPOLATION_H
