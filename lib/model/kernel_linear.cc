/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "model/kernel_vectors.h"

namespace gr {
namespace rfattn {
namespace {

// ROWS rows of x by PANELS groups of columns.
template <size_t ROWS, size_t PANELS>
void linear_tile(const linear_call& c, size_t row, size_t column)
{
    constexpr size_t N = PANELS * PER_GROUP;
    constexpr size_t PARTS = larger(1, OPEN_SUMS / (ROWS * N)); // parts of the inputs
    const float* x = c.x + row * c.x_stride;
    const float* weights = c.weights + column * c.inputs;
    float* y = c.y + row * c.y_stride + column;
    vec sums[PARTS][ROWS][N] = {};

    const auto add_input = [&](vec(&into)[ROWS][N], size_t i) {
        vec w[N];
#pragma GCC unroll 4
        for (size_t n = 0; n < N; n++) {
            const size_t panel = n / PER_GROUP * c.inputs + i;
            w[n] = load(weights + panel * GROUP + n % PER_GROUP * WIDTH);
        }
#pragma GCC unroll 8
        for (size_t r = 0; r < ROWS; r++) {
            const vec value = vec{} + x[r * c.x_stride + i];
#pragma GCC unroll 4
            for (size_t n = 0; n < N; n++)
                into[r][n] += value * w[n];
        }
    };
    size_t i = 0;
    for (; i + PARTS <= c.inputs; i += PARTS) {
#pragma GCC unroll 8
        for (size_t part = 0; part < PARTS; part++)
            add_input(sums[part], i + part);
    }
    for (; i < c.inputs; i++)
        add_input(sums[0], i);
#pragma GCC unroll 8
    for (size_t r = 0; r < ROWS; r++) {
#pragma GCC unroll 4
        for (size_t n = 0; n < N; n++) {
            vec sum = sums[0][r][n];
#pragma GCC unroll 8
            for (size_t part = 1; part < PARTS; part++)
                sum += sums[part][r][n];
            if (c.bias)
                sum += load(c.bias + column + n * WIDTH);
            float* place = y + r * c.y_stride + n * WIDTH;
            store(place, c.adds ? load(place) + sum : sum);
        }
    }
}

template <size_t ROWS, size_t PANELS>
void linear_rest(const linear_call& c, size_t row, size_t column)
{
    if constexpr (ROWS > 0) {
        if (c.rows - row == ROWS)
            linear_tile<ROWS, PANELS>(c, row, column);
        else
            linear_rest<ROWS - 1, PANELS>(c, row, column);
    }
}

template <size_t PANELS>
size_t linear_panels(const linear_call& c, size_t column)
{
    for (; column + PANELS * GROUP <= c.outputs; column += PANELS * GROUP) {
        size_t row = 0;
        for (; row + TILE_ROWS <= c.rows; row += TILE_ROWS)
            linear_tile<TILE_ROWS, PANELS>(c, row, column);
        linear_rest<TILE_ROWS - 1, PANELS>(c, row, column);
    }
    return column;
}

} // namespace

namespace RFATTN_KERNELS {

void linear(const linear_call& c)
{
    size_t column = linear_panels<TILE_PANELS>(c, 0);
    if (TILE_PANELS > 2)
        column = linear_panels<larger(1, TILE_PANELS / 2)>(c, column);
    if (TILE_PANELS > 1)
        linear_panels<1>(c, column);
}

} // namespace RFATTN_KERNELS
} // namespace rfattn
} // namespace gr
