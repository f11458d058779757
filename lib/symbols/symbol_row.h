/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SYMBOL_ROW_H
#define INCLUDED_RFATTN_SYMBOL_ROW_H

#include "base/bit_count.h"
#include "words/sync_words.h"

#include <gnuradio/gr_complex.h>

#include <algorithm>
#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

//! A word of turns, prepared for symbol_row::may_correlate().
struct turned_word {
    //! \param least correlation
    turned_word(const std::vector<gr_complex>& turns, float least);

    std::vector<float> re, im;
    bool is_real;
    float least_squared; //!< of the correlation
};

//! How improbable it is that symbols are like a word, in bits.
struct word_match {
    double bits = 0.0;      //!< by chance of any kind
    double data_bits = 0.0; //!< in random data
    uint64_t wrong = 0;     //!< a bit for each symbol that differs
};

/*!
 * \brief The last symbols at one moment of a symbol: how far the frequency went, or the
 * turns of the phase.
 *
 * Each is there twice, so that any of them lie in one piece.
 */
class symbol_row {
public:
    static constexpr size_t KEPT = 64;
    static constexpr unsigned MOST_DIFFERENT = 6; //!< sides, two for each wrong symbol

    //! \param is_centred 0 lies between both levels; else that is measured
    explicit symbol_row(bool is_centred = false) : d_is_centred(is_centred) {}

    uint64_t count() const { return d_count; }
    inline void add(float level);
    //! The same with the bits that level_rows has up to this level.
    void add(float level, uint64_t bits, uint64_t clear)
    {
        d_levels[d_count % KEPT] = d_levels[d_count % KEPT + KEPT] = level;
        d_count++;
        d_bits = bits;
        d_clear = clear;
    }
    //! \param mean of the samples of a symbol
    inline void add_mean(std::complex<double> mean);

    /*!
     * Correlation of symbols with a word, from -1 to 1: without their mean, and scaled to
     * their power.
     *
     * \param word without its mean, its power 1
     * \param behind symbols since the word
     */
    float correlation(const std::vector<float>& word, size_t behind = 0) const;
    //! Whether about as few symbols as a word may miss are on the wrong side.
    bool resembles(const level_word& word, size_t behind = 0) const
    {
        return resemble(d_bits >> behind, word.sides, word.mask());
    }
    static bool resemble(uint64_t bits, uint64_t sides, uint64_t mask)
    {
        return bit_count((bits ^ sides) & mask) <= MOST_DIFFERENT;
    }
    /*!
     * How improbable it is that these levels are like a word by chance: the less of what
     * the correlation with noise and the symbols of random data tell. 0: below `least`.
     *
     * \param behind symbols since the word, which all have the outer size
     */
    word_match match(const level_word& word, size_t behind, double least) const;
    //! The same of turns, and of symbols that alternate up to so many symbols ago.
    word_match match(const turned_word& word, bool is_centred, double least) const;
    double preamble_bits(size_t behind, bool is_phase) const;
    //! Of the last symbol: the square of its distance from the mean of levels, or its
    //! power. The wider the eye of the symbols is open, the more.
    float opening() const { return d_opening; }
    //! The last level, and the mean of `count` up to `behind` symbols ago.
    float last() const { return level(0); }
    float mean(size_t count, size_t behind) const;
    //! The same of turns, 0 to 1, with their mean: an offset of the frequency turns all.
    //! With `is_centred` 0 where it turns them by more than 45 degrees from 0 or 180.
    float correlation(const turned_word& word, bool is_centred) const;
    //! Whether that correlation may be as high as the word needs, which takes less time.
    bool may_correlate(const turned_word& word) const;

    //! 64 bits, 1 where a symbol is as the one before it; the last one is the lowest.
    uint64_t bits() const { return d_bits; }
    //! The same without the scrambler 1 + x^12 + x^17.
    uint64_t clear_bits() const { return d_clear; }

private:
    static constexpr uint64_t TURNS_A_LOOK = 8;
    // Of all numbers up to KEPT; of 0: 0.
    static constexpr auto INVERSES = [] {
        std::array<double, KEPT + 1> found{};
        for (size_t k = 1; k < found.size(); k++)
            found[k] = 1.0 / static_cast<double>(k);
        return found;
    }();

    // Of the last symbols, at most as many as are kept.
    size_t known() const { return std::min<uint64_t>(d_count, KEPT); }
    const float* levels(size_t count, size_t behind) const
    {
        return &d_levels[(d_count - 1) % KEPT + KEPT + 1 - count - behind];
    }
    float level(size_t behind) const { return *levels(1, behind); }
    double power(size_t count) const
    {
        const size_t last = (d_count - 1) % d_powers.size();
        return d_powers[last] -
               d_powers[(last + d_powers.size() - count) % d_powers.size()];
    }
    double correlation_beside_tone(const std::vector<float>& word, size_t behind) const;
    gr_complex product_with(const turned_word& word) const;
    double size_bits(const std::vector<float>& word, size_t behind, size_t& wrong) const;
    double mean_of_all() const { return d_sum * INVERSES[known()]; }
    inline void follow_levels(float level, float oldest);
    inline void keep(gr_complex turn);
    void add_doubled();
    void follow_offset();
    void sum_levels_anew();
    void sum_turns_anew();
    inline void add_bit(bool bit)
    {
        d_bits = d_bits << 1 | (bit ? 1 : 0);
        d_clear = d_clear << 1 | ((d_bits ^ d_bits >> 12 ^ d_bits >> 17) & 1);
    }

    bool d_is_centred;
    uint64_t d_count = 0;
    uint64_t d_bits = 0;
    uint64_t d_clear = 0;
    float d_opening = 0.0f;
    // Of levels.
    float d_between = 0.0f;   // both levels
    uint64_t d_above = 0;     // a bit for each place of d_levels
    size_t d_above_count = 0; // of these
    double d_above_sum = 0.0; // of their levels
    double d_sum = 0.0;       // of all that are known
    bool d_was_above = false;
    std::array<float, 2 * KEPT> d_levels{};
    // Of turns.
    std::complex<double> d_before{};
    gr_complex d_axis{ 1.0f, 0.0f }; // of turns by 0 and 180 degrees
    std::complex<double> d_doubled_sum{};
    std::array<float, 2 * KEPT> d_re{}, d_im{}; // of turns
    std::array<double, 2 * KEPT> d_powers{};    // sums up to each
    std::array<gr_complex, KEPT> d_doubled{};   // turns at twice the angle
};

inline void symbol_row::add(float level)
{
    const size_t place = d_count % KEPT;
    const float oldest = d_levels[place];
    d_levels[place] = d_levels[place + KEPT] = level;
    d_count++;
    d_sum += static_cast<double>(level) - static_cast<double>(oldest);
    const float from_mean = level - static_cast<float>(mean_of_all());
    d_opening = from_mean * from_mean;
    if (!d_is_centred)
        follow_levels(level, oldest);
    const bool above = level > d_between;
    add_bit(above == d_was_above);
    d_was_above = above;
    if (d_count % KEPT == 0)
        sum_levels_anew();
}

// The middle between the means of what was above the mean when it came, and below it,
// since one level may be much more frequent, as in flags of HDLC. Which levels were above
// is as good as random: no branch depends on it.
inline void symbol_row::follow_levels(float level, float oldest)
{
    const double mean = mean_of_all();
    const size_t place = (d_count - 1) % KEPT;
    const uint64_t was = d_above >> place & 1;
    const uint64_t is = static_cast<double>(level) > mean ? 1 : 0;
    d_above ^= (was ^ is) << place;
    d_above_count += is - was;
    d_above_sum += static_cast<double>(is) * static_cast<double>(level) -
                   static_cast<double>(was) * static_cast<double>(oldest);
    const size_t below = known() - d_above_count;
    const bool has_both = d_above_count > 0 && below > 0;
    d_between =
        static_cast<float>(has_both ? 0.5 * (d_above_sum * INVERSES[d_above_count] +
                                             (d_sum - d_above_sum) * INVERSES[below])
                                    : mean);
}

inline void symbol_row::add_mean(std::complex<double> mean)
{
    const double re = mean.real(), im = mean.imag();
    const double before_re = d_before.real(), before_im = d_before.imag();
    const gr_complex turn(static_cast<float>(re * before_re + im * before_im),
                          static_cast<float>(im * before_re - re * before_im));
    d_before = mean;
    d_opening = static_cast<float>(re * re + im * im);
    keep(turn);
    if (d_count % TURNS_A_LOOK == 0) {
        add_doubled();
        if (d_count % d_powers.size() == 0)
            sum_turns_anew();
        follow_offset();
    }
    add_bit(turn.real() * d_axis.real() + turn.imag() * d_axis.imag() > 0.0f);
}

inline void symbol_row::keep(gr_complex turn)
{
    const float re = turn.real(), im = turn.imag(), power = re * re + im * im;
    const size_t place = d_count % KEPT, in_powers = d_count % d_powers.size();
    d_re[place] = d_re[place + KEPT] = re;
    d_im[place] = d_im[place + KEPT] = im;
    d_powers[in_powers] = d_powers[(in_powers + d_powers.size() - 1) % d_powers.size()] +
                          static_cast<double>(power);
    d_count++;
}

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SYMBOL_ROW_H
