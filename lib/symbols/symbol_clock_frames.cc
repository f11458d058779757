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
    for (auto& r : readings) {
        const find one = complete(s, r, row);
        if (one.bits - one.look_bits > found.bits - found.look_bits || found.bits == 0.0)
            found = one;
    }
    readings.erase(
        std::remove_if(readings.begin(),
                       readings.end(),
                       [](const reading& r) { return !r.reader.is_reading(); }),
        readings.end());
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
    const bool bit = next_bit(s, row, r);
    const bool is_right = r.reader.add(bit);
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

// A word tells which level is a 1; of HDLC that is where nothing changes.
bool symbol_clock::next_bit(const search& s, const symbol_row& row, reading& r) const
{
    if (s.format->is_hdlc)
        return ((bits_of(s, row) & 1) != 0) != r.is_inverted;
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
    reading made;
    made.reader.begin(s.format->follows);
    if (s.format->is_hdlc) {
        const uint64_t sent = bits_of(s, row);
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

uint64_t symbol_clock::bits_of(const search& s, const symbol_row& row)
{
    return s.format->is_scrambled ? row.clear_bits() : row.bits();
}

} // namespace rfattn
} // namespace gr
