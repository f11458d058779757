/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_ROPE_H
#define INCLUDED_RFATTN_ROPE_H

#include "model/shape.h"
#include "model/weights.h"

namespace gr {
namespace rfattn {

/*!
 * \brief Cosines and sines of the rotary angles of given positions, as attention/rope.py.
 *
 * The angle of position p is 2 pi ((turns (p mod period)) mod period) / period: integers
 * until the last step, so it is as exact at token 2^53 as at token 0.
 */
class rope {
public:
    //! Takes rope.turns, which must be those of the shape's period and base.
    rope(const model_shape& shape, const weights& from);

    size_t pairs() const { return d_turns.size(); }

    //! The factors of \p count positions from \p first on: cosines, sines [count][pairs].
    void factors(int64_t first, size_t count, float* cosines, float* sines) const;

private:
    struct turn {
        double cosine, sine;
    };

    turn turn_of(int64_t turns, int64_t position) const;

    const int64_t d_period;
    std::vector<int64_t> d_turns;
    std::vector<turn> d_steps; // from one position to the next
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_ROPE_H
