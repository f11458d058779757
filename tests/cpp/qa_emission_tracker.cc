/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "detector_samples.h"
#include "measured_rows.h"
#include "track/emission_tracker.h"
#include "track/tracker_limits.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <string>
#include <vector>

using namespace gr::rfattn;

namespace {

constexpr double RATE = 12e3;
constexpr double NOISE = 1e-6; // power

// The tracker with all that it measures on, at a rate of short wave.
struct setup : measured_rows {
    decisions all;
    emission_tracker tracker{ RATE, 10.0, *fit, *floor, all };

    setup() : measured_rows(RATE, { { 250.0, 0.5 }, { 8.0, 4.0 } })
    {
        tracker.restart(0, 0);
    }

    void add(const samples& values, double until_s)
    {
        measured_rows::add(values, until_s * RATE);
    }

    std::vector<emission> reports()
    {
        std::vector<emission> found;
        tracker.take_reports(found);
        return found;
    }
};

std::vector<std::string> states_of(const std::vector<emission>& reports)
{
    const char* const names[] = { " new", " update", " end" };
    std::vector<std::string> states;
    for (const auto& r : reports)
        states.push_back(std::to_string(r.id) + names[static_cast<int>(r.what)]);
    return states;
}

// Noise of some 200 Hz, on and off in turn: four syllables a second.
void add_voice(samples& to,
               double centre,
               double start,
               double end,
               unsigned seed,
               double level = 0.1)
{
    const auto parts = ::noise(RATE, static_cast<double>(to.size()) / RATE, 1.0, seed);
    gr_complex poles[4] = {};
    for (auto i = static_cast<size_t>(start * RATE); i < end * RATE; i++) {
        const double t = static_cast<double>(i) / RATE;
        gr_complex in = parts[i];
        for (auto& pole : poles)
            in = pole += 0.08f * (in - pole);
        if (std::fmod(t, 0.25) < 0.125)
            to[i] += static_cast<float>(level) * in *
                     std::polar(1.0f,
                                static_cast<float>(
                                    std::remainder(2.0 * M_PI * centre * t, 2.0 * M_PI)));
    }
}

box seconds(double start, double end, double lower, double upper)
{
    return { start * RATE, end * RATE, lower, upper };
}

} // namespace

// Samples may have any unit, so that full scale is far away.
BOOST_AUTO_TEST_CASE(power_and_snr_are_those_of_samples_at_any_scale)
{
    const auto report_at = [](float scale) {
        auto values = noise(RATE, 2.0, NOISE, 1);
        add_voice(values, 2000.0, 0.4, 0.9, 7);
        for (auto& value : values)
            value *= scale;
        setup s;
        s.add(values, 2.0);
        s.tracker.add(seconds(0.4, 0.9, 1900.0, 2100.0), 2.0 * RATE);
        const auto reports = s.reports();
        BOOST_TEST_REQUIRE(reports.size() == 1u);
        return reports.front();
    };
    const auto usual = report_at(1.0f), small = report_at(1e-9f);
    BOOST_TEST(std::abs(usual.power_db - 180.0 - small.power_db) < 0.01);
    BOOST_TEST(std::abs(usual.snr_db - small.snr_db) < 0.01);
}

BOOST_AUTO_TEST_CASE(bursts_that_share_most_of_a_band_are_one_emission)
{
    const auto reports_of = [](double shift) {
        auto values = noise(RATE, 3.0, NOISE, 1);
        add_voice(values, 2000.0, 0.4, 0.9, 7);
        add_voice(values, 2000.0 + shift, 1.9, 2.4, 7);
        setup s;
        s.add(values, 3.0);
        for (const double start : { 0.4, 1.9 })
            s.tracker.add(seconds(start, start + 0.5, 1900.0, 2100.0 + shift),
                          3.0 * RATE);
        return s.reports();
    };
    const auto first = reports_of(0.0).front();
    const double most = (1.0 - SAME_BAND) * (first.freq_upper - first.freq_lower);
    for (const double shift : { 0.0, 0.75 * most })
        BOOST_TEST(states_of(reports_of(shift)) ==
                       (std::vector<std::string>{ "1 new", "1 update" }),
                   boost::test_tools::per_element());
    BOOST_TEST(states_of(reports_of(1.25 * most)) ==
                   (std::vector<std::string>{ "1 new", "2 new" }),
               boost::test_tools::per_element());
}

// Noise hides the weaker part of the band of a weak burst.
BOOST_AUTO_TEST_CASE(a_weak_burst_is_of_the_emission_whose_spectrum_it_has)
{
    const auto reports_of = [](double beside, bool is_left_out) {
        auto values = noise(RATE, 3.0, NOISE, 1);
        const auto add = [&](double level, double start, double part) {
            add_voice(values, 2000.0, start, start + 0.5, 7, level);
            for (const double hz : { 2250.0, 2500.0, 2750.0, 3000.0 })
                add_voice(values, hz, start, start + 0.5, 8, part * level);
        };
        add(0.1, 0.4, 0.3);
        add(0.005, 1.9, beside);
        setup s;
        if (is_left_out)
            s.all.leave_out("alike");
        s.add(values, 3.0);
        s.tracker.add(seconds(0.4, 0.9, 1900.0, 3100.0), 3.0 * RATE);
        s.tracker.add(seconds(1.9, 2.4, 1900.0, 2100.0), 3.0 * RATE);
        return s.reports();
    };
    const auto alike = reports_of(0.3, false);
    BOOST_TEST(states_of(alike) == (std::vector<std::string>{ "1 new", "1 update" }),
               boost::test_tools::per_element());
    BOOST_TEST(alike.back().freq_lower == alike.front().freq_lower); // its band stays
    BOOST_TEST(alike.back().freq_upper == alike.front().freq_upper);
    const std::vector<std::string> two{ "1 new", "2 new" };
    BOOST_TEST(states_of(reports_of(0.3, true)) == two, boost::test_tools::per_element());
    BOOST_TEST(states_of(reports_of(0.0, false)) == two,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_emission_stays_flagged_after_an_overload)
{
    auto values = noise(RATE, 66.0, NOISE, 1);
    for (size_t i = RATE / 2; i < values.size(); i++)
        values[i] += std::polar(0.1f, static_cast<float>(i % 12) * float(M_PI / 6.0));
    values[2 * size_t(RATE)] = 1.0f;
    std::map<uint64_t, std::vector<emission>> all;
    detector d({ RATE, 0.01, false });
    d.restart(0, 0);
    for (const auto& r : d.add(values.data(), values.size()))
        all[r.id].push_back(r);
    for (const auto& r : d.finish())
        all[r.id].push_back(r);
    const auto& carrier = std::max_element(all.begin(), all.end(), [](auto& a, auto& b) {
                              return a.second.size() < b.second.size();
                          })->second;
    BOOST_TEST(carrier.back().sample_count > 65.0 * RATE);
    for (const auto& r : carrier) {
        const bool was_overloaded = r.sample_start + r.sample_count > 2.01 * RATE;
        const bool is_flagged = (r.flags & emission::OVERLOAD) != 0u;
        BOOST_TEST_REQUIRE(is_flagged == was_overloaded);
    }
}
