/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "proof.h"
#include "base/bit_count.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t KEPT = 8;
constexpr double FINE = 1.5;      // symbols
constexpr double MOMENTS = 4.0;   // of a symbol
constexpr size_t LEAST_SAME = 16; // symbols
constexpr size_t SAME = 4;        // data that differs in at most one symbol of so many

// What two finds lose against one of the bits of both, since these may be shared in many
// ways: of chance, bits above the least are an exponential distribution.
double join_bits(double above_least)
{
    return 1.0 + std::log2(1.0 + std::log(2.0) * std::max(0.0, above_least));
}

} // namespace

proof::proof(double period, double words, double apart)
    : d_period(period),
      d_apart(apart),
      d_words(words)
{
}

void proof::add(const find& found)
{
    if (!d_last.empty() && found.symbol - d_last.back().symbol < d_apart) {
        if (found.bits <= d_last.back().bits)
            return;
        d_others -= d_last.back().is_other ? 1 : 0;
        d_last.pop_back(); // it is the same at another moment of the symbol
        d_best = d_best_before;
    } else
        d_best_before = d_best;
    d_last.push_back(link_to(found));
    d_others += d_last.back().is_other ? 1 : 0;
    if (d_last.size() > KEPT)
        d_last.pop_front();
    if (is_proved() && found.bits > found.look_bits + SUPPORTED &&
        d_last.back().all_bits <= d_best.all_bits)
        d_best.frames++; // it is the same data again
    if (d_last.back().all_bits > d_best.all_bits)
        d_best = d_last.back();
}

// Behind that one of the earlier finds, or behind none, which founds it best.
proof::link proof::link_to(const find& found) const
{
    link made{ found };
    const double surplus = surplus_bits(found);
    made.all_bits = -found.look_bits - surplus;
    made.frames = 1;
    const auto is_near = [&](const link& earlier) {
        return found.symbol + FINE < earlier.symbol + d_period;
    };
    made.is_other = found.bits < found.look_bits + SUPPORTED ||
                    (!d_last.empty() && is_near(d_last.back()));
    const auto join = [&](const link& earlier, double place_bits, double least) {
        const double base =
            earlier.all_bits - place_bits - surplus - join_bits(found.bits - least);
        if (base > made.all_bits && !repeats(found, earlier)) {
            made.all_bits = base;
            made.frames = earlier.frames + 1;
        }
    };
    if (d_best.all_bits >= SUPPORTED && !is_near(d_best))
        join(d_best, found.look_bits, found.look_bits);
    for (size_t k = 0; k < d_last.size(); k++) {
        const double skipped = static_cast<double>(d_last.size() - k);
        const double place = place_bits(d_last[k], found.symbol);
        made.is_other &= std::isinf(place);
        join(d_last[k], place + 2.0 * std::log2(skipped), LEAST);
    }
    made.all_bits += found.bits;
    return made;
}

// log2 of how many times as many finds belong to nothing as chance makes: what shows the
// word that often is neither noise nor random data.
double proof::surplus_bits(const find& found) const
{
    const double expected = std::exp2(found.look_bits - LEAST);
    return std::max(0.0,
                    std::log2((static_cast<double>(d_others) + 1.0) / (expected + 1.0)));
}

// Whether both may be data that is sent again and again: the same symbols are wrong; or
// the same stands before them, and in as much data there may well be such a word.
bool proof::repeats(const find& found, const find& earlier) const
{
    const size_t wrong = std::max(bit_count(found.wrong), bit_count(earlier.wrong));
    if (wrong > 0 && 2 * bit_count(found.wrong & earlier.wrong) >= wrong)
        return true;
    const size_t count = std::min(found.before_count, earlier.before_count);
    const uint64_t mask = count < 64 ? (uint64_t{ 1 } << count) - 1 : ~uint64_t{ 0 };
    const double data = d_period > 0.0 ? d_period : found.symbol - earlier.symbol;
    const double least = SUPPORTED + std::log2(std::max(1.0, MOMENTS * d_words * data));
    return count >= LEAST_SAME && std::max(found.data_bits, earlier.data_bits) < least &&
           SAME * bit_count((found.before ^ earlier.before) & mask) <= count;
}

// log2 of the places that are as near to a whole number of periods; more periods are less
// probable, so that all of them are as many as twice those of one.
double proof::place_bits(const find& earlier, double symbol) const
{
    const double gap = symbol - earlier.symbol;
    const double periods = d_period > 0.0 ? std::round(gap / d_period) : 0.0;
    const double most = FINE + CLOCK * gap;
    if (periods < 1.0 || std::abs(gap - periods * d_period) > most)
        return std::numeric_limits<double>::infinity();
    return std::log2(MOMENTS * d_words * 2.0 * most) + 2.0 * std::log2(periods);
}

} // namespace rfattn
} // namespace gr
