/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// The arithmetic of each instruction set that this processor has, against plain loops in
// double.

#include "model/aligned_floats.h"
#include "model/kernel_vectors.h"
#include "model/kernels.h"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

using namespace gr::rfattn;
namespace data = boost::unit_test::data;

namespace {

constexpr float NOT_A_NUMBER = std::numeric_limits<float>::quiet_NaN();

std::vector<std::string> names()
{
    size_t count = 0;
    const auto* sets = possible_kernels(count);
    std::vector<std::string> found;
    for (size_t i = 0; i < count; i++)
        found.emplace_back(sets[i]->name);
    return found;
}

const kernels& named(const std::string& name)
{
    size_t count = 0;
    const auto* sets = possible_kernels(count);
    while (name != sets[count - 1]->name)
        count--;
    return *sets[count - 1];
}

std::vector<float> random_values(size_t count, unsigned seed = 1)
{
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> values(count);
    for (auto& value : values)
        value = normal(random);
    return values;
}

// Weight of input i and output o where kernels read it.
size_t at(size_t inputs, size_t i, size_t o)
{
    return (o / GROUP * inputs + i) * GROUP + o % GROUP;
}

void check_linear(const kernels& k, size_t rows, size_t inputs, size_t outputs, bool adds)
{
    const size_t x_stride = inputs + 3, y_stride = outputs + 5;
    const auto x = random_values(rows * x_stride, 1);
    const auto w = random_values(inputs * outputs, 2);
    const auto bias = random_values(outputs, 3);
    auto y = random_values(rows * y_stride, 4);
    const auto before = y;
    const bool has_bias = rows % 2;
    k.linear({ x.data(),
               x_stride,
               rows,
               w.data(),
               has_bias ? bias.data() : nullptr,
               inputs,
               outputs,
               y.data(),
               y_stride,
               adds });
    for (size_t r = 0; r < rows; r++) {
        for (size_t o = 0; o < y_stride; o++) {
            double wanted = before[r * y_stride + o];
            if (o < outputs) {
                wanted = (adds ? wanted : 0.0) + (has_bias ? bias[o] : 0.0f);
                for (size_t i = 0; i < inputs; i++)
                    wanted += double(x[r * x_stride + i]) * w[at(inputs, i, o)];
            }
            BOOST_REQUIRE_SMALL(y[r * y_stride + o] - wanted,
                                2e-6 * (1.0 + double(inputs)));
        }
    }
}

// Rows x heads queries over slots of keys and values, whose last group is not full.
void check_attention(const kernels& k,
                     size_t rows,
                     size_t heads,
                     size_t width,
                     size_t value_width,
                     size_t slots)
{
    const size_t groups = padded(slots) / GROUP;
    auto keys = random_values(groups * width * GROUP, 1);
    auto values = random_values(groups * value_width * GROUP, 2);
    for (size_t s = slots; s < groups * GROUP; s++) {
        for (size_t j = 0; j < width; j++)
            keys[at(width, j, s)] = 0.0f;
        for (size_t j = 0; j < value_width; j++)
            values[at(value_width, j, s)] = 0.0f;
    }
    const auto q = random_values(rows * heads * width, 3);
    std::vector<float> y(rows * heads * value_width + 1, 7.0f);
    aligned_floats scratch(attention_scratch(width, value_width));
    attention_call call = {};
    call.queries = q.data();
    call.query_row = heads * width;
    call.query_head = width;
    call.results = y.data();
    call.result_row = heads * value_width;
    call.result_head = value_width;
    call.rows = rows;
    call.heads = heads;
    call.keys = keys.data();
    call.width = width;
    call.values = values.data();
    call.value_width = value_width;
    call.value_group = value_width * GROUP;
    call.slots = slots;
    call.scale = 0.5f;
    call.scratch = scratch.data();
    k.attend(call);
    for (size_t i = 0; i < rows * heads; i++) {
        std::vector<double> wanted(value_width);
        double total = 0.0;
        for (size_t s = 0; s < slots; s++) {
            double score = 0.0;
            for (size_t j = 0; j < width; j++)
                score += double(q[i * width + j]) * keys[at(width, j, s)];
            const double weight = std::exp(0.5 * score);
            total += weight;
            for (size_t j = 0; j < value_width; j++)
                wanted[j] += weight * values[at(value_width, j, s)];
        }
        for (size_t j = 0; j < value_width; j++)
            BOOST_REQUIRE_SMALL(y[i * value_width + j] - wanted[j] / total, 2e-6);
    }
    BOOST_CHECK_EQUAL(y.back(), 7.0f);
}

} // namespace

BOOST_DATA_TEST_CASE(linear_maps_of_any_size, data::make(names()), name)
{
    for (const size_t rows : { 1, 2, 3, 4, 5, 6, 7, 12, 13 }) {
        for (const size_t inputs : { 1, 2, 7, 8, 64 }) {
            for (const size_t outputs : { 16, 32, 48, 64, 112 })
                check_linear(named(name), rows, inputs, outputs, (rows + inputs) % 3);
        }
    }
}

BOOST_DATA_TEST_CASE(attention_over_any_number_of_slots, data::make(names()), name)
{
    for (const size_t slots : { 1, 2, 15, 16, 17, 64, 100, 511, 512, 513, 1100 }) {
        check_attention(named(name), 2, 1, 16, 16, slots);
        check_attention(named(name), 3, 3, 5, 3, slots);
        check_attention(named(name), 1, 7, 48, 32, slots);
    }
}

BOOST_DATA_TEST_CASE(attention_keeps_what_is_no_number, data::make(names()), name)
{
    // Slot 3 of 20 in two groups; the score of a query with it is no number.
    std::vector<float> keys(2 * GROUP, 0.5f), values(2 * GROUP, 0.5f);
    keys[3] = NOT_A_NUMBER;
    aligned_floats scratch(attention_scratch(1, 1));
    const float query = 1.0f;
    float result = 0.0f;
    attention_call call = {};
    call.queries = &query;
    call.results = &result;
    call.rows = call.heads = call.width = call.value_width = 1;
    call.keys = keys.data();
    call.values = values.data();
    call.value_group = GROUP;
    call.slots = 20;
    call.scale = 1.0f;
    call.scratch = scratch.data();
    named(name).attend(call);
    BOOST_CHECK(std::isnan(result));
    // Scores of any size: the largest alone counts.
    keys.assign(2 * GROUP, -1e30f);
    keys[GROUP + 2] = 1e30f;
    values[GROUP + 2] = 3.0f;
    named(name).attend(call);
    BOOST_CHECK_EQUAL(result, 3.0f);
}

BOOST_AUTO_TEST_CASE(an_exponential_is_exact_to_a_bit_or_two)
{
    for (double x = -87.0; x < 88.0; x += 1e-3) {
        const double wanted = std::exp(double(float(x)));
        BOOST_REQUIRE_CLOSE(exponential(vec{} + float(x))[0], wanted, 1.5e-5); // percent
    }
    BOOST_CHECK_SMALL(exponential(vec{} - 1e30f)[0], 1e-37f);
    BOOST_CHECK(std::isnan(exponential(vec{} + NOT_A_NUMBER)[0]));
    BOOST_CHECK_EQUAL(add_up(vec{} + 2.0f), 2.0f * WIDTH);
}

BOOST_DATA_TEST_CASE(gelu_is_exact, data::make(names()), name)
{
    std::vector<float> x(16 * 4096);
    for (size_t i = 0; i < x.size(); i++)
        x[i] = -8.0f + 16.0f * float(i) / float(x.size());
    x.front() = NOT_A_NUMBER;
    auto y = x;
    named(name).gelu(y.data(), y.size());
    BOOST_CHECK(std::isnan(y.front()));
    for (size_t i = 1; i < x.size(); i++) {
        const double v = x[i], wanted = 0.5 * v * (1.0 + std::erf(v / std::sqrt(2.0)));
        BOOST_REQUIRE_SMALL(y[i] - wanted, 3e-7 * std::max(1.0, std::abs(v)));
    }
}

BOOST_DATA_TEST_CASE(gates_of_any_size, data::make(names()), name)
{
    std::vector<float> g(16 * 512), y(g.size(), 2.0f), shut(y);
    for (size_t i = 0; i < g.size(); i++)
        g[i] = -120.0f + 240.0f * float(i) / float(g.size());
    g.front() = NOT_A_NUMBER;
    named(name).times_silu(y.data(), g.data(), g.size());
    named(name).times_sigmoid(shut.data(), g.data(), g.size());
    BOOST_CHECK(std::isnan(y.front()) && std::isnan(shut.front()));
    for (size_t i = 1; i < g.size(); i++) {
        const double share = 2.0 / (1.0 + std::exp(-double(g[i]))), wanted = share * g[i];
        BOOST_REQUIRE_SMALL(y[i] - wanted, 5e-7 * std::max(1.0, std::abs(wanted)));
        BOOST_REQUIRE_SMALL(shut[i] - share, 5e-7);
    }
}

BOOST_DATA_TEST_CASE(tangents_of_any_size_keep_their_digits, data::make(names()), name)
{
    constexpr float INF = std::numeric_limits<float>::infinity();
    for (const size_t width : { 1, 15, 16, 100, 130 }) {
        const size_t rows = 2, stride = padded(width);
        const auto weight = random_values(width, 1);
        const std::vector<float> bias(width);
        for (const float scale : { 1e-6f, 0.1f, 1.0f, 30.0f }) {
            auto x = random_values(rows * stride, 3);
            const auto before = x;
            named(name).squash(x.data(),
                               x.data(),
                               rows,
                               stride,
                               width,
                               weight.data(),
                               bias.data(),
                               scale);
            for (size_t i = 0; i < rows * stride; i++) {
                const bool is_padding = i % stride >= width;
                const double wanted = is_padding ? before[i]
                                                 : std::tanh(double(scale) * before[i]) *
                                                       weight[i % stride];
                BOOST_REQUIRE_SMALL(x[i] - wanted, 3e-7 * std::abs(wanted));
            }
        }
    }
    std::vector<float> x = { NOT_A_NUMBER, INF, -INF }, one(3, 1.0f), y(16);
    named(name).squash(x.data(), y.data(), 1, 16, 3, one.data(), one.data(), 0.5f);
    BOOST_CHECK(std::isnan(y[0]));
    BOOST_CHECK_EQUAL(y[1], 2.0f);
    BOOST_CHECK_EQUAL(y[2], 0.0f);
}

BOOST_DATA_TEST_CASE(norms_of_any_width, data::make(names()), name)
{
    for (const size_t width : { 1, 2, 15, 16, 17, 64, 100, 130 }) {
        const size_t rows = 3, stride = padded(width);
        const auto weight = random_values(width, 1), bias = random_values(width, 2);
        for (const bool is_rms : { false, true }) {
            auto x = random_values(rows * stride, 3);
            const auto before = x;
            named(name).norm(x.data(),
                             x.data(),
                             rows,
                             stride,
                             width,
                             weight.data(),
                             is_rms ? nullptr : bias.data());
            for (size_t r = 0; r < rows; r++) {
                const float* in = before.data() + r * stride;
                double mean = 0.0, square = 0.0;
                for (size_t i = 0; i < width && !is_rms; i++)
                    mean += double(in[i]) / double(width);
                for (size_t i = 0; i < width; i++)
                    square += (in[i] - mean) * (in[i] - mean) / double(width);
                for (size_t i = 0; i < width; i++) {
                    const double wanted =
                        (in[i] - mean) / std::sqrt(square + 1e-5) * weight[i] +
                        (is_rms ? 0.0f : bias[i]);
                    BOOST_REQUIRE_SMALL(x[r * stride + i] - wanted, 1e-5);
                }
            }
        }
    }
}

BOOST_DATA_TEST_CASE(rotation_pairs_half_with_half, data::make(names()), name)
{
    const size_t rows = 2, heads = 3, pairs = 5, stride = 40;
    auto x = random_values(rows * stride, 1);
    const auto before = x, cosines = random_values(rows * pairs, 2),
               sines = random_values(rows * pairs, 3);
    named(name).rotate(
        x.data(), rows, stride, heads, 2 * pairs, cosines.data(), sines.data(), pairs);
    for (size_t r = 0; r < rows; r++) {
        for (size_t i = 0; i < stride; i++) {
            const size_t pair = i % pairs, own = r * stride + i;
            const bool is_second = i / pairs % 2;
            const float c = cosines[r * pairs + pair], s = sines[r * pairs + pair];
            const float other =
                before[is_second ? own - pairs : std::min(own + pairs, x.size() - 1)];
            float wanted = before[own];
            if (i < heads * 2 * pairs)
                wanted = wanted * c + (is_second ? other * s : -other * s);
            BOOST_CHECK_SMALL(x[own] - wanted, 1e-6f);
        }
    }
}

BOOST_DATA_TEST_CASE(a_scan_decays_writes_and_reads, data::make(names()), name)
{
    const size_t size = 3, width = 48, tokens = 4, stride = 10;
    auto state = random_values(size * width, 1);
    std::vector<double> wanted(state.begin(), state.end());
    const auto x = random_values(tokens * width, 2),
               decay = random_values(tokens * width, 3);
    const auto b = random_values(tokens * stride, 4),
               c = random_values(tokens * stride, 5);
    std::vector<float> y(tokens * width);
    named(name).scan({ state.data(),
                       size,
                       width,
                       tokens,
                       x.data(),
                       decay.data(),
                       b.data(),
                       c.data(),
                       stride,
                       y.data() });
    for (size_t t = 0; t < tokens; t++) {
        for (size_t i = 0; i < width; i++) {
            double read = 0.0;
            for (size_t s = 0; s < size; s++) {
                auto& own = wanted[s * width + i];
                own = decay[t * width + i] * own +
                      double(b[t * stride + s]) * x[t * width + i];
                read += c[t * stride + s] * own;
            }
            BOOST_REQUIRE_SMALL(y[t * width + i] - read, 1e-4);
        }
    }
    for (size_t i = 0; i < state.size(); i++)
        BOOST_REQUIRE_SMALL(state[i] - wanted[i], 1e-4);
}

BOOST_DATA_TEST_CASE(sums_of_any_length, data::make(names()), name)
{
    const auto x = random_values(200);
    double wanted = 0.0;
    for (size_t count = 0; count < x.size(); count++) {
        BOOST_REQUIRE_SMALL(named(name).sum(x.data(), count) - wanted, 1e-4);
        wanted += x[count];
    }
}
