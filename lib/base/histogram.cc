/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "histogram.h"

#include <algorithm>

namespace gr {
namespace rfattn {

void histogram::add(double seconds)
{
    const auto first = UPPER_SECONDS.begin();
    d_counts[std::lower_bound(first, UPPER_SECONDS.end(), seconds) - first]++;
    d_sum += seconds;
}

} // namespace rfattn
} // namespace gr
