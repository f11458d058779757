/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "sample_check.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr float FULL_SCALE = 0.99f; // value of detector.cc
constexpr float LARGEST = 1e12f;
constexpr size_t BLOCK = 4096; // samples that an int counts

// False for NaN, too.
bool is_finite(const gr_complex& sample)
{
    return std::abs(sample.real()) <= LARGEST && std::abs(sample.imag()) <= LARGEST;
}

// Samples of which I or Q is a NaN or above a limit, or at it where `or_at`. It has no
// branch that depends on them: it vectorises, and loud samples cost what others do.
template <bool or_at>
uint64_t count_above(const gr_complex* samples, size_t count, float limit)
{
    const auto* values = reinterpret_cast<const float*>(samples);
    uint64_t sum = 0;
    for (size_t begin = 0; begin < count; begin += BLOCK) {
        int above = 0;
        for (size_t i = begin; i < std::min(count, begin + BLOCK); i++) {
            const float real = std::abs(values[2 * i]),
                        imag = std::abs(values[2 * i + 1]);
            above += or_at ? !(real < limit) | !(imag < limit)
                           : !(real <= limit) | !(imag <= limit);
        }
        sum += above;
    }
    return sum;
}

} // namespace

void sample_check::restart()
{
    d_stretches.clear();
    d_non_finite = d_saturated = 0;
}

bool sample_check::add(const gr_complex* samples, size_t count, uint64_t first)
{
    const uint64_t large = count_above<true>(samples, count, FULL_SCALE);
    if (large == 0)
        return false;
    const uint64_t non_finite = count_above<false>(samples, count, LARGEST);
    d_non_finite += non_finite;
    d_saturated += large - non_finite;
    if (non_finite == 0)
        return false;
    for (size_t i = 0; i < count; i++)
        if (!is_finite(samples[i]))
            d_stretches.add(first + i, first + i + 1, d_join);
    return true;
}

void sample_check::copy_finite(const gr_complex* from, size_t count, gr_complex* to)
{
    std::transform(from, from + count, to, [](const gr_complex& sample) {
        return is_finite(sample) ? sample : gr_complex(0.0f, 0.0f);
    });
}

} // namespace rfattn
} // namespace gr
