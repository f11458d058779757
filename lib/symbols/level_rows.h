/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_LEVEL_ROWS_H
#define INCLUDED_RFATTN_LEVEL_ROWS_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief The bits of two levels of the frequency, at four moments of a symbol.
 *
 * It decides as `symbol_row` does, for four rows at a time, which a compiler does in one
 * instruction.
 */
class level_rows {
public:
    static constexpr size_t ROWS = 4;
    template <class T>
    using each_row = std::array<T, ROWS>;

    //! What symbol_row has of the same names.
    struct symbol {
        each_row<uint64_t> bits{}, clear_bits{};
        each_row<float> opening{};
        each_row<uint32_t> may_have{}; //!< 1 where a word of look_for() may be, else 0
    };

    //! \param is_centred 0 lies between both levels; else that is measured
    explicit level_rows(bool is_centred = false) : d_is_centred(is_centred) {}

    /*!
     * Looks for levels that bits alone tell too little of.
     *
     * \param levels of a word, without their mean, their power 1
     * \param behind symbols since the word; both are at most as many as symbol_row keeps
     * \param least correlation, either way up
     */
    void look_for(const std::vector<float>& levels, size_t behind, float least);

    //! Begins anew, and looks for the same words.
    void restart();

    /*!
     * Adds symbols one behind the other, and replaces what symbols() has by these.
     *
     * \param number of the first symbol, counted from 0
     * \param added levels of each symbol
     * \param begin of the first symbol, the first row that is added
     * \param end of the last symbol, the row behind the last one that is added
     */
    void run(uint64_t number,
             const std::vector<each_row<float>>& added,
             size_t begin,
             size_t end);

    const std::vector<symbol>& symbols() const { return d_symbols; }

private:
    static constexpr size_t KEPT = 64;
    // A compiler knows these types on all processors.
    using floats = float __attribute__((vector_size(4 * ROWS)));
    using flags = int32_t __attribute__((vector_size(4 * ROWS))); // all bits, or none
    using words = uint64_t __attribute__((vector_size(8 * ROWS)));

    struct state {
        floats sum{}; // of the levels that are kept
        // Of those that were above the mean when they came.
        floats above_sum{}, above_count{};
        floats opening{};
        flags is_high{};
        words bits{}, clear{};
    };

    struct word {
        std::vector<float> levels;
        size_t behind;
        float least_squared;
    };

    static floats choose(flags where, floats there, floats else_)
    {
        return reinterpret_cast<floats>((where & reinterpret_cast<flags>(there)) |
                                        (~where & reinterpret_cast<flags>(else_)));
    }
    void add(uint64_t number, const each_row<float>& added, flags rows);
    void keep(const state& next, flags rows);
    void sum_anew(flags rows);
    flags may_have(const word& w, uint64_t number) const;

    bool d_is_centred;
    state d_state;
    std::array<floats, KEPT> d_levels{};
    std::array<floats, KEPT> d_above{}; // 1, else 0
    std::vector<word> d_words;
    std::vector<symbol> d_symbols;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_LEVEL_ROWS_H
