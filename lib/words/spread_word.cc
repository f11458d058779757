/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "spread_word.h"
#include "base/bit_count.h"
#include "chance.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t KEPT = 64;
constexpr size_t LEAST_BITS = 28, MOST_WRONG = 6; // one of so many

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

double spread_word::add(bool bit)
{
    column& c = d_columns[d_next];
    d_next = (d_next + 1) % d_columns.size();
    c.bits = c.bits << 1 | (bit ? 1 : 0);
    c.count++;
    double most = 0.0;
    for (size_t end = LEAST_BITS; end <= d_ends.size(); end++)
        most = std::max(most, bits_of(c, end));
    return most;
}

double spread_word::look_bits() const
{
    return std::log2(static_cast<double>(d_ends.size() - LEAST_BITS + 1));
}

// Of the last bits of a column, as those of the word before `end`: all that there are.
double spread_word::bits_of(const column& c, size_t end) const
{
    const size_t count = std::min<uint64_t>({ end, c.count, KEPT });
    if (count < LEAST_BITS)
        return 0.0;
    const size_t wrong = bit_count((c.bits ^ d_ends[end - 1]) << (KEPT - count));
    const size_t least = std::min(wrong, count - wrong);
    return least <= count / MOST_WRONG ? chance::match_bits(count, least) : 0.0;
}

} // namespace rfattn
} // namespace gr
