/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "model/shape.h"
#include "checks.h"

#include <iterator>
#include <sstream>
#include <vector>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t MOST = 1 << 16;

std::vector<std::string> words_of(const std::string& text)
{
    std::istringstream stream(text);
    return { std::istream_iterator<std::string>(stream), {} };
}

struct limit {
    const char* name;
    size_t model_shape::* number;
    size_t least = 1;
    size_t most = MOST;
};

constexpr limit LIMITS[] = {
    { "n_bins", &model_shape::n_bins },
    { "n_features", &model_shape::n_features, 0 },
    { "feature_units", &model_shape::feature_units },
    { "n_classes", &model_shape::n_classes },
    { "block_size", &model_shape::block_size },
    { "window", &model_shape::window, 1, 1 << 20 },
    { "patch", &model_shape::patch },
    { "embedding_channels", &model_shape::embedding_channels },
    { "d_model", &model_shape::d_model },
    { "n_heads", &model_shape::n_heads },
    { "n_layers", &model_shape::n_layers, 1, 256 },
    { "ffn_factor", &model_shape::ffn_factor },
    // The product of two numbers below it is a 64-bit integer.
    { "rope_period", &model_shape::rope_period, 1, size_t{ 1 } << 31 },
    { "level_horizon", &model_shape::level_horizon, 1, size_t{ 1 } << 31 },
    { "n_kv_heads", &model_shape::n_kv_heads },
    { "n_latents", &model_shape::n_latents },
    { "n_cross_layers", &model_shape::n_cross_layers },
    { "kv_rank", &model_shape::kv_rank },
    { "rope_dim", &model_shape::rope_dim },
    { "state_size", &model_shape::state_size },
};

} // namespace

std::string model_shape::attention_of(size_t layer) const
{
    if (attention != "hybrid")
        return attention;
    const auto names = words_of(layer_attentions);
    return names[layer % names.size()];
}

size_t model_shape::rotary_width() const
{
    if (attention == "ssm" || attention == "gdn")
        return 0;
    return attention == "mla" ? rope_dim : head_width();
}

bool model_shape::set(const std::string& name, size_t value)
{
    for (const auto& l : LIMITS) {
        if (name == l.name) {
            this->*l.number = value;
            return true;
        }
    }
    return false;
}

void model_shape::check() const
{
    const checks check("native_model");
    for (const auto& l : LIMITS) {
        const size_t value = this->*l.number;
        check.require(value >= l.least && value <= l.most,
                      l.name,
                      "from " + std::to_string(l.least) + " to " + std::to_string(l.most),
                      value);
    }
    const auto is_one_of = [&](const char* name,
                               const std::string& value,
                               std::initializer_list<const char*> names) {
        std::string list;
        bool found = false;
        for (const std::string one : names) {
            list += (list.empty() ? "one of " : ", ") + one;
            found |= value == one;
        }
        check.require(found, name, list, value);
    };
    is_one_of("attention",
              attention,
              { "mha", "flash", "gqa", "perceiver", "mla", "ssm", "gdn", "hybrid" });
    const auto names = words_of(layer_attentions);
    check.require(
        !names.empty(), "layer_attentions", "names of attentions", layer_attentions);
    for (const auto& name : names)
        is_one_of("layer_attentions", name, { "flash", "gqa", "ssm", "gdn" });
    is_one_of("norm", norm, { "layernorm", "rmsnorm", "dyt" });
    is_one_of("embedding", embedding, { "linear", "conv" });
    const bool has_softmax =
        attention != "perceiver" && attention != "ssm" && attention != "gdn";
    check.require(!gate || has_softmax, "gate", "false with " + attention, gate);
    const auto multiple_of = [](const char* name, size_t value) {
        return std::string("a multiple of ") + name + "=" + std::to_string(value);
    };
    const auto divisor_of = [](const char* name, size_t value) {
        return std::string("a divisor of ") + name + "=" + std::to_string(value);
    };
    check.require(window % block_size == 0,
                  "window",
                  multiple_of("block_size", block_size),
                  window);
    check.require(
        block_size % patch == 0, "patch", divisor_of("block_size", block_size), patch);
    check.require(
        d_model % n_heads == 0, "d_model", multiple_of("n_heads", n_heads), d_model);
    check.require(n_heads % n_kv_heads == 0,
                  "n_kv_heads",
                  divisor_of("n_heads", n_heads),
                  n_kv_heads);
    check.require(n_cross_layers <= n_layers,
                  "n_cross_layers",
                  "<= n_layers=" + std::to_string(n_layers),
                  n_cross_layers);
    check.require(rotary_width() % 2 == 0,
                  attention == "mla" ? "rope_dim" : "head_dim",
                  "even, for rotary pairs",
                  rotary_width());
    check.require(rope_period >= 2 * window,
                  "rope_period",
                  ">= 2 * window=" + std::to_string(window),
                  rope_period);
    check.require(rope_base > 1.0 && rope_base <= 0x1p40, "rope_base", "> 1", rope_base);
}

} // namespace rfattn
} // namespace gr
