/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_RESPONSE_H
#define INCLUDED_RFATTN_RESPONSE_H

#include "noise_or_signal.h"

#include <functional>
#include <utility>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief How much more noise a receiver has at some frequencies than at others.
 *
 * Humps, ripple and filters of a receiver raise wide parts of its noise floor, as wide
 * signals would. What rises is learned as its response where a test finds that it holds
 * nothing but noise. What is narrower than a twentieth of the band, or at an end of the
 * band than half of that, is never learned; nor is a weak rise with a step.
 */
class response {
public:
    //! Whether points from first to before end hold it.
    using verdict = std::function<bool(noise_or_signal what, int first, int end)>;

    //! \param points of the band
    explicit response(int points) : d_gain(points, 1.0f) {}

    //! Forgets what was learned.
    void restart();

    //! The power by point of a receiver with the same noise everywhere.
    std::vector<float> without(std::vector<float> power) const;

    //! Makes the floor of such a receiver that of this one.
    void apply(std::vector<float>& floor) const;

    /*!
     * Learns from what rises above a curve.
     *
     * \param ratio of the power to the curve by point, both without() this
     * \param error standard deviation of the ratio of a point in noise
     * \return whether there was anything to learn
     */
    bool learn(const std::vector<float>& ratio, double error, const verdict& holds);

private:
    std::vector<float> d_gain; // by point
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_RESPONSE_H
