/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// `perceiver`. The caches are keys and values [h][W][dh] in each cross layer; M latents a
// step.

#include "model/layer.h"

#include <algorithm>
#include <cstring>

namespace gr {
namespace rfattn {

namespace {

//! M latents look at the window. The queries are the latents of each step, rotated to the
//! position of its newest patch.
class cross_attention : public attention {
public:
    cross_attention(building& b, const weights& from)
        : d_k(b.k),
          d_work(b.work),
          d_latents(b.shape.n_latents),
          d_heads(b.shape.n_heads),
          d_width(b.shape.head_width()),
          d_pairs(b.shape.rope ? d_width / 2 : 0),
          d_stride(b.stride()),
          d_slots(b.shape.slots()),
          d_context_norm(from, "context_norm", b.shape.d_model, b.shape.norm),
          d_query(from, "query", b.shape.d_model, b.shape.d_model, false),
          d_kv(from, "kv", b.shape.d_model, 2 * b.shape.d_model, false),
          d_out(from, "out", b.shape.d_model, b.shape.d_model, false),
          d_keys(b.caches, d_heads, d_slots, d_width),
          d_values(b.caches, d_heads, d_slots, d_width)
    {
        const size_t tokens = b.steps * b.shape.patches();
        b.work.context.need(tokens * d_stride);
        b.work.wide.need(tokens * d_kv.stride());
        // Queries, of which each result takes the place of its own.
        b.work.mixed.need(b.steps * d_latents * d_stride);
        b.work.scratch.need(attention_scratch(d_width, d_width));
    }

    void add(const float* normed,
             const float* tokens,
             const step_batch& batch,
             float* x) override
    {
        write_keys_values(tokens, batch);
        const size_t M = d_latents, n = batch.patches, rows = batch.steps.size() * M;
        float* q = d_work.mixed.data(); // [rows][h][dh]
        d_query(d_k, normed, d_stride, rows, q);
        const float* kv = d_work.wide.data();
        for (size_t i = 0; i < batch.steps.size(); i++) {
            const auto& step = batch.steps[i];
            const size_t newest = ((i + 1) * n - 1) * d_pairs;
            for (size_t row = 0; row < M; row++)
                d_k.rotate(q + row * d_stride,
                           1,
                           d_stride,
                           d_heads,
                           d_width,
                           batch.cosines.data() + newest,
                           batch.sines.data() + newest,
                           d_pairs);
            d_keys.write(step, n, kv, d_kv.stride());
            d_values.write(step, n, kv + d_heads * d_width, d_kv.stride());
            attend(q, step, n);
            q += M * d_stride;
            kv += n * d_kv.stride();
        }
        d_out.add(d_k, d_work.mixed.data(), d_stride, rows, x);
    }

private:
    // Into wide, [steps][n][2 h][dh].
    void write_keys_values(const float* tokens, const step_batch& batch)
    {
        const size_t rows = batch.steps.size() * batch.patches;
        float *context = d_work.context.data(), *kv = d_work.wide.data();
        d_context_norm(d_k, tokens, context, rows, d_stride);
        d_kv(d_k, context, d_stride, rows, kv);
        d_k.rotate(kv,
                   rows,
                   d_kv.stride(),
                   d_heads,
                   d_width,
                   batch.cosines.data(),
                   batch.sines.data(),
                   d_pairs);
    }

    void attend(float* q, const stream_step& step, size_t n)
    {
        for (size_t head = 0; head < d_heads; head++) {
            auto call = look_at(d_keys,
                                d_values,
                                step.cache,
                                head,
                                std::min(step.filled + n, d_slots),
                                d_work);
            call.queries = call.results = q + head * d_width;
            call.query_row = call.result_row = d_stride;
            call.rows = d_latents;
            d_k.attend(call);
        }
    }

    const kernels& d_k;
    workspace& d_work;
    const size_t d_latents, d_heads, d_width, d_pairs, d_stride, d_slots;
    const norm_map d_context_norm;
    const linear_map d_query, d_kv, d_out;
    const ring d_keys, d_values;
};

//! Full attention among the M latents of a step; nothing is kept.
class latent_self_attention : public attention {
public:
    latent_self_attention(building& b, const weights& from)
        : d_k(b.k),
          d_work(b.work),
          d_latents(b.shape.n_latents),
          d_heads(b.shape.n_heads),
          d_width(b.shape.head_width()),
          d_stride(b.stride()),
          d_qkv(from, "qkv", b.shape.d_model, 3 * b.shape.d_model, false),
          d_out(from, "out", b.shape.d_model, b.shape.d_model, false),
          d_keys(d_layout, d_heads, d_latents, d_width),
          d_values(d_layout, d_heads, d_latents, d_width)
    {
        const size_t rows = b.steps * d_latents;
        b.work.wide.need(rows * d_qkv.stride());
        b.work.mixed.need(rows * d_stride);
        b.work.context.need(d_layout.size());
        b.work.scratch.need(attention_scratch(d_width, d_width));
    }

    void
    add(const float* normed, const float*, const step_batch& batch, float* x) override
    {
        const size_t M = d_latents, rows = batch.steps.size() * M, h = d_heads;
        float* qkv = d_work.wide.data(); // [rows][3 h][dh]
        float* y = d_work.mixed.data();  // [rows][h][dh]
        d_qkv(d_k, normed, d_stride, rows, qkv);
        // Keys and values lie as in rings, for as long as the step lasts.
        const stream_step among = { d_work.context.data(), 0, 0, 0, 0 };
        for (size_t i = 0; i < batch.steps.size(); i++) {
            d_keys.write(among, M, qkv + h * d_width, d_qkv.stride());
            d_values.write(among, M, qkv + 2 * h * d_width, d_qkv.stride());
            for (size_t head = 0; head < h; head++) {
                auto call = look_at(d_keys, d_values, among.cache, head, M, d_work);
                call.queries = qkv + head * d_width;
                call.query_row = d_qkv.stride();
                call.results = y + head * d_width;
                call.result_row = d_stride;
                call.rows = M;
                d_k.attend(call);
            }
            qkv += M * d_qkv.stride();
            y += M * d_stride;
        }
        d_out.add(d_k, d_work.mixed.data(), d_stride, rows, x);
    }

private:
    const kernels& d_k;
    workspace& d_work;
    const size_t d_latents, d_heads, d_width, d_stride;
    const linear_map d_qkv, d_out;
    cache_layout d_layout;
    const ring d_keys, d_values;
};

} // namespace

std::unique_ptr<attention> make_cross(building& b, const weights& from)
{
    return std::make_unique<cross_attention>(b, from);
}

std::unique_ptr<attention> make_among(building& b, const weights& from)
{
    return std::make_unique<latent_self_attention>(b, from);
}

aligned_floats latents_of(building& b, const weights& from)
{
    if (b.shape.attention != "perceiver")
        return {};
    const size_t M = b.shape.n_latents, d = b.shape.d_model;
    const float* values = from.floats("latents", { M, d });
    aligned_floats own = b.memory(M * b.stride());
    for (size_t i = 0; i < M; i++)
        std::memcpy(own.data() + i * b.stride(), values + i * d, d * sizeof(float));
    return own;
}

} // namespace rfattn
} // namespace gr
