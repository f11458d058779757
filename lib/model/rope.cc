/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "model/embedding.h"

#include <cmath>
#include <stdexcept>

namespace gr {
namespace rfattn {

rope::rope(const model_shape& shape, const weights& from)
    : d_period(static_cast<int64_t>(shape.rope_period))
{
    const size_t width = shape.rotary_width();
    if (width == 0)
        return;
    const int64_t* turns = from.integers("rope.turns", width / 2);
    d_turns.assign(turns, turns + width / 2);
    for (size_t i = 0; i < d_turns.size(); i++) {
        const double exponent =
            -2.0 * static_cast<double>(i) / static_cast<double>(width);
        const double wanted = std::pow(shape.rope_base, exponent) *
                              static_cast<double>(d_period) / (2.0 * M_PI);
        const double found = static_cast<double>(d_turns[i]);
        // Powers may be rounded either way.
        if (std::abs(std::max(1.0, std::nearbyint(wanted)) - found) > 1.0 || found < 1.0)
            throw std::invalid_argument(
                "rope.turns is not that of rope_period and rope_base");
        d_steps.push_back(turn_of(d_turns[i], 1));
    }
}

rope::turn rope::turn_of(int64_t turns, int64_t position) const
{
    const int64_t phase = turns * position % d_period;
    const double angle =
        static_cast<double>(phase) * (2.0 * M_PI / static_cast<double>(d_period));
    return { std::cos(angle), std::sin(angle) };
}

void rope::factors(int64_t first, size_t count, float* cosines, float* sines) const
{
    for (size_t i = 0; i < pairs(); i++) {
        // One turn more for each position, in double: 65536 of them add 1e-11 at most.
        turn at = turn_of(d_turns[i], first % d_period);
        const turn step = d_steps[i];
        for (size_t t = 0; t < count; t++) {
            cosines[t * pairs() + i] = static_cast<float>(at.cosine);
            sines[t * pairs() + i] = static_cast<float>(at.sine);
            at = { at.cosine * step.cosine - at.sine * step.sine,
                   at.sine * step.cosine + at.cosine * step.sine };
        }
    }
}

} // namespace rfattn
} // namespace gr
