/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "symbol_clock.h"
#include "base/interpolation.h"

#include <gnuradio/math.h>

#include <algorithm>
#include <bitset>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

using method = sync_format::method;
using frames = sync_format::frame;

// Correlation, also of turns behind a preamble.
constexpr float LEAST_PERIODIC = 0.88f, LEAST_ANY = 0.92f, LEAST_BEHIND = 0.8f;
constexpr uint64_t FLAGS = word_index::FLAGS, FLAGS_MASK = word_index::FLAGS_MASK;
constexpr uint64_t SIX_FLAGS = FLAGS << 24 | FLAGS;
constexpr uint64_t SIX_FLAGS_MASK = FLAGS_MASK << 24 | FLAGS_MASK;
constexpr size_t LEAST_NEW = 12; // bits of these that are not as eight bits before
constexpr size_t PREAMBLE = 16, SCRAMBLER = 17; // symbols
constexpr size_t TRAINED = 16;                  // symbols of AIS
constexpr size_t FLAG_BITS = hdlc_reader::FLAG_BITS;

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

void symbol_clock::add(const sync_format& format, bool has_bound)
{
    const bool is_checked = format.follows != frames::NONE, is_spread = format.step > 0;
    const bool is_any = format.period == 0.0 && !is_checked;
    const float least = is_any ? LEAST_ANY : LEAST_PERIODIC;
    const uint64_t bit = uint64_t{ 1 } << d_searches.size();
    d_is_tracked |= is_checked || is_spread;
    const bool is_bounded = has_bound && format.longest_s > 0.0 && d_longest_s != 0.0;
    d_longest_s = is_bounded ? std::max(longest_s(), format.longest_s) : 0.0;
    d_searches.push_back({ &format,
                           is_checked,
                           sync_hits(format.period, format.needed),
                           least,
                           0.5 * static_cast<double>(is_checked ? hdlc_reader::LEAST_BITS
                                                                : format.length()) });
    if (is_spread)
        d_searches.back().spread.emplace(format.spread, format.step);
    for (const auto& word : format.levels)
        if (word_index::is_short(word, format.outer))
            d_four.look_for(word.levels, format.outer, least);
    d_words.add(format, format.has_preamble ? std::min(least, LEAST_BEHIND) : least, bit);
    for (size_t row = 0; row < ROWS; row++)
        if (is_checked || is_spread == (row == PARTS))
            d_of_row[row] |= bit;
    d_reading[PARTS] |= is_spread ? bit : 0;
}

void symbol_clock::restart()
{
    d_before += d_step / PARTS + symbol_row::KEPT;
    d_step = 0;
    d_four.restart();
    d_rows.fill(symbol_row(d_is_centred));
    d_tracker = symbol_tracker();
    d_reading.fill(0);
    for (size_t k = 0; k < d_searches.size(); k++) {
        search& s = d_searches[k];
        s.frames.fill(frame());
        if (s.spread) {
            s.spread->restart();
            d_reading[PARTS] |= uint64_t{ 1 } << k;
        }
    }
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
        symbol_row& row = d_rows[number];
        row.add_mean(d_sums[number] - before);
        look(number);
        if (d_is_tracked && d_tracker.add(row.opening())) {
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

void symbol_clock::look(size_t row)
{
    uint64_t searches = d_words.candidates(d_rows[row], d_of_row[row]) | d_reading[row];
    for (size_t k = 0; searches != 0; k++, searches >>= 1)
        if (searches & 1)
            check(d_searches[k], row);
}

void symbol_clock::check(search& s, size_t row)
{
    if (is_hit(s, row)) {
        const double symbol = static_cast<double>(d_before) +
                              static_cast<double>(d_step) / static_cast<double>(PARTS);
        s.hits.add(symbol, s.apart, is_behind_preamble(s, d_rows[row]));
        d_found = sync_found::best(d_searches, [](const search& one) {
            return sync_found{ one.format->name, one.hits.certain(), one.is_checked };
        });
    }
    const uint64_t bit = uint64_t{ 1 } << (&s - d_searches.data());
    const frame& f = s.frames[row];
    if (s.spread || f.reader.is_reading() || f.octets.is_reading())
        d_reading[row] |= bit;
    else
        d_reading[row] &= ~bit;
}

bool symbol_clock::is_hit(search& s, size_t row)
{
    if (s.spread)
        return row == PARTS && s.spread->add(d_rows[row].bits() & 1);
    return s.is_checked ? has_frame(s, row) : row < PARTS && matches(s, d_rows[row]);
}

bool symbol_clock::is_behind_preamble(const search& s, const symbol_row& row) const
{
    if (!s.format->has_preamble)
        return false;
    const size_t length = s.format->length();
    if (!d_is_phase)
        return row.alternates(PREAMBLE, length);
    const uint64_t before = row.bits() >> length & ((uint64_t{ 1 } << PREAMBLE) - 1);
    return before == 0x5555 || before == 0xAAAA;
}

// The word tells which level is a 1.
bool symbol_clock::has_octets(search& s, size_t number)
{
    const symbol_row& row = d_rows[number];
    frame& f = s.frames[number];
    if (f.octets.add((row.last() > f.middle) != f.is_inverted)) {
        keep(s, f.octets, 0);
        return true;
    }
    if (f.octets.is_reading() || !matches(s, row))
        return false;
    const auto& word = s.format->levels.front().levels;
    f.middle = row.mean(word.size(), 0);
    f.is_inverted = row.correlation(word) > 0.0f;
    f.octets.begin(s.format->follows == frames::ZWAVE_CRC,
                   s.format->follows == frames::ZWAVE_MANCHESTER);
    return false;
}

// A 1 where nothing changes.
bool symbol_clock::has_frame(search& s, size_t number)
{
    if (s.format->follows != frames::HDLC)
        return has_octets(s, number);
    const symbol_row& row = d_rows[number];
    frame& f = s.frames[number];
    const bool was_above = f.is_above;
    f.is_above = row.last() > f.middle;
    bool bit = f.is_above == was_above;
    if (s.format->how == method::HDLC)
        bit = ((bits_of(s, row) & 1) != 0) != f.is_inverted;
    const bool is_read = f.reader.add(bit);
    if (is_read)
        keep(s, f.reader, FLAG_BITS);
    const bool is_complete = is_read || is_idle(s, row);
    if (is_complete || (!f.reader.is_reading() && begins(s, row, f)))
        f.reader.begin(); // the last flag of a frame may be the first one of the next
    return is_complete;
}

// `behind` symbols were sent since its end.
template <class Reader>
void symbol_clock::keep(const search& s, const Reader& reader, size_t behind)
{
    using origin = checked_frame::origin;
    const double symbols = static_cast<double>(d_step) / static_cast<double>(PARTS) + 1.0;
    const double end = symbols - static_cast<double>(behind);
    const double begin = end - static_cast<double>(reader.sent());
    d_frames.push_back({ s.format->name,
                         s.format->how == method::HDLC ? origin::FLAG : origin::WORD,
                         begin * d_period,
                         end * d_period,
                         reader.octets() });
}

// Between frames flags are sent. Behind a scrambler nothing else looks like many of them,
// but what repeats each octet before it.
bool symbol_clock::is_idle(const search& s, const symbol_row& row) const
{
    if (!s.format->is_scrambled)
        return false;
    const uint64_t last = row.clear_bits() & SIX_FLAGS_MASK, sent = row.bits();
    if (last != SIX_FLAGS && !(d_is_phase && last == (~SIX_FLAGS & SIX_FLAGS_MASK)))
        return false;
    return std::bitset<64>((sent ^ sent >> 8) & SIX_FLAGS_MASK).count() >= LEAST_NEW;
}

// Whether a frame begins with the next symbol, and how to read it.
bool symbol_clock::begins(const search& s, const symbol_row& row, frame& f) const
{
    if (s.format->how == method::HDLC) {
        const uint64_t last = bits_of(s, row) & FLAGS_MASK;
        f.is_inverted = d_is_phase && last == (~FLAGS & FLAGS_MASK);
        return last == FLAGS || f.is_inverted;
    }
    if (!matches(s, row))
        return false;
    f.middle = row.mean(TRAINED, FLAG_BITS);
    f.is_above = row.last() > f.middle;
    return true;
}

uint64_t symbol_clock::bits_of(const search& s, const symbol_row& row)
{
    return s.format->is_scrambled ? row.clear_bits() : row.bits();
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

bool symbol_clock::matches(const search& s, const symbol_row& row) const
{
    if (s.format->is_scrambled)
        return has_clear_word(s, row);
    const size_t outer = s.format->outer;
    for (const auto& word : s.format->levels)
        if (row.count() >= word.levels.size() + outer && row.resembles(word, outer) &&
            std::abs(row.correlation(word.levels, outer)) >= s.least &&
            (outer == 0 || row.wrong_sizes(word.levels, outer) == 0))
            return true;
    for (const auto& word : s.format->turns)
        if (row.count() > word.size())
            if (const float found = row.correlation(word, s.format->is_centred);
                found >= s.least || (found >= LEAST_BEHIND && is_behind_preamble(s, row)))
                return true;
    return false;
}

} // namespace rfattn
} // namespace gr
