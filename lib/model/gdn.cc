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
class gated_delta : public state_attention {
public:
    gated_delta(building& b, const weights& from)
        : state_attention(b,
                          from,
                          4 * b.shape.d_model + 2 * b.shape.n_heads,
                          b.shape.d_model * padded(b.shape.head_width())),
          d_padded(padded(d_width)),
          d_values(b.memory(b.steps * b.shape.patches() * d_heads * d_padded))
    {
    }

private:
    // The inputs: gate [d], queries, keys and values [h][dh], shares and rates [h].

    // Values, whose places the results take, [h][padded dh].
    float* values(size_t row) { return d_values.data() + row * d_heads * d_padded; }

    // Queries and keys of length 1; shares and decays take the places of their inputs.
    void write(size_t row) override
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

    void scan(float* state, size_t row, size_t n) override
    {
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

    void read(size_t row) override
    {
        for (size_t head = 0; head < d_heads; head++)
            std::memcpy(result(row) + head * d_width,
                        values(row) + head * d_padded,
                        d_width * sizeof(float));
    }

    const size_t d_padded;
    aligned_floats d_values; // [rows][h][padded dh]
};

} // namespace

std::unique_ptr<attention> make_gated_delta(building& b, const weights& from)
{
    return std::make_unique<gated_delta>(b, from);
}

} // namespace rfattn
} // namespace gr
