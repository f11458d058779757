/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "model/kernel_vectors.h"

namespace gr {
namespace rfattn {
namespace {

// Of the vectors a and b, each lane the sum of two: of a where bit STEP of its number is
// 0.
template <int STEP>
vec fold(vec a, vec b)
{
#ifdef __clang__
    vec sum;
    for (int i = 0; i < static_cast<int>(WIDTH); i++)
        sum[i] = i & STEP ? b[i] + b[i ^ STEP] : a[i] + a[i ^ STEP];
    return sum;
#else
    typedef int order __attribute__((vector_size(4 * WIDTH)));
    order same, other;
    for (int i = 0; i < static_cast<int>(WIDTH); i++) {
        const int from = i & STEP ? static_cast<int>(WIDTH) : 0;
        same[i] = from + i;
        other[i] = from + (i ^ STEP);
    }
    return __builtin_shuffle(a, b, same) + __builtin_shuffle(a, b, other);
#endif
}

// Lane i is the sum of all lanes of vector number i.
template <int STEP = WIDTH / 2>
vec sums_of(const float* vectors, size_t first = 0)
{
    if constexpr (STEP == 0)
        return load(vectors + first * WIDTH);
    else
        return fold<STEP>(sums_of<STEP / 2>(vectors, first),
                          sums_of<STEP / 2>(vectors, first + STEP));
}

// Up to QUERIES queries on their way over the slots.
struct pass {
    const attention_call& call;
    float* queries; // [Q][width], scaled
    float* scores;  // [Q][CHUNK]
    float* sums;    // [Q][padded value_width][WIDTH]
    size_t sums_stride;
    float top[QUERIES], total[QUERIES], kept[QUERIES];
};

template <size_t Q, size_t GROUPS>
void score_tile(const pass& p, size_t first, size_t group)
{
    constexpr size_t N = GROUPS * PER_GROUP;
    const size_t width = p.call.width;
    const float* keys = p.call.keys + (first / GROUP + group) * width * GROUP;
    vec scores[Q][N] = {};
    for (size_t j = 0; j < width; j++) {
        vec k[N];
#pragma GCC unroll 8
        for (size_t n = 0; n < N; n++)
            k[n] =
                load(keys + (n / PER_GROUP * width + j) * GROUP + n % PER_GROUP * WIDTH);
#pragma GCC unroll 4
        for (size_t q = 0; q < Q; q++) {
            const vec value = vec{} + p.queries[q * width + j];
#pragma GCC unroll 8
            for (size_t n = 0; n < N; n++)
                scores[q][n] += value * k[n];
        }
    }
#pragma GCC unroll 4
    for (size_t q = 0; q < Q; q++) {
#pragma GCC unroll 8
        for (size_t n = 0; n < N; n++)
            store(p.scores + q * CHUNK + group * GROUP + n * WIDTH, scores[q][n]);
    }
}

template <size_t Q>
void score(const pass& p, size_t first, size_t groups)
{
    constexpr size_t GROUPS = smaller(8, larger(1, TILE_SUMS / (Q * PER_GROUP)));
    size_t group = 0;
    for (; group + GROUPS <= groups; group += GROUPS)
        score_tile<Q, GROUPS>(p, first, group);
    for (; group < groups; group++)
        score_tile<Q, 1>(p, first, group);
}

// Scores become weights relative to the largest so far; what came before counts `kept`.
void weigh(pass& p, size_t q, size_t slots)
{
    float* scores = p.scores + q * CHUNK;
    const size_t end = padded(slots);
    for (size_t i = slots; i < end; i++)
        scores[i] = -INF;
    vec tops = load(scores);
    for (size_t i = WIDTH; i < end; i += WIDTH)
        tops = load(scores + i) > tops ? load(scores + i) : tops;
    float top = p.top[q];
    for (size_t i = 0; i < WIDTH; i++)
        top = tops[i] > top ? tops[i] : top;
    vec sums = {};
    for (size_t i = 0; i < end; i += WIDTH) {
        const vec weight = exponential(load(scores + i) - top);
        store(scores + i, weight);
        sums += weight;
    }
    p.kept[q] = exponential(vec{} + (p.top[q] - top))[0];
    p.total[q] = p.total[q] * p.kept[q] + add_up(sums);
    p.top[q] = top;
}

// J elements of the values. Lane i of a sum is that of slots i, i + WIDTH, ...
template <size_t Q, size_t J>
void mix_tile(const pass& p, size_t first, size_t groups, size_t j)
{
    const float* values = p.call.values + first / GROUP * p.call.value_group + j * GROUP;
    float* sums = p.sums + j * WIDTH;
    vec mixed[Q][J] = {};
    if (first > 0) {
#pragma GCC unroll 4
        for (size_t q = 0; q < Q; q++) {
#pragma GCC unroll 16
            for (size_t i = 0; i < J; i++)
                mixed[q][i] = p.kept[q] * load(sums + q * p.sums_stride + i * WIDTH);
        }
    }
    for (size_t group = 0; group < groups; group++) {
        const float* v = values + group * p.call.value_group;
        const float* weights = p.scores + group * GROUP;
#pragma GCC unroll 4
        for (size_t part = 0; part < PER_GROUP; part++) {
#pragma GCC unroll 4
            for (size_t q = 0; q < Q; q++) {
                const vec w = load(weights + q * CHUNK + part * WIDTH);
#pragma GCC unroll 16
                for (size_t i = 0; i < J; i++)
                    mixed[q][i] += w * load(v + i * GROUP + part * WIDTH);
            }
        }
    }
#pragma GCC unroll 4
    for (size_t q = 0; q < Q; q++) {
#pragma GCC unroll 16
        for (size_t i = 0; i < J; i++)
            store(sums + q * p.sums_stride + i * WIDTH, mixed[q][i]);
    }
}

template <size_t Q>
void mix(const pass& p, size_t first, size_t groups)
{
    constexpr size_t J = TILE_SUMS / Q;
    size_t j = 0;
    for (; j + J <= p.call.value_width; j += J)
        mix_tile<Q, J>(p, first, groups, j);
    for (; j < p.call.value_width; j++)
        mix_tile<Q, 1>(p, first, groups, j);
}

template <size_t Q>
void attend_queries(pass& p, size_t first_query)
{
    const attention_call& c = p.call;
    for (size_t q = 0; q < Q; q++) {
        const size_t row = (first_query + q) / c.heads,
                     head = (first_query + q) % c.heads;
        const float* query = c.queries + row * c.query_row + head * c.query_head;
        for (size_t j = 0; j < c.width; j++)
            p.queries[q * c.width + j] = query[j] * c.scale;
        p.top[q] = -INF;
        p.total[q] = 0.0f;
    }
    for (size_t first = 0; first < c.slots; first += CHUNK) {
        const size_t slots = smaller(CHUNK, c.slots - first);
        const size_t groups = padded(slots) / GROUP;
        score<Q>(p, first, groups);
        for (size_t q = 0; q < Q; q++)
            weigh(p, q, slots);
        mix<Q>(p, first, groups);
    }
    for (size_t q = 0; q < Q; q++) {
        const size_t row = (first_query + q) / c.heads,
                     head = (first_query + q) % c.heads;
        float* result = c.results + row * c.result_row + head * c.result_head;
        const float factor = 1.0f / p.total[q];
        const float* sums = p.sums + q * p.sums_stride;
        size_t j = 0;
        for (; j + WIDTH <= c.value_width; j += WIDTH)
            store(result + j, factor * sums_of(sums + j * WIDTH));
        for (; j < c.value_width; j++)
            result[j] = factor * add_up(load(sums + j * WIDTH));
    }
}

template <size_t Q>
void attend_rest(pass& p, size_t first_query, size_t left)
{
    if constexpr (Q > 0) {
        if (left == Q)
            attend_queries<Q>(p, first_query);
        else
            attend_rest<Q - 1>(p, first_query, left);
    }
}

} // namespace

namespace RFATTN_KERNELS {

void attend(const attention_call& c)
{
    pass p = {
        c, c.scratch, nullptr, nullptr, padded(c.value_width) * WIDTH, {}, {}, {}
    };
    p.scores = p.queries + padded(QUERIES * c.width);
    p.sums = p.scores + QUERIES * CHUNK;
    const size_t count = c.rows * c.heads;
    size_t query = 0;
    for (; query + QUERIES <= count; query += QUERIES)
        attend_queries<QUERIES>(p, query);
    attend_rest<QUERIES - 1>(p, query, count - query);
}

} // namespace RFATTN_KERNELS
} // namespace rfattn
} // namespace gr
