/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_LTE_DUPLEX_H
#define INCLUDED_RFATTN_LTE_DUPLEX_H

#include "words/lte_words.h"

#include <gnuradio/gr_complex.h>

#include <cmath>
#include <cstddef>
#include <vector>

namespace gr {
namespace rfattn {

//! Samples of a cell's times at one rate.
struct lte_times {
    static constexpr double HALF_FRAME_S = 5e-3;

    explicit lte_times(double sample_rate)
        : rate(sample_rate),
          symbol(static_cast<size_t>(std::lround(sample_rate / lte_words::SPACING))),
          half(HALF_FRAME_S * sample_rate)
    {
    }

    //! The first sample of a half frame.
    size_t begin(size_t number) const
    {
        return static_cast<size_t>(std::lround(static_cast<double>(number) * half));
    }

    double rate;   //!< Hz
    size_t symbol; //!< without guard
    double half;   //!< a frame
};

//! Where the primary signal of a cell may be.
struct lte_place {
    double offset; //!< of the middle of the cell, Hz
    size_t sector;
    size_t sample; //!< of the first one
    double height; //!< of the correlation, relative to its mean
};

//! How a cell separates both directions, and how improbable it is that chance makes it.
struct lte_cell {
    const char* duplex = nullptr; //!< "LTE FDD" or "LTE TDD"; null: none
    double bits = 0.0;
};

//! By the place of the secondary signal. \param halves half frames that are looked at
lte_cell cell_at(const std::vector<gr_complex>& samples,
                 const lte_times& times,
                 size_t halves,
                 const lte_place& place);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_LTE_DUPLEX_H
