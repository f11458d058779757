/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "model/layer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace gr {
namespace rfattn {

aligned_floats building::memory(size_t count)
{
    constexpr size_t MOST = size_t{ 1 } << 31; // 8 GiB
    floats += count;
    if (floats > MOST)
        throw std::invalid_argument("native_model: a step takes more than 8 GiB");
    return aligned_floats(count);
}

norm_map::norm_map(const weights& from,
                   const std::string& name,
                   size_t width,
                   const std::string& kind)
    : d_width(width),
      d_squashes(kind == "dyt"),
      d_alpha(d_squashes ? *from.floats(name + ".alpha", { 1 }) : 0.0f),
      d_weight(from.vector(name + ".weight", width)),
      d_bias(kind == "rmsnorm" ? aligned_floats() : from.vector(name + ".bias", width))
{
}

output_gate::output_gate(building& b, const weights& from)
    : d_k(b.k),
      d_work(b.work),
      d_stride(b.stride()),
      d_map(
          b.shape.gate
              ? std::optional<linear_map>(
                    std::in_place, from, "gate", b.shape.d_model, b.shape.d_model, false)
              : std::nullopt)
{
    if (d_map)
        b.work.context.need(b.steps * b.shape.patches() * d_stride);
}

void output_gate::operator()(const float* normed,
                             size_t rows,
                             float* y,
                             size_t y_stride) const
{
    if (!d_map)
        return;
    float* gates = d_work.context.data();
    (*d_map)(d_k, normed, d_stride, rows, gates);
    for (size_t row = 0; row < rows; row++)
        d_k.times_sigmoid(y + row * y_stride, gates + row * d_stride, d_stride);
}

std::unique_ptr<attention> make_attention(building& b, const weights& from, size_t index)
{
    const auto name = b.shape.attention_of(index);
    if (name == "perceiver")
        return index < b.shape.n_cross_layers ? make_cross(b, from) : make_among(b, from);
    if (name == "mla")
        return make_latent_kv(b, from);
    if (name == "ssm")
        return make_state_space(b, from);
    if (name == "gdn")
        return make_gated_delta(b, from);
    const size_t heads = b.shape.n_heads;
    return make_grouped(b, from, name == "gqa" ? b.shape.n_kv_heads : heads);
}

attention_call look_at(const ring& keys,
                       const ring& values,
                       const float* cache,
                       size_t head,
                       size_t slots,
                       workspace& work)
{
    attention_call call = {};
    call.heads = 1;
    call.keys = keys.head(cache, head);
    call.values = values.head(cache, head);
    call.width = keys.width();
    call.value_width = values.width();
    call.value_group = values.group();
    call.slots = slots;
    call.scale = 1.0f / std::sqrt(static_cast<float>(keys.width()));
    call.scratch = work.scratch.data();
    return call;
}

state_attention::state_attention(building& b,
                                 const weights& from,
                                 size_t inputs,
                                 size_t state)
    : d_k(b.k),
      d_work(b.work),
      d_heads(b.shape.n_heads),
      d_width(b.shape.head_width()),
      d_d(b.shape.d_model),
      d_stride(b.stride()),
      d_inputs(from, "inputs", d_d, inputs, false),
      d_rate(from.vector("rate", d_heads)),
      d_norm(from, "norm", d_d, b.shape.norm),
      d_out(from, "out", d_d, d_d, false),
      d_state(state),
      d_place(b.caches.take(state))
{
    const size_t rows = b.steps * b.shape.patches();
    b.work.wide.need(rows * d_inputs.stride());
    b.work.mixed.need(rows * d_stride);
}

// y = norm(y) silu(gate), which leaves the layer
void state_attention::add(const float* normed,
                          const float*,
                          const step_batch& batch,
                          float* x)
{
    const size_t n = batch.patches, rows = batch.steps.size() * n;
    d_inputs(d_k, normed, d_stride, rows, d_work.wide.data());
    for (size_t row = 0; row < rows; row++)
        write(row);
    for (size_t i = 0; i < batch.steps.size(); i++) {
        float* state = batch.steps[i].cache + d_place;
        if (batch.steps[i].filled == 0)
            std::fill_n(state, d_state, 0.0f);
        scan(state, i * n, n);
    }
    for (size_t row = 0; row < rows; row++) {
        read(row);
        d_norm(d_k, result(row), result(row), 1, d_stride);
        d_k.times_silu(result(row), gate(row), d_stride);
    }
    d_out.add(d_k, d_work.mixed.data(), d_stride, rows, x);
}

float softplus(float x)
{
    return x > 20.0f ? x : std::log1p(std::exp(x));
}

feed_forward::feed_forward(building& b, const weights& from, size_t rows)
    : d_k(b.k),
      d_work(b.work),
      d_up(from, "up", b.shape.d_model, b.shape.ffn_factor * b.shape.d_model, true),
      d_down(from, "down", b.shape.ffn_factor * b.shape.d_model, b.shape.d_model, true),
      d_stride(b.stride())
{
    b.work.wide.need(rows * d_up.stride());
}

void feed_forward::add(const float* normed, size_t rows, float* x)
{
    float* wide = d_work.wide.data();
    d_up(d_k, normed, d_stride, rows, wide);
    d_k.gelu(wide, rows * d_up.stride());
    d_down.add(d_k, wide, d_up.stride(), rows, x);
}

layer::layer(building& b,
             const weights& from,
             std::unique_ptr<attention> own,
             size_t rows)
    : d_k(b.k),
      d_work(b.work),
      d_stride(b.stride()),
      d_attention_norm(from, "attention_norm", b.shape.d_model, b.shape.norm),
      d_attention(std::move(own)),
      d_feed_forward_norm(from, "feed_forward_norm", b.shape.d_model, b.shape.norm),
      d_feed_forward(b, from.within("feed_forward"), rows)
{
    b.work.normed.need(rows * d_stride);
}

void layer::operator()(float* x,
                       size_t rows,
                       const float* tokens,
                       const step_batch& batch)
{
    float* normed = d_work.normed.data();
    d_attention_norm(d_k, x, normed, rows, d_stride);
    d_attention->add(normed, tokens, batch, x);
    d_feed_forward_norm(d_k, x, normed, rows, d_stride);
    d_feed_forward.add(normed, rows, x);
}

encoder::encoder(building& b, const weights& from)
    : d_k(b.k),
      d_work(b.work),
      d_stride(b.stride()),
      d_vectors(b.shape.attention == "perceiver" ? b.shape.n_latents : b.shape.patches()),
      d_latents(latents_of(b, from)),
      d_norm(from, "norm", b.shape.d_model, b.shape.norm)
{
    const auto& shape = b.shape;
    const size_t rows = b.steps * d_vectors;
    if (d_latents.size())
        d_z = b.memory(rows * d_stride);
    for (size_t i = 0; i < shape.n_layers; i++) {
        std::string name = "layers." + std::to_string(i);
        if (d_latents.size())
            name = i < shape.n_cross_layers
                       ? "cross." + std::to_string(i)
                       : "tower." + std::to_string(i - shape.n_cross_layers);
        const auto own = from.within(name);
        d_layers.emplace_back(
            b, own, make_attention(b, own.within("attention"), i), rows);
    }
}

void encoder::operator()(float* x, const step_batch& batch, float* y)
{
    const size_t steps = batch.steps.size(), rows = steps * d_vectors;
    float* z = x;
    if (d_latents.size()) {
        z = d_z.data();
        for (size_t i = 0; i < steps; i++)
            std::memcpy(z + i * d_latents.size(),
                        d_latents.data(),
                        d_latents.size() * sizeof(float));
    }
    for (auto& one : d_layers)
        one(z, rows, x, batch);
    float* normed = d_work.normed.data();
    d_norm(d_k, z, normed, rows, d_stride);
    const float each = 1.0f / static_cast<float>(d_vectors);
    for (size_t i = 0; i < steps; i++, y += d_stride) {
        const float* own = normed + i * d_vectors * d_stride;
        std::fill_n(y, d_stride, 0.0f);
        for (size_t v = 0; v < d_vectors; v++) {
            for (size_t j = 0; j < d_stride; j++)
                y[j] += own[v * d_stride + j];
        }
        for (size_t j = 0; j < d_stride; j++)
            y[j] *= each;
    }
}

} // namespace rfattn
} // namespace gr
