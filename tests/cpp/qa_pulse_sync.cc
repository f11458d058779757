/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "frames/pulse_sync.h"
#include "keyed_signals.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <random>
#include <string>

using namespace keyed;

namespace {

// A frame of a format with random data.
bits frame(unsigned format, size_t count)
{
    bits data;
    for (int k = 4; k >= 0; k--)
        data.push_back(format >> k & 1);
    return with_parity(data + random_bits(count - 29, format));
}

// 20 us of noise, the pulses, and noise again.
samples pulses(const bits& sent, double rate, double late = 0.3)
{
    bits chips(16, 0);
    for (const size_t k : { 0, 2, 7, 9 })
        chips[k] = 1;
    for (const int bit : sent)
        chips = chips + (bit ? bits{ 1, 0 } : bits{ 0, 1 });
    chips = bits(40, 0) + chips + bits(300, 0);
    std::mt19937 generator(3);
    std::normal_distribution<float> drawn(0.0f, 0.08f);
    samples found;
    for (size_t n = 0;; n++) {
        const double chip = (static_cast<double>(n) - late) / rate * 2e6;
        if (chip >= static_cast<double>(chips.size()))
            return found;
        const auto level =
            static_cast<float>(chip < 0 ? 0 : chips[static_cast<size_t>(chip)]);
        found.emplace_back(level + drawn(generator), drawn(generator));
    }
}

} // namespace

BOOST_AUTO_TEST_CASE(squitters_with_the_right_parity_are_found)
{
    for (const double rate : { 2e6, 2.4e6, 4e6, 10e6 })
        for (const unsigned format : { 11u, 17u, 18u })
            BOOST_TEST(found_in(pulses(frame(format, format == 11 ? 56 : 112), rate),
                                1.5e6,
                                rate) == "Mode S");
}

BOOST_AUTO_TEST_CASE(a_wrong_bit_and_other_formats_do_not_count)
{
    bits wrong = frame(17, 112);
    wrong[50] ^= 1;
    BOOST_TEST(found_in(pulses(wrong, 2.4e6), 1.5e6, 2.4e6) == "");
    BOOST_TEST(found_in(pulses(frame(4, 56), 2.4e6), 1.5e6, 2.4e6) == "");
    BOOST_TEST(found_in(pulses(bits(112, 0), 2.4e6), 1.5e6, 2.4e6) == "");
    BOOST_TEST(found_in(pulses(frame(17, 112), 2.4e6), 0.3e6, 2.4e6) == ""); // too narrow
    BOOST_TEST(found_in(pulses(frame(17, 112), 1.8e6), 1.5e6, 1.8e6) == ""); // rate
}

BOOST_AUTO_TEST_CASE(of_a_burst_the_first_5_ms_are_searched)
{
    const samples x = pulses(frame(17, 112), 2.4e6), idle(12001);
    signal_reader sync;
    sync.restart(2.4e6, 0, -0.7e6, 0.7e6);
    sync.add(0, idle.data(), idle.size());
    sync.add(idle.size(), x.data(), x.size());
    BOOST_TEST(name_of(sync) == "");
    sync.add(2 * idle.size(), x.data(), x.size()); // another burst
    BOOST_TEST(name_of(sync) == "Mode S");
}

BOOST_AUTO_TEST_CASE(frames_are_counted_however_samples_are_cut)
{
    samples x = pulses(frame(17, 112), 2.4e6);
    const samples next = pulses(frame(11, 56), 2.4e6);
    x.insert(x.end(), next.begin(), next.end());
    for (const size_t piece : { 1, 50, 100000 }) {
        gr::rfattn::pulse_sync sync(2.4e6);
        BOOST_TEST(!sync.found().name);
        for (size_t n = 0; n < x.size(); n += piece)
            sync.add(&x[n], std::min(piece, x.size() - n));
        BOOST_TEST(sync.found().frames == 2);
        BOOST_TEST(sync.found().name == std::string("Mode S"));
    }
}

BOOST_AUTO_TEST_CASE(a_frame_in_two_parts_is_none_and_bad_samples_hide_no_other)
{
    const samples x = pulses(frame(17, 112), 2.4e6);
    const auto middle = x.size() / 3;
    for (const bool is_gap : { false, true }) {
        gr::rfattn::pulse_sync sync(2.4e6);
        sync.add(x.data(), middle);
        if (is_gap)
            sync.break_off();
        sync.add(&x[middle], x.size() - middle);
        BOOST_TEST(sync.found().frames == (is_gap ? 0 : 1));
    }
    const float infinite = std::numeric_limits<float>::infinity();
    const samples bad = { { NAN, 0.0f }, { infinite, 1.0f }, { 3e38f, 3e38f } };
    gr::rfattn::pulse_sync sync(2.4e6);
    sync.add(bad.data(), bad.size());
    sync.add(x.data(), x.size());
    BOOST_TEST(sync.found().frames == 1);
}
