/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "tone_vector.h"
#include "words/chance.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t EVERY = 16; // symbols from look to look
constexpr size_t LEAST = 40; // symbols of a message: fewer cannot prove it
constexpr float ALL = 127.0f;
constexpr size_t TOGETHER = 64; // bins

} // namespace

tone_vector::tone_vector(const tone_format& format,
                         size_t bins,
                         size_t parts,
                         size_t finer)
    : d_format(&format),
      d_bins(bins - std::min(bins, finer * (format.tones() - 1))),
      d_parts(parts),
      d_finer(finer),
      d_symbols(format.vector.size() + EVERY),
      d_values(parts * d_symbols, (d_bins + TOGETHER - 1) / TOGETHER * TOGETHER),
      d_proof(0.0, 1, static_cast<double>(format.vector.size()))
{
}

// Noise: of as many tones for both bits, half of the power is in either. The share of one
// tone among many is above its median as often as below.
void tone_vector::add(uint64_t number, const float* power)
{
    const auto sum_of = [&](const std::vector<int>& tones, size_t bin) {
        float sum = 0.0f;
        for (const int tone : tones)
            sum += power[bin + d_finer * static_cast<size_t>(tone)];
        return sum;
    };
    const auto ratio = static_cast<float>(d_format->zeros.size()) /
                       static_cast<float>(d_format->ones.size());
    int8_t* const value = d_values.begin(number);
    for (size_t bin = 0; bin < d_bins; bin++) {
        const float one = sum_of(d_format->ones, bin);
        const float zero = sum_of(d_format->zeros, bin);
        if (one + zero > 0.0f)
            value[bin] = static_cast<int8_t>(
                std::lround(ALL * (1.0f - 2.0f * std::pow(zero / (one + zero), ratio))));
    }
    d_unseen = number;
    if ((number + 1) % (EVERY * d_parts) == 0)
        look(number);
}

void tone_vector::finish()
{
    if (d_unseen)
        look(*d_unseen);
}

void tone_vector::look(uint64_t last)
{
    d_unseen.reset();
    double bits = 0.0;
    for (uint64_t part = 0; part < d_parts; part++) {
        std::vector<const int8_t*> rows(d_symbols, nullptr);
        for (size_t back = 0; back < d_symbols; back++)
            if (part + d_parts * back <= last)
                rows[d_symbols - 1 - back] = d_values.at(last - part - d_parts * back);
        for (size_t bin = 0; bin < d_bins; bin += TOGETHER)
            bits = std::max(bits, most_bits(rows, bin));
    }
    d_looks += static_cast<double>(d_parts * d_bins * (d_symbols - LEAST));
    if (bits >= proof::LEAST)
        d_proof.add({ static_cast<double>(last) / static_cast<double>(d_parts),
                      bits,
                      std::log2(d_looks) });
}

// Of messages that begin with any symbol and end behind the last look.
double tone_vector::most_bits(const std::vector<const int8_t*>& rows, size_t bin) const
{
    const auto& vector = d_format->vector;
    double most = 0.0;
    for (size_t first = 1; first + LEAST <= rows.size(); first++) {
        std::array<int16_t, TOGETHER> alike{}, all{};
        std::array<int32_t, TOGETHER> energy{};
        int count = 0, sum = 0;
        const size_t seen = std::min(vector.size(), rows.size() - first);
        for (size_t k = 0; k < seen; k++) {
            if (!rows[first + k])
                continue;
            const int8_t* const value = rows[first + k] + bin;
            const auto sign = static_cast<int16_t>(vector[k] ? 1 : -1);
            count++;
            sum += sign;
            for (size_t n = 0; n < TOGETHER; n++) {
                const int16_t v = value[n];
                alike[n] = static_cast<int16_t>(alike[n] + sign * v);
                all[n] = static_cast<int16_t>(all[n] + v);
                energy[n] += v * v;
            }
        }
        if (count < static_cast<int>(LEAST))
            continue;
        double best = 0.0; // sum of one bin, in roots of its energy
        for (size_t n = 0; n < TOGETHER; n++)
            best = std::max(best,
                            (alike[n] - 1.0 * sum * all[n] / count) /
                                std::sqrt(std::max(1, energy[n])));
        most = std::max(most, chance::sign_bits(best, 1.0, static_cast<size_t>(count)));
    }
    return most;
}

} // namespace rfattn
} // namespace gr
