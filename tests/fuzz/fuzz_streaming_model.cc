/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Shapes, weights and calls that fit or do not: each is refused in a line, or steps.

#include "bytes.h"
#include "random_model.h"

#include <stdexcept>

using gr::rfattn::model_shape;
using gr::rfattn::stream_run;
using gr::rfattn::streaming_model;

namespace {

template <size_t N>
std::string one_of(fuzz::bytes& in, const char* const (&names)[N])
{
    return names[in.below(N)];
}

model_shape shape_from(fuzz::bytes& in)
{
    model_shape shape;
    shape.attention = one_of(
        in,
        { "mha", "flash", "gqa", "perceiver", "mla", "ssm", "gdn", "hybrid", "other" });
    shape.layer_attentions =
        one_of(in, { "gdn gqa", "ssm", " flash  gdn ", "gqa gqa ssm", "mla", "" });
    shape.norm = one_of(in, { "layernorm", "rmsnorm", "dyt" });
    shape.embedding = one_of(in, { "linear", "conv" });
    shape.gate = in.byte() % 4 == 0;
    shape.rope = in.byte() % 4;
    shape.n_bins = 1 + in.below(9);
    shape.n_features = in.below(3);
    shape.feature_units = 1 + in.below(4);
    shape.n_classes = 1 + in.below(4);
    shape.patch = 1 + in.below(3);
    shape.block_size = shape.patch * (1 + in.below(4));
    shape.window = shape.block_size * (1 + in.below(9));
    shape.embedding_channels = 1 + in.below(20);
    shape.n_heads = 1 + in.below(4);
    shape.d_model = shape.n_heads * 2 * (1 + in.below(5));
    shape.n_layers = 1 + in.below(2);
    shape.ffn_factor = 1 + in.below(2);
    shape.rope_period = 2 * shape.window + in.below(9);
    shape.level_horizon = 1 + in.below(20);
    shape.n_kv_heads = shape.n_heads;
    shape.n_latents = 1 + in.below(4);
    shape.n_cross_layers = 1 + in.below(shape.n_layers);
    shape.kv_rank = 1 + in.below(20);
    shape.rope_dim = 2 * (1 + in.below(3));
    shape.state_size = 1 + in.below(4);
    // Now and then a number that breaks a rule.
    constexpr const char* NUMBERS[] = { "n_bins",     "block_size",  "window",
                                        "patch",      "n_heads",     "d_model",
                                        "n_layers",   "rope_period", "rope_dim",
                                        "n_kv_heads", "n_latents",   "kv_rank" };
    if (in.byte() % 4 == 0)
        shape.set(one_of(in, NUMBERS), in.byte() % 2 ? in.below(9) : in.count());
    return shape;
}

void step(streaming_model& model, random_weights& made, fuzz::bytes& in)
{
    std::vector<stream_run> runs;
    size_t steps = 0;
    const auto block = static_cast<int64_t>(model.shape().block_size);
    for (size_t i = in.below(4); i > 0; i--) {
        stream_run run = { in.below(4), int64_t(in.below(100)), block * in.byte(), 0 };
        run.steps = in.below(5);
        if (in.byte() % 8 == 0)
            run.seen = static_cast<int64_t>(in.count());
        if (in.byte() % 8 == 0)
            run.position = static_cast<int64_t>(in.count());
        steps += run.steps;
        runs.push_back(run);
    }
    auto tokens = made.tokens(steps);
    if (!tokens.empty() && in.byte() % 4 == 0)
        tokens[in.below(tokens.size())] = static_cast<float>(in.number());
    std::vector<float> logits(steps * model.shape().n_classes);
    model.step(tokens.data(), runs, logits.data());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    fuzz::bytes in(data, size);
    const auto shape = shape_from(in);
    try {
        shape.check();
    } catch (const std::invalid_argument& error) {
        MUST(std::string(error.what()).find('\n') == std::string::npos);
        return 0; // its weights would have any size
    }
    random_weights made(shape);
    auto weights = made.views();
    if (in.byte() % 4 == 0) { // one is missing, too much, or of another size
        auto other = std::next(weights.begin(), long(in.below(weights.size())));
        if (in.byte() % 2)
            weights.erase(other);
        else
            other->second.size.assign(1 + in.below(3), in.below(9));
    }
    try {
        streaming_model model(shape, weights);
        model.hold(0);
        model.hold(2);
        while (!in.empty()) {
            try {
                step(model, made, in);
            } catch (const std::invalid_argument&) {
            }
        }
    } catch (const std::invalid_argument& error) {
        MUST(std::string(error.what()).find('\n') == std::string::npos);
    }
    return 0;
}
