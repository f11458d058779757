/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_POWER_HISTORY_H
#define INCLUDED_RFATTN_POWER_HISTORY_H

#include "spectra/spectrogram.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief The mean power of the last 2 s at the points of a band, in blocks of 32 ms.
 *
 * A point is some bins of a spectrogram; power is that of a Hz.
 */
class power_history {
public:
    static constexpr double BLOCK_S = 0.032;
    static constexpr int KEPT = 64; // blocks
    static constexpr float LEAST = 1e-30f;

    //! \param pool bins of a point
    power_history(const spectrogram& source, int pool);

    int n_points() const { return d_n_points; }

    //! Adds the latest row of the source.
    //! \return whether a block is complete
    bool add_row();

    //! Ends a block that has rows, but fewer than others.
    //! \return whether there is one
    bool end_early();

    //! Blocks since the restart; an int holds 2.2 years.
    int64_t count() const { return d_count; }

    //! Blocks that are kept.
    int kept() const { return static_cast<int>(std::min<int64_t>(d_count, KEPT)); }

    //! The latest block, n_points() values.
    const float* latest() const { return block(d_count - 1); }

    //! Independent values that a point of a block is the mean of.
    double looks() const { return d_looks; }

    //! A low quantile over time at each point, divided by what it is of the mean in noise
    //! alone.
    std::vector<float> quantiles() const;

    //! Whether its blocks are so few that quantiles() are medians, since low quantiles of
    //! few values scatter.
    bool is_short() const { return d_count < SHORT_BLOCKS; }

    //! Forgets all but the latest blocks.
    void keep_latest(int n);

    //! Multiplies all power before a sample of the source. A block with samples of both
    //! sides takes the values of the one before.
    void scale_before(uint64_t sample, float factor);

    void restart();

private:
    static constexpr int SHORT_BLOCKS = 12;

    const float* block(int64_t i) const
    {
        return &d_powers[static_cast<size_t>(i % KEPT) * d_n_points];
    }
    float* block(int64_t i)
    {
        return &d_powers[static_cast<size_t>(i % KEPT) * d_n_points];
    }
    void end_block();

    const spectrogram& d_source;
    const int d_pool;
    const int d_n_points;
    const int d_block_rows;
    const double d_looks;
    std::vector<float> d_powers;    // ring of blocks
    std::vector<uint64_t> d_begins; // ring: number of the first row of each block
    int64_t d_count = 0;            // blocks since the restart
    std::vector<float> d_sum;       // sum of the present block at each point
    int d_rows = 0;                 // rows of the present block
    uint64_t d_begin = 0;           // number of its first row
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_POWER_HISTORY_H
