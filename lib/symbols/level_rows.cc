/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "level_rows.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr float ROUNDING = 0.999f; // symbol_row sums in another order

} // namespace

void level_rows::look_for(const std::vector<float>& levels, size_t behind, float least)
{
    d_words.push_back({ levels, behind, ROUNDING * least * least });
}

void level_rows::restart()
{
    auto kept = std::move(d_words);
    *this = level_rows(d_is_centred);
    d_words = std::move(kept);
}

void level_rows::run(uint64_t number,
                     const std::vector<each_row<float>>& added,
                     size_t begin,
                     size_t end)
{
    d_symbols.resize(added.size());
    for (size_t k = 0; k < added.size(); k++) {
        flags rows{};
        const size_t first = k == 0 ? begin : 0,
                     last = k + 1 == added.size() ? end : ROWS;
        for (size_t row = 0; row < ROWS; row++)
            rows[row] = first <= row && row < last ? -1 : 0;
        add(number + k, added[k], rows);
        symbol& made = d_symbols[k];
        std::memcpy(made.bits.data(), &d_state.bits, sizeof(words));
        std::memcpy(made.clear_bits.data(), &d_state.clear, sizeof(words));
        std::memcpy(made.opening.data(), &d_state.opening, sizeof(floats));
        flags any{};
        for (const auto& w : d_words)
            any |= may_have(w, number + k) & 1;
        std::memcpy(made.may_have.data(), &any, sizeof(flags));
    }
}

// As symbol_row::correlation(), but for the square root: where the levels are all the
// same, it may be anything.
level_rows::flags level_rows::may_have(const word& w, uint64_t number) const
{
    const size_t count = w.levels.size();
    const uint64_t begin = number + KEPT + 1 - count - w.behind;
    const floats first = d_levels[begin % KEPT];
    floats sum{}, square{}, product{};
    for (size_t k = 0; k < count; k++) {
        const floats from = d_levels[(begin + k) % KEPT] - first;
        sum += from;
        square += from * from;
        product += from * w.levels[k];
    }
    const floats spread = square - sum * sum / static_cast<float>(count);
    return product * product >= w.least_squared * spread;
}

// Which levels were above the mean is as good as random: no branch depends on it.
inline void level_rows::add(uint64_t number, const each_row<float>& added, flags rows)
{
    const size_t place = number % KEPT;
    const auto known = static_cast<float>(std::min<uint64_t>(number + 1, KEPT));
    const floats none{}, one = none + 1.0f;
    floats level;
    std::memcpy(&level, added.data(), sizeof(level));
    const floats oldest = d_levels[place], was = d_above[place];
    state next;
    next.sum = d_state.sum + (level - oldest);
    const floats mean = next.sum * (1.0f / known), from_mean = level - mean;
    next.opening = from_mean * from_mean;
    const floats is = choose(level > mean, one, none);
    next.above_count = d_state.above_count + (is - was);
    next.above_sum = d_state.above_sum + (is * level - was * oldest);
    // The middle between the means of those above and of the others, if there are both.
    const floats others = known - next.above_count, product = next.above_count * others;
    const flags has_both = product > 0.0f;
    const floats sums =
        next.above_sum * others + (next.sum - next.above_sum) * next.above_count;
    const floats middle =
        choose(has_both, 0.5f * sums / choose(has_both, product, one), mean);
    next.is_high = level > (d_is_centred ? none : middle);
    const flags same = ~(next.is_high ^ d_state.is_high) & 1;
    next.bits = d_state.bits << 1 | __builtin_convertvector(same, words);
    next.clear =
        d_state.clear << 1 | ((next.bits ^ next.bits >> 12 ^ next.bits >> 17) & 1);
    d_levels[place] = choose(rows, level, oldest);
    d_above[place] = choose(rows, is, was);
    keep(next, rows);
    if (place == KEPT - 1)
        sum_anew(rows);
}

inline void level_rows::keep(const state& next, flags rows)
{
    const auto wide =
        __builtin_convertvector(rows, int64_t __attribute__((vector_size(8 * ROWS))));
    const auto where = reinterpret_cast<words>(wide);
    d_state.sum = choose(rows, next.sum, d_state.sum);
    d_state.above_sum = choose(rows, next.above_sum, d_state.above_sum);
    d_state.above_count = choose(rows, next.above_count, d_state.above_count);
    d_state.opening = choose(rows, next.opening, d_state.opening);
    d_state.is_high = (rows & next.is_high) | (~rows & d_state.is_high);
    d_state.bits = (where & next.bits) | (~where & d_state.bits);
    d_state.clear = (where & next.clear) | (~where & d_state.clear);
}

// What was strong takes no precision from what is weak.
void level_rows::sum_anew(flags rows)
{
    floats sum{}, above_sum{};
    for (size_t place = 0; place < KEPT; place++) {
        sum += d_levels[place];
        above_sum += d_above[place] * d_levels[place];
    }
    d_state.sum = choose(rows, sum, d_state.sum);
    d_state.above_sum = choose(rows, above_sum, d_state.above_sum);
}

} // namespace rfattn
} // namespace gr
