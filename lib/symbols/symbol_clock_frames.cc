/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Frames with a checksum, which begin behind each word or flag.

#include "symbol_clock.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr uint64_t SIX_FLAGS = 0x7E7E7E7E7E7E, SIX_FLAGS_MASK = 0xFFFFFFFFFFFF;
constexpr double SIX_FLAGS_BITS = 40.0;
constexpr size_t LEAST_NEW = 12; // bits of these that are not as eight bits before
constexpr size_t FLAG_BITS = frame_reader::FLAG_BITS;
constexpr size_t TRAINED = 16; // symbols of AIS

} // namespace

symbol_clock::find symbol_clock::find_frame(search& s, size_t number)
{
    const symbol_row& row = d_rows[number];
    auto& readings = s.readings[number];
    find found;
    for (size_t k = 0; k < readings.size();) {
        const find one = complete(s, readings[k], row);
        if (one.bits - one.look_bits > found.bits - found.look_bits || found.bits == 0.0)
            found = one;
        if (readings[k].reader.is_reading())
            k++;
        else
            readings.erase(readings.begin() + static_cast<ptrdiff_t>(k));
    }
    if (is_idle(s, row) && found.bits == 0.0)
        found = { 0.0, SIX_FLAGS_BITS, look_bits(s) };
    if (const auto begun = begin(s, number)) {
        if (readings.size() == MOST_READINGS)
            readings.erase(readings.begin());
        readings.push_back(*begun);
    }
    return found;
}

// The frame that the last symbol completes, if its checksum is right. Flags before it
// count by themselves, or one is where it was found.
symbol_clock::find symbol_clock::complete(search& s, reading& r, const symbol_row& row)
{
    const bool is_right =
        s.format->is_hdlc ? read_to_flag(s, row, r) : r.reader.add(next_bit(s, row, r));
    s.tests += r.reader.has_ended() ? 1.0 : 0.0;
    if (!is_right)
        return {};
    find found{ 0.0, r.bits + r.reader.bits(), look_bits(s) };
    const double of_tests = r.bits + std::log2(s.tests);
    if (s.format->is_hdlc && of_tests < found.look_bits)
        found.look_bits = of_tests;
    if (s.is_proved || s.evidence.is_proved() ||
        found.bits - found.look_bits >= proof::PROVED)
        keep(s, r.reader);
    return found;
}

// Few flags end a frame: bits are kept until one does, or seven ones.
bool symbol_clock::read_to_flag(const search& s, const symbol_row& row, reading& r)
{
    const uint64_t count = row.count(), length = count - r.begun;
    const uint64_t last = s.bits_of(row) ^ (r.is_inverted ? ~uint64_t{ 0 } : 0);
    const bool is_flag = (last & word_index::FLAG_MASK) == word_index::FLAG;
    if (!is_flag && count % WORD_BITS != 0)
        return false;
    r.kept.push_back(last << (WORD_BITS - 1 - (count - 1) % WORD_BITS));
    bool is_right = false;
    if (is_flag && length >= FLAG_BITS * (s.format->follows.least_octets + 1))
        for (uint64_t n = r.begun % WORD_BITS, left = length; left > 0; n++, left--)
            is_right = r.reader.add(
                r.kept[n / WORD_BITS] >> (WORD_BITS - 1 - n % WORD_BITS) & 1);
    uint64_t ones = last << (WORD_BITS - std::min<uint64_t>(WORD_BITS, length));
    for (const int runs : { 1, 2, 3 })
        ones &= ones >> runs;
    if (is_flag || ones != 0 || r.kept.size() > s.format->follows.most_octets)
        r.reader.end();
    return is_right;
}

// A word tells which level is a 1; of HDLC that is where nothing changes.
bool symbol_clock::next_bit(const search& s, const symbol_row& row, reading& r) const
{
    const bool was_above = r.is_above;
    r.is_above = row.last() > r.middle;
    return s.format->follows.is_stuffed() ? r.is_above == was_above
                                          : r.is_above != r.is_inverted;
}

void symbol_clock::keep(const search& s, const frame_reader& reader)
{
    using origin = checked_frame::origin;
    const double symbols = static_cast<double>(d_step) / static_cast<double>(PARTS) + 1.0;
    const size_t behind = s.format->follows.is_stuffed() ? FLAG_BITS : 0;
    const double end = symbols - static_cast<double>(behind);
    const double begin = end - static_cast<double>(reader.sent());
    d_frames.push_back({ s.format->name,
                         s.format->is_hdlc ? origin::FLAG : origin::WORD,
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
    return bit_count((sent ^ sent >> 8) & SIX_FLAGS_MASK) >= LEAST_NEW;
}

// The frame that begins with the next symbol, if one does, and how to read it.
std::optional<symbol_clock::reading> symbol_clock::begin(const search& s,
                                                         size_t number) const
{
    const symbol_row& row = d_rows[number];
    reading made{ {}, row.count() };
    if (s.format->is_hdlc) {
        const uint64_t sent = s.bits_of(row);
        made.is_inverted =
            d_is_phase && (~sent & word_index::FLAG_MASK) == word_index::FLAG;
        const uint64_t last = made.is_inverted ? ~sent : sent;
        size_t flags = 0;
        while (flags < WORD_BITS &&
               (last >> flags & word_index::FLAG_MASK) == word_index::FLAG)
            flags += FLAG_BITS;
        if (flags < (number == PARTS ? FLAG_BITS : 3 * FLAG_BITS))
            return {};
        made.bits = static_cast<double>(flags);
    } else if (made.bits = match(s, row).bits; made.bits == 0.0)
        return {};
    made.reader.begin(s.format->follows);
    if (s.format->follows.is_stuffed()) {
        made.middle = row.mean(TRAINED, FLAG_BITS);
        made.is_above = row.last() > made.middle;
        return made;
    }
    const auto& word = s.format->levels.front().levels;
    made.middle = row.mean(word.size(), 0);
    made.is_inverted = row.correlation(word) > 0.0f;
    return made;
}

} // namespace rfattn
} // namespace gr
