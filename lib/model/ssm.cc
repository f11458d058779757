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
class state_space : public state_attention {
public:
    state_space(building& b, const weights& from)
        : state_attention(b,
                          from,
                          2 * (b.shape.d_model + b.shape.state_size) + b.shape.n_heads,
                          b.shape.state_size * b.stride()),
          d_size(b.shape.state_size),
          d_log_decay(from.vector("log_decay", d_heads)),
          d_x(b.memory(b.steps * b.shape.patches() * d_stride)),
          d_decay(b.memory(b.steps * b.shape.patches() * d_stride))
    {
        const float* skip = from.floats("skip", { d_heads, 1 });
        d_skip.assign(skip, skip + d_heads);
    }

private:
    // The inputs: gate [d], values [h][dh], b [S], c [S], rates [h].

    // What a patch writes, and the decay, of each element.
    void write(size_t row) override
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

    void scan(float* state, size_t row, size_t n) override
    {
        scan_call call = {};
        call.state = state;
        call.size = d_size;
        call.width = d_stride;
        call.tokens = n;
        call.x = d_x.data() + row * d_stride;
        call.decay = d_decay.data() + row * d_stride;
        call.b = gate(row) + 2 * d_d;
        call.c = call.b + d_size;
        call.bc_stride = d_inputs.stride();
        call.y = result(row);
        d_k.scan(call);
    }

    // y = y + skip values
    void read(size_t row) override
    {
        float *y = result(row), *values = gate(row) + d_d;
        for (size_t head = 0; head < d_heads; head++) {
            for (size_t j = head * d_width; j < (head + 1) * d_width; j++)
                y[j] += d_skip[head] * values[j];
        }
    }

    const size_t d_size;
    const aligned_floats d_log_decay;
    std::vector<float> d_skip;
    aligned_floats d_x, d_decay; // [rows][padded d]
};

} // namespace

std::unique_ptr<attention> make_state_space(building& b, const weights& from)
{
    return std::make_unique<state_space>(b, from);
}

} // namespace rfattn
} // namespace gr
