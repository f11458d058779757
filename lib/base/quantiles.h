/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_QUANTILES_H
#define INCLUDED_RFATTN_QUANTILES_H

#include <array>
#include <cstddef>
#include <cstdint>

namespace gr {
namespace rfattn {

/*!
 * \brief Count, mean, maximum and quantiles of a stream of durations in seconds.
 *
 * Count, mean, minimum and maximum are exact. A quantile comes from a histogram of fixed
 * size with logarithmic bins and is within 1 % of the value at that rank, from 100 ns to
 * 1e5 s; outside of that span it is the exact minimum or maximum. Never allocates. Not
 * thread-safe.
 */
class quantiles {
public:
    void add(double seconds);
    void clear();

    uint64_t count() const { return d_count; }
    //! Mean in seconds; 0 when empty.
    double mean() const;
    //! Largest value in seconds; 0 when empty.
    double max() const { return d_max; }
    /*!
     * The smallest value that at least the share q of all values do not exceed, in
     * seconds; 0 when empty.
     *
     * \param q within 0 to 1
     */
    double quantile(double q) const;

private:
    static constexpr double LOWEST = 1e-7;
    // A value at either edge of a bin is sqrt(BIN_RATIO) = 1.00995 from the bin's middle.
    static constexpr double BIN_RATIO = 1.02;
    // 12 decades: 12 ln(10) / ln(1.02) = 1395.3, and one bin at each end for what lies
    // outside.
    static constexpr size_t INNER_BINS = 1396;
    static constexpr size_t BINS = INNER_BINS + 2;

    std::array<uint64_t, BINS> d_bins{};
    uint64_t d_count = 0;
    double d_sum = 0.0;
    double d_min = 0.0;
    double d_max = 0.0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_QUANTILES_H
