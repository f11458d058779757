/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "found_by.h"
#include "keyed_signals.h"
#include "measure/preamble_meter.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <complex>
#include <limits>
#include <vector>

using namespace keyed;
using found_by::number;

namespace {

constexpr char PREAMBLE[] = "preamble_rate";

bits alternating(size_t count)
{
    bits found(count);
    for (size_t k = 0; k < count; k++)
        found[k] = k % 2;
    return found;
}

// A burst of FSK: random symbols, a preamble, random symbols.
samples burst(size_t before, size_t preamble, double baud)
{
    return fsk(random_bits(before, 2) + alternating(preamble) + random_bits(300, 3),
               baud,
               500.0);
}

// What bursts with pauses between them show, in an emission so wide.
double rate_of(const std::vector<samples>& bursts, double width = 20e3)
{
    signal_reader sync;
    sync.restart(RATE, 0, -width / 2.0, width / 2.0);
    uint64_t first = 0;
    for (const auto& x : bursts) {
        sync.add(first, x.data(), x.size());
        first += x.size() + 1000;
    }
    BOOST_TEST(number(sync.all(), PREAMBLE) == 0.0); // the last burst may continue
    sync.finish();
    return number(sync.all(), PREAMBLE);
}

} // namespace

BOOST_AUTO_TEST_CASE(the_rate_of_a_preamble_is_measured)
{
    for (const double baud : { 1300.0, 4800.0, 9700.0 })
        for (const size_t before : { 0, 20 })
            BOOST_TEST(rate_of({ burst(before, 48, baud) }, 2.0 * baud) == baud,
                       boost::test_tools::tolerance(0.01));
}

BOOST_AUTO_TEST_CASE(noise_before_the_burst_is_passed_over)
{
    samples x = fsk(bits(1000, 0), 9600, 0.0, 0.01);
    for (auto& sample : x)
        sample = 3.0f * (sample - gr_complex(std::polar(1.0f, std::arg(sample))));
    const samples sent = burst(0, 48, 4800);
    x.insert(x.end(), sent.begin(), sent.end());
    BOOST_TEST(rate_of({ x }) == 4800.0, boost::test_tools::tolerance(0.01));
}

BOOST_AUTO_TEST_CASE(without_a_preamble_there_is_none)
{
    BOOST_TEST(rate_of({ burst(0, 0, 4800) }) == 0.0);
    BOOST_TEST(rate_of({ burst(0, 12, 4800) }) == 0.0); // too short
    BOOST_TEST(rate_of({ samples(9600, gr_complex(1.0f)) }) == 0.0);
    BOOST_TEST(rate_of({ samples(9600) }) == 0.0);
}

BOOST_AUTO_TEST_CASE(half_of_the_bursts_must_have_the_same)
{
    const samples with = burst(0, 48, 4800), without = burst(0, 0, 4800);
    BOOST_TEST(rate_of({ with, without }) == 4800.0, boost::test_tools::tolerance(0.01));
    BOOST_TEST(rate_of({ with, without, without }) == 0.0);
    BOOST_TEST(rate_of({ with, burst(0, 48, 6000), burst(0, 48, 7000) }) == 0.0);
}

BOOST_AUTO_TEST_CASE(a_burst_counts_once_however_long_it_is)
{
    gr::rfattn::preamble_meter meter(RATE);
    std::vector<float> turns;
    for (int n = 0; n < 20000; n++)
        turns.push_back(n / 5 % 2 ? 0.3f : -0.3f);
    for (int k = 0; k < 20; k++)
        found_by::add(meter, turns, std::vector<float>(turns.size(), 1.0f));
    BOOST_TEST(number(meter, PREAMBLE) == 0.0);
    meter.finish();
    BOOST_TEST(number(meter, PREAMBLE) == 9600.0, boost::test_tools::tolerance(0.01));
    const std::vector<float> bad(20000, std::numeric_limits<float>::quiet_NaN());
    found_by::add(meter, bad, bad);
    meter.finish();
    BOOST_TEST(number(meter, PREAMBLE) == 9600.0, boost::test_tools::tolerance(0.01));
}

BOOST_AUTO_TEST_CASE(a_rate_is_reported_again_when_it_is_another)
{
    signal_reader sync;
    uint64_t first = 0;
    const auto is_news_after = [&](double baud) {
        const samples x = burst(0, 48, baud);
        sync.add(first, x.data(), x.size());
        first += x.size() + 1000;
        return sync.finish();
    };
    sync.restart(RATE, 0, -10e3, 10e3);
    BOOST_TEST(is_news_after(4800));
    BOOST_TEST(!is_news_after(4848));
    BOOST_TEST(number(sync.all(), PREAMBLE) == 4848, boost::test_tools::tolerance(0.005));
    sync.restart(RATE, 0, -10e3, 10e3);
    BOOST_TEST(is_news_after(5280));
}
