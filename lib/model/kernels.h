/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_KERNELS_H
#define INCLUDED_RFATTN_KERNELS_H

// The kernel files, which are compiled for processors that this one may not be, include
// this file: no inline function of another file may come in with it.
#include <cstddef>

namespace gr {
namespace rfattn {

//! Floats of a cache line. Rows of values begin at one, and rings and weights lie in
//! groups of so many slots or columns, whatever the processor.
constexpr size_t GROUP = 16;

//! Whole groups that hold \p count floats, in floats.
constexpr size_t padded(size_t count)
{
    return (count + GROUP - 1) / GROUP * GROUP;
}

//! y = x W^T + bias, or y + x W^T + bias.
struct linear_call {
    const float* x;
    size_t x_stride;
    size_t rows;
    const float* weights; //!< [outputs / 16][inputs][16]
    const float* bias;    //!< [outputs], or null
    size_t inputs;
    size_t outputs; //!< a multiple of GROUP
    float* y;
    size_t y_stride;
    bool adds; //!< whether y is added to
};

//! softmax(scale q k^T) v of rows x heads queries over the same keys and values.
struct attention_call {
    const float* queries;
    size_t query_row, query_head; //!< distances
    float* results;
    size_t result_row, result_head;
    size_t rows, heads;
    const float* keys; //!< [slots / 16][width][16]; where the last group is not full, 0
    size_t width;
    const float* values; //!< the same with value_width, and a distance between groups
    size_t value_width, value_group;
    size_t slots;
    float scale;
    float* scratch; //!< attention_scratch floats
};

//! Floats that an attention needs for itself.
size_t attention_scratch(size_t width, size_t value_width);

//! Tokens that decay a state, write into it and read it, one after the other:
//! state = decay state + b x, y = c state.
struct scan_call {
    float* state; //!< [size][width]
    size_t size;
    size_t width; //!< a multiple of GROUP
    size_t tokens;
    const float *x, *decay; //!< [tokens][width]
    const float *b, *c;     //!< [tokens][size], a row each bc_stride
    size_t bc_stride;
    float* y; //!< [tokens][width]
};

//! Tokens that decay a state, correct what it holds for their key and read it, one after
//! the other: state = decay state, u = share (v - k state), state += k u, y = q state.
struct delta_call {
    float* state; //!< [size][width]
    size_t size;
    size_t width; //!< a multiple of GROUP
    size_t tokens;
    const float *q, *k;         //!< [tokens][size], a row each stride
    const float *share, *decay; //!< [tokens], one each stride
    size_t stride;
    const float* v; //!< [tokens][width], a row each y_stride
    float* y;       //!< the same; may be v
    size_t y_stride;
};

/*!
 * \brief The arithmetic of a step, compiled for one instruction set.
 *
 * All take any alignment. Values that are not finite stay so.
 */
struct kernels {
    const char* name;
    void (*linear)(const linear_call&);
    void (*attend)(const attention_call&);
    void (*scan)(const scan_call&);
    void (*delta)(const delta_call&);
    //! y = (x - mean) / sqrt(variance + 1e-5) weight + bias over \p width values of each
    //! row; with no bias x / sqrt(mean square + 1e-5) weight. y may be x.
    void (*norm)(const float* x,
                 float* y,
                 size_t rows,
                 size_t stride,
                 size_t width,
                 const float* weight,
                 const float* bias);
    //! y = weight tanh(alpha x) + bias over \p width values of each row; y may be x.
    void (*squash)(const float* x,
                   float* y,
                   size_t rows,
                   size_t stride,
                   size_t width,
                   const float* weight,
                   const float* bias,
                   float alpha);
    //! Rotates the pairs i and i + pairs of each head by the angles of its row;
    //! cosines and sines [rows][pairs].
    void (*rotate)(float* x,
                   size_t rows,
                   size_t stride,
                   size_t heads,
                   size_t head_width,
                   const float* cosines,
                   const float* sines,
                   size_t pairs);
    //! x = x / 2 (1 + erf(x / sqrt 2)), to 3e-7 of x; \p count is a multiple of GROUP.
    void (*gelu)(float* x, size_t count);
    //! y = y g / (1 + exp(-g)); \p count is a multiple of GROUP.
    void (*times_silu)(float* y, const float* g, size_t count);
    //! y = y / (1 + exp(-g)); \p count is a multiple of GROUP.
    void (*times_sigmoid)(float* y, const float* g, size_t count);
    float (*sum)(const float* x, size_t count);
};

//! Those that this processor runs, the fastest last; there is at least one.
const kernels* const* possible_kernels(size_t& count);

//! The fastest that this processor runs.
const kernels& best_kernels();

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_KERNELS_H
