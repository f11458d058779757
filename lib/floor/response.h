/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_RESPONSE_H
#define INCLUDED_RFATTN_RESPONSE_H

#include "floor_curve.h"

#include <utility>

namespace gr {
namespace rfattn {

//! What noise a receiver has over the band, by pieces of equal width.
struct response {
    curve level;              //!< dB
    int first, end;           //!< pieces between the slopes of a filter
    std::pair<int, int> even; //!< the same between falls that may be less than those
    //! The widest part that rises above the rest, the same with its slopes, and the
    //! widest signal, each from the first piece to before the last.
    std::pair<int, int> raised, with_slopes, signal;
};

/*!
 * Finds the most likely noise of a receiver below what never pauses.
 *
 * Levels that differ from the noise by their error are noise. What lies above is signal,
 * which is the less likely the less it rises, and what lies below is hardly ever there.
 * The noise changes over the band as a random walk does: little from piece to piece,
 * whatever its slopes, humps and ripple are over the band. Beyond the inner part it may
 * also fall outward by any step, as a filter makes it, but rise no more. Of all curves
 * the one that makes the levels most likely is found (Viterbi 1967): one through wide
 * signals needs their edges, and one below ripple needs many signals.
 *
 * \param y levels of pieces of the band, dB
 * \param error of them, dB, where they are noise
 * \param inner the pieces of the inner part, from the first to before the last
 * \param signal those of a signal, of which nothing else is known
 */
response find_response(const curve& y,
                       double error,
                       std::pair<int, int> inner,
                       std::pair<int, int> signal);

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_RESPONSE_H
