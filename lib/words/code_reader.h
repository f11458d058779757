/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_CODE_READER_H
#define INCLUDED_RFATTN_CODE_READER_H

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief How much more probable a transmitter makes characters than chance, in bits.
 *
 * The sum begins anew where chance is more probable. By the inequality of Ville, chance
 * makes a sum of b bits behind one beginning in 2^b. Characters that came before add
 * nothing, since any data may be sent again and again.
 */
class code_run {
public:
    //! \param is_right as the code has it \param by_chance how often it is by chance
    //! \param usual how often it is in what transmitters send
    static double bits_of(bool is_right, double by_chance, double usual);

    //! \param code tells it from others, with those before it \returns whether the sum
    //! begins anew
    bool add(uint32_t code, double bits);
    void restart();
    double bits() const { return d_bits; }

private:
    static constexpr size_t SEEN_BITS = 11;

    std::bitset<size_t{ 1 } << SEEN_BITS> d_seen{};
    double d_bits = 0.0;
};

/*!
 * \brief Reads characters from the sides of symbols, either of which may be the mark.
 *
 * Of each, four of seven bits are alike, and it is sent again behind four others.
 */
class code_reader {
public:
    code_reader();

    //! \param is_same whether the symbol is as the one before it
    void add(bool is_same);
    //! Forgets all characters, as where what comes does not follow what came.
    void restart();

    //! Of the sum that has the most.
    double bits() const;
    //! How often sums began.
    double begun() const { return d_begun; }

private:
    bool d_side = false; // of the last symbol
    uint64_t d_last = 0; // the last one is the lowest bit
    size_t d_count = 0;
    std::vector<code_run> d_runs; // with either mark, for each place of a character
    double d_begun;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_CODE_READER_H
