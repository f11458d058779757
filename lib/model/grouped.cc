/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// `mha`, `flash` and `gqa`. The caches are keys and values [G][W][dh] in each layer.

#include "model/layer.h"

#include <algorithm>

namespace gr {
namespace rfattn {

namespace {

//! h query heads over G key and value heads; G = h is multi-head attention.
class grouped_attention : public attention {
public:
    grouped_attention(building& b, const weights& from, size_t key_heads)
        : d_k(b.k),
          d_work(b.work),
          d_heads(b.shape.n_heads),
          d_key_heads(key_heads),
          d_width(b.shape.head_width()),
          d_pairs(b.shape.rope ? d_width / 2 : 0),
          d_stride(b.stride()),
          d_slots(b.shape.slots()),
          d_qkv(
              from, "qkv", b.shape.d_model, (d_heads + 2 * d_key_heads) * d_width, false),
          d_gate(b, from),
          d_out(from, "out", b.shape.d_model, b.shape.d_model, false),
          d_keys(b.caches, d_key_heads, d_slots, d_width),
          d_values(b.caches, d_key_heads, d_slots, d_width)
    {
        const size_t rows = b.steps * b.shape.patches();
        b.work.wide.need(rows * d_qkv.stride());
        b.work.mixed.need(rows * d_stride);
        b.work.scratch.need(attention_scratch(d_width, d_width));
    }

    void
    add(const float* normed, const float*, const step_batch& batch, float* x) override
    {
        const size_t n = batch.patches, rows = batch.steps.size() * n;
        float* q = d_work.wide.data(); // [rows][h + 2 G][dh]
        float* k = q + d_heads * d_width;
        float* v = k + d_key_heads * d_width;
        float* y = d_work.mixed.data(); // [rows][h][dh]
        d_qkv(d_k, normed, d_stride, rows, q);
        d_k.rotate(q,
                   rows,
                   d_qkv.stride(),
                   d_heads + d_key_heads,
                   d_width,
                   batch.cosines.data(),
                   batch.sines.data(),
                   d_pairs);
        for (const auto& step : batch.steps) {
            d_keys.write(step, n, k, d_qkv.stride());
            d_values.write(step, n, v, d_qkv.stride());
            attend(q, step, n, y);
            q += n * d_qkv.stride();
            k += n * d_qkv.stride();
            v += n * d_qkv.stride();
            y += n * d_stride;
        }
        d_gate(normed, rows, d_work.mixed.data(), d_stride);
        d_out.add(d_k, d_work.mixed.data(), d_stride, rows, x);
    }

private:
    void attend(const float* q, const stream_step& step, size_t n, float* y)
    {
        const size_t shared = d_heads / d_key_heads; // query heads of a key head
        for (size_t g = 0; g < d_key_heads; g++) {
            auto call = look_at(d_keys,
                                d_values,
                                step.cache,
                                g,
                                std::min(step.filled + n, d_slots),
                                d_work);
            call.queries = q + g * shared * d_width;
            call.query_row = d_qkv.stride();
            call.results = y + g * shared * d_width;
            call.result_row = d_stride;
            call.query_head = call.result_head = d_width;
            call.rows = n;
            call.heads = shared;
            d_k.attend(call);
        }
    }

    const kernels& d_k;
    workspace& d_work;
    const size_t d_heads, d_key_heads, d_width, d_pairs, d_stride, d_slots;
    const linear_map d_qkv;
    const output_gate d_gate;
    const linear_map d_out;
    const ring d_keys, d_values;
};

} // namespace

std::unique_ptr<attention>
make_grouped(building& b, const weights& from, size_t key_heads)
{
    return std::make_unique<grouped_attention>(b, from, key_heads);
}

} // namespace rfattn
} // namespace gr
