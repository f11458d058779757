/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SYMBOL_ROW_H
#define INCLUDED_RFATTN_SYMBOL_ROW_H

#include "sync_words.h"

#include <gnuradio/gr_complex.h>

#include <algorithm>
#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief The last symbols at one moment of a symbol: how far the frequency went, or the
 * turns of the phase.
 *
 * Each is there twice, so that any of them lie in one piece.
 */
class symbol_row {
public:
    static constexpr size_t KEPT = 64;

    //! \param is_centred 0 lies between both levels; else that is measured
    explicit symbol_row(bool is_centred = false) : d_is_centred(is_centred) {}

    uint64_t count() const { return d_count; }
    void add(float level);
    //! \param mean of the samples of a symbol
    void add_mean(std::complex<double> mean);

    /*!
     * Correlation of symbols with a word, from -1 to 1: without their mean, and scaled to
     * their power.
     *
     * \param word without its mean, its power 1
     * \param behind symbols since the word
     */
    float correlation(const std::vector<float>& word, size_t behind = 0) const;
    //! Whether at most so few symbols as a word may miss are on the wrong side.
    bool resembles(const level_word& word, size_t behind = 0) const;
    //! Whether `count` symbols up to `behind` ago are high and low in turn.
    bool alternates(size_t count, size_t behind) const;
    //! How many symbols of the word and behind it have not the size they should: that of
    //! the word, a third of it or all, and behind it all.
    int wrong_sizes(const std::vector<float>& word, size_t behind) const;
    //! Of the last symbol: the square of its distance from the mean of levels, or its
    //! power. The wider the eye of the symbols is open, the more.
    float opening() const { return d_opening; }
    //! The last level, and the mean of `count` up to `behind` symbols ago.
    float last() const { return level(0); }
    float mean(size_t count, size_t behind) const;
    //! The same of turns, 0 to 1, with their mean: an offset of the frequency turns all.
    //! With `is_centred` 0 where it turns them by more than 45 degrees from 0 or 180.
    float correlation(const std::vector<gr_complex>& word, bool is_centred) const;

    //! 64 bits, 1 where a symbol is as the one before it; the last one is the lowest.
    uint64_t bits() const { return d_bits; }
    //! The same without the scrambler 1 + x^12 + x^17.
    uint64_t clear_bits() const { return d_clear; }

private:
    template <class T>
    T sum(const std::array<T, 2 * KEPT>& sums, size_t count, size_t behind = 0) const
    {
        const size_t last = (d_count - 1 - behind) % sums.size();
        return sums[last] - sums[(last + sums.size() - count) % sums.size()];
    }
    // Of the last symbols, at most as many as are kept.
    size_t known() const { return std::min<uint64_t>(d_count, KEPT); }
    void push(double size, double power, std::complex<double> doubled);
    const float* levels(size_t count, size_t behind) const;
    float level(size_t behind) const { return *levels(1, behind); }
    void follow_offset();
    void follow_levels(float level, float oldest);
    void start_sums_anew();
    void add_bit(bool bit);

    bool d_is_centred;
    uint64_t d_count = 0;
    std::array<float, 2 * KEPT> d_levels{};
    std::array<gr_complex, 2 * KEPT> d_turns{};
    std::array<double, 2 * KEPT> d_sums{};   // of levels up to each; of turns: magnitudes
    std::array<double, 2 * KEPT> d_powers{}; // of their squares
    std::array<std::complex<double>, 2 * KEPT> d_doubled{}; // of turns at twice the angle
    std::complex<double> d_before{};
    gr_complex d_axis{ 1.0f, 0.0f }; // of turns by 0 and 180 degrees
    float d_between = 0.0f;          // both levels
    uint64_t d_above = 0;            // a bit for each place of d_levels
    int d_above_count = 0;           // of these
    double d_above_sum = 0.0;        // of their levels
    bool d_was_above = false;
    float d_opening = 0.0f;
    uint64_t d_bits = 0;
    uint64_t d_clear = 0;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SYMBOL_ROW_H
