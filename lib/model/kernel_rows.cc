/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "model/kernel_vectors.h"

namespace gr {
namespace rfattn {
namespace {

// To 3e-7: a quotient of polynomials fitted on [-4, 4], beyond which erf is 1 in float.
vec error_function(vec x)
{
    x = x < -4.0f ? vec{} - 4.0f : x;
    x = x > 4.0f ? vec{} + 4.0f : x;
    const vec s = x * x;
    vec p = vec{} - 2.72614225801306e-10f;
    p = p * s + 2.77068142495902e-08f;
    p = p * s - 2.10102402082508e-06f;
    p = p * s - 5.69250639462346e-05f;
    p = p * s - 7.34990630326855e-04f;
    p = p * s - 2.95459980854025e-03f;
    p = p * s - 1.60960333262415e-02f;
    vec q = vec{} - 1.45660718464996e-05f;
    q = q * s - 2.13374055278905e-04f;
    q = q * s - 1.68282697438203e-03f;
    q = q * s - 7.37332916720468e-03f;
    q = q * s - 1.42647390514189e-02f;
    return x * p / q;
}

// Cephes: near 0 a polynomial, where 1 - 2 / (exp(2 |x|) + 1) would lose digits.
vec hyperbolic_tangent(vec x)
{
    const vec s = x * x;
    vec p = vec{} - 5.70498872745e-3f;
    p = p * s + 2.06390887954e-2f;
    p = p * s - 5.37397155531e-2f;
    p = p * s + 1.33314422036e-1f;
    p = p * s - 3.33332819422e-1f;
    const vec size = x < 0.0f ? -x : x;
    const vec far = 1.0f - 2.0f / (exponential(size + size) + 1.0f);
    return size < 0.625f ? p * s * x + x : (x < 0.0f ? -far : far);
}

// The sum of f(x) over count values, four vectors at once.
template <class F>
float sum_of(const float* x, size_t count, F f)
{
    vec sums[4] = {};
    size_t i = 0;
    for (; i + 4 * WIDTH <= count; i += 4 * WIDTH) {
#pragma GCC unroll 4
        for (size_t k = 0; k < 4; k++)
            sums[k] += f(load(x + i + k * WIDTH));
    }
    for (; i + WIDTH <= count; i += WIDTH)
        sums[0] += f(load(x + i));
    float rest = 0.0f;
    for (; i < count; i++)
        rest += f(vec{} + x[i])[0];
    return add_up((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest;
}

} // namespace

namespace RFATTN_KERNELS {

void gelu(float* x, size_t count)
{
    for (size_t i = 0; i < count; i += WIDTH) {
        const vec v = load(x + i);
        store(x + i, 0.5f * v * (1.0f + error_function(v * 0.70710678f)));
    }
}

void times_silu(float* y, const float* g, size_t count)
{
    for (size_t i = 0; i < count; i += WIDTH) {
        const vec v = load(g + i);
        store(y + i, load(y + i) * v / (1.0f + exponential(-v)));
    }
}

void times_sigmoid(float* y, const float* g, size_t count)
{
    for (size_t i = 0; i < count; i += WIDTH)
        store(y + i, load(y + i) / (1.0f + exponential(-load(g + i))));
}

float sum(const float* x, size_t count)
{
    return sum_of(x, count, [](vec v) { return v; });
}

void norm(const float* x,
          float* y,
          size_t rows,
          size_t stride,
          size_t width,
          const float* weight,
          const float* bias)
{
    const float each = 1.0f / static_cast<float>(width);
    for (size_t row = 0; row < rows; row++) {
        const float* in = x + row * stride;
        float* out = y + row * stride;
        const float mean = bias ? sum(in, width) * each : 0.0f;
        const float square =
            sum_of(in, width, [=](vec v) { return (v - mean) * (v - mean); });
        const float factor = 1.0f / __builtin_sqrtf(square * each + 1e-5f);
        size_t i = 0;
        for (; i + WIDTH <= width; i += WIDTH) {
            const vec v = (load(in + i) - mean) * factor * load(weight + i);
            store(out + i, bias ? v + load(bias + i) : v);
        }
        for (; i < width; i++) {
            const float v = (in[i] - mean) * factor * weight[i];
            out[i] = bias ? v + bias[i] : v;
        }
    }
}

void squash(const float* x,
            float* y,
            size_t rows,
            size_t stride,
            size_t width,
            const float* weight,
            const float* bias,
            float alpha)
{
    for (size_t row = 0; row < rows; row++) {
        const float* in = x + row * stride;
        float* out = y + row * stride;
        size_t i = 0;
        for (; i + WIDTH <= width; i += WIDTH)
            store(out + i,
                  hyperbolic_tangent(alpha * load(in + i)) * load(weight + i) +
                      load(bias + i));
        for (; i < width; i++)
            out[i] = hyperbolic_tangent(vec{} + alpha * in[i])[0] * weight[i] + bias[i];
    }
}

void rotate(float* x,
            size_t rows,
            size_t stride,
            size_t heads,
            size_t head_width,
            const float* cosines,
            const float* sines,
            size_t pairs)
{
    for (size_t row = 0; row < rows; row++, cosines += pairs, sines += pairs) {
        for (size_t head = 0; head < heads; head++) {
            float* __restrict first = x + row * stride + head * head_width;
            float* __restrict second = first + pairs;
            for (size_t i = 0; i < pairs; i++) {
                const float a = first[i], b = second[i];
                first[i] = a * cosines[i] - b * sines[i];
                second[i] = b * cosines[i] + a * sines[i];
            }
        }
    }
}

void scan(const scan_call& call)
{
    for (size_t t = 0; t < call.tokens; t++) {
        const float* b = call.b + t * call.bc_stride;
        const float* c = call.c + t * call.bc_stride;
        for (size_t i = 0; i < call.width; i += WIDTH) {
            const vec decay = load(call.decay + t * call.width + i);
            const vec x = load(call.x + t * call.width + i);
            vec y = {};
            for (size_t s = 0; s < call.size; s++) {
                float* state = call.state + s * call.width + i;
                const vec next = decay * load(state) + b[s] * x;
                store(state, next);
                y += c[s] * next;
            }
            store(call.y + t * call.width + i, y);
        }
    }
}

void delta(const delta_call& call)
{
    for (size_t t = 0; t < call.tokens; t++) {
        const float *q = call.q + t * call.stride, *k = call.k + t * call.stride;
        const vec decay = vec{} + call.decay[t * call.stride];
        const vec share = vec{} + call.share[t * call.stride];
        for (size_t i = 0; i < call.width; i += WIDTH) {
            const size_t at = t * call.y_stride + i;
            vec found = {}, y = {};
            for (size_t s = 0; s < call.size; s++)
                found += k[s] * load(call.state + s * call.width + i);
            const vec u = share * (load(call.v + at) - decay * found);
            for (size_t s = 0; s < call.size; s++) {
                float* state = call.state + s * call.width + i;
                const vec next = decay * load(state) + k[s] * u;
                store(state, next);
                y += q[s] * next;
            }
            store(call.y + at, y);
        }
    }
}

} // namespace RFATTN_KERNELS
} // namespace rfattn
} // namespace gr
