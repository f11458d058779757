/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "keyed_signals.h"
#include "symbols/symbol_row.h"
#include "words/sync_words.h"
#include "words/word_symbols.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <complex>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace gr::rfattn;
using namespace word_symbols;
using keyed::of_hex;

namespace {

void check_levels(const levels& found, const levels& expected)
{
    BOOST_TEST(found == expected, boost::test_tools::per_element());
}

void check_turns(const turns& found, const std::vector<double>& eighths)
{
    BOOST_TEST_REQUIRE(found.size() == eighths.size());
    for (size_t k = 0; k < found.size(); k++) {
        const auto expected = std::polar(1.0, eighths[k] * M_PI / 4.0);
        BOOST_TEST(std::abs(std::complex<double>(found[k]) - expected) < 1e-6, k);
    }
}

// How far the phase turns in the time of each chip but the first, the sum of two axes
// with half a sine for each chip, the even ones on one and the odd ones on the other.
std::vector<double> turns_of_half_sines(const bits& chips)
{
    const auto at = [&](double time) { // in chips
        double axes[2] = {};
        for (size_t k = 0; k < chips.size(); k++) {
            const double since = time - static_cast<double>(k);
            if (since >= 0.0 && since <= 2.0)
                axes[k % 2] += (chips[k] ? 1.0 : -1.0) * std::sin(M_PI * since / 2.0);
        }
        return std::complex<double>(axes[0], axes[1]);
    };
    std::vector<double> found;
    for (size_t k = 1; k < chips.size(); k++) {
        const double time = static_cast<double>(k);
        found.push_back(std::arg(at(time + 0.9) * std::conj(at(time + 0.1))));
    }
    return found;
}

} // namespace

BOOST_AUTO_TEST_CASE(bits_become_levels)
{
    check_levels(levels_of("fsk4", of_hex("1B")), { 1, 3, -1, -3 }); // 00 01 10 11
    check_levels(levels_of("fsk2", of_hex("5")), { 1, -1, 1, -1 });
    check_levels(levels_of("fsk2-nrzi", of_hex("5")), { 1, -1, -1, 1, 1 }); // 0 1 0 1
    check_levels(levels_of("msk", of_hex("C")), { 1, -1, 1 });              // 1 1 0 0
    BOOST_TEST(levels_of("bpsk", of_hex("C")).empty());
    const auto found = spread({ 1, -1, 1 }, 0.2f);
    const levels expected = { 0.4f, -0.2f, 0.4f };
    for (size_t k = 0; k < expected.size(); k++)
        BOOST_TEST(std::abs(found[k] - expected[k]) < 1e-6f, k);
}

BOOST_AUTO_TEST_CASE(half_sines_on_both_axes_turn_the_phase_to_either_side)
{
    const auto chips = of_hex("D9C3522E");
    const auto found = levels_of("oqpsk", chips);
    const auto expected = turns_of_half_sines(chips);
    BOOST_TEST_REQUIRE(found.size() == expected.size());
    const double side =
        expected[0] * found[0] > 0.0 ? 1.0 : -1.0; // a word is found so or so
    for (size_t k = 0; k < found.size(); k++)
        BOOST_TEST(found[k] * side * expected[k] > 0.0, k);
}

BOOST_AUTO_TEST_CASE(bits_become_turns_of_the_phase)
{
    check_turns(turns_of("bpsk", of_hex("C")), { 0, 4, 0 });     // 1 1 0 0
    check_turns(turns_of("dbpsk", of_hex("C")), { 4, 4, 0, 0 }); // for each 1
    check_turns(turns_of("dqpsk", of_hex("1B")), { 1, 3, -1, -3 });
    // 000 001 011 010 110 111 101 100
    check_turns(turns_of("d8psk", of_hex("05ADEC")), { 0, 1, 2, 3, 4, 5, 6, 7 });
    BOOST_TEST(turns_of("fsk2", of_hex("C")).empty());
}

BOOST_AUTO_TEST_CASE(normalised_words_have_mean_0_and_power_1)
{
    for (const auto& word :
         { levels{ 1, -1 }, levels{ 5, 3, 3, 3 }, levels_of("fsk4", of_hex("CDF59")) }) {
        double sum = 0.0, power = 0.0;
        for (const float level : normalised(word)) {
            sum += level;
            power += level * level;
        }
        BOOST_TEST(std::abs(sum) < 1e-5);
        BOOST_TEST(power == 1.0, boost::test_tools::tolerance(1e-5));
    }
}

BOOST_AUTO_TEST_CASE(sides_are_1_where_a_symbol_is_on_that_of_the_one_before)
{
    BOOST_TEST(sides_of({ 1, 3, -1, -3, 2 }) == 0b1010u);
    BOOST_TEST(sides_of({ 1 }) == 0u);
    level_word word{ levels(5, 1.0f), 0 };
    BOOST_TEST(word.mask() == 0b1111u);
    word.levels.resize(64);
    BOOST_TEST(word.mask() == (uint64_t{ 1 } << 63) - 1);
    word.levels.resize(1);
    BOOST_TEST(word.mask() == 0u);
}

BOOST_AUTO_TEST_CASE(each_format_has_a_name_a_rate_and_a_width)
{
    BOOST_TEST(!sync_formats().empty());
    for (const auto& f : sync_formats()) {
        BOOST_TEST_CONTEXT(f.name << " at " << f.baud << " Bd")
        {
            BOOST_TEST(*f.name != '\0');
            BOOST_TEST(f.baud > 0.0);
            BOOST_TEST(f.least_width > 0.0);
            BOOST_TEST(f.least_width < f.most_width);
            BOOST_TEST(f.period >= 0.0);
            const bool has_none = f.is_hdlc || f.code;
            BOOST_TEST(f.levels.empty() == (has_none || f.is_phase));
            BOOST_TEST((f.turns.empty() && f.spread.empty()) ==
                       (has_none || !f.is_phase));
            BOOST_TEST((f.step > 0) == !f.spread.empty());
            BOOST_TEST(f.spread.find_first_not_of("01") == std::string::npos);
        }
    }
}

BOOST_AUTO_TEST_CASE(words_have_power_1_and_fit_the_symbols_that_are_kept)
{
    for (const auto& f : sync_formats()) {
        BOOST_TEST_CONTEXT(f.name << " at " << f.baud << " Bd")
        {
            for (const auto& word : f.levels) {
                double sum = 0.0, power = 0.0;
                for (const float level : word.levels) {
                    sum += level;
                    power += level * level;
                }
                BOOST_TEST(std::abs(sum) < 1e-5);
                BOOST_TEST(power == 1.0, boost::test_tools::tolerance(1e-5));
                BOOST_TEST(word.sides == sides_of(word.levels));
                BOOST_TEST(word.levels.size() <= f.length());
            }
            for (const auto& word : f.turns) {
                double power = 0.0;
                for (const auto& turn : word)
                    power += std::norm(turn);
                BOOST_TEST(power == 1.0, boost::test_tools::tolerance(1e-5));
                BOOST_TEST(word.size() <= f.length());
            }
            if (!f.spread.empty())
                BOOST_TEST(f.length() == f.spread.size() * f.step);
            else
                BOOST_TEST(f.length() + f.outer + (f.has_preamble ? 16 : 0) <=
                           symbol_row::KEPT);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_word_at_one_rate_is_that_of_one_format)
{
    std::map<std::pair<double, levels>, std::string> names;
    for (const auto& f : sync_formats())
        for (const auto& word : f.levels) {
            levels either = word.levels; // it is found upside down, too
            if (either.front() < 0.0f)
                for (float& level : either)
                    level = -level;
            const auto [place, is_new] = names.insert({ { f.baud, either }, f.name });
            BOOST_TEST((is_new || place->second == f.name), f.name << place->second);
        }
}

BOOST_AUTO_TEST_CASE(the_length_is_that_of_the_longest_word)
{
    sync_format f;
    BOOST_TEST(f.length() == 0u);
    f.levels = { { levels(3), 0 }, { levels(7), 0 } };
    BOOST_TEST(f.length() == 7u);
    f.turns = { turns(9), turns(2) };
    BOOST_TEST(f.length() == 9u);
    f.spread = "101";
    f.step = 80;
    BOOST_TEST(f.length() == 240u);
}

BOOST_AUTO_TEST_CASE(subcarriers_hold_both_tones_of_their_formats)
{
    const std::map<std::string, std::vector<double>> tones = {
        { "AFSK HDLC", { 1200.0, 2200.0 } },
        { "ACARS", { 1200.0, 2400.0 } },
        { "DSC VHF", { 1300.0, 2100.0 } },
        { "MPT 1327", { 1200.0, 1800.0 } },
    };
    size_t found = 0;
    for (const auto& s : subcarriers()) {
        BOOST_TEST(s.edge < s.centre);
        BOOST_TEST(s.least_width < s.most_width);
        for (const auto& f : s.formats)
            for (const double tone : tones.at(f.name)) {
                BOOST_TEST(std::abs(tone - s.centre) < s.edge);
                found++;
            }
    }
    BOOST_TEST(found == 8u);
}

// J. P. Costas: no two pairs of tones are as far apart in time and in frequency, so that
// a block is found at one place alone.
BOOST_AUTO_TEST_CASE(blocks_of_tones_are_costas_arrays)
{
    for (const auto& format : tone_formats()) {
        if (!format.vector.empty()) // of known bits in the place of blocks
            continue;
        BOOST_TEST_REQUIRE(format.blocks.size() == 3u);
        BOOST_TEST(format.baud > 0.0);
        for (const auto& block : format.blocks) {
            BOOST_TEST_REQUIRE(block.size() == 7u);
            BOOST_TEST((std::set<int>(block.begin(), block.end()).size()) == 7u);
            std::set<std::pair<size_t, int>> apart;
            for (size_t a = 0; a < block.size(); a++)
                for (size_t b = a + 1; b < block.size(); b++)
                    BOOST_TEST(apart.insert({ b - a, block[b] - block[a] }).second);
            BOOST_TEST(*std::min_element(block.begin(), block.end()) == 0);
            BOOST_TEST(*std::max_element(block.begin(), block.end()) == 6);
        }
    }
}

BOOST_AUTO_TEST_CASE(vectors_of_tones_have_enough_of_either_bit)
{
    size_t found = 0;
    for (const auto& format : tone_formats()) {
        if (format.vector.empty())
            continue;
        const size_t all = format.vector.size();
        const size_t ones = std::count(format.vector.begin(), format.vector.end(), 1);
        BOOST_TEST(format.blocks.empty());
        BOOST_TEST(3 * ones >= all);
        BOOST_TEST(3 * (all - ones) >= all);
        BOOST_TEST(!format.ones.empty());
        BOOST_TEST(!format.zeros.empty());
        found++;
    }
    BOOST_TEST(found == 2u); // WSPR and JT65
}
