/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "detector_samples.h"
#include "spectra/absent_samples.h"
#include "spectra/repeated_samples.h"
#include "spectra/stretches.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <random>
#include <vector>

using gr::rfattn::absent_samples;
using gr::rfattn::repeated_samples;
using gr::rfattn::stretches;

namespace {

constexpr double RATE = 250e3;

// Different values but where some are made equal.
samples counting(size_t n)
{
    samples values;
    for (size_t i = 0; i < n; i++)
        values.emplace_back(static_cast<float>(i + 1), -1.0f);
    return values;
}

void make_constant(samples& values, double start, double end, gr_complex value)
{
    std::fill(values.begin() + std::lround(start * RATE),
              values.begin() + std::lround(end * RATE),
              value);
}

// Noise, and FSK 20 dB above it in its 20 kHz, from 0.5 to 0.8 s.
samples fsk_in_noise()
{
    auto values = noise(RATE, 1.0, 1e-4, 1);
    add_fsk(values, RATE, 30e3, 10e3, 1e-4, 0.5, 0.8, 1e-3);
    return values;
}

// All samples of the parts that lie from `begin` to before `end`.
std::vector<uint64_t> visited(const stretches& all, uint64_t begin, uint64_t end)
{
    std::vector<uint64_t> found;
    all.visit(begin, end, [&](uint64_t first, uint64_t last) {
        for (uint64_t sample = first; sample < last; sample++)
            found.push_back(sample);
    });
    return found;
}

} // namespace

BOOST_AUTO_TEST_CASE(stretches_are_the_samples_that_were_added)
{
    std::mt19937 generator(1);
    for (int draw = 0; draw < 20; draw++) {
        stretches all;
        std::vector<char> is_in(60, 0);
        for (uint64_t begin = generator() % 8; begin + 8 < is_in.size();) {
            const uint64_t end = begin + 1 + generator() % 7;
            all.add(begin, end);
            std::fill(is_in.begin() + long(begin), is_in.begin() + long(end), 1);
            begin = end + generator() % 3; // 0: it continues the one before
        }
        for (uint64_t begin = 0; begin < is_in.size(); begin++)
            for (uint64_t end = begin + 1; end <= is_in.size(); end++) {
                std::vector<uint64_t> inside;
                for (uint64_t sample = begin; sample < end; sample++)
                    if (is_in[sample])
                        inside.push_back(sample);
                BOOST_TEST_REQUIRE(all.touch(begin, end) == !inside.empty());
                BOOST_TEST_REQUIRE(all.cover(begin, end) ==
                                   (inside.size() == end - begin));
                BOOST_TEST_REQUIRE((visited(all, begin, end) == inside));
            }
    }
}

BOOST_AUTO_TEST_CASE(near_stretches_are_joined_and_old_ones_forgotten)
{
    stretches all;
    BOOST_TEST(!all.touch(0, 100));
    all.add(10, 20, 5);
    all.add(25, 30, 5); // 5 samples apart
    BOOST_TEST(all.cover(10, 30));
    all.add(36, 40, 5); // 6
    BOOST_TEST(!all.touch(30, 36));
    all.forget(30); // the first ends there
    BOOST_TEST(all.touch(10, 11));
    all.forget(31);
    BOOST_TEST(!all.touch(0, 36));
    BOOST_TEST(all.cover(36, 40));
    all.clear();
    BOOST_TEST(!all.touch(0, 100));
}

BOOST_AUTO_TEST_CASE(equal_samples_are_absent_however_they_are_cut)
{
    auto values = counting(100);
    std::fill_n(values.begin() + 20, 10, values[20]); // as many as are absent
    std::fill_n(values.begin() + 40, 9, values[40]);
    std::fill_n(values.begin() + 60, 25, values[60]);
    for (const size_t chunk : { 1, 3, 7, 10 }) {
        absent_samples absent(10);
        for (size_t at = 0; at < values.size(); at += chunk)
            absent.add(&values[at], std::min(chunk, values.size() - at));
        BOOST_CHECK_EQUAL(absent.count(), 35u);
        BOOST_CHECK_EQUAL(absent.known(), 100u);
        BOOST_CHECK(absent.cover(20, 30) && absent.cover(60, 85));
        BOOST_CHECK(!absent.cover(19, 30) && !absent.cover(20, 31));
        BOOST_CHECK(!absent.touch(0, 20) && !absent.touch(30, 60));
        BOOST_CHECK(!absent.touch(85, 100));
        BOOST_CHECK_EQUAL(absent.first_present(), 0u);
        absent.forget(50);
        BOOST_CHECK(!absent.touch(0, 60) && absent.touch(60, 61));
    }
}

BOOST_AUTO_TEST_CASE(the_latest_samples_are_not_known_while_they_repeat)
{
    absent_samples absent(4);
    const samples values(4, { 0.5f, 0.5f });
    const std::vector<uint64_t> known = { 1, 1, 1, 4, 5 };
    for (const uint64_t expected : known) {
        absent.add(values.data(), 1);
        BOOST_CHECK_EQUAL(absent.known(), expected);
    }
    BOOST_CHECK_EQUAL(absent.first_present(), 5u);
    BOOST_CHECK_EQUAL(absent.count(), 5u);
    absent.restart();
    absent.add(values.data(), 1); // a value of before
    BOOST_CHECK_EQUAL(absent.known(), 1u);
    BOOST_CHECK_EQUAL(absent.count(), 0u);
}

BOOST_AUTO_TEST_CASE(absent_samples_become_zero)
{
    absent_samples absent(3);
    samples values = { 1.0f, 2.0f, 2.0f, 2.0f, 3.0f, 3.0f };
    absent.add(values.data(), 3);
    absent.add(values.data() + 3, 3);
    absent.blank(values.data() + 2, 2, 4);
    BOOST_CHECK(values == samples({ 1.0f, 2.0f, 0.0f, 0.0f, 3.0f, 3.0f }));
}

BOOST_AUTO_TEST_CASE(the_floor_is_not_learned_from_absent_samples)
{
    const auto whole = found(fsk_in_noise(), RATE);
    BOOST_REQUIRE_EQUAL(whole.size(), 1u);
    const auto& expected = whole.begin()->second;
    for (const gr_complex value : { gr_complex(0.0f), gr_complex(-1.0f, -1.0f) }) {
        auto values = fsk_in_noise();
        make_constant(values, 0.0, 0.3, value);
        const auto emissions = found(values, RATE);
        BOOST_REQUIRE_EQUAL(emissions.size(), 1u);
        const auto& e = emissions.begin()->second;
        BOOST_CHECK_CLOSE(static_cast<double>(e.sample_start), 0.5 * RATE, 1.0);
        BOOST_CHECK_CLOSE(static_cast<double>(e.sample_count), 0.3 * RATE, 2.0);
        BOOST_CHECK_SMALL(e.freq_lower - expected.freq_lower, 500.0);
        BOOST_CHECK_SMALL(e.freq_upper - expected.freq_upper, 500.0);
        // Of fewer samples the floor is taken to be higher.
        BOOST_CHECK_SMALL(e.snr_db - expected.snr_db, 1.0);
        BOOST_CHECK_EQUAL(e.flags, 0u);
    }
}

BOOST_AUTO_TEST_CASE(an_emission_pauses_where_samples_are_absent)
{
    for (const gr_complex value : { gr_complex(0.0f), gr_complex(-1.0f, -1.0f) }) {
        auto values = fsk_in_noise();
        make_constant(values, 0.6, 0.7, value);
        const auto emissions = found(values, RATE);
        BOOST_REQUIRE_EQUAL(emissions.size(), 1u);
        const auto& e = emissions.begin()->second;
        BOOST_CHECK_EQUAL(e.burst_count, 2u);
        BOOST_CHECK_CLOSE(static_cast<double>(e.sample_start), 0.5 * RATE, 1.0);
        BOOST_CHECK_CLOSE(static_cast<double>(e.sample_count), 0.3 * RATE, 2.0);
        BOOST_CHECK_CLOSE(e.duty, 2.0 / 3.0, 3.0);
    }
}

BOOST_AUTO_TEST_CASE(nothing_is_found_at_the_edges_of_absent_samples)
{
    auto values = noise(RATE, 2.0, 1e-4, 2);
    for (auto& value : values)
        value += gr_complex(0.005f, -0.003f); // a receiver's offset
    for (double start = 0.05; start < 2.0; start += 0.1)
        make_constant(values, start, start + 0.03, { -1.0f, -1.0f });
    BOOST_CHECK(found(values, RATE).empty());
}

BOOST_AUTO_TEST_CASE(what_never_differs_holds_nothing)
{
    for (const double share : { 0.0, 1.0 }) {
        auto values = fsk_in_noise();
        make_constant(values, 0.0, 1.0, static_cast<float>(share));
        gr::rfattn::detector d({ RATE, 0.01, false });
        d.restart(0, 0);
        BOOST_CHECK(d.add(values.data(), values.size()).empty());
        BOOST_CHECK(d.finish().empty());
        BOOST_CHECK_EQUAL(d.samples_absent(), values.size());
    }
}

BOOST_AUTO_TEST_CASE(one_buffer_that_comes_again_and_again_is_repeated)
{
    const size_t longest = 5000, period = 700, begin = 9000, size = 60'000;
    samples values = noise(RATE, size / RATE, 1e-4, 2);
    for (size_t i = begin; i < 40'000; i++)
        values[i] = values[i - period];
    for (const size_t step : { 1, 64, 4000 }) {
        repeated_samples found(longest);
        std::vector<uint64_t> counts; // after each thousandth sample
        for (size_t at = 0; at < size; at += step) {
            found.add(&values[at], std::min(step, size - at));
            if (step <= 64 && at % 1000 < step)
                counts.push_back(found.count());
        }
        BOOST_CHECK_EQUAL(found.count(), 0);
        if (step == 4000)
            continue;
        // No mark lasts longer than five times `longest`, and the third one ends it.
        const uint64_t late = counts[39];
        BOOST_CHECK_GE(late, 39'000 - begin - 5 * longest - 2 * period);
        BOOST_CHECK_LE(late, 40'000 - begin + period);
        BOOST_CHECK_EQUAL(counts[8], 0);
        BOOST_CHECK_EQUAL(counts[41], 0);
    }
}

BOOST_AUTO_TEST_CASE(noise_in_few_steps_and_equal_samples_are_not_repeated)
{
    samples values = noise(RATE, 0.4, 1.0, 3);
    for (auto& value : values)
        value = { std::round(value.real()), std::round(value.imag()) };
    std::fill(values.begin() + 50'000, values.end(), 1.0f);
    repeated_samples found(2000);
    for (size_t at = 0; at < values.size(); at += 100) {
        found.add(&values[at], 100);
        BOOST_REQUIRE_EQUAL(found.count(), 0);
    }
}
