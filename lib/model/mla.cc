/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// `mla`. The cache is one ring of latents [W][c + r] in each layer; c KV rank, r rotary
// width.

#include "model/layer.h"

#include <cmath>
#include <cstring>

namespace gr {
namespace rfattn {

namespace {

//! The up-projections are absorbed into the query and the output, so that all heads share
//! one key of c + r elements, whose first c are also the value.
class latent_kv_attention : public attention {
public:
    latent_kv_attention(building& b, const weights& from)
        : d_k(b.k),
          d_work(b.work),
          d_heads(b.shape.n_heads),
          d_width(b.shape.head_width()),
          d_rank(b.shape.kv_rank),
          d_rotary(b.shape.rope_dim),
          d_pairs(b.shape.rope ? d_rotary / 2 : 0),
          d_stride(b.stride()),
          d_slots(b.shape.slots()),
          d_query_head(padded(d_rank + d_rotary)),
          d_query(from, "query", b.shape.d_model, d_heads * (d_width + d_rotary), false),
          d_kv_down(from, "kv_down", b.shape.d_model, d_rank + d_rotary, false),
          d_kv_norm(from, "kv_norm", d_rank, "rmsnorm"),
          d_key_up(by_head(
              from.floats("key_up", { d_heads, d_width, d_rank }), d_width, d_rank)),
          d_value_up(by_head(
              from.floats("value_up", { d_heads, d_rank, d_width }), d_rank, d_width)),
          d_gate(b, from),
          d_out(from, "out", b.shape.d_model, b.shape.d_model, false),
          d_ring(b.caches, 1, d_slots, d_rank + d_rotary),
          // Room for what the last head writes behind its own elements.
          d_heads_stride(padded((d_heads - 1) * d_width + padded(d_width)))
    {
        const size_t rows = b.steps * b.shape.patches();
        d_q = b.memory(rows * d_query.stride());
        d_down = b.memory(rows * d_kv_down.stride());
        b.work.wide.need(rows * d_heads * d_query_head);
        b.work.mixed.need(rows * d_heads_stride);
        b.work.scratch.need(attention_scratch(d_rank + d_rotary, d_rank));
    }

    void
    add(const float* normed, const float*, const step_batch& batch, float* x) override
    {
        const size_t n = batch.patches, rows = batch.steps.size() * n;
        project(normed, rows, batch);
        float* query = d_work.wide.data();   // [rows][h][query_head], then the latents
        const float* latent = d_down.data(); // [rows][c + r]
        for (const auto& step : batch.steps) {
            d_ring.write(step, n, latent, d_kv_down.stride());
            attend(query, step, n);
            query += n * d_heads * d_query_head;
            latent += n * d_kv_down.stride();
        }
        merge(normed, rows, x);
    }

private:
    // One map a head, from [heads][inputs][outputs].
    std::vector<linear_map>
    by_head(const float* weight, size_t inputs, size_t outputs) const
    {
        std::vector<linear_map> maps;
        for (size_t head = 0; head < d_heads; head++)
            maps.emplace_back(
                weight + head * inputs * outputs, inputs, outputs, 1, [=](size_t i) {
                    return i * outputs;
                });
        return maps;
    }

    void project(const float* normed, size_t rows, const step_batch& batch)
    {
        const float *cos = batch.cosines.data(), *sin = batch.sines.data();
        const size_t own = d_width + d_rotary;
        float *q = d_q.data(), *down = d_down.data(); // [rows][h][dh + r], [rows][c + r]
        d_query(d_k, normed, d_stride, rows, q);
        d_kv_down(d_k, normed, d_stride, rows, down);
        d_k.rotate(q + d_width, rows, d_query.stride(), d_heads, own, cos, sin, d_pairs);
        d_k.rotate(
            down + d_rank, rows, d_kv_down.stride(), 1, d_rotary, cos, sin, d_pairs);
        d_kv_norm(d_k, down, down, rows, d_kv_down.stride());
        const size_t stride = d_heads * d_query_head;
        for (size_t head = 0; head < d_heads; head++) {
            float* query = d_work.wide.data() + head * d_query_head;
            d_key_up[head](d_k, q + head * own, d_query.stride(), rows, query, stride);
            for (size_t row = 0; row < rows; row++)
                std::memcpy(query + row * stride + d_rank,
                            q + row * d_query.stride() + head * own + d_width,
                            d_rotary * sizeof(float));
        }
    }

    // The latents that a query finds take its place.
    void attend(float* query, const stream_step& step, size_t n)
    {
        attention_call call = {};
        call.queries = call.results = query;
        call.query_row = call.result_row = d_heads * d_query_head;
        call.query_head = call.result_head = d_query_head;
        call.rows = n;
        call.heads = d_heads;
        call.keys = call.values = d_ring.head(step.cache, 0);
        call.width = d_rank + d_rotary;
        call.value_width = d_rank;
        call.value_group = d_ring.group();
        call.slots = std::min(step.filled + n, d_slots);
        call.scale = 1.0f / std::sqrt(static_cast<float>(d_width + d_rotary));
        call.scratch = d_work.scratch.data();
        d_k.attend(call);
    }

    void merge(const float* normed, size_t rows, float* x)
    {
        float* heads = d_work.mixed.data(); // [rows][h][dh]
        // A head writes behind its own elements, where the next one writes later.
        for (size_t head = 0; head < d_heads; head++)
            d_value_up[head](d_k,
                             d_work.wide.data() + head * d_query_head,
                             d_heads * d_query_head,
                             rows,
                             heads + head * d_width,
                             d_heads_stride);
        d_gate(normed, rows, heads, d_heads_stride);
        d_out.add(d_k, heads, d_heads_stride, rows, x);
    }

    const kernels& d_k;
    workspace& d_work;
    const size_t d_heads, d_width, d_rank, d_rotary, d_pairs, d_stride, d_slots;
    const size_t d_query_head; // floats from the query of a head to that of the next
    const linear_map d_query, d_kv_down;
    const norm_map d_kv_norm;
    const std::vector<linear_map> d_key_up, d_value_up;
    const output_gate d_gate;
    const linear_map d_out;
    const ring d_ring;
    const size_t d_heads_stride;
    aligned_floats d_q, d_down;
};

} // namespace

std::unique_ptr<attention> make_latent_kv(building& b, const weights& from)
{
    return std::make_unique<latent_kv_attention>(b, from);
}

} // namespace rfattn
} // namespace gr
