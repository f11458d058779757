/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_WORD_INDEX_H
#define INCLUDED_RFATTN_WORD_INDEX_H

#include "level_rows.h"
#include "symbol_row.h"
#include "words/sync_words.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief States which of many formats may have a word, or the flag before a frame, at
 * the last symbol of a row.
 *
 * Almost no symbol has one. What a format needs besides, such as the correlation, takes
 * longer, and its search looks at that where this class names it.
 */
class word_index {
public:
    static constexpr uint64_t FLAG = 0x7E, FLAG_MASK = 0xFF; //!< of HDLC
    static constexpr uint64_t FLAGS = 0x7E7E7E, FLAGS_MASK = 0xFFFFFF;

    //! \param bit for the format
    void add(const sync_format& format, uint64_t bit);

    //! Whether noise often resembles the bits of a word: look_at() needs level_rows that
    //! look for it. \param outer symbols behind it that all have the outer levels
    static bool is_short(const level_word& word, size_t outer);

    //! States for each row of each symbol whether any format of levels may have one: 1,
    //! else 0. Of all symbols it takes less time than candidates() of few.
    void look_at(const std::vector<level_rows::symbol>& symbols,
                 std::vector<level_rows::each_row<uint32_t>>& may_have) const;

    //! The bits of all formats that may have one, of `wanted` ones.
    //! \param is_tracked one flag is enough, else three are needed: readings of what
    //! follows each would take most of the time
    uint64_t candidates(const symbol_row& row, uint64_t wanted, bool is_tracked) const;

    //! The part of a word that is compared first, or the flags of HDLC.
    struct pattern {
        uint32_t sides, mask, most_different;
    };

private:
    struct word {
        uint64_t sides, mask;
        size_t behind; // symbols
        uint64_t bit;
    };
    struct turned {
        turned_word word;
        uint64_t bit;
        uint64_t sides, mask; // of a real word

        bool may_be_in(const symbol_row& row) const;
    };

    std::vector<word> d_words, d_clear_words; // these behind a scrambler
    std::vector<pattern> d_patterns, d_clear_patterns;
    std::vector<turned> d_turned;
    // Formats with a flag: in bits, in bits of which both values may be a 1, and in bits
    // behind a scrambler.
    uint64_t d_flagged = 0, d_either_flagged = 0, d_clear_flagged = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_WORD_INDEX_H
