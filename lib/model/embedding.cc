/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "model/embedding.h"

namespace gr {
namespace rfattn {

namespace {

constexpr size_t KERNEL = 5, STRIDE = 2, PADDING = KERNEL / 2;

// Bins that a convolution leaves.
size_t halved(size_t bins)
{
    return (bins + 1) / STRIDE;
}

// A convolution from `inputs` channels, which lie `stride` apart, to `outputs`.
linear_map convolution(const weights& from,
                       const std::string& name,
                       size_t inputs,
                       size_t stride,
                       size_t outputs)
{
    return { from.floats(name + ".weight", { outputs, inputs, KERNEL }),
             KERNEL * stride,
             outputs,
             inputs * KERNEL,
             [=](size_t i) {
                 const size_t tap = i / stride, channel = i % stride;
                 return channel < inputs ? channel * KERNEL + tap : linear_map::NO_INPUT;
             },
             from.vector(name + ".bias", outputs) };
}

} // namespace

embedding::embedding(building& b, const weights& from)
    : d_k(b.k),
      d_shape(b.shape),
      d_stride(b.stride()),
      d_level(b.caches.take(1)),
      d_channels(padded(b.shape.embedding_channels)),
      d_half(halved(b.shape.n_bins)),
      d_quarter(halved(d_half))
{
    const auto& shape = b.shape;
    const size_t rows = b.steps * shape.patches();
    const auto embed = from.within("embed");
    if (shape.embedding == "conv") {
        const size_t channels = shape.embedding_channels, quarter = d_quarter;
        d_convolutions.push_back(
            convolution(embed, "first", shape.patch, shape.patch, channels));
        d_convolutions.push_back(
            convolution(embed, "second", channels, d_channels, channels));
        const size_t stride = d_channels;
        d_project.emplace_back(
            embed.floats("project.weight", { shape.d_model, channels * quarter }),
            d_channels * quarter,
            shape.d_model,
            channels * quarter,
            [=](size_t i) {
                const size_t bin = i / stride, channel = i % stride;
                return channel < channels ? channel * quarter + bin
                                          : linear_map::NO_INPUT;
            },
            embed.vector("project.bias", shape.d_model));
        // One bin more, so that the last one seen is in it where the number is odd.
        d_image = b.memory((shape.n_bins + 2 * PADDING + 1) * shape.patch);
        d_hidden = b.memory((d_half + 2 * PADDING + 1) * d_channels);
        d_flat = b.memory(rows * d_quarter * d_channels);
    } else {
        d_project.emplace_back(
            embed, "project", shape.patch * shape.n_bins, shape.d_model, true);
    }
    d_spectra = b.memory(b.steps * shape.block_size * shape.n_bins);
    if (shape.n_features) {
        const auto part = from.within("add_features");
        d_features.emplace_back(
            part, "inner", shape.n_features, shape.feature_units, true);
        d_features.emplace_back(part, "outer", shape.feature_units, shape.d_model, true);
        d_units = b.memory(rows * d_features[0].stride());
    }
}

void embedding::operator()(const float* tokens, const step_batch& batch, float* x)
{
    const size_t steps = batch.steps.size(), rows = steps * batch.patches;
    const size_t step_values = d_shape.block_size * d_shape.n_bins;
    const size_t patch_values = d_shape.patch * d_shape.n_bins;
    for (size_t i = 0; i < steps; i++)
        subtract_level(tokens + i * d_shape.block_size * d_shape.values(),
                       batch.steps[i],
                       d_spectra.data() + i * step_values);
    if (d_convolutions.empty()) {
        d_project[0](d_k, d_spectra.data(), patch_values, rows, x);
    } else {
        const size_t width = d_quarter * d_channels;
        for (size_t row = 0; row < rows; row++)
            convolve(d_spectra.data() + row * patch_values, d_flat.data() + row * width);
        d_project[0](d_k, d_flat.data(), width, rows, x);
    }
    if (!d_features.empty())
        add_features(tokens, rows, x);
}

void embedding::subtract_level(const float* tokens,
                               const stream_step& step,
                               float* spectra)
{
    const size_t n = d_shape.block_size, bins = d_shape.n_bins;
    double sum = 0.0;
    for (size_t t = 0; t < n; t++)
        sum += d_k.sum(tokens + t * d_shape.values(), bins);
    const float mean = static_cast<float>(sum / static_cast<double>(n * bins));
    float& level = step.cache[d_level];
    if (step.seen == 0) {
        level = mean;
    } else {
        // An average over the segment, and of that length from the horizon on.
        const double horizon = static_cast<double>(std::max(d_shape.level_horizon, n));
        const double count = static_cast<double>(n);
        const double length = std::min(static_cast<double>(step.seen) + count, horizon);
        level += static_cast<float>(count / length) * (mean - level);
    }
    for (size_t t = 0; t < n; t++) {
        const float* in = tokens + t * d_shape.values();
        for (size_t bin = 0; bin < bins; bin++) {
            const float value = (in[bin] - level) * 0.1f;
            *spectra++ = value > 8.0f ? 8.0f : value < -8.0f ? -8.0f : value;
        }
    }
}

void embedding::convolve(const float* spectra, float* flat)
{
    const size_t patch = d_shape.patch, bins = d_shape.n_bins;
    float* image = d_image.data() + PADDING * patch; // [bins][patch]
    for (size_t token = 0; token < patch; token++) {
        for (size_t bin = 0; bin < bins; bin++)
            image[bin * patch + token] = spectra[token * bins + bin];
    }
    float* hidden = d_hidden.data() + PADDING * d_channels; // [half][channels]
    d_convolutions[0](d_k, d_image.data(), STRIDE * patch, d_half, hidden);
    d_k.gelu(hidden, d_half * d_channels);
    d_convolutions[1](d_k, d_hidden.data(), STRIDE * d_channels, d_quarter, flat);
    d_k.gelu(flat, d_quarter * d_channels);
}

void embedding::add_features(const float* tokens, size_t rows, float* x)
{
    // Those of a patch's last token, which has the newest values.
    const size_t values = d_shape.values();
    const float* features = tokens + (d_shape.patch - 1) * values + d_shape.n_bins;
    const auto &inner = d_features[0], &outer = d_features[1];
    inner(d_k, features, d_shape.patch * values, rows, d_units.data());
    d_k.gelu(d_units.data(), rows * inner.stride());
    outer.add(d_k, d_units.data(), inner.stride(), rows, x);
}

} // namespace rfattn
} // namespace gr
