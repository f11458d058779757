/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_LAYER_H
#define INCLUDED_RFATTN_LAYER_H

#include "model/ring_pool.h"
#include "model/shape.h"
#include "model/weights.h"

#include <deque>
#include <memory>
#include <optional>

namespace gr {
namespace rfattn {

//! What the parts of a model are built with, and what they add to while they are.
struct building {
    const model_shape& shape;
    const kernels& k;
    workspace& work;
    cache_layout& caches;
    size_t steps; //!< that are computed together at most
    size_t floats = 0;

    //! Memory of a part's own. \throws std::invalid_argument where all are too large
    aligned_floats memory(size_t count);

    size_t stride() const { return padded(shape.d_model); } //!< of vectors
};

//! A norm of attention/norms.py, over vectors.
class norm_map {
public:
    norm_map(const weights& from,
             const std::string& name,
             size_t width,
             const std::string& kind);

    //! y, which may be x; rows of both are \p stride apart.
    void operator()(
        const kernels& k, const float* x, float* y, size_t rows, size_t stride) const
    {
        if (d_squashes)
            k.squash(
                x, y, rows, stride, d_width, d_weight.data(), d_bias.data(), d_alpha);
        else
            k.norm(x, y, rows, stride, d_width, d_weight.data(), d_bias.data());
    }

private:
    const size_t d_width;
    const bool d_squashes; // whether it is Dynamic Tanh
    const float d_alpha;   // of Dynamic Tanh
    aligned_floats d_weight;
    aligned_floats d_bias; // empty for RMSNorm
};

//! The gate behind a softmax, as attention/layers.py; without one it does nothing.
class output_gate {
public:
    output_gate(building& b, const weights& from);

    //! y = y sigmoid(W normed); rows of y are \p y_stride apart, those of normed
    //! padded(d_model).
    void operator()(const float* normed, size_t rows, float* y, size_t y_stride) const;

private:
    const kernels& d_k;
    workspace& d_work;
    const size_t d_stride;
    const std::optional<linear_map> d_map;
};

//! The attention of a layer.
class attention {
public:
    virtual ~attention() = default;

    /*!
     * \brief x += attention(normed).
     *
     * \param normed the layer's vectors behind its norm
     * \param tokens the embedded patches [steps][patches], which only latents look at
     * \param x the vectors; rows of all three are padded(d_model) apart
     */
    virtual void
    add(const float* normed, const float* tokens, const step_batch& batch, float* x) = 0;
};

//! A call for one head of rings. Queries and results, with their rows and heads, are the
//! caller's.
attention_call look_at(const ring& keys,
                       const ring& values,
                       const float* cache,
                       size_t head,
                       size_t slots,
                       workspace& work);

//! An attention with a state of fixed size in the place of rings, as attention/states.py:
//! all patches are projected, each step's patches pass through its state, and what they
//! read is normed and gated.
class state_attention : public attention {
public:
    void add(const float* normed,
             const float* tokens,
             const step_batch& batch,
             float* x) override;

protected:
    //! \param inputs numbers that a patch is projected to: the gate [d], and others
    //! \param state floats of the state
    state_attention(building& b, const weights& from, size_t inputs, size_t state);

    //! A row of the inputs, which begins with the gate.
    float* gate(size_t row) { return d_work.wide.data() + row * d_inputs.stride(); }
    //! What a row reads [d].
    float* result(size_t row) { return d_work.mixed.data() + row * d_stride; }

    const kernels& d_k;
    workspace& d_work;
    const size_t d_heads, d_width, d_d, d_stride;
    const linear_map d_inputs;
    const aligned_floats d_rate;

private:
    //! Prepares what a patch writes.
    virtual void write(size_t row) = 0;
    //! Passes n patches, from \p row on, through a state.
    virtual void scan(float* state, size_t row, size_t n) = 0;
    //! Leaves what a patch read in result().
    virtual void read(size_t row) = 0;

    const norm_map d_norm;
    const linear_map d_out;
    const size_t d_state, d_place;
};

// Each attention is the twin of a file of its name in python/rfattn/attention, and its
// equations stand in the same order. Shapes: n patches of a step, W slots of a window, h
// heads, G key heads, dh = d / h.

//! The attention of layer number \p index of a model of this shape.
std::unique_ptr<attention> make_attention(building& b, const weights& from, size_t index);

//! `mha`, `flash` and `gqa`: query heads over as many or fewer key and value heads.
std::unique_ptr<attention>
make_grouped(building& b, const weights& from, size_t key_heads);

//! `perceiver`: latents look at the window, or at each other.
std::unique_ptr<attention> make_cross(building& b, const weights& from);
std::unique_ptr<attention> make_among(building& b, const weights& from);
//! The learned latents [n_latents][padded d]; with another attention none.
aligned_floats latents_of(building& b, const weights& from);

//! `mla`: what is kept is a low-rank latent of each patch.
std::unique_ptr<attention> make_latent_kv(building& b, const weights& from);

//! `ssm`: a state of fixed size takes the place of keys and values.
std::unique_ptr<attention> make_state_space(building& b, const weights& from);

//! `gdn`: such a state, which is corrected where a key is written again.
std::unique_ptr<attention> make_gated_delta(building& b, const weights& from);

//! log(1 + exp(x)), as torch has it.
float softplus(float x);

//! Two linear maps with a GELU between.
class feed_forward {
public:
    feed_forward(building& b, const weights& from, size_t rows);

    //! x += down(gelu(up(normed)))
    void add(const float* normed, size_t rows, float* x);

private:
    const kernels& d_k;
    workspace& d_work;
    const linear_map d_up, d_down;
    const size_t d_stride;
};

//! A pre-norm transformer layer, as attention/layers.py.
class layer {
public:
    //! \param rows vectors of all steps at most
    layer(building& b, const weights& from, std::unique_ptr<attention> own, size_t rows);

    void operator()(float* x, size_t rows, const float* tokens, const step_batch& batch);

private:
    const kernels& d_k;
    workspace& d_work;
    const size_t d_stride;
    const norm_map d_attention_norm;
    const std::unique_ptr<attention> d_attention;
    const norm_map d_feed_forward_norm;
    feed_forward d_feed_forward;
};

/*!
 * \brief All layers and the last norm: vectors of the patches in, one vector a step out.
 *
 * Where the attention is `perceiver`, what passes through the layers are the latents of
 * each step, which the encoder holds, else the vectors of the patches.
 */
class encoder {
public:
    encoder(building& b, const weights& from);

    //! x [steps][patches] may be written over; y [steps].
    void operator()(float* x, const step_batch& batch, float* y);

private:
    const kernels& d_k;
    workspace& d_work;
    const size_t d_stride;
    const size_t d_vectors;         // vectors of a step
    const aligned_floats d_latents; // [vectors], or none
    aligned_floats d_z;             // [steps][vectors] of latents
    std::deque<layer> d_layers;
    const norm_map d_norm;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_LAYER_H
