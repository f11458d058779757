/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_RANDOM_MODEL_H
#define INCLUDED_RFATTN_RANDOM_MODEL_H

#include "model/embedding.h"
#include "model/streaming_model.h"

#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

//! Random weights of the names and sizes that a shape needs.
class random_weights {
public:
    explicit random_weights(const gr::rfattn::model_shape& shape, unsigned seed = 1)
        : d_shape(shape),
          d_random(seed)
    {
        const size_t d = shape.d_model;
        if (shape.embedding == "conv") {
            const size_t channels = shape.embedding_channels;
            const size_t quarter = ((shape.n_bins + 1) / 2 + 1) / 2;
            add("embed.first.weight", { channels, shape.patch, 5 });
            add("embed.first.bias", { channels });
            add("embed.second.weight", { channels, channels, 5 });
            add("embed.second.bias", { channels });
            add_linear("embed.project", channels * quarter, d, true);
        } else {
            add_linear("embed.project", shape.patch * shape.n_bins, d, true);
        }
        if (shape.n_features) {
            add_linear("add_features.inner", shape.n_features, shape.feature_units, true);
            add_linear("add_features.outer", shape.feature_units, d, true);
        }
        add_turns();
        for (size_t i = 0; i < shape.n_layers; i++)
            add_layer(i);
        if (shape.attention == "perceiver")
            add("encoder.latents", { shape.n_latents, d });
        add_norm("encoder.norm", d);
        add_linear("head", d, shape.n_classes, true);
    }

    std::map<std::string, gr::rfattn::weight_view> views() const
    {
        std::map<std::string, gr::rfattn::weight_view> all;
        for (const auto& one : d_floats)
            all[one.first] = { d_sizes.at(one.first), one.second.data(), nullptr };
        if (!d_turns.empty())
            all["rope.turns"] = { { d_turns.size() }, nullptr, d_turns.data() };
        return all;
    }

    std::map<std::string, std::vector<float>>& floats() { return d_floats; }

    std::vector<float> tokens(size_t steps)
    {
        std::vector<float> values(steps * d_shape.block_size * d_shape.values());
        for (auto& value : values)
            value = -60.0f + 10.0f * d_normal(d_random);
        return values;
    }

private:
    void add(const std::string& name, const std::vector<size_t>& size)
    {
        size_t count = 1;
        for (const size_t n : size)
            count *= n;
        auto& values = d_floats[name];
        values.resize(count);
        for (auto& value : values)
            value = 0.3f * d_normal(d_random);
        d_sizes[name] = size;
    }

    void add_linear(const std::string& name, size_t inputs, size_t outputs, bool has_bias)
    {
        add(name + ".weight", { outputs, inputs });
        if (has_bias)
            add(name + ".bias", { outputs });
    }

    void add_norm(const std::string& name, size_t width)
    {
        add(name + ".weight", { width });
        if (d_shape.norm != "rmsnorm")
            add(name + ".bias", { width });
        if (d_shape.norm == "dyt")
            add(name + ".alpha", { 1 });
    }

    void add_turns()
    {
        const size_t width = d_shape.rotary_width();
        for (size_t i = 0; i < width / 2; i++) {
            const double radians =
                std::pow(d_shape.rope_base, -2.0 * double(i) / double(width));
            const double turns = radians * double(d_shape.rope_period) / (2.0 * M_PI);
            d_turns.push_back(static_cast<int64_t>(std::max(1.0, std::nearbyint(turns))));
        }
    }

    void add_layer(size_t i)
    {
        const auto& s = d_shape;
        const size_t d = s.d_model, h = s.n_heads, dh = s.head_width();
        const bool crosses = i < s.n_cross_layers;
        std::string layer = "encoder.layers." + std::to_string(i);
        if (s.attention == "perceiver")
            layer = crosses ? "encoder.cross." + std::to_string(i)
                            : "encoder.tower." + std::to_string(i - s.n_cross_layers);
        const std::string own = layer + ".attention.", name = s.attention_of(i);
        if (name == "mla") {
            add_linear(own + "query", d, h * (dh + s.rope_dim), false);
            add_linear(own + "kv_down", d, s.kv_rank + s.rope_dim, false);
            add(own + "kv_norm.weight", { s.kv_rank });
            add(own + "key_up", { h, dh, s.kv_rank });
            add(own + "value_up", { h, s.kv_rank, dh });
        } else if (name == "ssm") {
            add_linear(own + "inputs", d, 2 * d + 2 * s.state_size + h, false);
            add(own + "rate", { h });
            add(own + "log_decay", { h });
            add(own + "skip", { h, 1 });
            add_norm(own + "norm", d);
        } else if (name == "gdn") {
            add_linear(own + "inputs", d, 4 * d + 2 * h, false);
            add(own + "rate", { h });
            add_norm(own + "norm", d);
        } else if (name == "perceiver" && crosses) {
            add_norm(own + "context_norm", d);
            add_linear(own + "query", d, d, false);
            add_linear(own + "kv", d, 2 * d, false);
        } else {
            const size_t keys = name == "gqa" ? s.n_kv_heads : h;
            add_linear(own + "qkv", d, (h + 2 * keys) * dh, false);
        }
        if (s.gate && name != "ssm" && name != "gdn")
            add_linear(own + "gate", d, d, false);
        add_linear(own + "out", d, d, false);
        add_norm(layer + ".attention_norm", d);
        add_norm(layer + ".feed_forward_norm", d);
        add_linear(layer + ".feed_forward.up", d, s.ffn_factor * d, true);
        add_linear(layer + ".feed_forward.down", s.ffn_factor * d, d, true);
    }

    const gr::rfattn::model_shape d_shape;
    std::mt19937 d_random;
    std::normal_distribution<float> d_normal;
    std::map<std::string, std::vector<float>> d_floats;
    std::map<std::string, std::vector<size_t>> d_sizes;
    std::vector<int64_t> d_turns;
};

#endif // INCLUDED_RFATTN_RANDOM_MODEL_H
