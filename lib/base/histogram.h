/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_HISTOGRAM_H
#define INCLUDED_RFATTN_HISTOGRAM_H

#include <array>
#include <cstdint>

namespace gr {
namespace rfattn {

/*!
 * \brief Counts durations in seconds between fixed edges, so that counts of different
 * times or programs can be added and subtracted.
 *
 * Six edges a decade from 100 us to 10 s, one of them the usual budget of 30 ms. Never
 * allocates. Not thread-safe.
 */
class histogram {
public:
    //! Largest value that each bucket counts, s; the bucket after them counts the rest.
    static constexpr std::array<double, 31> UPPER_SECONDS{
        1e-4, 1.5e-4, 2e-4,   3e-4, 5e-4, 7e-4, 1e-3, 1.5e-3, 2e-3, 3e-3, 5e-3,
        7e-3, 1e-2,   1.5e-2, 2e-2, 3e-2, 5e-2, 7e-2, 0.1,    0.15, 0.2,  0.3,
        0.5,  0.7,    1.0,    1.5,  2.0,  3.0,  5.0,  7.0,    10.0
    };

    void add(double seconds);

    //! By bucket, not cumulative.
    const std::array<uint64_t, UPPER_SECONDS.size() + 1>& counts() const
    {
        return d_counts;
    }
    //! Of all values, s.
    double sum() const { return d_sum; }

private:
    std::array<uint64_t, UPPER_SECONDS.size() + 1> d_counts{};
    double d_sum = 0.0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_HISTOGRAM_H
