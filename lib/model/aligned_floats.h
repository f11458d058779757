/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_ALIGNED_FLOATS_H
#define INCLUDED_RFATTN_ALIGNED_FLOATS_H

#include "model/kernels.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

namespace gr {
namespace rfattn {

//! Floats that begin at a cache line, all 0. The system gives large ones their pages when
//! they are first written to.
class aligned_floats {
public:
    aligned_floats() = default;
    explicit aligned_floats(size_t count) : d_memory(allocate(count)), d_size(count)
    {
        void* start = d_memory.get();
        size_t space = bytes_of(count);
        d_data =
            static_cast<float*>(std::align(ALIGNMENT, space - ALIGNMENT, start, space));
    }

    float* data() { return d_data; }
    const float* data() const { return d_data; }
    size_t size() const { return d_size; }

private:
    static constexpr size_t ALIGNMENT = GROUP * sizeof(float);

    struct free_memory {
        void operator()(void* memory) const { std::free(memory); }
    };

    static size_t bytes_of(size_t count) { return count * sizeof(float) + ALIGNMENT; }
    static void* allocate(size_t count)
    {
        void* memory = std::calloc(bytes_of(count), 1);
        if (!memory)
            throw std::bad_alloc();
        return memory;
    }

    std::unique_ptr<void, free_memory> d_memory;
    float* d_data = nullptr;
    size_t d_size = 0;
};

/*!
 * \brief Memory that one part of a model uses at a time, as large as the largest needs
 * it.
 *
 * Parts state what they need when they are built. It is allocated once behind them all.
 */
class shared_floats {
public:
    void need(size_t count) { d_needed = std::max(d_needed, count); }
    size_t needed() const { return d_needed; }
    void set(aligned_floats memory) { d_floats = std::move(memory); }
    float* data() { return d_floats.data(); }

private:
    size_t d_needed = 0;
    aligned_floats d_floats;
};

//! What the parts of a model write between its vectors.
struct workspace {
    shared_floats normed;  //!< vectors behind a norm
    shared_floats context; //!< the same of the tokens that latents look at
    shared_floats wide;    //!< the widest values of a layer
    shared_floats mixed;   //!< results of an attention
    shared_floats scratch; //!< of kernels

    //! Calls f with each.
    template <class F>
    void for_each(F f)
    {
        for (auto* part : { &normed, &context, &wide, &mixed, &scratch })
            f(*part);
    }
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_ALIGNED_FLOATS_H
