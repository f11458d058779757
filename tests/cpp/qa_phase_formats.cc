/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "keyed_signals.h"
#include "words/spread_word.h"

#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <string>

using namespace gr::rfattn;
using namespace keyed;

namespace {

constexpr size_t STEP = 80;
constexpr double ENOUGH = 30.0; // bits
const std::string WORD =
    "11111110000111011110010110010010000001000100110001011101011011000";

// Random bits, of which each 80th is of the word.
bits frame(unsigned seed)
{
    bits found = random_bits(WORD.size() * STEP, seed);
    for (size_t k = 0; k < WORD.size(); k++)
        found[k * STEP] = WORD[k] == '1';
    return found;
}

// How many bits are taken until the word is found; 0: it is not.
size_t found_after(const bits& sent)
{
    spread_word word(WORD, STEP);
    for (size_t k = 0; k < sent.size(); k++)
        if (word.add(sent[k]) >= ENOUGH)
            return k + 1;
    return 0;
}

bits with_errors(bits sent, size_t every)
{
    for (size_t k = 0; k < WORD.size(); k += every)
        sent[k * STEP] ^= 1;
    return sent;
}

bits inverted(bits sent)
{
    for (int& bit : sent)
        bit ^= 1;
    return sent;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_spread_word_is_found_from_31_of_its_bits_on)
{
    const bits sent = frame(1);
    BOOST_TEST(found_after(sent) == 30 * STEP + 1);
    BOOST_TEST(found_after(inverted(sent)) == 30 * STEP + 1);
    const auto part = [&](size_t first, size_t count) {
        const auto begin = sent.begin() + static_cast<long>(first * STEP);
        return bits(begin, begin + static_cast<long>(count * STEP));
    };
    for (const size_t first : { 0, 13, 29 })
        BOOST_TEST(found_after(part(first, 32)) > 0u, "from bit " << first);
    BOOST_TEST(found_after(part(20, 30)) == 0u);
}

BOOST_AUTO_TEST_CASE(a_long_part_of_a_spread_word_may_have_errors)
{
    BOOST_TEST(found_after(with_errors(frame(1), 12)) > 31 * STEP + 1);
    BOOST_TEST(found_after(with_errors(frame(1), 9)) > 0u);
    BOOST_TEST(found_after(with_errors(frame(1), 5)) == 0u);
}

BOOST_AUTO_TEST_CASE(random_and_regular_bits_have_no_spread_word)
{
    BOOST_TEST(found_after(random_bits(100'000, 2)) == 0u);
    for (const bits& part : { bits{ 1 }, bits{ 1, 0 }, FLAG, random_bits(STEP, 3) })
        BOOST_TEST(found_after(repeated(part, static_cast<int>(100'000 / part.size()))) ==
                   0u);
}

// A bit is 1 where the phase stays.
BOOST_AUTO_TEST_CASE(frames_of_ao40_are_found_though_the_clock_drifts)
{
    const bits sent = nrzi(frame(4) + frame(5));
    for (const double off : { -0.003, 0.0, 0.003 })
        BOOST_TEST(found_in(bpsk(sent, 1200 * (1 + off), 40), 1800) == "AO-40 FEC",
                   "clock off by " << off);
    BOOST_TEST(found_in(bpsk(nrzi(random_bits(10'000, 6)), 1200, 40), 1800) == "");
}

BOOST_AUTO_TEST_CASE(the_clock_stays_through_a_fade)
{
    samples x = bpsk(nrzi(frame(4)), 1202, 0);
    const samples quiet = fsk(random_bits(frame(4).size(), 8), 1202, 0, 1.0);
    const auto symbol = [](size_t k) { return static_cast<size_t>(k * RATE / 1202); };
    for (size_t n = symbol(25 * STEP + 10); n < symbol(25 * STEP + 70); n++)
        x[n] = 0.05f * x[n] + 0.1f * (quiet[n] - quiet[n + 1]);
    const samples part(x.begin() + static_cast<long>(symbol(2 * STEP)),
                       x.begin() + static_cast<long>(symbol(60 * STEP)));
    BOOST_TEST(found_in(part, 1800) == "AO-40 FEC");
}

// A bit is 1 where the phase turns.
BOOST_AUTO_TEST_CASE(inmarsat_aero_is_found_by_its_unique_word)
{
    const bits word = of_hex("E15AE893");
    const bits sent =
        random_bits(300, 7) + word + random_bits(700, 8) + word + random_bits(99, 9);
    for (const double baud : { 600.0, 1200.0 })
        BOOST_TEST(found_in(bpsk(nrzi(inverted(sent)), baud, 30), 1.5 * baud) ==
                   "Inmarsat Aero");
    const bits once = random_bits(2000, 7) + word + random_bits(700, 8);
    BOOST_TEST(found_in(bpsk(nrzi(inverted(once)), 1200, 30), 1800) == "");
    const bits burst = repeated({ 0, 1 }, 24) + word + random_bits(700, 8);
    BOOST_TEST(found_in(bpsk(nrzi(inverted(burst)), 1200, 30), 1800) == "Inmarsat Aero");
}
