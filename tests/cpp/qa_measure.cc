/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "measure/audio_band.h"
#include "measure/discriminator.h"
#include "measure/emission_features.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <complex>
#include <string>
#include <vector>

using namespace gr::rfattn;

namespace {

using values = std::vector<float>;

// 10 kHz wide, at 48 kS/s.
emission heard(std::vector<uint64_t> bursts = {})
{
    emission e;
    e.freq_lower = -2e3;
    e.freq_upper = 8e3;
    e.snr_db = 12.0;
    e.duty = 0.25;
    for (const uint64_t count : bursts)
        e.bursts.push_back({ 0, count });
    return e;
}

float feature(const emission_features& f, const std::string& name)
{
    for (size_t k = 0; k < emission_features::COUNT; k++)
        if (emission_features::NAMES[k] == name)
            return f.values()[k];
    BOOST_FAIL("no feature " << name);
    return 0.0f;
}

double duration_s(const emission_features& f)
{
    return 0.1 * std::exp2(4.0 * feature(f, "burst"));
}

} // namespace

BOOST_AUTO_TEST_CASE(a_discriminator_measures_the_turn_to_each_sample)
{
    for (const double turn : { -3.1, -1.0, -1e-3, 0.0, 0.01, 0.7, 2.0, 3.1 }) {
        discriminator d;
        std::vector<gr_complex> x;
        for (int n = 0; n < 20; n++) // whatever the amplitude is
            x.push_back(gr_complex(std::polar(0.1 + n, turn * n)));
        std::vector<float> turns;
        for (const size_t piece : { 3, 0, 1, 16 }) { // in pieces as in one
            d.run({ x.begin(), x.begin() + long(piece) }, turns);
            BOOST_TEST_REQUIRE(turns.size() == piece);
            for (size_t n = 0; n < piece; n++)
                if (x[n].real() != 0.1f) // nothing is before the first sample
                    BOOST_TEST(std::abs(turns[n] - turn) < 1e-4, turn);
            x.erase(x.begin(), x.begin() + long(piece));
        }
    }
}

BOOST_AUTO_TEST_CASE(from_nothing_and_to_nothing_there_is_no_turn)
{
    discriminator d;
    const gr_complex up(0.0f, 1.0f);
    std::vector<float> turns;
    d.run({ up, -up, 0.0f, up }, turns);
    BOOST_TEST(turns[0] == 0.0f);
    BOOST_TEST(turns[1] != 0.0f);
    BOOST_TEST(turns[2] == 0.0f);
    BOOST_TEST(turns[3] == 0.0f);
    d.restart();
    d.run({ 1.0f }, turns);
    BOOST_TEST(turns[0] == 0.0f);
}

BOOST_AUTO_TEST_CASE(an_audio_band_comes_at_the_least_rate_that_a_decimation_gives)
{
    BOOST_TEST(audio_band(48e3, 1.7e3, 14e3).rate() == 16e3);
    BOOST_TEST(audio_band(48e3, 1.7e3, 12e3).rate() == 12e3);
    BOOST_TEST(audio_band(48e3, 1.7e3, 24.1e3).rate() == 48e3);
    BOOST_TEST(audio_band(8e3, 1.7e3, 14e3).rate() == 8e3); // it is no higher
}

BOOST_AUTO_TEST_CASE(an_audio_band_shifts_a_tone_to_its_distance_from_the_centre)
{
    constexpr double RATE = 192e3, CENTRE = 19e3;
    for (const double distance : { 0.0, 150.0, -400.0 }) {
        audio_band band(RATE, CENTRE, 2e3);
        std::vector<std::complex<double>> found;
        for (int n = 0; n < 19200; n++)
            band.add(
                static_cast<float>(std::cos(2.0 * M_PI * (CENTRE + distance) * n / RATE)),
                [&](gr_complex sample) { found.emplace_back(sample); });
        BOOST_TEST_REQUIRE(found.size() == 200u);
        std::complex<double> sum;
        for (size_t k = 0; k < found.size(); k++)
            sum += std::polar(1.0, -2.0 * M_PI * distance * double(k) / band.rate()) *
                   found[k] / 200.0;
        // Half of a real tone is at its frequency; the mean takes sinc(400 / 2000) of it.
        BOOST_TEST(std::abs(sum) > 0.5 * 0.93);
        BOOST_TEST(std::abs(sum) < 0.5 * 1.01);
    }
}

BOOST_AUTO_TEST_CASE(an_audio_band_begins_a_mean_anew)
{
    audio_band band(40.0, 0.0, 10.0);
    std::vector<float> found;
    const auto take = [&](gr_complex sample) { found.push_back(sample.real()); };
    for (const float sample : { 100.0f, 100.0f, 100.0f })
        band.add(sample, take);
    band.restart();
    for (const float sample : { 1.0f, 2.0f, 3.0f, 6.0f, 50.0f })
        band.add(sample, take);
    BOOST_TEST(found == values{ 3.0f }, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(features_are_those_of_the_table)
{
    emission_features f(48e3);
    emission e = heard({ 2400, 9600, 4800 });
    e.period_s = 2.0;
    f.update(e, 20e3);
    const auto is = [&](const char* name, double value) {
        BOOST_TEST(std::abs(feature(f, name) - value) < 1e-6, name);
    };
    is("width", std::log2(10.0 / 16.0) / 4.0);
    is("channel", std::log2(20.0 / 10.0) - 1.0);
    is("burst", 0.0); // the median has 0.1 s
    is("ended", 1.0);
    is("period", 0.25);
    is("periodic", 1.0);
    is("duty", -0.5);
    is("snr", -0.3);
    e.snr_db = 60.0;
    e.period_s.reset();
    f.update(e, 20e3);
    is("snr", 1.0); // 25 dB at most
    is("period", 0.0);
    is("periodic", 0.0);
}

BOOST_AUTO_TEST_CASE(the_duration_is_that_of_the_last_bursts_or_of_the_one_on_the_air)
{
    emission_features f(48e3);
    emission e = heard();
    e.burst_start = 1000;
    e.sample_now = 1000 + 480;
    f.update(e, 20e3);
    BOOST_TEST(feature(f, "ended") == 0.0f);
    BOOST_TEST(duration_s(f) == 0.01, boost::test_tools::tolerance(1e-4));
    f.update(heard({ 4800, 9600 }), 20e3);
    BOOST_TEST(duration_s(f) == 0.15, boost::test_tools::tolerance(1e-4));
    BOOST_TEST(feature(f, "ended") == 1.0f);
    e.sample_now = 1000 + 4800; // shorter
    f.update(e, 20e3);
    BOOST_TEST(duration_s(f) == 0.15, boost::test_tools::tolerance(1e-4));
    e.sample_now = 1000 + 48000; // longer
    f.update(e, 20e3);
    BOOST_TEST(duration_s(f) == 1.0, boost::test_tools::tolerance(1e-4));
    f.update(heard(std::vector<uint64_t>(30, 480)), 20e3); // and the two before
    BOOST_TEST(duration_s(f) == 0.01, boost::test_tools::tolerance(1e-4));
    f.update(heard(std::vector<uint64_t>(16, 960)), 20e3); // half of the last 32
    BOOST_TEST(duration_s(f) == 0.015, boost::test_tools::tolerance(1e-4));
}

BOOST_AUTO_TEST_CASE(features_of_hostile_values_are_limited)
{
    emission_features f(48e3);
    emission e;
    e.period_s = 1e300;
    e.snr_db = -1e9;
    e.duty = 1e9;
    f.update(e, 1e300); // no width, no burst
    for (const float value : f.values()) {
        BOOST_TEST(value >= -4.0f);
        BOOST_TEST(value <= 4.0f);
    }
    BOOST_TEST(feature(f, "snr") == -4.0f);
    BOOST_TEST(feature(f, "channel") == 4.0f);
}
