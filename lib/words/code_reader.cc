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

constexpr size_t LEAST_BITS = 49; // that the longest code looks at
using character = character_code::character;

// Four of seven bits are alike in 35 of 128; others repeat it behind four others as often
// as at the next character.
character twice(uint64_t last)
{
    const auto before = [last](size_t count) {
        return static_cast<uint32_t>(last >> (7 * count) & 127);
    };
    const uint32_t code = before(6);
    return { code, code == before(1) && before(5) != before(0) && bit_count(code) == 4 };
}

// Halves of bits: two of a start, five pairs of like ones, three of a stop. In data of
// whole bits a start, a stop and what follows are right in one of eight.
character start_stop(uint64_t last)
{
    return { static_cast<uint32_t>(last & 0x3fffffff), // with the one before it
             (last & 0b110000000000111) == 0b111 &&
                 ((last ^ last >> 1) & 0b000101010101000) == 0 };
}

const character_code TWICE{ 14, 35.0 / 128.0 / 2.0, 0.85, twice };
const character_code START_STOP{ 15, 1.0 / 8.0, 0.85, start_stop };

} // namespace

const character_code* character_code::named(const std::string& name)
{
    return name == "twice" ? &TWICE : name == "start-stop" ? &START_STOP : nullptr;
}

code_reader::code_reader(const character_code& code)
    : d_code(&code),
      d_runs(2 * code.places)
{
    restart();
}

void code_reader::restart()
{
    d_count = 0;
    std::fill(d_runs.begin(), d_runs.end(), run());
    d_begun += static_cast<double>(d_runs.size());
}

double code_reader::add(bool is_same)
{
    d_side = d_side == is_same;
    d_last = d_last << 1 | (d_side ? 1 : 0);
    if (++d_count < LEAST_BITS)
        return 0.0;
    double most = 0.0;
    const double usual = d_code->usual, by_chance = d_code->by_chance;
    for (const size_t mark : { 0, 1 }) {
        const auto found = d_code->read(mark == 0 ? d_last : ~d_last);
        auto& one = d_runs[d_code->places * mark + d_count % d_code->places];
        const size_t place = found.bits * 2654435769u >> (32 - SEEN_BITS);
        if (!one.seen[place])
            one.bits += std::log2(found.is_right ? usual / by_chance
                                                 : (1.0 - usual) / (1.0 - by_chance));
        one.seen.set(place);
        most = std::max(most, one.bits);
        if (one.bits > 0.0)
            continue;
        one = run();
        d_begun++;
    }
    return most;
}

} // namespace rfattn
} // namespace gr
