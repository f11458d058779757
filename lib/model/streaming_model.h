/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_STREAMING_MODEL_H
#define INCLUDED_RFATTN_STREAMING_MODEL_H

#include "model/embedding.h"

#include <mutex>

namespace gr {
namespace rfattn {

//! Steps of one stream that follow each other.
struct stream_run {
    size_t slot;      //!< whose cache is held
    int64_t position; //!< number of the first token
    int64_t seen;     //!< tokens of its segment that came before
    size_t steps;
};

/*!
 * \brief Classifies each step of tokens of each stream from the window of tokens that
 * ends with it, as StreamingTransformer.forward of python/rfattn/attention does.
 *
 * Products are of all steps of a call, some 64 vectors at a time; what looks at the
 * window takes one step of a stream after the other. All in float32. Nothing is allocated
 * in a step. Threads may step different models at once; of one model they take turns.
 */
class streaming_model {
public:
    /*!
     * \throws std::invalid_argument with one line: a rule of the shape does not hold, or
     * weights and shape do not match
     */
    streaming_model(const model_shape& shape,
                    const std::map<std::string, weight_view>& all,
                    const kernels& k = best_kernels());

    const model_shape& shape() const { return d_shape; }
    const kernels& instructions() const { return d_k; }
    size_t bytes_per_stream() const { return d_layout.size() * sizeof(float); }

    //! Allocates the cache of a slot, which a step needs; no more where it has one.
    void hold(size_t slot);
    //! Writes arbitrary values all over the cache of a slot, for warming up and timing.
    void fill(size_t slot);

    /*!
     * \brief Runs of steps of any streams, one after the other.
     *
     * \param tokens [steps of all runs][n][n_bins + n_features], dB
     * \param logits [steps of all runs][n_classes], written
     * \throws std::invalid_argument of a slot that is not held, or a number out of range;
     *         nothing is written then
     */
    void step(const float* tokens, const std::vector<stream_run>& runs, float* logits);

private:
    streaming_model(const model_shape& shape, const weights& from, const kernels& k);

    void check(const stream_run& run);
    void step_batch_of(const float* tokens, float* logits);

    const model_shape d_shape;
    const kernels& d_k;
    std::mutex d_stepping;
    workspace d_work;
    cache_layout d_layout;
    building d_building;
    embedding d_embedding;
    const rope d_rope;
    encoder d_encoder;
    const linear_map d_head;
    ring_pool d_pool;
    step_batch d_batch;
    aligned_floats d_x;      // [rows][padded d]
    aligned_floats d_pooled; // [steps][padded d]
    aligned_floats d_logits; // [steps][padded classes]
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_STREAMING_MODEL_H
