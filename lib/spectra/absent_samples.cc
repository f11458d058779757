/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "absent_samples.h"

#include <algorithm>
#include <limits>

namespace gr {
namespace rfattn {

void absent_samples::restart()
{
    d_found.clear();
    d_last = std::numeric_limits<float>::quiet_NaN(); // equals nothing
    d_end = d_repeats = d_count = d_first_present = 0;
}

// In so few samples a value is repeated for long enough only from the first one on or to
// the last one.
void absent_samples::add(const gr_complex* samples, size_t count)
{
    const auto* const end = samples + count;
    const auto* const other =
        std::find_if(samples, end, [&](const gr_complex& x) { return x != d_last; });
    repeat(static_cast<size_t>(other - samples));
    if (other == end)
        return;
    const auto* last = end - 1;
    while (last > other && last[-1] == *last)
        last--;
    d_last = *last;
    d_repeats = 0;
    d_end += static_cast<size_t>(last + 1 - other);
    repeat(static_cast<size_t>(end - 1 - last));
}

void absent_samples::blank(gr_complex* samples, uint64_t first, size_t count) const
{
    d_found.visit(first, first + count, [=](uint64_t begin, uint64_t end) {
        std::fill(samples + (begin - first), samples + (end - first), 0.0f);
    });
}

void absent_samples::repeat(size_t count)
{
    const bool was_absent = is_absent();
    d_end += count;
    d_repeats += count;
    if (!is_absent())
        return;
    const uint64_t begin = d_end - d_repeats - 1;
    d_found.add(begin, d_end);
    d_count += was_absent ? count : d_repeats + 1;
    if (begin <= d_first_present)
        d_first_present = d_end;
}

} // namespace rfattn
} // namespace gr
