/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_EMBEDDING_H
#define INCLUDED_RFATTN_EMBEDDING_H

#include "model/layer.h"

namespace gr {
namespace rfattn {

/*!
 * \brief How tokens enter the model, as RunningLevel of attention/model.py and
 * attention/embedding.py: without their level, neighbouring ones joined to patches, each
 * a vector of width d.
 */
class embedding {
public:
    embedding(building& b, const weights& from);

    //! \param tokens [steps][n][n_bins + n_features], dB
    //! \param x [steps][patches], written
    void operator()(const float* tokens, const step_batch& batch, float* x);

private:
    //! Updates the level of the stream, and writes the spectra without it.
    void subtract_level(const float* tokens, const stream_step& step, float* spectra);
    void convolve(const float* spectra, float* flat);
    void add_features(const float* tokens, size_t rows, float* x);

    const kernels& d_k;
    const model_shape d_shape;
    const size_t d_stride;
    const size_t d_level;     // place of the running level in a cache
    aligned_floats d_spectra; // [steps][n][n_bins], in units of 10 dB
    // Of conv: a convolution is a linear map of the bins it sees, which lie behind each
    // other where channels are the inner axis.
    const size_t d_channels, d_half, d_quarter; // padded channels, bins that are left
    std::vector<linear_map> d_convolutions;
    aligned_floats d_image, d_hidden; // zeros at the ends
    aligned_floats d_flat;            // [rows][quarter][channels]
    std::vector<linear_map> d_project;
    std::vector<linear_map> d_features; // inner, outer; or none
    aligned_floats d_units;
};

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
    std::vector<turn> d_steps; // turns from one position to the next
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_EMBEDDING_H
