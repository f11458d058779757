/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// What a step promises beside its numbers, which tests/inference/qa_native_model.py
// compares with the Python twin.

#include "model/aligned_floats.h"
#include "model/embedding.h"
#include "model/layer.h"
#include "model/ring_pool.h"
#include "model/shape.h"
#include "model/weights.h"
#include "random_model.h"

#include <atomic>
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cfloat>
#include <cmath>
#include <limits>
#include <thread>

// Checks of addresses and races put their own allocation in the place of glibc's.
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define RFATTN_COUNTS_ALLOCATIONS
static std::atomic<size_t> s_allocations{ 0 };

extern "C" {
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);

void* malloc(size_t size)
{
    s_allocations++;
    return __libc_malloc(size);
}

void* calloc(size_t count, size_t size)
{
    s_allocations++;
    return __libc_calloc(count, size);
}
}
#endif

using namespace gr::rfattn;
namespace data = boost::unit_test::data;

namespace {

constexpr int64_t FAR = int64_t{ 1 } << 53;
const std::vector<std::string> ATTENTIONS = { "flash", "gqa", "perceiver", "mla",
                                              "ssm",   "gdn", "hybrid" };

model_shape tiny(const std::string& attention = "flash")
{
    model_shape shape;
    shape.n_bins = 8;
    shape.n_classes = 3;
    shape.block_size = 4;
    shape.window = 24;
    shape.patch = 2;
    shape.d_model = 12;
    shape.n_heads = 2;
    shape.n_layers = 3;
    shape.ffn_factor = 2;
    shape.attention = attention;
    shape.layer_attentions = "gdn gqa ssm";
    shape.gate = attention == "gqa" || attention == "mla" || attention == "hybrid";
    shape.norm = attention == "mla" || attention == "ssm" ? "dyt" : "layernorm";
    shape.rope_period = 1 << 10;
    shape.level_horizon = 16;
    shape.n_latents = 5;
    shape.n_cross_layers = 2;
    shape.kv_rank = 5;
    shape.rope_dim = 4;
    shape.state_size = 5;
    return shape;
}

std::vector<float> steps_of(streaming_model& model,
                            const std::vector<float>& tokens,
                            const std::vector<stream_run>& runs)
{
    size_t steps = 0;
    for (const auto& run : runs)
        steps += run.steps;
    std::vector<float> logits(steps * model.shape().n_classes);
    model.step(tokens.data(), runs, logits.data());
    return logits;
}

// The message of what f throws.
template <class F>
std::string refusal(F f)
{
    try {
        f();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "nothing was refused";
}

std::string refusal_of(const model_shape& shape)
{
    return refusal([&] { streaming_model(shape, {}); });
}

} // namespace

BOOST_DATA_TEST_CASE(streams_do_not_see_each_other, data::make(ATTENTIONS), attention)
{
    const auto shape = tiny(attention);
    random_weights made(shape);
    streaming_model model(shape, made.views());
    model.hold(0);
    model.hold(1);
    const size_t steps = 20; // those of both are more than a batch
    const auto good = made.tokens(steps);
    const auto alone = steps_of(model, good, { { 0, 0, 0, steps } });
    std::vector<float> both = good;
    both.resize(2 * good.size(), std::numeric_limits<float>::quiet_NaN());
    const auto logits = steps_of(model, both, { { 0, 0, 0, steps }, { 1, 0, 0, steps } });
    for (size_t i = 0; i < alone.size(); i++) {
        BOOST_CHECK_SMALL(logits[i] - alone[i], 2e-5f);
        BOOST_CHECK(std::isnan(logits[alone.size() + i]));
    }
    // Nor does a new segment see what its slot held.
    const auto again = steps_of(model, good, { { 1, 0, 0, steps } });
    for (size_t i = 0; i < alone.size(); i++)
        BOOST_CHECK_SMALL(again[i] - alone[i], 2e-5f);
}

#ifdef RFATTN_COUNTS_ALLOCATIONS
BOOST_DATA_TEST_CASE(a_step_allocates_nothing, data::make(ATTENTIONS), attention)
{
    const auto shape = tiny(attention);
    random_weights made(shape);
    const auto before = s_allocations.load();
    streaming_model model(shape, made.views());
    model.hold(0);
    model.hold(1);
    BOOST_CHECK_GT(s_allocations.load(), before);
    const auto tokens = made.tokens(42);
    std::vector<float> logits(42 * shape.n_classes);
    const std::vector<stream_run> runs = { { 0, 0, 0, 40 }, { 1, FAR, 0, 2 } };
    const auto ready = s_allocations.load();
    model.step(tokens.data(), runs, logits.data());
    const auto after = s_allocations.load(); // the check itself allocates
    BOOST_CHECK_EQUAL(after, ready);
}
#endif

BOOST_AUTO_TEST_CASE(a_filled_cache_is_one_that_was_written)
{
    const auto shape = tiny();
    random_weights made(shape);
    streaming_model model(shape, made.views());
    model.hold(0);
    model.fill(0);
    const auto window = int64_t(shape.window);
    for (const float logit : steps_of(model, made.tokens(1), { { 0, 0, window, 1 } }))
        BOOST_CHECK(std::isfinite(logit));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_stepped_is_refused)
{
    const auto shape = tiny();
    random_weights made(shape);
    streaming_model model(shape, made.views());
    model.hold(0);
    const auto tokens = made.tokens(1);
    const auto refused = [&](const stream_run& run) {
        return refusal([&] { steps_of(model, tokens, { run }); });
    };
    BOOST_CHECK_EQUAL(refused({ 1, 0, 0, 1 }),
                      "native_model: slot must be one that is held, got 1");
    BOOST_CHECK_EQUAL(refused({ 0, -1, 0, 1 }),
                      "native_model: position must be >= 0, got -1");
    BOOST_CHECK_EQUAL(refused({ 0, 0, 2, 1 }),
                      "native_model: seen must be a multiple of block_size=4, got 2");
    BOOST_CHECK_EQUAL(refused({ 0, 0, INT64_MAX, 1 }).substr(0, 26),
                      "native_model: seen must be");
    BOOST_CHECK_EQUAL(refusal([&] { model.hold(size_t{ 1 } << 40); }),
                      "native_model: slot must be < 1048576, got 1099511627776");
    BOOST_CHECK_EQUAL(refusal([&] { model.fill(7); }),
                      "native_model: slot must be one that is held, got 7");
}

BOOST_AUTO_TEST_CASE(a_shape_that_breaks_a_rule_is_refused)
{
    auto shape = tiny();
    shape.n_heads = 5;
    BOOST_CHECK_EQUAL(refusal_of(shape),
                      "native_model: d_model must be a multiple of n_heads=5, got 12");
    shape = tiny();
    shape.window = 26;
    BOOST_CHECK_EQUAL(refusal_of(shape),
                      "native_model: window must be a multiple of block_size=4, got 26");
    shape = tiny();
    shape.d_model = 1 << 17;
    BOOST_CHECK_EQUAL(refusal_of(shape),
                      "native_model: d_model must be from 1 to 65536, got 131072");
    shape = tiny();
    shape.attention = "other";
    BOOST_CHECK_EQUAL(
        refusal_of(shape),
        "native_model: attention must be one of mha, flash, gqa, perceiver, mla, "
        "ssm, gdn, hybrid, got other");
    shape = tiny();
    shape.layer_attentions = "gdn mla";
    BOOST_CHECK_EQUAL(
        refusal_of(shape),
        "native_model: layer_attentions must be one of flash, gqa, ssm, gdn, got mla");
    shape.layer_attentions = " ";
    BOOST_CHECK_EQUAL(
        refusal_of(shape),
        "native_model: layer_attentions must be names of attentions, got  ");
    shape = tiny();
    shape.rope_base = std::numeric_limits<double>::quiet_NaN();
    BOOST_CHECK_EQUAL(refusal_of(shape), "native_model: rope_base must be > 1, got nan");
    shape = tiny("mla");
    shape.rope_dim = 3;
    BOOST_CHECK_EQUAL(refusal_of(shape),
                      "native_model: rope_dim must be even, for rotary pairs, got 3");
    BOOST_CHECK(!shape.set("other", 1));
    BOOST_CHECK(shape.set("rope_dim", 8) && shape.rope_dim == 8);
}

BOOST_DATA_TEST_CASE(weights_that_do_not_fit_are_refused,
                     data::make(ATTENTIONS),
                     attention)
{
    const auto shape = tiny(attention);
    random_weights made(shape);
    const auto all = made.views();
    const auto refused = [&](auto change) {
        auto changed = all;
        change(changed);
        return refusal([&] { streaming_model(shape, changed); });
    };
    for (const auto& one : all) {
        const std::string name = one.first;
        BOOST_CHECK_EQUAL(refused([&](auto& w) { w.erase(name); }),
                          "the file has no " + name);
        const auto longer = refused([&](auto& w) { w[name].size[0]++; });
        BOOST_CHECK_EQUAL(longer.find(name + " is ("), 0);
        BOOST_CHECK(longer.find(", the model needs (") != std::string::npos);
        if (one.second.floats) {
            std::vector<float> values = made.floats()[name];
            values.back() = std::numeric_limits<float>::infinity();
            BOOST_CHECK_EQUAL(refused([&](auto& w) { w[name].floats = values.data(); }),
                              name + " is not finite");
        }
    }
    BOOST_CHECK_EQUAL(refused([&](auto& w) { w["a\nb"] = w["head.bias"]; }),
                      "the model has no a?b");
    BOOST_CHECK_EQUAL(refused([&](auto& w) { w["head.bias"].size = { 4 }; }),
                      "head.bias is (4,) float32, the model needs (3,) float32");
    if (shape.rotary_width()) {
        const std::vector<int64_t> turns(shape.rotary_width() / 2, 7);
        BOOST_CHECK_EQUAL(
            refused([&](auto& w) { w["rope.turns"].integers = turns.data(); }),
            "rope.turns is not that of rope_period and rope_base");
    }
}

BOOST_AUTO_TEST_CASE(angles_are_exact_at_any_position)
{
    auto shape = tiny();
    random_weights made(shape);
    const auto all = made.views();
    const rope turning(shape, weights(all));
    BOOST_REQUIRE_EQUAL(turning.pairs(), 3);
    std::vector<float> cosines(2 * 3), sines(2 * 3), again(2 * 3), other(2 * 3);
    turning.factors(FAR + 5, 2, cosines.data(), sines.data());
    // 2^53 is a whole number of periods.
    turning.factors(5, 2, again.data(), other.data());
    BOOST_TEST(cosines == again);
    BOOST_TEST(sines == other);
    for (size_t i = 0; i < 3; i++) {
        const double angle =
            2.0 * M_PI * double(all.at("rope.turns").integers[i] * 6) / 1024;
        BOOST_CHECK_SMALL(cosines[3 + i] - std::cos(angle), 1e-7);
        BOOST_CHECK_SMALL(sines[3 + i] - std::sin(angle), 1e-7);
    }
}

BOOST_AUTO_TEST_CASE(a_ring_writes_over_its_oldest)
{
    cache_layout layout;
    layout.take(1);
    const ring keys(layout, 2, 20, 3);
    BOOST_CHECK_EQUAL(layout.size(), 16 + 2 * 32 * 3);
    ring_pool pool(layout.size());
    pool.hold(2);
    BOOST_CHECK(!pool.cache(1) && !pool.cache(7));
    pool.fill(2, -5.0f);
    float* cache = pool.cache(2);
    // Two heads of three elements for each of 18 patches, then two more.
    std::vector<float> rows(20 * 6);
    for (size_t i = 0; i < rows.size(); i++)
        rows[i] = float(i);
    keys.write({ cache, 0, 0, 0, 0 }, 18, rows.data(), 6);
    const float* second = keys.head(cache, 1) + keys.group(); // its slots 16 to 31
    BOOST_CHECK_EQUAL(second[0], 16 * 6 + 3);
    BOOST_CHECK_EQUAL(second[GROUP + 1], 17 * 6 + 4);
    BOOST_CHECK_EQUAL(second[2], 0.0f); // not what was there before
    keys.write({ cache, 18, 18, 0, 0 }, 2, rows.data(), 6);
    keys.write({ cache, 0, 20, 0, 0 }, 2, rows.data() + 6, 6);
    BOOST_CHECK_EQUAL(second[2], 3.0f);
    BOOST_CHECK_EQUAL(keys.head(cache, 0)[0], 6.0f);
    BOOST_CHECK_EQUAL(keys.head(cache, 0)[2], 12.0f);
}

BOOST_AUTO_TEST_CASE(a_step_leaves_the_arithmetic_as_it_was)
{
    const auto shape = tiny("ssm");
    random_weights made(shape);
    streaming_model model(shape, made.views());
    model.hold(0);
    volatile float small = FLT_MIN;
    steps_of(model, made.tokens(1), { { 0, 0, 0, 1 } });
    BOOST_CHECK(small / 2.0f > 0.0f);
    BOOST_CHECK_THROW(steps_of(model, made.tokens(1), { { 9, 0, 0, 1 } }),
                      std::invalid_argument);
    BOOST_CHECK(small / 2.0f > 0.0f);
}

BOOST_AUTO_TEST_CASE(threads_step_models_at_once)
{
    const auto shape = tiny();
    random_weights made(shape);
    const auto all = made.views();
    const auto tokens = made.tokens(20);
    std::vector<std::vector<float>> found(4);
    streaming_model shared(shape, all);
    for (size_t slot = 0; slot < 2; slot++)
        shared.hold(slot);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < found.size(); i++) {
        threads.emplace_back([&, i] {
            if (i < 2) { // of one model
                found[i] = steps_of(shared, tokens, { { i, 0, 0, 20 } });
                return;
            }
            streaming_model own(shape, all);
            own.hold(0);
            found[i] = steps_of(own, tokens, { { 0, 0, 0, 20 } });
        });
    }
    for (auto& thread : threads)
        thread.join();
    for (const auto& logits : found)
        BOOST_TEST(logits == found[0]);
}
