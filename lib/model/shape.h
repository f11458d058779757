/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_MODEL_SHAPE_H
#define INCLUDED_RFATTN_MODEL_SHAPE_H

#include <cstddef>
#include <string>

namespace gr {
namespace rfattn {

/*!
 * \brief The numbers that decide a streaming transformer; ModelConfig of
 * python/rfattn/attention/config.py says what each is.
 */
struct model_shape {
    size_t n_bins = 64;
    size_t n_features = 0;
    size_t feature_units = 32;
    size_t n_classes = 2;
    size_t block_size = 32;
    size_t window = 512;
    size_t patch = 1;
    std::string embedding = "linear";
    size_t embedding_channels = 64;
    size_t d_model = 64;
    size_t n_heads = 4;
    size_t n_layers = 4;
    size_t ffn_factor = 4;
    std::string attention = "flash";
    std::string layer_attentions = "gdn gdn gdn gqa"; //!< of `hybrid`
    std::string norm = "layernorm";
    bool gate = false;
    bool rope = true;
    double rope_base = 10000.0;
    size_t rope_period = 1 << 20;
    size_t level_horizon = 512;
    size_t n_kv_heads = 1;
    size_t n_latents = 32;
    size_t n_cross_layers = 1;
    size_t kv_rank = 32;
    size_t rope_dim = 16;
    size_t state_size = 32;

    //! Sets a whole number by its name; false where there is none of this name.
    bool set(const std::string& name, size_t value);

    //! \throws std::invalid_argument naming the number, the rule and the value
    void check() const;

    size_t values() const { return n_bins + n_features; } //!< of a token
    size_t patches() const { return block_size / patch; } //!< of a step
    size_t slots() const { return window / patch; }       //!< patches of a window
    size_t head_width() const { return d_model / n_heads; }
    //! The attention of a layer.
    std::string attention_of(size_t layer) const;
    //! Elements of a head that are rotated by position.
    size_t rotary_width() const;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_MODEL_SHAPE_H
