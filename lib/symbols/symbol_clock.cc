/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "symbol_clock.h"
#include "base/interpolation.h"
#include "words/chance.h"

#include <gnuradio/math.h>

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t SCRAMBLER = 17; // symbols

double words_of(const sync_format& format)
{
    return static_cast<double>(
        std::max<size_t>(1, format.levels.size() + format.turns.size()));
}

} // namespace

symbol_clock::symbol_clock(double baud, double period, bool is_phase, bool is_centred)
    : d_baud(baud),
      d_period(period),
      d_is_phase(is_phase),
      d_is_centred(is_centred),
      d_four(is_centred)
{
    d_rows.fill(symbol_row(is_centred));
}

void symbol_clock::add(const sync_format& format, bool has_bound, bool is_proved)
{
    const bool is_checked = format.has_checksum(), is_spread = format.step > 0;
    const uint64_t bit = uint64_t{ 1 } << d_searches.size();
    d_is_tracked |= is_checked || is_spread;
    const bool is_bounded = has_bound && format.longest_s > 0.0 && d_longest_s != 0.0;
    d_longest_s = is_bounded ? std::max(longest_s(), format.longest_s) : 0.0;
    const size_t shortest =
        is_checked ? 8 * format.follows.least_octets : format.length();
    d_searches.push_back(
        { &format,
          is_checked,
          is_proved,
          proof(format.period, words_of(format), 0.5 * static_cast<double>(shortest)) });
    for (const auto& word : format.turns)
        d_searches.back().turns.emplace_back(word, 0.0f);
    if (is_spread)
        d_searches.back().spread.emplace(format.spread, format.step);
    for (const auto& word : format.levels)
        if (word_index::is_short(word, format.outer))
            d_four.look_for(
                word.levels,
                format.outer,
                static_cast<float>(chance::correlation_of(
                    proof::LEAST, static_cast<double>(word.levels.size()) - 2.0)));
    d_words.add(format, bit);
    d_hdlc |= format.is_hdlc ? bit : 0;
    for (size_t row = 0; row < ROWS; row++)
        if (is_checked || is_spread == (row == PARTS))
            d_of_row[row] |= bit;
    if (format.code)
        d_searches.back().codes.assign(PARTS, code_reader(*format.code));
    look_always();
}

// At all symbols of the rows where a search needs each.
void symbol_clock::look_always()
{
    d_reading.fill(0);
    for (size_t k = 0; k < d_searches.size(); k++)
        for (size_t row = 0; row < ROWS; row++)
            if (d_searches[k].looks_always())
                d_reading[row] |= d_of_row[row] & uint64_t{ 1 } << k;
}

void symbol_clock::restart(double first)
{
    d_before = first / d_period;
    d_looked += d_step;
    d_step = 0;
    d_four.restart();
    d_rows.fill(symbol_row(d_is_centred));
    d_tracker = symbol_tracker();
    for (auto& s : d_searches) {
        s.readings = {};
        if (s.spread)
            s.spread->restart();
        for (auto& code : s.codes)
            code.restart();
    }
    look_always();
}

uint64_t symbol_clock::needed() const
{
    return static_cast<uint64_t>(static_cast<double>(d_step) * d_period / PARTS);
}

void symbol_clock::subtract(std::complex<double> sum)
{
    for (auto& end : d_sums)
        end -= sum;
}

void symbol_clock::run(const std::vector<double>& phase,
                       const std::vector<std::complex<double>>& sums,
                       uint64_t first)
{
    if (d_is_phase)
        run_turns(sums, first);
    else
        run_levels(phase, first);
}

// A symbol of a row begins where the one before it ended.
void symbol_clock::run_turns(const std::vector<std::complex<double>>& sums,
                             uint64_t first)
{
    const double last = static_cast<double>(first + sums.size()) - 2.0;
    for (;; d_step++) {
        const double begin = static_cast<double>(d_step) * d_period / PARTS;
        if (begin + d_period > last)
            return;
        const double place = begin - static_cast<double>(first);
        const size_t number = d_step % PARTS;
        const auto before = d_step < PARTS ? value_at(sums, place) : d_sums[number];
        d_sums[number] = value_at(sums, place + d_period);
        d_rows[number].add_mean(d_sums[number] - before);
        look(number);
        if (d_is_tracked && d_tracker.add(d_rows[number].opening())) {
            d_rows[PARTS].add_mean(d_sums[number] - before);
            look(PARTS);
        }
    }
}

// Almost no symbol begins anything, so that all are looked at together first.
void symbol_clock::run_levels(const std::vector<double>& phase, uint64_t first)
{
    const size_t begin = d_step % PARTS, end = read_levels(phase, first);
    if (d_levels.empty())
        return;
    d_four.run(d_step / PARTS, d_levels, begin, end);
    d_words.look_at(d_four.symbols(), d_may_have);
    for (size_t k = 0; k < d_levels.size(); k++) {
        const auto& symbol = d_four.symbols()[k];
        const size_t stop = k + 1 == d_levels.size() ? end : PARTS;
        for (size_t row = k == 0 ? begin : 0; row < stop; row++, d_step++) {
            const float level = d_levels[k][row];
            d_rows[row].add(level, symbol.bits[row], symbol.clear_bits[row]);
            if (d_may_have[k][row] || d_reading[row])
                look(row);
            if (d_is_tracked && d_tracker.add(symbol.opening[row])) {
                d_rows[PARTS].add(level);
                look(PARTS);
            }
        }
    }
}

// The levels of all symbols that are complete, by row, from the next one on. Returns the
// row of the last symbol that is the first to be incomplete.
size_t symbol_clock::read_levels(const std::vector<double>& phase, uint64_t first)
{
    const double last = static_cast<double>(first + phase.size()) - 2.0;
    d_levels.clear();
    for (uint64_t step = d_step;; step++) {
        const size_t row = step % PARTS;
        const double begin = static_cast<double>(step) * d_period / PARTS;
        if (begin + d_period > last)
            return row == 0 ? PARTS : row;
        if (row == 0 || step == d_step)
            d_levels.emplace_back();
        const double place = begin - static_cast<double>(first);
        const double before = step < PARTS ? value_at(phase, place) : d_phases[row];
        d_phases[row] = value_at(phase, place + d_period);
        d_levels.back()[row] =
            static_cast<float>((d_phases[row] - before) * (0.5 / GR_M_PI));
    }
}

// Where one flag is looked at, HDLC reads all bits that the row keeps behind it at once.
void symbol_clock::look(size_t row)
{
    const uint64_t later = row == PARTS && d_rows[row].count() % WORD_BITS ? d_hdlc : 0;
    uint64_t searches = d_words.candidates(d_rows[row], d_of_row[row], row == PARTS) |
                        (d_reading[row] & ~later);
    for (size_t k = 0; searches != 0; k++, searches >>= 1)
        if (searches & 1)
            check(d_searches[k], row);
}

void symbol_clock::check(search& s, size_t row)
{
    find found = s.is_checked      ? find_frame(s, row)
                 : s.codes.empty() ? find_word(s, row)
                                   : find_code(s, row);
    if (found.bits > 0.0) {
        const size_t length =
            std::min(s.format->length() + s.format->outer, WORD_BITS - 1);
        found.symbol =
            d_before + static_cast<double>(d_step) / static_cast<double>(PARTS);
        found.before = d_rows[row].bits() >> length;
        const auto known = std::min<uint64_t>(WORD_BITS, d_rows[row].count());
        found.before_count = known > length ? static_cast<size_t>(known) - length : 0;
        s.evidence.add(found);
        d_found = sync_found::best(d_searches, [](const search& one) {
            return one.evidence.found(one.format->name, one.is_checked);
        });
    }
    const uint64_t bit = uint64_t{ 1 } << (&s - d_searches.data());
    const bool is_read = s.looks_always() || !s.readings[row].empty();
    d_reading[row] = is_read ? d_reading[row] | bit : d_reading[row] & ~bit;
}

// Of a word of the format at any moment until now; of one that is spread at one moment of
// each symbol.
double symbol_clock::look_bits(const search& s) const
{
    const auto looks = static_cast<double>(d_looked + d_step + 1);
    return s.spread ? std::log2(looks / static_cast<double>(PARTS) + 1.0) +
                          s.spread->look_bits()
                    : std::log2(looks * words_of(*s.format));
}

symbol_clock::find symbol_clock::find_word(search& s, size_t row)
{
    if (s.spread) {
        const double bits = row == PARTS ? s.spread->add(d_rows[row].bits() & 1) : 0.0;
        return { 0.0, bits >= proof::LEAST ? bits : 0.0, look_bits(s) };
    }
    const word_match found = row < PARTS ? match(s, d_rows[row]) : word_match();
    find made{ 0.0, found.bits, found.bits > 0.0 ? look_bits(s) : 0.0, found.data_bits };
    made.wrong = found.wrong;
    return made;
}

// All characters that prove it are one find, and the next ones may be another.
symbol_clock::find symbol_clock::find_code(search& s, size_t row)
{
    const double bits = s.codes[row].add(d_rows[row].bits() & 1);
    double begun = 0.0;
    for (const auto& code : s.codes)
        begun += code.begun();
    const find found{ 0.0, bits, std::log2(begun) };
    if (found.bits - found.look_bits < proof::PROVED)
        return {};
    for (auto& code : s.codes)
        code.restart();
    return found;
}

// Behind the scrambler one wrong symbol makes six, so that none may be.
bool symbol_clock::has_clear_word(const search& s, const symbol_row& row)
{
    return std::any_of(
        s.format->levels.begin(), s.format->levels.end(), [&](const auto& word) {
            return row.count() > word.levels.size() + SCRAMBLER &&
                   ((row.clear_bits() ^ word.sides) & word.mask()) == 0;
        });
}

// The bits of a word that ends with the last symbol. A preamble shows where it is, so
// that what stands behind one was looked for less often.
word_match symbol_clock::match(const search& s, const symbol_row& row) const
{
    const auto& format = *s.format;
    if (format.is_scrambled) {
        const auto bits =
            has_clear_word(s, row) ? static_cast<double>(format.length()) - 1.0 : 0.0;
        return { bits, bits };
    }
    word_match best;
    const auto take = [&best](const word_match& found) {
        best = found.bits > best.bits ? found : best;
    };
    for (const auto& word : format.levels)
        take(row.match(word, format.outer, proof::LEAST));
    for (const auto& word : s.turns)
        take(row.match(word, format.is_centred, proof::LEAST));
    if (best.bits > 0.0 && format.has_preamble)
        best.bits +=
            std::min(look_bits(s), row.preamble_bits(format.length(), d_is_phase));
    return best;
}

} // namespace rfattn
} // namespace gr
