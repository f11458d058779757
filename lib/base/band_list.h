/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_BAND_LIST_H
#define INCLUDED_RFATTN_BAND_LIST_H

#include <utility>
#include <vector>

namespace gr {
namespace rfattn {

//! Bands of frequencies, which may overlap.
class band_list {
public:
    //! \param bands lower and upper edge of each, Hz; the lower one is less
    explicit band_list(std::vector<std::pair<double, double>> bands);

    //! Whether more than half of what lies between two edges is in the bands.
    bool have_most_of(double lower, double upper) const;

private:
    std::vector<std::pair<double, double>> d_bands; // apart from each other, rising
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_BAND_LIST_H
