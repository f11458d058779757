/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "keyed_signals.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <string>

using namespace keyed;

namespace {

constexpr double FAST = 4e6;

const bits CHIPS = of_hex("D9C3522E"); // of the symbol 0 of IEEE 802.15.4

// A burst with a word behind so many random symbols.
samples burst(const std::string& hex, double baud, size_t before = 20)
{
    return fsk(random_bits(before, 5) + of_hex(hex) + random_bits(200, 6),
               baud,
               0.0,
               0.01,
               FAST);
}

// Each chip is a half sine as long as two chips, in turn on both axes.
samples offset_qpsk(const bits& chips)
{
    constexpr size_t CHIP = 2; // samples at 4 MS/s
    samples found((chips.size() + 1) * CHIP);
    for (size_t k = 0; k < chips.size(); k++)
        for (size_t n = 0; n < 2 * CHIP; n++) {
            const auto wave = static_cast<float>(
                (chips[k] ? 1 : -1) * std::sin(M_PI * (n + 0.5) / (2.0 * CHIP)));
            found[k * CHIP + n] += k % 2 ? gr_complex(0.0f, wave) : gr_complex(wave);
        }
    return found;
}

} // namespace

BOOST_AUTO_TEST_CASE(advertising_of_bluetooth_is_found_by_its_access_address)
{
    BOOST_TEST(found_in(burst("556B7D9171", 1e6), 1.1e6, FAST) == "BLE advertising");
    BOOST_TEST(found_in(burst("556B7DA642", 1e6), 1.1e6, FAST) == ""); // five bits
    BOOST_TEST(found_in(burst("556B7D9171", 1e6), 0.4e6, FAST) == ""); // too narrow
}

BOOST_AUTO_TEST_CASE(a_burst_of_dect_is_enough_at_its_start)
{
    for (const std::string word : { "AAAAE98A", "55551675" })
        for (const size_t before : { 20, 2000 }) { // so many symbols were looked at
            const samples x = burst(word, 1.152e6, before), next = burst(word, 1.152e6);
            signal_reader sync;
            sync.restart(FAST, 0, -0.6e6, 0.6e6);
            sync.add(0, x.data(), x.size());
            BOOST_TEST(name_of(sync) == (before > 20 ? "" : "DECT"));
            sync.add(x.size() + 40000, next.data(), next.size());
            BOOST_TEST(name_of(sync) == "DECT");
        }
}

BOOST_AUTO_TEST_CASE(bursts_whose_word_is_nearly_that_of_dect_are_none)
{
    for (const std::string word : { "AAAAE98B", "AAAAE9A9" }) {
        signal_reader sync;
        sync.restart(FAST, 0, -0.6e6, 0.6e6);
        uint64_t first = 0;
        for (size_t number = 0; number < 40; number++) {
            const samples x = burst(word, 1.152e6, 20 + number);
            sync.add(first, x.data(), x.size());
            first += x.size() + 40000;
        }
        BOOST_TEST(name_of(sync) == "", word);
    }
}

BOOST_AUTO_TEST_CASE(a_preamble_of_802_15_4_is_two_equal_symbols)
{
    const bits before = random_bits(64, 1), behind = random_bits(640, 2);
    BOOST_TEST(found_in(offset_qpsk(before + CHIPS + CHIPS + behind), 2.2e6, FAST) ==
               "IEEE 802.15.4");
    BOOST_TEST(found_in(offset_qpsk(before + CHIPS + behind), 2.2e6, FAST) == "");
}

BOOST_AUTO_TEST_CASE(a_cell_of_gsm_is_found_by_a_synchronization_burst)
{
    for (const int wrong : { 0, 12 }) {
        bits training = of_hex("B962040F2D45761B");
        for (int k = 0; k < wrong; k++)
            training[static_cast<size_t>(5 * k)] ^= 1;
        const bits sent = random_bits(300, 1) + training + random_bits(300, 2);
        bits turned{ 0 }; // to one side where a bit equals that before
        for (size_t k = 1; k < sent.size(); k++)
            turned.push_back(sent[k] == sent[k - 1] ? 0 : 1);
        const samples x = fsk(turned, 1625e3 / 6.0, 1e3, 0.01, 1e6);
        BOOST_TEST(found_in(x, 200e3, 1e6) == (wrong ? "" : "GSM"));
    }
}

BOOST_AUTO_TEST_CASE(of_short_bursts_the_first_5_ms_are_searched)
{
    BOOST_TEST(found_in(burst("556B7D9171", 1e6, 4900), 1.1e6, FAST) ==
               "BLE advertising");
    BOOST_TEST(found_in(burst("556B7D9171", 1e6, 5300), 1.1e6, FAST) == "");
}
