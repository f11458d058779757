/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "word_index.h"

namespace gr {
namespace rfattn {

namespace {

constexpr unsigned LEAST_BITS = 16; // of a word that noise seldom resembles

} // namespace

void word_index::add(const sync_format& format, float least, uint64_t bit)
{
    auto& patterns = format.is_scrambled ? d_clear_patterns : d_patterns;
    if (format.how == sync_format::method::HDLC) {
        (format.is_scrambled ? d_clear_flagged : d_flagged) |= bit;
        d_either_flagged |= format.is_phase ? bit : 0;
        patterns.push_back({ FLAGS, FLAGS_MASK, 0 });
    }
    auto& words = format.is_scrambled ? d_clear_words : d_words;
    for (const auto& known : format.levels) {
        words.push_back({ known.sides, known.mask(), format.outer, bit });
        patterns.push_back({ static_cast<uint32_t>(known.sides),
                             static_cast<uint32_t>(known.mask()),
                             format.is_scrambled ? 0 : symbol_row::MOST_DIFFERENT });
        d_has_short |= format.outer > 0 || bit_count(known.mask()) < LEAST_BITS;
    }
    for (const auto& turns : format.turns)
        d_turned.push_back({ { turns, least }, bit });
}

namespace {

using row_bits = level_rows::each_row<uint64_t>;

// As bit_count() does, of the lower half, for all rows in one instruction.
inline uint32_t any_is_like(const row_bits& bits, const word_index::pattern& p)
{
    level_rows::each_row<uint32_t> any;
    for (size_t row = 0; row < any.size(); row++) {
        uint32_t count = (static_cast<uint32_t>(bits[row]) ^ p.sides) & p.mask;
        count -= count >> 1 & 0x55555555;
        count = (count & 0x33333333) + (count >> 2 & 0x33333333);
        count = (count + (count >> 4)) & 0x0F0F0F0F;
        count += count >> 8;
        count = (count + (count >> 16)) & 0x3F;
        any[row] = count <= p.most_different ? 1 : 0;
    }
    return any[0] | any[1] | any[2] | any[3];
}

} // namespace

void word_index::look_at(const std::vector<level_rows::symbol>& symbols,
                         std::vector<uint32_t>& may_have) const
{
    may_have.assign(symbols.size(), d_has_short ? 1 : 0);
    if (d_has_short)
        return;
    for (const auto& p : d_patterns)
        for (size_t k = 0; k < symbols.size(); k++)
            may_have[k] |= any_is_like(symbols[k].bits, p);
    for (const auto& p : d_clear_patterns)
        for (size_t k = 0; k < symbols.size(); k++)
            may_have[k] |= any_is_like(symbols[k].clear_bits, p);
}

uint64_t word_index::candidates(const symbol_row& row, uint64_t wanted) const
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
        if ((w.bit & wanted) != 0 && row.count() > w.word.re.size() &&
            row.may_correlate(w.word))
            found |= w.bit;
    const uint64_t last = bits & FLAGS_MASK, last_clear = clear & FLAGS_MASK;
    if (last == FLAGS)
        found |= d_flagged;
    if (last_clear == FLAGS)
        found |= d_clear_flagged;
    if (last == (~FLAGS & FLAGS_MASK))
        found |= d_either_flagged & d_flagged;
    if (last_clear == (~FLAGS & FLAGS_MASK))
        found |= d_either_flagged & d_clear_flagged;
    return found & wanted;
}

} // namespace rfattn
} // namespace gr
