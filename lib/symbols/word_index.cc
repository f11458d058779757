/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "word_index.h"
#include "words/chance.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace gr {
namespace rfattn {

namespace {

constexpr unsigned LEAST_BITS = 16; // of a word that noise seldom resembles

} // namespace

void word_index::add(const sync_format& format, uint64_t bit)
{
    auto& patterns = format.is_scrambled ? d_clear_patterns : d_patterns;
    if (format.is_hdlc) {
        (format.is_scrambled ? d_clear_flagged : d_flagged) |= bit;
        d_either_flagged |= format.is_phase ? bit : 0;
        patterns.push_back({ FLAGS, FLAGS_MASK, 0 });
    }
    auto& words = format.is_scrambled ? d_clear_words : d_words;
    for (const auto& known : format.levels) {
        words.push_back({ known.sides, known.mask(), format.outer, bit });
        if (!is_short(known, format.outer))
            patterns.push_back({ static_cast<uint32_t>(known.sides),
                                 static_cast<uint32_t>(known.mask()),
                                 format.is_scrambled ? 0 : symbol_row::MOST_DIFFERENT });
    }
    for (const auto& turns : format.turns) {
        const double least = chance::correlation_of(
            0.5 * proof::LEAST, static_cast<double>(turns.size()) - 1.0);
        turned made{ { turns, static_cast<float>(least) }, bit, 0, 0 };
        for (const float turn : made.word.re) {
            made.sides = made.sides << 1 | (turn > 0.0f ? 1 : 0);
            made.mask = made.mask << 1 | 1;
        }
        d_turned.push_back(std::move(made));
    }
}

// Turns of two kinds are compared as bits, either way up, which takes less time.
bool word_index::turned::may_be_in(const symbol_row& row) const
{
    const size_t count = word.re.size();
    if (row.count() <= count)
        return false;
    if (!word.is_real)
        return row.may_correlate(word);
    const size_t wrong = bit_count((row.bits() ^ sides) & mask);
    return std::min(wrong, count - wrong) <= symbol_row::MOST_DIFFERENT;
}

bool word_index::is_short(const level_word& word, size_t outer)
{
    return outer > 0 || bit_count(word.mask()) < LEAST_BITS;
}

namespace {

using row_bits = level_rows::each_row<uint64_t>;
// A compiler knows this type on all processors.
using row_words = uint32_t __attribute__((vector_size(4 * level_rows::ROWS)));

row_words lower_half(const row_bits& bits)
{
    row_words lower;
    for (size_t row = 0; row < level_rows::ROWS; row++)
        lower[row] = static_cast<uint32_t>(bits[row]);
    return lower;
}

// As bit_count() does, for all rows in one instruction: 1 where bits are like a pattern.
row_words are_like(row_words bits, const std::vector<word_index::pattern>& patterns)
{
    row_words any{};
    for (const auto& p : patterns) {
        row_words count = (bits ^ p.sides) & p.mask;
        count -= count >> 1 & 0x55555555;
        count = (count & 0x33333333) + (count >> 2 & 0x33333333);
        count = (count + (count >> 4)) & 0x0F0F0F0F;
        count += count >> 8;
        count = (count + (count >> 16)) & 0x3F;
        any |= reinterpret_cast<row_words>(count <= p.most_different);
    }
    return any & 1;
}

} // namespace

void word_index::look_at(const std::vector<level_rows::symbol>& symbols,
                         std::vector<level_rows::each_row<uint32_t>>& may_have) const
{
    may_have.resize(symbols.size());
    for (size_t k = 0; k < symbols.size(); k++) {
        const auto& s = symbols[k];
        row_words found;
        std::memcpy(&found, s.may_have.data(), sizeof(found));
        found |= are_like(lower_half(s.bits), d_patterns);
        if (!d_clear_patterns.empty())
            found |= are_like(lower_half(s.clear_bits), d_clear_patterns);
        std::memcpy(may_have[k].data(), &found, sizeof(found));
    }
}

uint64_t
word_index::candidates(const symbol_row& row, uint64_t wanted, bool is_tracked) const
{
    const uint64_t bits = row.bits(), clear = row.clear_bits();
    uint64_t found = 0;
    for (const auto& w : d_words)
        if ((w.bit & wanted) != 0 &&
            symbol_row::resemble(bits >> w.behind, w.sides, w.mask))
            found |= w.bit;
    for (const auto& w : d_clear_words)
        found |= ((clear ^ w.sides) & w.mask) == 0 ? w.bit : 0;
    for (const auto& w : d_turned)
        if ((w.bit & wanted) != 0 && w.may_be_in(row))
            found |= w.bit;
    const uint64_t mask = is_tracked ? FLAG_MASK : FLAGS_MASK;
    const uint64_t flag = is_tracked ? FLAG : FLAGS;
    const auto has_flag = [&](uint64_t last) { return (last & mask) == flag; };
    const uint64_t inverse = has_flag(~bits) ? d_flagged : 0,
                   inverse_clear = has_flag(~clear) ? d_clear_flagged : 0;
    found |= (has_flag(bits) ? d_flagged : 0) | (has_flag(clear) ? d_clear_flagged : 0);
    found |= d_either_flagged & (inverse | inverse_clear);
    return found & wanted;
}

} // namespace rfattn
} // namespace gr
