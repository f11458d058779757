/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_LTE_WORDS_H
#define INCLUDED_RFATTN_LTE_WORDS_H

#include <gnuradio/gr_complex.h>

#include <array>
#include <cstddef>

namespace gr {
namespace rfattn {

//! The synchronization signals of LTE (3GPP TS 36.211, 6.11), on the 62 carriers around
//! the middle of a cell, the lowest first.
namespace lte_words {

constexpr size_t CARRIERS = 62;
constexpr double SPACING = 15e3; //!< from carrier to carrier, Hz
constexpr size_t SECTORS = 3, GROUPS = 168;

//! Number of a carrier, counted from the middle, where there is none.
inline int number(size_t k)
{
    return k < 31 ? static_cast<int>(k) - 31 : static_cast<int>(k) - 30;
}

//! The primary signal, of power 1 on each carrier. \param sector of the cell, 0 to 2
std::array<gr_complex, CARRIERS> primary(size_t sector);

//! The secondary signals in subframe 0 and in subframe 5, 1 or -1.
//! \param group of cells, below GROUPS
std::array<std::array<float, CARRIERS>, 2> secondary(size_t group, size_t sector);

} // namespace lte_words

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_LTE_WORDS_H
