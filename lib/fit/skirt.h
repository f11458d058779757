/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SKIRT_H
#define INCLUDED_RFATTN_SKIRT_H

#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief What a signal spills over beside its band: mean excess over the floor by
 * distance.
 */
class skirt {
public:
    skirt() = default;

    /*!
     * \param lower, upper edges of the band, Hz
     * \param reach Hz on each side
     */
    skirt(double lower, double upper, double reach)
        : d_lower(lower),
          d_upper(upper),
          d_reach(reach)
    {
    }

    //! Sets one side. \param excess by bins of bin_hz, outward from the edge
    void set(bool is_upper, const std::vector<float>& excess, double bin_hz);

    //! Integral of the excess over a band, Hz, without the signal's own.
    double over(double lower, double upper) const;

    double lower() const { return d_lower - d_reach; }
    double upper() const { return d_upper + d_reach; }

private:
    static constexpr int KNOTS = 32; // closer together near the band
    double integral(const std::vector<float>& side, double distance) const;

    double d_lower = 0.0, d_upper = 0.0, d_reach = 0.0;
    std::vector<float> d_side[2]; // integrals from the edge to each knot
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SKIRT_H
