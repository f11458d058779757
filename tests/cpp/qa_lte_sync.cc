/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "frames/lte_duplex.h"
#include "frames/lte_sync.h"
#include "words/lte_words.h"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace gr::rfattn;
using samples = std::vector<gr_complex>;

namespace {

constexpr double RATE = 1.92e6, WIDTH = 1.08e6, HALF_S = 5e-3;
constexpr double USEFUL_S = 2048 / 30.72e6, GUARD_S = 144 / 30.72e6;
constexpr double FDD_S = USEFUL_S + GUARD_S, TDD_S = 3 * FDD_S + 16 / 30.72e6;
constexpr size_t SECTOR = 1, GROUP = 100;

// Adds a symbol whose useful part begins at a time.
template <class Values>
void add_symbol(
    samples& to, double rate, double offset, double start_s, const Values& values)
{
    const auto first = static_cast<size_t>(std::ceil((start_s - GUARD_S) * rate));
    const auto end =
        std::min(to.size(), static_cast<size_t>(std::ceil((start_s + USEFUL_S) * rate)));
    for (size_t n = first; n < end; n++)
        for (size_t k = 0; k < values.size(); k++) {
            const double hz = offset + lte_words::SPACING * lte_words::number(k);
            const double turns = hz * (static_cast<double>(n) / rate - start_s);
            to[n] += values[k] * gr_complex(std::polar(1.0, 2.0 * M_PI * turns));
        }
}

struct cell {
    double before_s = FDD_S; // from the secondary to the primary signal
    double offset = 0.0;     // Hz
    bool has_secondary = true;
    double noise = 4.0; // of a sample; each carrier has power 1
};

samples received(const cell& c, double rate = RATE, size_t halves = 4)
{
    std::mt19937 generator(1);
    std::normal_distribution<float> part(
        0.0f, static_cast<float>(std::sqrt(0.5 * c.noise * rate / RATE)));
    samples values(static_cast<size_t>(static_cast<double>(halves) * HALF_S * rate));
    for (auto& value : values)
        value = { part(generator), part(generator) };
    const auto secondary = lte_words::secondary(GROUP, SECTOR);
    for (size_t half = 0; half < halves; half++) {
        const double start_s = 1e-3 + static_cast<double>(half) * HALF_S;
        add_symbol(values, rate, c.offset, start_s, lte_words::primary(SECTOR));
        if (c.has_secondary)
            add_symbol(values, rate, c.offset, start_s - c.before_s, secondary[half % 2]);
    }
    return values;
}

std::string name_in(const samples& values, double rate = RATE)
{
    lte_sync sync(rate, -0.5 * WIDTH, 0.5 * WIDTH, 0.0);
    for (size_t n = 0; n < values.size(); n += 1000)
        sync.add(n, &values[n], std::min<size_t>(1000, values.size() - n));
    sync.finish();
    return sync.found().name ? sync.found().name : "";
}

} // namespace

BOOST_AUTO_TEST_CASE(secondary_signals_of_all_cells_differ)
{
    std::set<std::array<float, lte_words::CARRIERS>> all;
    for (size_t sector = 0; sector < lte_words::SECTORS; sector++)
        for (size_t group = 0; group < lte_words::GROUPS; group++)
            for (const auto& word : lte_words::secondary(group, sector))
                all.insert(word);
    BOOST_TEST(all.size() == 2u * 3 * 168);
}

BOOST_AUTO_TEST_CASE(the_place_of_the_secondary_signal_states_the_duplex)
{
    BOOST_TEST(name_in(received({ FDD_S })) == "LTE FDD");
    BOOST_TEST(name_in(received({ TDD_S })) == "LTE TDD");
}

BOOST_AUTO_TEST_CASE(the_middle_of_the_cell_may_be_elsewhere)
{
    for (const double offset : { -296e3, -7.3e3, 4.9e3, 123e3 })
        BOOST_TEST(name_in(received({ TDD_S, offset })) == "LTE TDD", offset << " Hz");
}

BOOST_AUTO_TEST_CASE(a_wide_channel_is_decimated)
{
    BOOST_TEST(name_in(received({ FDD_S, 101e3 }, 19.2e6), 19.2e6) == "LTE FDD");
}

BOOST_AUTO_TEST_CASE(the_primary_signal_alone_is_no_cell)
{
    BOOST_TEST(name_in(received({ FDD_S, 0.0, false }, RATE, 9)).empty());
}

BOOST_AUTO_TEST_CASE(a_weak_cell_takes_more_half_frames)
{
    const cell weak{ FDD_S, 0.0, true, 660.0 }; // -7 dB
    BOOST_TEST(name_in(received(weak, RATE, 4)).empty());
    BOOST_TEST(name_in(received(weak, RATE, 9)) == "LTE FDD");
}

BOOST_AUTO_TEST_CASE(pauses_between_both_directions_are_bridged)
{
    const auto values = received({ TDD_S });
    lte_sync sync(RATE, -0.5 * WIDTH, 0.5 * WIDTH, 0.0);
    for (size_t half = 0; half < 4; half++) // the first 3 ms of each half frame
        sync.add(half * 9600, &values[half * 9600], 5760);
    sync.finish();
    BOOST_TEST_REQUIRE(sync.found().name);
    BOOST_TEST(sync.found().name == std::string("LTE TDD"));
    BOOST_TEST(sync.found().frames == 3);
}

BOOST_AUTO_TEST_CASE(the_search_is_spread_over_a_tenth_of_a_second_or_finished)
{
    const auto values = received({ FDD_S }, RATE, 26);
    lte_sync spread(RATE, -0.5 * WIDTH, 0.5 * WIDTH, 0.0);
    size_t taken = 0;
    for (; !spread.found().name && taken < values.size(); taken += 960)
        spread.add(taken, &values[taken], 960);
    const double seconds = static_cast<double>(taken) / RATE;
    BOOST_TEST(seconds > 0.1);
    BOOST_TEST(seconds < 0.12);

    lte_sync finished(RATE, -0.5 * WIDTH, 0.5 * WIDTH, 0.0);
    finished.add(0, values.data(), 29000);
    finished.finish(); // too early
    BOOST_TEST(!finished.found().name);
    finished.add(29000, &values[29000], 1000);
    BOOST_TEST(!finished.found().name);
    finished.finish();
    BOOST_TEST(finished.found().name);
}

BOOST_AUTO_TEST_CASE(emissions_that_cannot_be_a_cell_are_not_searched)
{
    BOOST_TEST(!lte_sync(RATE, -0.3e6, 0.3e6, 0.0).has_formats());
    BOOST_TEST(!lte_sync(60e6, -12e6, 12e6, 0.0).has_formats());
    BOOST_TEST(!lte_sync(0.9e6, -0.45e6, 0.45e6, 0.0).has_formats());
    BOOST_TEST(lte_sync(RATE, -0.54e6, 0.54e6, 0.0).has_formats());
}

BOOST_AUTO_TEST_CASE(values_that_are_no_samples_are_borne)
{
    auto values = received({ FDD_S });
    values[20000] = { NAN, INFINITY };
    BOOST_TEST(name_in(values) == "LTE FDD");
}

BOOST_AUTO_TEST_CASE(times_of_a_cell_are_samples)
{
    const lte_times times(RATE);
    BOOST_TEST(times.rate == RATE);
    BOOST_TEST(times.symbol == 128u);
    BOOST_TEST(times.half == 9600.0);
    BOOST_TEST(times.begin(3) == 28800u);
    BOOST_TEST(lte_times(1.0001e6).begin(1) == 5001u); // 5000.5 is rounded
    BOOST_TEST(lte_times(1.0001e6).begin(2) == 10001u);
}

BOOST_AUTO_TEST_CASE(the_duplex_of_a_known_place_is_read)
{
    const lte_times times(RATE);
    const auto name = [&](const samples& values, const lte_place& place) {
        const auto found = cell_at(values, times, 4, place);
        return std::string(found.bits >= proof::PROVED ? found.duplex : "");
    };
    const auto first = static_cast<size_t>(1e-3 * RATE);
    const lte_place place{ 30e3, SECTOR, first, 1.0 };
    const auto values = received({ FDD_S, 30e3 });
    BOOST_TEST(name(values, place) == "LTE FDD");
    BOOST_TEST(name(received({ TDD_S, 30e3 }), place) == "LTE TDD");
    BOOST_TEST(name(received({ FDD_S, 30e3, false }), place) == ""); // no secondary
    BOOST_TEST(name(values, { 30e3, SECTOR + 1, first, 1.0 }) == "");
    BOOST_TEST(name(values, { 30e3, SECTOR, first + 300, 1.0 }) == "");
    BOOST_TEST(name({}, place) == "");
    const samples cut(values.begin() + long(first), values.end());
    BOOST_TEST(name({ cut.begin(), cut.begin() + 200 }, { 30e3, SECTOR, 0, 1.0 }) == "");
    BOOST_TEST(name(cut, { 30e3, SECTOR, 0, 1.0 }) == "LTE FDD"); // three are left
}

// What repeats with each half of a frame says no more than once.
BOOST_AUTO_TEST_CASE(repeated_noise_is_no_cell)
{
    const lte_times times(RATE);
    std::mt19937 generator(8);
    std::normal_distribution<float> drawn;
    double most = 0.0;
    for (int k = 0; k < 20; k++) {
        samples values;
        for (size_t n = 0; n < times.begin(1); n++)
            values.emplace_back(drawn(generator), drawn(generator));
        const samples once = values;
        for (int half = 1; half < 8; half++)
            values.insert(values.end(), once.begin(), once.end());
        const auto found = cell_at(values, times, 8, { 0.0, SECTOR, 3000, 1.0 });
        most = std::max(most, found.bits);
    }
    BOOST_TEST(most < proof::SUPPORTED);
}
