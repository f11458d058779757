/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "code_reader.h"
#include "base/bit_count.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

// Of START_STOP: a symbol is on the other side from its middle on, so that an edge is
// seen half a symbol before the start.
constexpr size_t PARTS = code_reader::PARTS, HALF = PARTS / 2;
constexpr size_t DATA = 5, STOP = PARTS * (DATA + 1); // parts from start to stop
constexpr double USUAL = 0.9, USUAL_GAP = 0.8;
// Of TWICE: bits, and the places where a character and its copy may begin. Four of seven
// bits are alike in 35 of 128; others repeat it here as often as at the next character.
constexpr size_t BITS = 7, PLACES = 2 * BITS, LEAST_BITS = 7 * BITS;
constexpr double TWICE_BY_CHANCE = 35.0 / 128.0 / 2.0, USUAL_TWICE = 0.85;

} // namespace

double code_run::bits_of(bool is_right, double by_chance, double usual)
{
    return is_right ? std::log2(usual / by_chance)
                    : std::log2((1.0 - usual) / (1.0 - by_chance));
}

bool code_run::add(uint32_t code, double bits)
{
    const size_t place = code * 2654435769u >> (32 - SEEN_BITS);
    if (d_seen[place])
        return false;
    d_seen.set(place);
    d_bits += bits;
    if (d_bits > 0.0)
        return false;
    restart();
    return true;
}

void code_run::restart()
{
    d_bits = 0.0;
    d_seen.reset();
}

code_reader::code_reader(character_code code)
    : d_code(code),
      d_sides(needs_parts(code) ? PARTS : 1),
      d_runs(code == character_code::TWICE ? 2 * PLACES : 2),
      d_begun(static_cast<double>(d_runs.size()))
{
}

void code_reader::add(bool is_same)
{
    const size_t part = d_count++ % d_sides.size();
    d_sides[part] = d_sides[part] == is_same;
    d_last = d_last << 1 | (d_sides[part] ? 1 : 0);
    if (d_code == character_code::TWICE)
        add_twice();
    else
        for (const size_t mark : { 0, 1 })
            add_part(d_characters[mark], d_runs[mark], mark == 0 ? ~d_last : d_last);
}

// Characters at any part go on; their places in symbols do not.
void code_reader::break_off()
{
    d_sides.assign(d_sides.size(), false);
    d_count = 0;
    for (auto& c : d_characters) {
        c.until = 0;
        c.is_behind_stop = false;
    }
    if (d_code == character_code::TWICE)
        restart();
}

void code_reader::restart()
{
    for (auto& run : d_runs)
        run.restart();
    d_begun += static_cast<double>(d_runs.size());
}

double code_reader::bits() const
{
    double most = 0.0;
    for (const auto& run : d_runs)
        most = std::max(most, run.bits());
    return most;
}

void code_reader::add_to(code_run& run, uint32_t code, double bits)
{
    d_begun += run.add(code, bits) ? 1.0 : 0.0;
}

// \param last parts, 1 where they are marks
void code_reader::add_part(character& c, code_run& run, uint64_t last)
{
    c.since++;
    if (c.until == 0) {
        if ((last & 3) == 2 && d_count > PARTS)
            c.until = HALF + STOP;
        return;
    }
    c.until--;
    if (c.until == STOP && (last & 1) != 0)
        c.until = 0; // that was no start
    else if (c.until == 0)
        end(c, run, last);
}

// Others may have more marks, or more spaces; and they have the same time from a stop to
// the next edge twice no more often than not.
void code_reader::end(character& c, code_run& run, uint64_t last)
{
    uint32_t data = 0;
    for (size_t k = 1; k <= DATA; k++)
        data = data << 1 | (last >> (STOP - PARTS * k) & 1);
    const bool is_right = (last & 1) != 0;
    const size_t gap = c.is_behind_stop ? c.since : 0;
    const double by_chance = std::max(0.5, (c.marks + 1.0) / (c.bits + 2.0));
    double bits = code_run::bits_of(is_right, by_chance, USUAL);
    if (gap > 0 && c.gap > 0)
        bits += code_run::bits_of(gap + 1 >= c.gap && gap <= c.gap + 1, 0.5, USUAL_GAP);
    add_to(run, c.before << DATA | data, bits);
    c.gap = gap;
    c.since = 0;
    c.is_behind_stop = is_right;
    c.before = (c.before << DATA | data) & ((1 << 2 * DATA) - 1);
    c.marks += bit_count(data);
    c.bits += static_cast<double>(DATA);
}

void code_reader::add_twice()
{
    if (d_count < LEAST_BITS)
        return;
    const auto before = [this](size_t count) {
        return static_cast<uint32_t>(d_last >> (BITS * count) & 127);
    };
    const uint32_t code = before(6);
    const bool is_twice = code == before(1) && before(5) != before(0);
    for (const size_t mark : { 0, 1 }) {
        const bool is_right = is_twice && bit_count(code) == (mark == 0 ? 4 : BITS - 4);
        add_to(d_runs[PLACES * mark + d_count % PLACES],
               code,
               code_run::bits_of(is_right, TWICE_BY_CHANCE, USUAL_TWICE));
    }
}

} // namespace rfattn
} // namespace gr
