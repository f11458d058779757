/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// `ssm`. The cache is one state [S][d] in each layer; S state size.

#include "model/layer.h"

#include <cmath>

namespace gr {
namespace rfattn {

namespace {

//! A state that each patch decays, writes to and reads; see attention/ssm.py.
class state_space : public attention {
public:
    state_space(building& b, const weights& from)
        : d_k(b.k),
          d_work(b.work),
          d_heads(b.shape.n_heads),
          d_width(b.shape.head_width()),
          d_d(b.shape.d_model),
          d_size(b.shape.state_size),
          d_stride(b.stride()),
          d_inputs(from, "inputs", d_d, 2 * d_d + 2 * d_size + d_heads, false),
          d_rate(from.vector("rate", d_heads)),
          d_log_decay(from.vector("log_decay", d_heads)),
          d_norm(from, "norm", d_d, b.shape.norm),
          d_out(from, "out", d_d, d_d, false),
          d_place(b.caches.take(d_size * d_stride))
    {
        const float* skip = from.floats("skip", { d_heads, 1 });
        d_skip.assign(skip, skip + d_heads);
        const size_t rows = b.steps * b.shape.patches();
        d_x = b.memory(rows * d_stride);
        d_decay = b.memory(rows * d_stride);
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
    // A row of the inputs: gate [d], values [h][dh], b [S], c [S], rates [h].
    float* gate(size_t row) { return d_work.wide.data() + row * d_inputs.stride(); }

    // What a patch writes, and the decay, of each element.
    void write(size_t row)
    {
        const float *values = gate(row) + d_d, *rates = values + d_d + 2 * d_size;
        float *x = d_x.data() + row * d_stride, *decay = d_decay.data() + row * d_stride;
        for (size_t head = 0; head < d_heads; head++) {
            const float rate = softplus(rates[head] + d_rate.data()[head]);
            const float left = std::exp(-rate * std::exp(d_log_decay.data()[head]));
            for (size_t j = head * d_width; j < (head + 1) * d_width; j++) {
                x[j] = values[j] * rate;
                decay[j] = left;
            }
        }
    }

    void scan(const stream_step& step, size_t row, size_t n)
    {
        scan_call call = {};
        call.state = step.cache + d_place;
        if (step.filled == 0)
            std::fill_n(call.state, d_size * d_stride, 0.0f);
        call.size = d_size;
        call.width = d_stride;
        call.tokens = n;
        call.x = d_x.data() + row * d_stride;
        call.decay = d_decay.data() + row * d_stride;
        call.b = gate(row) + 2 * d_d;
        call.c = call.b + d_size;
        call.bc_stride = d_inputs.stride();
        call.y = d_work.mixed.data() + row * d_stride;
        d_k.scan(call);
    }

    // y = norm(y + skip values) silu(gate)
    void merge(size_t row)
    {
        float *y = d_work.mixed.data() + row * d_stride, *values = gate(row) + d_d;
        for (size_t head = 0; head < d_heads; head++) {
            for (size_t j = head * d_width; j < (head + 1) * d_width; j++)
                y[j] += d_skip[head] * values[j];
        }
        d_norm(d_k, y, y, 1, d_stride);
        d_k.times_silu(y, gate(row), d_stride);
    }

    const kernels& d_k;
    workspace& d_work;
    const size_t d_heads, d_width, d_d, d_size, d_stride;
    const linear_map d_inputs;
    const aligned_floats d_rate, d_log_decay;
    std::vector<float> d_skip;
    const norm_map d_norm;
    const linear_map d_out;
    const size_t d_place;
    aligned_floats d_x, d_decay; // [rows][padded d]
};

} // namespace

std::unique_ptr<attention> make_state_space(building& b, const weights& from)
{
    return std::make_unique<state_space>(b, from);
}

} // namespace rfattn
} // namespace gr
