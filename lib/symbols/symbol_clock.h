/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_SYMBOL_CLOCK_H
#define INCLUDED_RFATTN_SYMBOL_CLOCK_H

#include "level_rows.h"
#include "symbol_row.h"
#include "symbol_tracker.h"
#include "word_index.h"
#include "words/code_reader.h"
#include "words/frame_list.h"
#include "words/frame_reader.h"
#include "words/proof.h"
#include "words/spread_word.h"
#include "words/sync_words.h"

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace gr {
namespace rfattn {

/*!
 * \brief The symbols of an emission at one rate, at four moments of a symbol, and the
 * formats that are looked for in them.
 *
 * Frames with a checksum, which are long, are also read at the moment that a
 * `symbol_tracker` follows, and words whose bits stand apart there alone.
 */
class symbol_clock {
public:
    static constexpr uint64_t PARTS = symbol_tracker::PARTS;

    //! \param period samples of a symbol \param is_phase else the frequency
    //! \param is_centred 0 Hz lies between both frequencies
    symbol_clock(double baud, double period, bool is_phase, bool is_centred = false);

    double baud() const { return d_baud; }
    bool is_phase() const { return d_is_phase; }
    //! How much of a burst is searched, from its start, s; 0: all of it.
    double longest_s() const { return d_longest_s.value_or(0.0); }
    //! Looks for a format at this rate.
    //! \param has_bound whether `longest_s` of the format counts
    //! \param is_proved all frames with the right checksum are some
    void add(const sync_format& format, bool has_bound = true, bool is_proved = false);

    //! Begins anew with sample `first` behind a gap, which is sample 0 from now on; what
    //! was found stays, and the next find may be one period or more behind it.
    void restart(double first);

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

    //! Sums of samples count from this one on.
    void subtract(std::complex<double> sum);

    sync_found found() const { return d_found; }

    //! The frames that were read since they were taken last, each up to once a row. Their
    //! places are in samples since the gap.
    std::vector<checked_frame>& frames() { return d_frames; }

private:
    static constexpr size_t ROWS = PARTS + 1; // the last one is tracked
    static constexpr size_t MOST_READINGS = 4;
    static constexpr size_t WORD_BITS = 64; // of the last symbols
    // A frame behind a word or a flag: any such word may be the right one.
    struct reading {
        frame_reader reader;
        uint64_t begun;               // symbols of the row
        std::vector<uint64_t> kept{}; // of HDLC: the bits since then, but the last ones
        bool is_inverted = false;
        float middle = 0.0f; // between both levels
        bool is_above = false;
        double bits = 0.0; // of what stands before it
    };
    using find = proof::find;
    struct search {
        const sync_format* format;
        bool is_checked; // frames count, not words
        bool is_proved;  // already, by what came before
        proof evidence;
        std::vector<turned_word> turns{};
        double tests = 0.0; // checksums that might have been right
        std::array<std::vector<reading>, ROWS> readings{};
        std::optional<spread_word> spread{};
        std::vector<code_reader> codes{}; // of each row

        bool looks_always() const { return spread || !codes.empty(); }
        uint64_t bits_of(const symbol_row& row) const
        {
            return format->is_scrambled ? row.clear_bits() : row.bits();
        }
    };

    void run_turns(const std::vector<std::complex<double>>& sums, uint64_t first);
    void run_levels(const std::vector<double>& phase, uint64_t first);
    size_t read_levels(const std::vector<double>& phase, uint64_t first);
    void look_always();
    void look(size_t row);
    void check(search& s, size_t row);
    find find_word(search& s, size_t row);
    find find_frame(search& s, size_t row);
    find find_code(search& s, size_t row);
    find complete(search& s, reading& r, const symbol_row& row);
    double look_bits(const search& s) const;
    word_match match(const search& s, const symbol_row& row) const;
    void keep(const search& s, const frame_reader& reader);
    bool is_idle(const search& s, const symbol_row& row) const;
    std::optional<reading> begin(const search& s, size_t row) const;
    bool next_bit(const search& s, const symbol_row& row, reading& r) const;
    static bool read_to_flag(const search& s, const symbol_row& row, reading& r);
    static bool has_clear_word(const search& s, const symbol_row& row);

    double d_baud;
    double d_period;
    bool d_is_phase;
    bool d_is_centred;
    bool d_is_tracked = false;
    std::optional<double> d_longest_s{};
    uint64_t d_step = 0;   // parts of a symbol since the gap
    uint64_t d_looked = 0; // the same before it
    double d_before = 0.0; // symbols until the end of the gap
    // What was added up to the end of the last symbol of each row: one of both.
    std::array<double, PARTS> d_phases{};
    std::array<std::complex<double>, PARTS> d_sums{};
    level_rows d_four; // decides for all but the tracked one, of levels
    std::vector<level_rows::each_row<float>> d_levels;      // of the last samples
    std::vector<level_rows::each_row<uint32_t>> d_may_have; // words in these
    std::array<symbol_row, ROWS> d_rows;
    symbol_tracker d_tracker;
    std::vector<search> d_searches;
    word_index d_words;
    // Bits of the searches that look at a row at all, and at each symbol of it, since
    // they read a frame there or their bits stand apart.
    std::array<uint64_t, ROWS> d_of_row{}, d_reading{};
    uint64_t d_hdlc = 0; // bits of these searches
    sync_found d_found;
    std::vector<checked_frame> d_frames;
};

} // namespace rfattn
} // namespace gr

#endif // INCLUDED_RFATTN_SYMBOL_CLOCK_H
