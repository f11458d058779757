/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_CODE_READER_H
#define INCLUDED_RFATTN_CODE_READER_H

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace gr {
namespace rfattn {

//! How characters differ from other data.
struct character_code {
    struct character {
        uint32_t bits; //!< tell it from others
        bool is_right;
    };

    size_t places;    //!< symbols, at any of which characters may begin
    double by_chance; //!< how often other data is right, at most
    double usual;     //!< how often what transmitters send is right
    //! The one that ends with the lowest bit; marks are 1.
    character (*read)(uint64_t last);

    //! That of a row of a format; nullptr: there is none of this name.
    static const character_code* named(const std::string& name);
};

/*!
 * \brief Reads characters from the sides of symbols, either of which may be the mark.
 *
 * Adds up how much more probable a transmitter makes them than chance, in bits, and
 * begins anew where chance is more probable. By the inequality of Ville, chance makes a
 * sum of b bits behind one beginning in 2^b. Characters that came before add nothing,
 * since any data may be sent again and again.
 */
class code_reader {
public:
    explicit code_reader(const character_code& code);

    //! Returns the most bits of a sum to which the symbol adds.
    //! \param is_same whether it is as the one before it
    double add(bool is_same);
    //! Forgets all characters, as where what comes does not follow what came.
    void restart();

    //! How often sums began.
    double begun() const { return d_begun; }

private:
    static constexpr size_t SEEN_BITS = 11;
    struct run {
        std::bitset<size_t{ 1 } << SEEN_BITS> seen{};
        double bits = 0.0;
    };

    const character_code* d_code;
    bool d_side = false; // of the last symbol
    uint64_t d_last = 0; // the last one is the lowest bit
    size_t d_count = 0;
    std::vector<run> d_runs; // with either mark, for each place of a character
    double d_begun = 0.0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_CODE_READER_H
