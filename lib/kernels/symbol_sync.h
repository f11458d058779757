/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SYMBOL_SYNC_H
#define INCLUDED_RFATTN_SYMBOL_SYNC_H

#include "hdlc_reader.h"
#include "sync_hits.h"
#include "sync_words.h"

#include <gnuradio/gr_complex.h>

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gr {
namespace rfattn {

//! What was found: the name of a format, and how many of its frames.
struct sync_found {
    const char* name = nullptr;
    int frames = 0;

    //! The better founded of both.
    static sync_found better(const sync_found& a, const sync_found& b)
    {
        return b.frames > a.frames ? b : a;
    }
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
    double
    sum(const std::array<double, 2 * KEPT>& sums, size_t count, size_t behind = 0) const;
    const float* levels(size_t count, size_t behind) const;
    float level(size_t behind) const { return *levels(1, behind); }
    void follow_offset();
    void start_sums_anew();
    void add_bit(bool bit);

    uint64_t d_count = 0;
    std::array<float, 2 * KEPT> d_levels{};
    std::array<gr_complex, 2 * KEPT> d_turns{};
    std::array<double, 2 * KEPT> d_sums{};   // of levels up to each; of turns: magnitudes
    std::array<double, 2 * KEPT> d_powers{}; // of their squares
    std::array<std::complex<double>, 2 * KEPT> d_doubled{}; // of turns at twice the angle
    std::complex<double> d_before{};
    gr_complex d_axis{ 1.0f, 0.0f }; // of turns by 0 and 180 degrees
    bool d_was_above = false;
    float d_opening = 0.0f;
    uint64_t d_bits = 0;
    uint64_t d_clear = 0;
};

/*!
 * \brief Follows the moment at which the eye of the symbols is widest open.
 *
 * A transmitter's clock, or that of a recording, may drift by more than a symbol in a
 * long frame.
 */
class symbol_tracker {
public:
    static constexpr uint64_t PARTS = 4; //!< moments of a symbol

    //! \param opening of the eye, a power \returns whether this moment is the one
    bool add(float opening);

private:
    float of(uint64_t part) const { return d_openings[part % PARTS]; }

    uint64_t d_count = 0;
    uint64_t d_next = PARTS * 16; // the means of the first symbols are rough
    uint64_t d_moved = 0;
    std::array<float, PARTS> d_openings{}; // means
};

/*!
 * \brief The symbols of an emission at one rate, at four moments of a symbol, and the
 * formats that are looked for in them.
 *
 * Frames with a checksum, which are long, are also read at the moment that a
 * `symbol_tracker` follows.
 */
class symbol_clock {
public:
    static constexpr uint64_t PARTS = symbol_tracker::PARTS;

    //! \param period samples of a symbol \param is_phase else the frequency
    symbol_clock(double baud, double period, bool is_phase);

    double baud() const { return d_baud; }
    bool is_phase() const { return d_is_phase; }
    //! Looks for a format at this rate.
    void add(const sync_format& format);

    //! Begins anew with sample 0 behind a gap; what was found stays.
    void restart();

    /*!
     * Takes all symbols that are complete.
     *
     * \param phase of each sample, unwrapped, radians
     * \param sums of all samples up to each
     * \param first number of the first sample of both
     */
    void run(const std::vector<double>& phase,
             const std::vector<std::complex<double>>& sums,
             uint64_t first);

    //! The first sample that is still needed.
    uint64_t needed() const;

    sync_found found() const;

private:
    static constexpr size_t ROWS = PARTS + 1; // the last one is tracked
    struct frame {
        hdlc_reader reader;
        bool is_inverted = false;
        float middle = 0.0f; // between both levels
        bool is_above = false;
    };
    struct search {
        const sync_format* format;
        bool is_checked; // frames count, not words
        sync_hits hits;
        float least;                      // correlation
        double apart;                     // symbols
        std::array<frame, ROWS> frames{}; // that follow a word
    };

    void look(size_t row);
    bool matches(const search& s, const symbol_row& row) const;
    bool has_frame(search& s, size_t row) const;
    bool begins(const search& s, const symbol_row& row, frame& f) const;
    static uint64_t bits_of(const search& s, const symbol_row& row);

    double d_baud;
    double d_period;
    bool d_is_phase;
    uint64_t d_step = 0;   // parts of a symbol since the gap
    uint64_t d_before = 0; // symbols before it
    std::array<symbol_row, ROWS> d_rows;
    symbol_tracker d_tracker;
    bool d_has_checked = false;
    std::vector<search> d_searches;
};

/*!
 * \brief Looks for the frames of `sync_formats` in an emission.
 */
class symbol_sync {
public:
    //! \param rate Hz \param lower,upper edges of the emission, Hz from the centre
    symbol_sync(double rate, double lower, double upper);

    bool has_formats() const { return !d_clocks.empty(); }
    void add(const gr_complex* samples, size_t count);
    //! What comes does not follow what came.
    void break_off();
    sync_found found() const;

private:
    symbol_clock& clock_of(double baud, bool is_phase);
    void drop_used();

    double d_rate;
    std::vector<float> d_taps; // none: the channel is not wider than the emission
    std::vector<gr_complex> d_held;
    gr_complex d_last{};
    uint64_t d_first = 0; // sample of both that follow
    std::vector<double> d_phase;
    std::vector<std::complex<double>> d_sums;
    std::vector<symbol_clock> d_clocks;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SYMBOL_SYNC_H
