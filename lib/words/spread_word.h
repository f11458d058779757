/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SPREAD_WORD_H
#define INCLUDED_RFATTN_SPREAD_WORD_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief Looks for a known word whose bits stand apart, with others between them.
 *
 * Any part of the word counts. All bits may be inverted.
 */
class spread_word {
public:
    //! \param word of 0 and 1 \param step from each of its bits to the next
    spread_word(const std::string& word, size_t step);

    void restart();
    //! Takes the next bit. \returns how improbable the part of the word is that ends with
    //! it, in bits
    double add(bool bit);
    //! log2 of the parts that each bit may end.
    double look_bits() const;

private:
    struct column {
        uint64_t bits = 0; // the last one is the lowest
        uint64_t count = 0;
    };

    double bits_of(const column& c, size_t end) const;

    std::vector<uint64_t> d_ends; // of the word up to each of its bits
    std::vector<column> d_columns;
    size_t d_next = 0; // column
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SPREAD_WORD_H
