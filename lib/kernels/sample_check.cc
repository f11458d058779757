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

constexpr float FULL_SCALE = 0.99f; // as in detector.cc
constexpr float LARGEST = 1e12f;

// False for NaN, too.
bool is_finite(const gr_complex& sample)
{
    return std::abs(sample.real()) <= LARGEST && std::abs(sample.imag()) <= LARGEST;
}

bool is_saturated(const gr_complex& sample)
{
    return std::abs(sample.real()) >= FULL_SCALE || std::abs(sample.imag()) >= FULL_SCALE;
}

// One pass that vectorises; nearly always there are none.
bool all_below_full_scale(const gr_complex* samples, size_t count)
{
    const auto* values = reinterpret_cast<const float*>(samples);
    int others = 0;
    for (size_t i = 0; i < 2 * count; i++)
        others |= !(std::abs(values[i]) < FULL_SCALE);
    return others == 0;
}

} // namespace

void sample_check::restart()
{
    d_stretches.clear();
    d_non_finite = d_saturated = 0;
}

bool sample_check::add(const gr_complex* samples, size_t count, uint64_t first)
{
    if (all_below_full_scale(samples, count))
        return false;
    uint64_t non_finite = 0, saturated = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_finite(samples[i])) {
            non_finite++;
            note(first + i);
        } else if (is_saturated(samples[i])) {
            saturated++;
        }
    }
    d_non_finite += non_finite;
    d_saturated += saturated;
    return non_finite > 0;
}

void sample_check::note(uint64_t sample)
{
    if (!d_stretches.empty() && sample <= d_stretches.back().end + d_join)
        d_stretches.back().end = sample + 1;
    else
        d_stretches.push_back({ sample, sample + 1 });
}

bool sample_check::touches(uint64_t begin, uint64_t end) const
{
    const auto ends_before = [](const stretch& s, uint64_t sample) {
        return s.end <= sample;
    };
    const auto found =
        std::lower_bound(d_stretches.begin(), d_stretches.end(), begin, ends_before);
    return found != d_stretches.end() && found->begin < end;
}

void sample_check::forget(uint64_t before)
{
    while (!d_stretches.empty() && d_stretches.front().end < before)
        d_stretches.pop_front();
}

void sample_check::copy_finite(const gr_complex* from, size_t count, gr_complex* to)
{
    std::transform(from, from + count, to, [](const gr_complex& sample) {
        return is_finite(sample) ? sample : gr_complex(0.0f, 0.0f);
    });
}

} // namespace rfattn
} // namespace gr
