/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "model/streaming_model.h"
#include "checks.h"

#include <cstring>

namespace gr {
namespace rfattn {

namespace {

const checks CHECK("native_model");

constexpr size_t ROWS = 64; // vectors of a batch, where a step has no more by itself
constexpr size_t MOST_STREAM_FLOATS = size_t{ 1 } << 34; // 64 GiB
constexpr size_t MOST_SLOTS = 1 << 20;

const model_shape& checked(const model_shape& shape)
{
    shape.check();
    return shape;
}

size_t steps_of(const model_shape& shape)
{
    const size_t latents = shape.attention == "perceiver" ? shape.n_latents : 1;
    return std::max<size_t>(1, ROWS / std::max(shape.patches(), latents));
}

//! Numbers that are nearly 0 count as 0 meanwhile: a processor takes many times as long
//! for them, and a state that decays comes to hold them.
class without_denormals {
public:
#if defined(__SSE__)
    without_denormals() : d_before(__builtin_ia32_stmxcsr())
    {
        __builtin_ia32_ldmxcsr(d_before | 0x8040); // flush to zero, denormals are zero
    }
    ~without_denormals() { __builtin_ia32_ldmxcsr(d_before); }

private:
    const unsigned d_before;
#elif defined(__aarch64__)
    without_denormals()
    {
        asm volatile("mrs %0, fpcr" : "=r"(d_before));
        asm volatile("msr fpcr, %0" : : "r"(d_before | (1 << 24)));
    }
    ~without_denormals() { asm volatile("msr fpcr, %0" : : "r"(d_before)); }

private:
    uint64_t d_before;
#else
    without_denormals() {}
    ~without_denormals() {}
#endif
};

} // namespace

streaming_model::streaming_model(const model_shape& shape,
                                 const std::map<std::string, weight_view>& all,
                                 const kernels& k)
    : streaming_model(checked(shape), weights(all), k)
{
}

streaming_model::streaming_model(const model_shape& shape,
                                 const weights& from,
                                 const kernels& k)
    : d_shape(shape),
      d_k(k),
      d_building{ d_shape, d_k, d_work, d_layout, steps_of(shape) },
      d_embedding(d_building, from),
      d_rope(d_shape, from),
      d_encoder(d_building, from.within("encoder")),
      d_head(from, "head", shape.d_model, shape.n_classes, true),
      d_pool(d_layout.size())
{
    from.refuse_others();
    CHECK.require(d_layout.size() <= MOST_STREAM_FLOATS,
                  "window",
                  "so short that a stream keeps at most 64 GiB",
                  shape.window);
    const size_t steps = d_building.steps, rows = steps * shape.patches();
    d_x = d_building.memory(rows * d_building.stride());
    d_pooled = d_building.memory(steps * d_building.stride());
    d_logits = d_building.memory(steps * d_head.stride());
    d_batch.steps.reserve(steps);
    d_batch.patches = shape.patches();
    d_batch.cosines = d_building.memory(rows * d_rope.pairs());
    d_batch.sines = d_building.memory(rows * d_rope.pairs());
    d_work.for_each(
        [&](shared_floats& part) { part.set(d_building.memory(part.needed())); });
}

void streaming_model::hold(size_t slot)
{
    CHECK.require(slot < MOST_SLOTS, "slot", "< " + std::to_string(MOST_SLOTS), slot);
    const std::lock_guard<std::mutex> lock(d_stepping);
    d_pool.hold(slot);
}

void streaming_model::fill(size_t slot)
{
    const std::lock_guard<std::mutex> lock(d_stepping);
    CHECK.require(d_pool.cache(slot), "slot", "one that is held", slot);
    d_pool.fill(slot, 1.0f);
}

void streaming_model::check(const stream_run& run)
{
    constexpr int64_t MOST = INT64_MAX / 2;
    const auto n = static_cast<int64_t>(d_shape.block_size);
    const bool is_held = d_pool.cache(run.slot);
    const bool is_placed = run.position >= 0 && run.position <= MOST;
    const bool is_whole = run.seen >= 0 && run.seen <= MOST && run.seen % n == 0;
    if (is_held && is_placed && is_whole)
        return; // before a rule is put into words, which allocates
    CHECK.require(is_held, "slot", "one that is held", run.slot);
    CHECK.require(is_placed, "position", ">= 0", run.position);
    CHECK.require(
        is_whole, "seen", "a multiple of block_size=" + std::to_string(n), run.seen);
}

void streaming_model::step(const float* tokens,
                           const std::vector<stream_run>& runs,
                           float* logits)
{
    const std::lock_guard<std::mutex> lock(d_stepping);
    for (const auto& run : runs)
        check(run);
    const without_denormals meanwhile;
    const size_t n = d_shape.block_size, slots = d_shape.slots();
    auto& steps = d_batch.steps;
    const auto compute = [&] {
        step_batch_of(tokens, logits);
        tokens += steps.size() * n * d_shape.values();
        logits += steps.size() * d_shape.n_classes;
        steps.clear();
    };
    steps.clear();
    for (const auto& run : runs) {
        for (size_t i = 0; i < run.steps; i++) {
            const auto before = static_cast<int64_t>(i * n);
            const size_t patches = static_cast<size_t>(run.seen + before) / d_shape.patch;
            steps.push_back({ d_pool.cache(run.slot),
                              patches % slots,
                              std::min(patches, slots),
                              run.position + before,
                              run.seen + before });
            if (steps.size() == d_building.steps)
                compute();
        }
    }
    if (!steps.empty())
        compute();
}

void streaming_model::step_batch_of(const float* tokens, float* logits)
{
    const size_t n = d_batch.patches, steps = d_batch.steps.size();
    const auto patch = static_cast<int64_t>(d_shape.patch);
    float* x = d_x.data(); // [steps][n][padded d]
    d_embedding(tokens, d_batch, x);
    for (size_t i = 0; i < steps; i++)
        d_rope.factors(d_batch.steps[i].position / patch,
                       n,
                       d_batch.cosines.data() + i * n * d_rope.pairs(),
                       d_batch.sines.data() + i * n * d_rope.pairs());
    d_encoder(x, d_batch, d_pooled.data());
    d_head(d_k, d_pooled.data(), d_building.stride(), steps, d_logits.data());
    for (size_t i = 0; i < steps; i++)
        std::memcpy(logits + i * d_shape.n_classes,
                    d_logits.data() + i * d_head.stride(),
                    d_shape.n_classes * sizeof(float));
}

} // namespace rfattn
} // namespace gr
