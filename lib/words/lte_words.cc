/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "lte_words.h"

#include <gnuradio/math.h>

#include <complex>
#include <initializer_list>

namespace gr {
namespace rfattn {
namespace lte_words {

namespace {

constexpr size_t LENGTH = 31; // of a sequence of a shift register of five bits
using sequence = std::array<float, LENGTH>;

// Each bit is the sum of those that lie `taps` behind the first of the last five.
sequence of_register(std::initializer_list<size_t> taps)
{
    std::array<int, LENGTH> bits{ 0, 0, 0, 0, 1 };
    for (size_t k = 5; k < LENGTH; k++)
        for (const size_t tap : taps)
            bits[k] ^= bits[k - 5 + tap];
    sequence found;
    for (size_t k = 0; k < LENGTH; k++)
        found[k] = bits[k] ? -1.0f : 1.0f;
    return found;
}

} // namespace

std::array<gr_complex, CARRIERS> primary(size_t sector)
{
    constexpr std::array<double, SECTORS> ROOTS{ 25.0, 29.0, 34.0 };
    std::array<gr_complex, CARRIERS> found;
    for (size_t k = 0; k < CARRIERS; k++) {
        const double n = static_cast<double>(k) + (k < 31 ? 0.0 : 1.0); // 31 is left out
        found[k] =
            gr_complex(std::polar(1.0, -GR_M_PI * ROOTS[sector] * n * (n + 1.0) / 63.0));
    }
    return found;
}

std::array<std::array<float, CARRIERS>, 2> secondary(size_t group, size_t sector)
{
    static const sequence s = of_register({ 0, 2 }), c = of_register({ 0, 3 }),
                          z = of_register({ 0, 1, 2, 4 });
    const size_t tens = group / 30;
    const size_t q = (group + tens * (tens + 1) / 2) / 30;
    const size_t m = group + q * (q + 1) / 2;
    const size_t first = m % LENGTH, second = (first + m / LENGTH + 1) % LENGTH;
    const auto at = [](const sequence& of, size_t n) { return of[n % LENGTH]; };
    std::array<std::array<float, CARRIERS>, 2> found;
    for (size_t half = 0; half < 2; half++) {
        const size_t even = half ? second : first, odd = half ? first : second;
        for (size_t n = 0; n < LENGTH; n++) {
            found[half][2 * n] = at(s, n + even) * at(c, n + sector);
            found[half][2 * n + 1] =
                at(s, n + odd) * at(c, n + sector + 3) * at(z, n + even % 8);
        }
    }
    return found;
}

} // namespace lte_words
} // namespace rfattn
} // namespace gr
