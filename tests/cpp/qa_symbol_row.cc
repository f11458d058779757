/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "base/bit_count.h"
#include "keyed_signals.h"
#include "symbols/level_rows.h"
#include "symbols/symbol_row.h"
#include "symbols/word_index.h"
#include "words/word_symbols.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <complex>
#include <numeric>
#include <random>
#include <vector>

using namespace gr::rfattn;
using namespace keyed;

namespace {

using levels = std::vector<float>;

level_word word_of(const levels& symbols)
{
    const auto scaled = word_symbols::normalised(symbols);
    return { scaled, word_symbols::sides_of(scaled) };
}

symbol_row row_of(const levels& symbols, bool is_centred = false)
{
    symbol_row row(is_centred);
    for (const float level : symbols)
        row.add(level);
    return row;
}

levels random_levels(size_t count, unsigned seed, float scale = 1.0f)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> draw(0.3f, scale);
    levels found(count);
    for (float& level : found)
        level = draw(generator);
    return found;
}

// Pearson's correlation of the last levels but `behind` with a word.
double correlation_of(const levels& all, const levels& word, size_t behind)
{
    const size_t n = word.size();
    const levels x(all.end() - long(n + behind), all.end() - long(behind));
    const auto mean = [](const levels& values) {
        return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
    };
    double xy = 0.0, xx = 0.0, yy = 0.0;
    for (size_t k = 0; k < n; k++) {
        const double a = x[k] - mean(x), b = word[k] - mean(word);
        xy += a * b;
        xx += a * a;
        yy += b * b;
    }
    return xy / std::sqrt(xx * yy);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_row_keeps_the_last_64_levels)
{
    auto all = random_levels(300, 1);
    std::fill_n(all.begin() + 100, 10, 1e13f); // what was strong takes no precision
    symbol_row row;
    for (size_t n = 0; n < all.size(); n++) {
        row.add(all[n]);
        BOOST_TEST_REQUIRE(row.count() == n + 1);
        BOOST_TEST_REQUIRE(row.last() == all[n]);
        if (n < 64 || (n >= 100 && n < 192)) // strong ones are in the sums
            continue;
        for (const size_t count : { 1, 5, 40 })
            for (const size_t behind : { 0, 1, 24 }) {
                double sum = 0.0;
                for (size_t k = 0; k < count; k++)
                    sum += all[n - behind - k];
                BOOST_TEST_REQUIRE(
                    std::abs(row.mean(count, behind) - sum / double(count)) < 1e-4);
            }
    }
}

BOOST_AUTO_TEST_CASE(a_word_correlates_without_mean_and_scale)
{
    const auto all = random_levels(200, 2);
    const auto row = row_of(all);
    for (const size_t count : { 2, 20, 64 })
        for (const size_t behind : { 0, 7 }) {
            if (count + behind > symbol_row::KEPT)
                continue;
            const auto word = word_of(random_levels(count, 3)).levels;
            BOOST_TEST(std::abs(row.correlation(word, behind) -
                                correlation_of(all, word, behind)) < 1e-4);
        }
    levels sent = random_levels(64, 4);
    const auto word = word_of({ sent.end() - 20, sent.end() });
    for (float& level : sent)
        level = 5.0f - 0.01f * level;
    const auto upside_down = row_of(sent);
    BOOST_TEST(upside_down.correlation(word.levels) == -1.0f,
               boost::test_tools::tolerance(1e-3f));
    BOOST_TEST(row_of(levels(64, 2.0f)).correlation(word.levels) == 0.0f);
}

BOOST_AUTO_TEST_CASE(a_word_may_have_three_wrong_symbols)
{
    const auto sent = word_symbols::levels_of("fsk2", random_bits(64, 1));
    const auto word = word_of({ sent.end() - 40, sent.end() - 4 });
    for (const size_t wrong : { 0, 1, 3, 4 }) {
        auto received = sent;
        for (size_t k = 0; k < wrong; k++) // each within, so that two sides differ
            received[28 + 8 * k] *= -1.0f;
        BOOST_TEST(row_of(received, true).resembles(word, 4) == (wrong <= 3), wrong);
    }
    levels opposite = sent;
    for (float& level : opposite)
        level *= -1.0f;
    BOOST_TEST(row_of(opposite, true).resembles(word, 4));
}

BOOST_AUTO_TEST_CASE(a_preamble_is_high_and_low_in_turn)
{
    levels sent;
    for (int k = 0; k < 24; k++)
        sent.push_back(k % 2 ? 1.3f : -0.7f);
    BOOST_TEST(row_of(sent).preamble_bits(0, false) == 15.0);
    BOOST_TEST(row_of(sent).preamble_bits(9, false) == 0.0); // so many did not come
    sent.insert(sent.end(), 5, 1.0f);
    BOOST_TEST(row_of(sent).preamble_bits(5, false) == 15.0);
    BOOST_TEST(row_of(sent).preamble_bits(0, false) < 10.0);
    BOOST_TEST(row_of(levels(64, 1.0f)).preamble_bits(0, false) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_match_has_the_bits_of_its_symbols)
{
    const levels sent = word_symbols::levels_of("fsk2", random_bits(32, 3));
    const auto word = word_of(sent);
    const auto found = [&](levels all, size_t wrong, float size_of_half = 1.0f) {
        for (size_t k = 0; k < all.size(); k += 2)
            all[k] *= size_of_half;
        for (size_t k = 0; k < wrong; k++)
            all[all.size() - 9 - 8 * k] *= -1.0f;
        return row_of(all).match(word, 0, 10.0);
    };
    const levels before = word_symbols::levels_of("fsk2", random_bits(30, 4));
    levels all = before;
    all.insert(all.end(), sent.begin(), sent.end());
    BOOST_TEST(found(all, 0).bits == 31.0);
    BOOST_TEST(found(all, 0).data_bits == 31.0);
    BOOST_TEST(found(all, 1).bits == 31.0 - std::log2(33));
    const auto uneven = found(all, 0, 0.15f); // no side is wrong, but noise is nearer
    BOOST_TEST(uneven.data_bits == 31.0);
    BOOST_TEST(uneven.bits < 25.0);
    BOOST_TEST(uneven.bits > 20.0);
    BOOST_TEST(found(before, 0).bits == 0.0);
}

BOOST_AUTO_TEST_CASE(sizes_count_where_a_word_has_both)
{
    const levels sent = word_symbols::levels_of("fsk4", of_hex("D471C9634D"));
    auto word = word_of(sent);
    word.has_sizes = true;
    BOOST_TEST(row_of(sent).match(word, 0, 10.0).data_bits == 19.0 + 20.0);
    levels all = sent;
    all[10] = all[10] > 0.0f ? 4.0f - all[10] : -4.0f - all[10]; // 3 for 1 or 1 for 3
    BOOST_TEST(row_of(all).match(word, 0, 10.0).data_bits == 19.0 + 20.0 - std::log2(22));
    levels outer = sent; // two levels alone
    for (float& level : outer)
        level = level > 0.0f ? 3.0f : -3.0f;
    BOOST_TEST(row_of(outer).match(word, 0, 10.0).data_bits < 26.0);
}

BOOST_AUTO_TEST_CASE(sizes_say_less_where_most_are_alike)
{
    const levels outer{ 3.0f, -3.0f, -3.0f, 3.0f }, inner{ 1.0f, -1.0f };
    levels sent;
    for (const auto* part : { &outer, &inner, &outer, &outer, &outer, &inner })
        sent.insert(sent.end(), part->begin(), part->end());
    auto word = word_of(sent);
    word.has_sizes = true;
    levels all;
    for (const size_t of_eight : { 4, 6, 7 }) {
        all.clear();
        for (size_t k = 0; k < 40; k++)
            all.push_back((k & 1 ? 1.0f : -1.0f) * (k % 8 < of_eight ? 3.0f : 1.0f));
        all.insert(all.end(), sent.begin(), sent.end());
        const double share = (5.0 * static_cast<double>(of_eight) + 1.0) / 42.0;
        const double bits = -16.0 * std::log2(share) - 4.0 * std::log2(1.0 - share);
        BOOST_TEST(row_of(all).match(word, 0, 10.0).data_bits == 19.0 + bits,
                   boost::test_tools::tolerance(1e-9));
    }
}

BOOST_AUTO_TEST_CASE(turns_match_up_to_one_turn_of_all)
{
    auto word = word_symbols::turns_of("dqpsk", of_hex("D0E9D") + bits{ 0, 0 });
    for (auto& turn : word)
        turn /= std::sqrt(static_cast<float>(word.size()));
    for (const bool is_wrong : { false, true }) {
        symbol_row row;
        std::complex<double> mean(0.1, 0.0);
        row.add_mean(mean);
        for (size_t k = 0; k < word.size(); k++) {
            const double angle = 0.3 + (is_wrong && k == 4 ? M_PI / 2.0 : 0.0);
            mean *= std::complex<double>(word[k] / std::abs(word[k])) *
                    std::polar(1.0, angle);
            row.add_mean(mean);
        }
        BOOST_TEST(row.match(turned_word(word, 0.0f), false, 10.0).data_bits ==
                   (is_wrong ? 20.0 - std::log2(34.0) : 20.0));
    }
}

BOOST_AUTO_TEST_CASE(the_opening_is_a_distance_from_the_mean_or_a_power)
{
    symbol_row row;
    for (const float level : { 1.0f, 3.0f, 5.0f })
        row.add(level);
    BOOST_TEST(row.opening() == 4.0f, boost::test_tools::tolerance(1e-5f)); // 5 from 3
    symbol_row turning;
    turning.add_mean({ 3.0, 4.0 });
    BOOST_TEST(turning.opening() == 25.0f);
}

BOOST_AUTO_TEST_CASE(a_bit_is_1_where_a_symbol_is_on_the_side_of_the_one_before)
{
    const auto sent = random_bits(64, 5);
    const auto expected = word_symbols::sides_of(word_symbols::levels_of("fsk2", sent));
    auto received = word_symbols::levels_of("fsk2", sent);
    for (float& level : received)
        level = 0.8f - 0.3f * level; // both levels are above 0
    BOOST_TEST((row_of(received).bits() & 0xFFFFFFFF) == (expected & 0xFFFFFFFF));
    BOOST_TEST(row_of(received, true).bits() << 1 == ~uint64_t{ 0 } << 1);
}

BOOST_AUTO_TEST_CASE(bits_of_turns_bear_an_offset_of_the_frequency)
{
    const auto sent = random_bits(128, 6);
    uint64_t expected = 0;
    symbol_row row;
    std::complex<double> mean = 1.0;
    for (const int bit : sent) { // half a turn for a 0, and 40 degrees
        mean *= std::polar(bit ? 1.0 : -1.0, 40.0 / 180.0 * M_PI);
        row.add_mean(mean);
        expected = expected << 1 | static_cast<uint64_t>(bit);
    }
    const uint64_t last = 0xFFFFFFFF, found = row.bits() & last;
    BOOST_TEST((found == (expected & last) || found == (~expected & last)));
}

BOOST_AUTO_TEST_CASE(clear_bits_are_those_before_the_scrambler)
{
    const auto data = random_bits(200, 7);
    levels sent;
    float level = 1.0f;
    for (const int bit : scrambled(data))
        sent.push_back(level = bit ? level : -level);
    uint64_t expected = 0;
    for (const int bit : data)
        expected = expected << 1 | static_cast<uint64_t>(bit);
    BOOST_TEST(row_of(sent, true).clear_bits() == expected);
}

BOOST_AUTO_TEST_CASE(a_word_of_turns_is_found_at_any_offset_unless_it_is_centred)
{
    auto word = word_symbols::turns_of("dqpsk", of_hex("D0E9D") + bits{ 0, 0 });
    for (auto& turn : word)
        turn /= std::sqrt(static_cast<float>(word.size()));
    for (const double degrees : { 0.0, 30.0, 60.0, 150.0, -120.0 }) {
        symbol_row row;
        std::complex<double> mean(0.1, 0.0);
        row.add_mean(mean);
        for (const auto& turn : word) {
            mean *= std::complex<double>(turn / std::abs(turn)) *
                    std::polar(1.0, degrees / 180.0 * M_PI);
            row.add_mean(mean);
        }
        BOOST_TEST(row.correlation(turned_word(word, 0.0f), false) == 1.0f,
                   boost::test_tools::tolerance(1e-4f));
        const bool is_near = std::abs(std::cos(degrees / 180.0 * M_PI)) > std::sqrt(0.5);
        BOOST_TEST(row.correlation(turned_word(word, 0.0f), true) ==
                       (is_near ? 1.0f : 0.0f),
                   boost::test_tools::tolerance(1e-4f));
    }
    symbol_row silent;
    for (int k = 0; k < 20; k++)
        silent.add_mean(0.0);
    BOOST_TEST(silent.correlation(turned_word(word, 0.0f), false) == 0.0f);
}

BOOST_AUTO_TEST_CASE(bits_are_counted)
{
    for (const uint64_t bits : { uint64_t{ 0 }, uint64_t{ 1 }, ~uint64_t{ 0 } })
        BOOST_TEST(bit_count(bits) == std::bitset<64>(bits).count());
    std::mt19937_64 generator(8);
    for (int k = 0; k < 100; k++) {
        const uint64_t bits = generator();
        BOOST_TEST(bit_count(bits) == std::bitset<64>(bits).count());
    }
}

BOOST_AUTO_TEST_CASE(four_rows_decide_as_each_row_does)
{
    for (const bool is_centred : { false, true }) {
        level_rows four(is_centred);
        std::array<symbol_row, level_rows::ROWS> rows;
        rows.fill(symbol_row(is_centred));
        const auto all = random_levels(4 * 300, 9);
        uint64_t number = 0; // of the symbol, of which `begin` rows were added
        size_t begin = 0;
        for (const size_t steps : { 1, 2, 3, 4, 5, 90, 800, 7, 288 }) {
            const size_t last = begin + steps, symbols = (last + 3) / 4;
            std::vector<level_rows::each_row<float>> added(symbols);
            for (size_t step = begin; step < last; step++)
                added[step / 4][step % 4] = all[4 * number + step];
            four.run(number, added, begin, last % 4 == 0 ? 4 : last % 4);
            for (size_t step = begin; step < last; step++) {
                const size_t row = step % 4;
                rows[row].add(added[step / 4][row]);
                const auto& made = four.symbols()[step / 4];
                BOOST_TEST_REQUIRE(made.bits[row] == rows[row].bits());
                BOOST_TEST_REQUIRE(made.clear_bits[row] == rows[row].clear_bits());
                BOOST_TEST_REQUIRE(std::abs(made.opening[row] - rows[row].opening()) <
                                   1e-4f);
            }
            number += last / 4;
            begin = last % 4;
        }
        BOOST_TEST(number == 300u);
    }
}

BOOST_AUTO_TEST_CASE(an_index_names_the_formats_whose_word_a_row_may_have)
{
    sync_format known, flagged, turned;
    const auto sent = word_symbols::levels_of("fsk2", random_bits(64, 10));
    known.levels = { word_of({ sent.end() - 32, sent.end() }) };
    flagged.is_hdlc = true;
    turned.turns = { word_symbols::turns_of("bpsk", of_hex("1ACFFC1D")) };
    for (auto& turn : turned.turns[0])
        turn /= std::sqrt(static_cast<float>(turned.turns[0].size()));
    word_index index;
    index.add(known, 1);
    index.add(flagged, 2);
    index.add(turned, 4);
    BOOST_TEST(index.candidates(row_of(sent), 7, true) == 1u);
    BOOST_TEST(index.candidates(row_of(sent), 6, true) == 0u); // it is not wanted
    BOOST_TEST(index.candidates(row_of(random_levels(64, 11)), 7, true) == 0u);
    const bits frame = random_bits(56, 12) + FLAG;
    const auto flags = word_symbols::levels_of("fsk2", nrzi(frame));
    BOOST_TEST(index.candidates(row_of(flags), 7, true) == 2u);
    symbol_row turning;
    std::complex<double> mean = 1.0;
    for (const int bit : random_bits(20, 13) + of_hex("1ACFFC1D")) {
        mean = std::polar(1.0, 0.3 * static_cast<double>(turning.count())) *
               (bit ? -1.0 : 1.0);
        turning.add_mean(mean);
    }
    BOOST_TEST(index.candidates(turning, 7, true) == 4u);

    level_rows four;
    std::vector<level_rows::each_row<float>> added;
    for (const float level : sent)
        added.push_back({ 0.1f, level, -0.2f, 0.3f });
    four.run(0, added, 0, 4);
    std::vector<level_rows::each_row<uint32_t>> may_have;
    index.look_at(four.symbols(), may_have);
    const level_rows::each_row<uint32_t> nowhere{}, in_second{ 0, 1, 0, 0 };
    BOOST_TEST((may_have.back() == in_second));
    BOOST_TEST(std::count(may_have.begin() + 32, may_have.end() - 1, nowhere) >= 30);
}

// The word of the second row stands three symbols before the last one, upside down.
BOOST_AUTO_TEST_CASE(rows_name_symbols_that_may_have_a_short_word)
{
    const auto sent = random_levels(70, 15);
    constexpr size_t LENGTH = 10, BEHIND = 3;
    const auto last = sent.end() - BEHIND;
    auto upside_down = std::vector<float>(last - LENGTH, last);
    for (float& level : upside_down)
        level = -level;
    level_rows four;
    four.look_for(word_symbols::normalised(upside_down), BEHIND, 0.9f);
    for (int again = 0; again < 2; again++) {
        std::vector<level_rows::each_row<float>> added;
        for (size_t k = 0; k < sent.size(); k++)
            added.push_back({ sent[(k + 20) % 70], 0.1f * sent[k] + 7.0f, 0.0f, 1.0f });
        four.run(0, added, 0, 4);
        const auto& made = four.symbols();
        BOOST_TEST(made.back().may_have[0] == 0u);
        BOOST_TEST(made.back().may_have[1] == 1u);
        const auto found =
            std::count_if(made.begin() + 13, made.end(), [](const auto& s) {
                return s.may_have[1] != 0;
            });
        BOOST_TEST(found <= 3);
        four.restart();
    }
}
