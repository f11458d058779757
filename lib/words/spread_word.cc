/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "spread_word.h"

#include <algorithm>
#include <bitset>

namespace gr {
namespace rfattn {

namespace {

struct window {
    size_t bits;
    size_t most_wrong;
};

constexpr window WINDOWS[] = { { 36, 0 }, { 40, 1 }, { 44, 2 },
                               { 48, 3 }, { 56, 5 }, { 64, 8 } };
constexpr size_t LEAST_BITS = WINDOWS[0].bits;

} // namespace

spread_word::spread_word(const std::string& word, size_t step) : d_columns(step)
{
    uint64_t bits = 0;
    for (const char c : word)
        d_ends.push_back(bits = bits << 1 | (c == '1' ? 1 : 0));
}

void spread_word::restart()
{
    std::fill(d_columns.begin(), d_columns.end(), column());
    d_next = 0;
}

bool spread_word::add(bool bit)
{
    column& c = d_columns[d_next];
    d_next = (d_next + 1) % d_columns.size();
    c.bits = c.bits << 1 | (bit ? 1 : 0);
    c.count++;
    for (size_t end = LEAST_BITS; end <= d_ends.size(); end++)
        if (is_like(c, end))
            return true;
    return false;
}

// Whether the last bits of a column are those of the word before `end`.
bool spread_word::is_like(const column& c, size_t end) const
{
    const uint64_t differing = c.bits ^ d_ends[end - 1];
    for (const auto& w : WINDOWS) {
        if (w.bits > end || w.bits > c.count)
            break;
        const std::bitset<64> wrong(differing << (64 - w.bits));
        if (std::min(wrong.count(), w.bits - wrong.count()) <= w.most_wrong)
            return true;
    }
    return false;
}

} // namespace rfattn
} // namespace gr
