/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// `gdn`. The cache is one state [h][dh][dh], keys by values, in each layer.

#include "model/layer.h"

#include <cmath>
#include <cstring>

namespace gr {
namespace rfattn {

namespace {

//! A state that each patch decays, corrects and reads; see attention/gdn.py.
class gated_delta : public attention {
public:
    gated_delta(building& b, const weights& from)
        : d_k(b.k),
          d_work(b.work),
          d_heads(b.shape.n_heads),
          d_width(b.shape.head_width()),
          d_padded(padded(d_width)),
          d_d(b.shape.d_model),
          d_stride(b.stride()),
          d_inputs(from, "inputs", d_d, 4 * d_d + 2 * d_heads, false),
          d_rate(from.vector("rate", d_heads)),
          d_norm(from, "norm", d_d, b.shape.norm),
          d_out(from, "out", d_d, d_d, false),
          d_place(b.caches.take(d_heads * d_width * d_padded))
    {
        const size_t rows = b.steps * b.shape.patches();
        d_values = b.memory(rows * d_heads * d_padded);
        b.work.wide.need(rows * d_inputs.stride());
        b.work.mixed.need(rows * d_stride);
    }

    void
    add(const float* normed, const float*, const step_batch& batch, float* x) override
    {
        const size_t n = batch.patches, rows = batch.steps.size() * n;
        d_inputs(d_k, normed, d_stride, rows, d_work.wide.data());
        for (size_t row = 0; row < rows; row++)
            write(row);
        for (size_t i = 0; i < batch.steps.size(); i++)
            scan(batch.steps[i], i * n, n);
        for (size_t row = 0; row < rows; row++)
            merge(row);
        d_out.add(d_k, d_work.mixed.data(), d_stride, rows, x);
    }

private:
    // A row of the inputs: gate [d], queries, keys and values [h][dh], shares and rates
    // [h].
    float* gate(size_t row) { return d_work.wide.data() + row * d_inputs.stride(); }
    // Values, whose places the results take, [h][padded dh].
    float* values(size_t row) { return d_values.data() + row * d_heads * d_padded; }

    // Queries and keys of length 1; shares and decays take the places of their inputs.
    void write(size_t row)
    {
        float *q = gate(row) + d_d, *v = q + 2 * d_d;
        float *share = v + d_d, *decay = share + d_heads;
        for (size_t i = 0; i < 2 * d_heads; i++)
            normalise(q + i * d_width);
        for (size_t head = 0; head < d_heads; head++) {
            const float rate = softplus(decay[head] + d_rate.data()[head]);
            share[head] = 1.0f / (1.0f + std::exp(-share[head]));
            decay[head] = std::exp(-rate);
            std::memcpy(values(row) + head * d_padded,
                        v + head * d_width,
                        d_width * sizeof(float));
        }
    }

    void normalise(float* x) const
    {
        float square = 0.0f;
        for (size_t j = 0; j < d_width; j++)
            square += x[j] * x[j];
        const float factor = 1.0f / std::max(std::sqrt(square), 1e-12f);
        for (size_t j = 0; j < d_width; j++)
            x[j] *= factor;
    }

    void scan(const stream_step& step, size_t row, size_t n)
    {
        float* state = step.cache + d_place;
        if (step.filled == 0)
            std::fill_n(state, d_heads * d_width * d_padded, 0.0f);
        for (size_t head = 0; head < d_heads; head++) {
            delta_call call = {};
            call.state = state + head * d_width * d_padded;
            call.size = d_width;
            call.width = d_padded;
            call.tokens = n;
            call.q = gate(row) + d_d + head * d_width;
            call.k = call.q + d_d;
            call.share = gate(row) + 4 * d_d + head;
            call.decay = call.share + d_heads;
            call.stride = d_inputs.stride();
            call.v = call.y = values(row) + head * d_padded;
            call.y_stride = d_heads * d_padded;
            d_k.delta(call);
        }
    }

    // y = norm(y) silu(gate)
    void merge(size_t row)
    {
        float* y = d_work.mixed.data() + row * d_stride;
        for (size_t head = 0; head < d_heads; head++)
            std::memcpy(y + head * d_width,
                        values(row) + head * d_padded,
                        d_width * sizeof(float));
        d_norm(d_k, y, y, 1, d_stride);
        d_k.times_silu(y, gate(row), d_stride);
    }

    const kernels& d_k;
    workspace& d_work;
    const size_t d_heads, d_width, d_padded, d_d, d_stride;
    const linear_map d_inputs;
    const aligned_floats d_rate;
    const norm_map d_norm;
    const linear_map d_out;
    const size_t d_place;
    aligned_floats d_values; // [rows][h][padded dh]
};

} // namespace

std::unique_ptr<attention> make_gated_delta(building& b, const weights& from)
{
    return std::make_unique<gated_delta>(b, from);
}

} // namespace rfattn
} // namespace gr
