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

// Bits, and the places where a character and its copy may begin. Four of seven
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

code_reader::code_reader()
    : d_runs(2 * PLACES),
      d_begun(static_cast<double>(d_runs.size()))
{
}

void code_reader::restart()
{
    d_count = 0;
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

void code_reader::add(bool is_same)
{
    d_side = d_side == is_same;
    d_last = d_last << 1 | (d_side ? 1 : 0);
    if (++d_count < LEAST_BITS)
        return;
    const auto before = [this](size_t count) {
        return static_cast<uint32_t>(d_last >> (BITS * count) & 127);
    };
    const uint32_t code = before(6);
    const bool is_twice = code == before(1) && before(5) != before(0);
    for (const size_t mark : { 0, 1 }) {
        const bool is_right = is_twice && bit_count(code) == (mark == 0 ? 4 : BITS - 4);
        const double bits = code_run::bits_of(is_right, TWICE_BY_CHANCE, USUAL_TWICE);
        d_begun += d_runs[PLACES * mark + d_count % PLACES].add(code, bits) ? 1.0 : 0.0;
    }
}

} // namespace rfattn
} // namespace gr
