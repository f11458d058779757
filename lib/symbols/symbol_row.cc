/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "symbol_row.h"
#include "words/chance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t PREAMBLE = 16; // symbols

// Four sums at a time are independent.
float dot(const float* x, const float* y, size_t count)
{
    float a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f;
    size_t k = 0;
    for (; k + 4 <= count; k += 4) {
        a += x[k] * y[k];
        b += x[k + 1] * y[k + 1];
        c += x[k + 2] * y[k + 2];
        d += x[k + 3] * y[k + 3];
    }
    for (; k < count; k++)
        a += x[k] * y[k];
    return (a + b) + (c + d);
}

} // namespace

// Those since the last look, all at a time.
void symbol_row::add_doubled()
{
    const size_t first = (d_count - TURNS_A_LOOK) % KEPT;
    std::array<gr_complex, TURNS_A_LOOK> added;
    for (size_t k = 0; k < added.size(); k++) {
        const float re = d_re[first + k], im = d_im[first + k];
        const float scale = 1.0f / (std::sqrt(re * re + im * im) + 1e-30f);
        added[k] = { (re * re - im * im) * scale, 2.0f * re * im * scale };
    }
    for (size_t k = 0; k < added.size(); k++) {
        auto& kept = d_doubled[first + k];
        d_doubled_sum += std::complex<double>(added[k]) - std::complex<double>(kept);
        kept = added[k];
    }
}

// An offset of the frequency turns all symbols alike: by half the angle that they have
// when doubled, or the opposite; the one nearer to the last is taken.
void symbol_row::follow_offset()
{
    const double length = std::sqrt(std::norm(d_doubled_sum));
    const double cosine = length > 0.0 ? d_doubled_sum.real() / length : 1.0;
    const double sine_of_half = std::sqrt(std::max(0.0, 0.5 * (1.0 - cosine)));
    const gr_complex axis(
        static_cast<float>(std::sqrt(std::max(0.0, 0.5 * (1.0 + cosine)))),
        static_cast<float>(std::copysign(sine_of_half, d_doubled_sum.imag())));
    d_axis = std::real(axis * std::conj(d_axis)) < 0.0f ? -axis : axis;
}

// Sums from now on, so that what was strong takes no precision from what is weak.
void symbol_row::sum_levels_anew()
{
    d_sum = d_above_sum = 0.0;
    for (size_t place = 0; place < KEPT; place++) {
        const auto level = static_cast<double>(d_levels[place]);
        d_sum += level;
        d_above_sum += d_above >> place & 1 ? level : 0.0;
    }
}

void symbol_row::sum_turns_anew()
{
    const double all = d_powers.back();
    for (double& power : d_powers)
        power -= all;
    d_doubled_sum = 0.0;
    for (const gr_complex doubled : d_doubled)
        d_doubled_sum += std::complex<double>(doubled);
}

float symbol_row::mean(size_t count, size_t behind) const
{
    const float* const first = levels(count, behind);
    return static_cast<float>(std::accumulate(first, first + count, 0.0) /
                              static_cast<double>(count));
}

// From the first level on: where the frequency is far off, squares have no digits left
// for the spread. Four sums at a time are independent.
float symbol_row::correlation(const std::vector<float>& word, size_t behind) const
{
    constexpr size_t LANES = 4;
    const size_t count = word.size();
    const float* const found = levels(count, behind);
    const float first = found[0];
    std::array<float, LANES> sum{}, square{}, product{};
    const auto add = [&](size_t k, size_t lane) {
        const float from = found[k] - first;
        sum[lane] += from;
        square[lane] += from * from;
        product[lane] += from * word[k];
    };
    size_t k = 0;
    for (; k + LANES <= count; k += LANES)
        for (size_t lane = 0; lane < LANES; lane++)
            add(k + lane, lane);
    for (size_t lane = 0; k < count; lane++)
        add(k++, lane);
    const auto total = [](const auto& lanes) {
        return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    };
    const float all = total(sum);
    const float spread = total(square) - all * all / static_cast<float>(count);
    return spread > 1e-9f ? total(product) / std::sqrt(spread) : 0.0f;
}

// The correlation of what neither a mean nor levels that alternate explain: a tone of
// half the symbol rate is like a word that mostly alternates.
double symbol_row::correlation_beside_tone(const std::vector<float>& word,
                                           size_t behind) const
{
    const size_t count = word.size();
    const float* const found = levels(count, behind);
    const double middle = mean(count, behind), odd = static_cast<double>(count % 2);
    const double tone_mean = odd / static_cast<double>(count);
    double square = 0.0, product = 0.0, found_tone = 0.0, word_tone = 0.0;
    for (size_t k = 0; k < count; k++) {
        const double level = static_cast<double>(found[k]) - middle;
        const double tone = (k % 2 ? -1.0 : 1.0) - tone_mean;
        square += level * level;
        product += level * static_cast<double>(word[k]);
        found_tone += level * tone;
        word_tone += static_cast<double>(word[k]) * tone;
    }
    const double power = static_cast<double>(count) - tone_mean;
    const double rest = (square - found_tone * found_tone / power) *
                        (1.0 - word_tone * word_tone / power);
    return rest > 1e-9 ? (product - found_tone * word_tone / power) / std::sqrt(rest)
                       : 0.0;
}

// Random data of a transmitter has sharp symbols, and noise has none: the less of both.
word_match symbol_row::match(const level_word& word, size_t behind, double least) const
{
    const size_t count = word.levels.size();
    if (d_count < count + behind || !resembles(word, behind))
        return {};
    const auto found = static_cast<double>(correlation(word.levels, behind));
    const auto bits_of = [count](double correlation, double fitted) {
        return chance::correlation_bits(correlation, static_cast<double>(count) - fitted);
    };
    if (bits_of(found, 2.0) < least)
        return {};
    const double of_noise = bits_of(correlation_beside_tone(word.levels, behind), 3.0);
    if (of_noise < least)
        return {};
    const float middle = mean(count, behind);
    const float* const levels_of = levels(count, behind);
    uint64_t differs = 0;
    for (size_t k = 0; k < count; k++)
        differs |=
            uint64_t{ ((levels_of[k] - middle) * found > 0.0) != (word.levels[k] > 0.0f) }
            << k;
    double of_data = chance::match_bits(count, bit_count(differs));
    size_t wrong = 0;
    if (word.has_sizes)
        of_data += size_bits(word.levels, behind, wrong);
    const auto of_behind = static_cast<double>(wrong == 0 ? behind : 0);
    const double bits = std::min(of_noise + of_behind, of_data);
    const bool is_match = bits >= least && (behind == 0 || wrong == 0);
    const float near = 0.5f / std::sqrt(static_cast<float>(count)); // on neither side
    for (size_t k = 0; k < count; k++)
        differs &= ~(uint64_t{ std::abs(word.levels[k]) < near } << k);
    return is_match ? word_match{ bits, of_data, differs } : word_match{};
}

word_match symbol_row::match(const turned_word& word, bool is_centred, double least) const
{
    const size_t count = word.re.size();
    if (d_count <= count)
        return {};
    const double of_noise =
        2.0 * chance::correlation_bits(static_cast<double>(correlation(word, is_centred)),
                                       static_cast<double>(count) - 1.0);
    if (of_noise < least)
        return {};
    const gr_complex offset = product_with(word);
    const size_t first = (d_count - 1) % KEPT + KEPT + 1 - count;
    uint64_t differs = 0;
    for (size_t k = 0; k < count; k++) {
        const gr_complex from = gr_complex(d_re[first + k], d_im[first + k]) *
                                std::conj(gr_complex(word.re[k], word.im[k]) * offset);
        const float aside = word.is_real ? 0.0f : std::abs(from.imag());
        differs |= uint64_t{ from.real() <= aside } << k;
    }
    const double of_data =
        chance::match_bits(count, bit_count(differs), word.is_real ? 2 : 4);
    const double bits = std::min(of_noise, of_data);
    return bits >= least ? word_match{ bits, of_data, differs } : word_match{};
}

// Levels alternate where no symbol is as the one before it.
double symbol_row::preamble_bits(size_t behind, bool is_phase) const
{
    constexpr uint64_t MASK = (uint64_t{ 1 } << (PREAMBLE - 1)) - 1;
    const uint64_t before = d_bits >> behind & MASK;
    const size_t wrong = bit_count(is_phase ? before ^ (0x5555 & MASK) : before);
    const size_t least = is_phase ? std::min(wrong, PREAMBLE - 1 - wrong) : wrong;
    return d_count < behind + PREAMBLE ? 0.0 : chance::match_bits(PREAMBLE, least);
}

// An outer symbol is as probable as before the word: in data of two levels most are.
double
symbol_row::size_bits(const std::vector<float>& word, size_t behind, size_t& wrong) const
{
    const size_t count = word.size(), all = count + behind, before = known() - all;
    const float middle = mean(count, behind);
    const float* const found = levels(all, 0);
    float scale = 0.0f, outer = 0.0f;
    for (size_t k = 0; k < count; k++) {
        scale += found[k] * word[k];
        outer = std::max(outer, std::abs(word[k]));
    }
    const float between = outer * 2.0f / 3.0f; // the inner levels, and the outer ones
    const auto is_outer = [&](float level) {
        return std::abs(level - middle) > between * std::abs(scale);
    };
    const auto others = std::count_if(found - before, found, is_outer);
    const double share =
        (static_cast<double>(others) + 1.0) / (static_cast<double>(before) + 2.0);
    double bits = 0.0;
    wrong = 0;
    for (size_t k = 0; k < all; k++) {
        const bool should = k >= count || std::abs(word[k]) > between;
        wrong += is_outer(found[k]) != should ? 1 : 0;
        bits -= std::log2(should ? share : 1.0 - share);
    }
    return chance::match_bits(all + 1, wrong) *
           std::min(1.0, bits / static_cast<double>(all));
}

turned_word::turned_word(const std::vector<gr_complex>& turns, float least)
{
    for (const gr_complex turn : turns) {
        re.push_back(turn.real());
        im.push_back(turn.imag());
    }
    // A hair's breadth in turns that stand for 0 or 180 degrees is of rounding.
    is_real = std::all_of(
        im.begin(), im.end(), [](float value) { return std::abs(value) < 1e-6f; });
    constexpr float ROUNDING = 1.0f - 1e-3f;
    least_squared = ROUNDING * least * least;
}

gr_complex symbol_row::product_with(const turned_word& word) const
{
    const size_t count = word.re.size();
    const size_t first = (d_count - 1) % KEPT + KEPT + 1 - count;
    const float *const re = &d_re[first], *const im = &d_im[first];
    const float *const word_re = word.re.data(), *const word_im = word.im.data();
    gr_complex product(dot(re, word_re, count), dot(im, word_re, count));
    if (!word.is_real)
        product += gr_complex(dot(im, word_im, count), -dot(re, word_im, count));
    return product;
}

bool symbol_row::may_correlate(const turned_word& word) const
{
    const auto all = static_cast<float>(power(word.re.size()));
    return all > 0.0f && std::norm(product_with(word)) >= word.least_squared * all;
}

float symbol_row::correlation(const turned_word& word, bool is_centred) const
{
    const gr_complex product = product_with(word);
    const double all = power(word.re.size());
    if (is_centred && std::abs(product.real()) < std::abs(product.imag()))
        return 0.0f;
    return all > 0.0 ? std::abs(product) / static_cast<float>(std::sqrt(all)) : 0.0f;
}

} // namespace rfattn
} // namespace gr
