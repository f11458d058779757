/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_RING_POOL_H
#define INCLUDED_RFATTN_RING_POOL_H

#include "model/aligned_floats.h"

#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

//! Gives the parts of a model their places in the cache of a stream.
class cache_layout {
public:
    //! The place of so many floats, which begin at a cache line.
    size_t take(size_t count)
    {
        const size_t place = d_size;
        d_size += padded(count);
        return place;
    }
    size_t size() const { return d_size; } //!< floats

private:
    size_t d_size = 0;
};

//! Where one step of a stream stands.
struct stream_step {
    float* cache;  //!< of its stream
    size_t slot;   //!< of its first new patch in the rings
    size_t filled; //!< slots written before
    int64_t position, seen;
};

//! Steps that are computed together. The steps of a stream stand in their order.
struct step_batch {
    std::vector<stream_step> steps;
    size_t patches;                //!< of each
    aligned_floats cosines, sines; //!< [steps][patches][pairs], of the new patches
};

/*!
 * \brief One ring of a layer in the cache of each stream: the keys, or the values, of a
 * window.
 *
 * A step writes its patches over the oldest, then its queries see every slot written so
 * far. No mask is needed: softmax does not depend on the order of the slots. Slots lie in
 * groups of 16, [heads][slots / 16][width][16], so that a kernel reads one element of 16
 * slots at once. In a group that is not full yet, the slots behind are 0.
 */
class ring {
public:
    ring(cache_layout& layout, size_t heads, size_t slots, size_t width);

    size_t width() const { return d_width; }
    size_t group() const { return d_width * GROUP; } //!< floats from group to group

    const float* head(const float* cache, size_t head) const
    {
        return cache + d_place + head * d_head;
    }

    //! Writes the rows of the step's patches, whose heads lie behind each other.
    void write(const stream_step& step,
               size_t patches,
               const float* rows,
               size_t stride) const;

private:
    const size_t d_heads, d_slots, d_width;
    const size_t d_head; // floats from head to head
    const size_t d_place;
};

//! The caches of streams by slot. A slot's memory is allocated when it is first held.
class ring_pool {
public:
    explicit ring_pool(size_t floats_of_one) : d_floats(floats_of_one) {}

    void hold(size_t slot);
    //! The cache of a slot that is held, or null.
    float* cache(size_t slot)
    {
        return slot < d_caches.size() ? d_caches[slot].data() : nullptr;
    }
    //! Gives all values of a held cache one value, for warming up and timing.
    void fill(size_t slot, float value);

private:
    const size_t d_floats;
    std::vector<aligned_floats> d_caches;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_RING_POOL_H
