/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_KERNEL_VECTORS_H
#define INCLUDED_RFATTN_KERNEL_VECTORS_H

// What the files of kernels share. CMake compiles each of them once for each instruction
// set, with its flags and RFATTN_KERNELS, the name of the set, which is also a namespace.
// All else in them is in unnamed namespaces, and nothing of the standard library is
// called: an inline function that two objects share would be that of either, and might
// hold instructions that the processor lacks.

#include "model/kernels.h"

#ifndef RFATTN_KERNELS
#define RFATTN_KERNELS plain
#endif

namespace gr {
namespace rfattn {
namespace {

#if defined(__AVX512F__)
constexpr size_t WIDTH = 16, TILE_ROWS = 6, TILE_PANELS = 4, TILE_SUMS = 16;
#elif defined(__AVX2__)
constexpr size_t WIDTH = 8, TILE_ROWS = 6, TILE_PANELS = 1, TILE_SUMS = 8;
#elif defined(__aarch64__) // 32 registers
constexpr size_t WIDTH = 4, TILE_ROWS = 5, TILE_PANELS = 1, TILE_SUMS = 16;
#else
constexpr size_t WIDTH = 4, TILE_ROWS = 2, TILE_PANELS = 1, TILE_SUMS = 8;
#endif
// Sums that are open at once, so that an addition does not wait for the one before.
constexpr size_t OPEN_SUMS = 8;
constexpr size_t PER_GROUP = GROUP / WIDTH; // vectors
constexpr size_t QUERIES = TILE_SUMS / 4;   // queries of a pass over the keys
constexpr size_t CHUNK = 512;               // slots whose scores are held at once
constexpr float INF = __builtin_inff();

typedef float vec __attribute__((vector_size(4 * WIDTH)));
typedef float unaligned_vec
    __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));
typedef unsigned bits __attribute__((vector_size(4 * WIDTH)));

inline vec load(const float* p)
{
    return *reinterpret_cast<const unaligned_vec*>(p);
}

inline void store(float* p, vec v)
{
    *reinterpret_cast<unaligned_vec*>(p) = v;
}

constexpr size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

constexpr size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

// To 1e-7 of the value; of less than -87 the smallest normal number or 0.
inline vec exponential(vec x)
{
    // Cephes: x = n log 2 + r, |r| <= log 2 / 2. Adding 1.5 2^23 rounds to a whole
    // number.
    const vec rounding = vec{} + 12582912.0f;
    x = x < -87.0f ? vec{} - 87.0f : x;
    x = x > 88.0f ? vec{} + 88.0f : x;
    const vec shifted = x * 1.44269504f + rounding;
    const vec n = shifted - rounding;
    const vec r = (x - n * 0.693359375f) + n * 2.12194440e-4f;
    vec y = vec{} + 1.9875691500e-4f;
    y = y * r + 1.3981999507e-3f;
    y = y * r + 8.3334519073e-3f;
    y = y * r + 4.1665795894e-2f;
    y = y * r + 1.6666665459e-1f;
    y = y * r + 5.0000001201e-1f;
    y = y * r * r + r + 1.0f;
    return reinterpret_cast<vec>(reinterpret_cast<bits>(y) +
                                 (reinterpret_cast<bits>(shifted) << 23));
}

inline float add_up(vec v)
{
    float sum = 0.0f;
    for (size_t i = 0; i < WIDTH; i++)
        sum += v[i];
    return sum;
}

} // namespace
} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_KERNEL_VECTORS_H
