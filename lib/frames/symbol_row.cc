/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "symbol_row.h"

#include <volk/volk.h>

#include <algorithm>
#include <bitset>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr float ALTERNATING = 0.92f; // least correlation
constexpr uint64_t TURNS_A_LOOK = 8;
constexpr size_t MOST_DIFFERENT = 6; // of the sides, two for each wrong symbol

} // namespace

void symbol_row::add(float level)
{
    const float oldest = d_levels[d_count % KEPT];
    d_levels[d_count % KEPT] = d_levels[d_count % KEPT + KEPT] = level;
    push(level, level * level, 0.0);
    const float from_mean = level - mean(known(), 0);
    d_opening = from_mean * from_mean;
    if (!d_is_centred)
        follow_levels(level, oldest);
    const bool above = level > d_between;
    add_bit(above == d_was_above);
    d_was_above = above;
}

void symbol_row::add_mean(std::complex<double> mean)
{
    const gr_complex turn(mean * std::conj(d_before));
    d_before = mean;
    d_opening = static_cast<float>(std::norm(mean));
    const float power = std::norm(turn), magnitude = std::sqrt(power);
    d_turns[d_count % KEPT] = d_turns[d_count % KEPT + KEPT] = turn;
    push(magnitude, power, turn * turn / (magnitude + 1e-30f));
    if (d_count % TURNS_A_LOOK == 0)
        follow_offset();
    add_bit(std::real(turn * std::conj(d_axis)) > 0.0f);
}

void symbol_row::push(double size, double power, std::complex<double> doubled)
{
    const size_t place = d_count % d_sums.size();
    const size_t before = (place + d_sums.size() - 1) % d_sums.size();
    d_sums[place] = d_sums[before] + size;
    d_powers[place] = d_powers[before] + power;
    d_doubled[place] = d_doubled[before] + doubled;
    d_count++;
    if (d_count % d_sums.size() == 0)
        start_sums_anew();
}

// The middle between the means of what was above the mean when it came, and below it,
// since one level may be much more frequent, as in flags of HDLC.
void symbol_row::follow_levels(float level, float oldest)
{
    const auto count = static_cast<double>(known());
    const double all = sum(d_sums, known()), mean = all / count;
    const uint64_t place = uint64_t{ 1 } << (d_count - 1) % KEPT;
    if (d_above & place) {
        d_above_sum -= static_cast<double>(oldest);
        d_above_count--;
        d_above ^= place;
    }
    if (static_cast<double>(level) > mean) {
        d_above_sum += static_cast<double>(level);
        d_above_count++;
        d_above ^= place;
    }
    const double above = d_above_count, below = count - above;
    const double middle = above > 0.0 && below > 0.0
                              ? 0.5 * (d_above_sum / above + (all - d_above_sum) / below)
                              : mean;
    d_between = static_cast<float>(middle);
}

// An offset of the frequency turns all symbols alike: by half the angle that they have
// when doubled, or the opposite; the one nearer to the last is taken.
void symbol_row::follow_offset()
{
    const auto half = static_cast<float>(0.5 * std::arg(sum(d_doubled, known())));
    const gr_complex axis = std::polar(1.0f, half);
    d_axis = std::real(axis * std::conj(d_axis)) < 0.0f ? -axis : axis;
}

// Sums from now on, so that what was strong takes no precision from what is weak.
void symbol_row::start_sums_anew()
{
    const size_t last = (d_count - 1) % d_sums.size();
    const auto subtract = [last](auto& sums) {
        const auto all = sums[last];
        for (auto& sum : sums)
            sum -= all;
    };
    subtract(d_sums);
    subtract(d_powers);
    subtract(d_doubled);
}

void symbol_row::add_bit(bool bit)
{
    d_bits = d_bits << 1 | (bit ? 1 : 0);
    d_clear = d_clear << 1 | ((d_bits ^ d_bits >> 12 ^ d_bits >> 17) & 1);
}

const float* symbol_row::levels(size_t count, size_t behind) const
{
    return &d_levels[(d_count - 1) % KEPT + KEPT + 1 - count - behind];
}

bool symbol_row::resembles(const level_word& word, size_t behind) const
{
    return std::bitset<64>((d_bits >> behind ^ word.sides) & word.mask()).count() <=
           MOST_DIFFERENT;
}

bool symbol_row::alternates(size_t count, size_t behind) const
{
    if (d_count < count + behind)
        return false;
    std::vector<float> word;
    for (size_t k = 0; k < count; k++)
        word.push_back((k % 2 ? 1.0f : -1.0f) / std::sqrt(static_cast<float>(count)));
    return std::abs(correlation(word, behind)) >= ALTERNATING;
}

float symbol_row::mean(size_t count, size_t behind) const
{
    return static_cast<float>(sum(d_sums, count, behind) / static_cast<double>(count));
}

float symbol_row::correlation(const std::vector<float>& word, size_t behind) const
{
    const size_t count = word.size();
    const double mean = sum(d_sums, count, behind) / static_cast<double>(count);
    const double spread =
        sum(d_powers, count, behind) - static_cast<double>(count) * mean * mean;
    float product = 0.0f;
    volk_32f_x2_dot_prod_32f(
        &product, levels(count, behind), word.data(), static_cast<unsigned>(count));
    return spread > 1e-9 ? product / static_cast<float>(std::sqrt(spread)) : 0.0f;
}

int symbol_row::wrong_sizes(const std::vector<float>& word, size_t behind) const
{
    const size_t count = word.size();
    const float middle = mean(count, behind);
    const float* const found = levels(count + behind, 0);
    float scale = 0.0f, outer = 0.0f;
    for (size_t k = 0; k < count; k++) {
        scale += found[k] * word[k];
        outer = std::max(outer, std::abs(word[k]));
    }
    const float between = outer * 2.0f / 3.0f; // the inner levels, and the outer ones
    int wrong = 0;
    for (size_t k = 0; k < count + behind; k++) {
        const bool is_outer = std::abs(found[k] - middle) > between * std::abs(scale);
        const bool should = k >= count || std::abs(word[k]) > between;
        wrong += is_outer != should;
    }
    return wrong;
}

float symbol_row::correlation(const std::vector<gr_complex>& word, bool is_centred) const
{
    const size_t count = word.size();
    const double power = sum(d_powers, count);
    gr_complex product{};
    volk_32fc_x2_conjugate_dot_prod_32fc(
        &product,
        &d_turns[(d_count - 1) % KEPT + KEPT + 1 - count],
        word.data(),
        static_cast<unsigned>(count));
    if (is_centred && std::abs(product.real()) < std::abs(product.imag()))
        return 0.0f;
    return power > 0.0 ? std::abs(product) / static_cast<float>(std::sqrt(power)) : 0.0f;
}

} // namespace rfattn
} // namespace gr
