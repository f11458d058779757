/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "model/ring_pool.h"

namespace gr {
namespace rfattn {

ring::ring(cache_layout& layout, size_t heads, size_t slots, size_t width)
    : d_heads(heads),
      d_slots(slots),
      d_width(width),
      d_head(padded(slots) * width),
      d_place(layout.take(heads * d_head))
{
}

void ring::write(const stream_step& step,
                 size_t patches,
                 const float* rows,
                 size_t stride) const
{
    for (size_t i = 0; i < d_heads; i++) {
        float* start = step.cache + d_place + i * d_head;
        const float* own = rows + i * d_width;
        for (size_t done = 0; done < patches;) {
            const size_t slot = step.slot + done, lane = slot % GROUP;
            const size_t count = std::min(GROUP - lane, patches - done);
            float* to = start + slot / GROUP * group();
            if (lane == 0 && step.filled < d_slots) // what an earlier segment left
                std::fill_n(to, group(), 0.0f);
            for (size_t j = 0; j < d_width; j++) {
                for (size_t t = 0; t < count; t++)
                    to[j * GROUP + lane + t] = own[(done + t) * stride + j];
            }
            done += count;
        }
    }
}

void ring_pool::hold(size_t slot)
{
    if (slot >= d_caches.size())
        d_caches.resize(slot + 1);
    if (!d_caches[slot].data())
        d_caches[slot] = aligned_floats(d_floats);
}

void ring_pool::fill(size_t slot, float value)
{
    std::fill_n(cache(slot), d_floats, value);
}

} // namespace rfattn
} // namespace gr
