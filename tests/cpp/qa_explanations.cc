/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Each explanation, by name: something that it explains, and something that it does not.

#include "applied_decisions.h"
#include "detector_samples.h"
#include "fit/decisions.h"
#include "measured_rows.h"
#include "track/candidate.h"
#include "track/explanations.h"
#include "track/scene.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <complex>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

using namespace gr::rfattn;

namespace {

constexpr double RATE = 1e6;
constexpr double MS = 1e-3 * RATE;
constexpr double KHZ = 1e3;

// Rows of noise alone, on which explanations may measure.
struct setup : measured_rows {
    std::unique_ptr<scene> s;
    decisions d;

    setup() : setup(::noise(RATE, 0.3, 1.0, 1)) {}

    explicit setup(const samples& values)
        : measured_rows(RATE, { { 8000.0, 0.25 }, { 250.0, 0.5 } })
    {
        add(values, static_cast<double>(values.size()));
        s = std::make_unique<scene>(scene{ RATE, *fit });
        s->now = 300.0 * MS;
    }

    // On the air from a time, in a band of 20 kHz from 100 kHz on.
    live_emission& on_air(double level, double start_ms = 100.0)
    {
        live_emission e;
        e.report.id = s->live.size() + 1;
        e.band = { start_ms * MS, s->now, 100.0 * KHZ, 120.0 * KHZ };
        e.on_air = true;
        e.level = e.excess = level;
        e.latest = e.band;
        e.last_on = s->now;
        e.revision = ++s->revision;
        s->live.push_back(e);
        return s->live.back();
    }

    // Ended; in the same band.
    known_burst& ended(double level, double start_ms, double end_ms)
    {
        const box b{ start_ms * MS, end_ms * MS, 100.0 * KHZ, 120.0 * KHZ };
        s->add_recent({ b, level, {}, 9 });
        return s->recent.back();
    }

    std::string applied() const { return ::applied(d); }

    // The names of what explains a candidate of a cell of 4 ms and 1 kHz.
    std::string explain(
        double start_ms, double end_ms, double lower_khz, double upper_khz, double excess)
    {
        d.reset();
        const box b{ start_ms * MS, end_ms * MS, lower_khz * KHZ, upper_khz * KHZ };
        const double energy = excess * b.duration() / RATE * b.width();
        candidate c{ b, 20.0, energy, false, { 0.0, 4.0 * MS, 0.0, KHZ } };
        const bool is = is_explained(c, *s, d);
        BOOST_TEST(is == !applied().empty());
        return applied();
    }

    static measured_burst burst(
        double start_ms, double end_ms, double lower_khz, double upper_khz, double excess)
    {
        measured_burst f;
        f.fit.where = { start_ms * MS, end_ms * MS, lower_khz * KHZ, upper_khz * KHZ };
        f.excess = excess;
        f.on_air = false;
        return f;
    }

    // The names of what explains a burst.
    std::string judged(const measured_burst& f)
    {
        d.reset();
        const auto v = judge(f, *s, d);
        BOOST_TEST((v.of == part::NONE) == applied().empty());
        return applied() + (v.of == part::WIDENS ? ", widens" : "");
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(explanations, setup)

BOOST_AUTO_TEST_CASE(nothing_explains_a_candidate_of_an_empty_scene)
{
    BOOST_TEST(explain(150, 200, 100, 120, 5.0) == "");
    BOOST_TEST(judged(burst(150, 200, 100, 120, 5.0)) == "");
}

BOOST_AUTO_TEST_CASE(a_candidate_lies_in_a_burst)
{
    on_air(10.0);
    BOOST_TEST(explain(150, 200, 105, 110, 5.0) == "covered");
    BOOST_TEST(explain(150, 200, 140, 150, 5.0) == "");
    BOOST_TEST(explain(20, 60, 105, 110, 5.0) == "");
    s->live.clear();
    ended(10.0, 100, 200);
    BOOST_TEST(explain(150, 200, 105, 110, 5.0) == "covered");
    BOOST_TEST(explain(210, 260, 105, 110, 5.0) == "");
}

BOOST_AUTO_TEST_CASE(a_candidate_is_the_skirt_of_a_burst)
{
    auto& e = on_air(1e3);
    e.spill = skirt(e.band.lower, e.band.upper, 50.0 * KHZ);
    e.spill.set(true, std::vector<float>(50, 2.0f), KHZ);
    BOOST_TEST(explain(150, 200, 140, 150, 2.0) == "skirt");
    BOOST_TEST(explain(150, 200, 140, 150, 4.0) == "");
    BOOST_TEST(explain(150, 200, 80, 90, 2.0) == "");
}

BOOST_AUTO_TEST_CASE(a_candidate_is_the_click_of_an_edge)
{
    ended(1e4, 100, 200);
    // 8 * 1e4 * 20 kHz / (4 pi^2) * (1 / 20 kHz - 1 / 30 kHz) = 675 Hz s at most
    BOOST_TEST(explain(198, 202, 140, 150, 10.0) == "click");
    BOOST_TEST(explain(198, 202, 140, 150, 20.0) == "");
    BOOST_TEST(explain(150, 160, 140, 150, 10.0) == "");
}

BOOST_AUTO_TEST_CASE(a_candidate_is_far_below_a_burst)
{
    on_air(1e5);
    BOOST_TEST(explain(150, 200, 200, 210, 2.0) == "far-below");
    BOOST_TEST(explain(150, 200, 200, 210, 4.0) == "");
    BOOST_TEST(explain(50, 70, 200, 210, 2.0) == "");
}

BOOST_AUTO_TEST_CASE(a_candidate_comes_from_many_bursts_of_an_emission)
{
    auto& e = on_air(10.0, 290.0);
    e.on_air = false;
    BOOST_TEST(explain(150, 250, 105, 110, 5.0) == "");
    e.report.burst_count = 3;
    BOOST_TEST(explain(150, 250, 105, 110, 5.0) == "slow-map");
    BOOST_TEST(explain(150, 250, 105, 110, 25.0) == "");
}

BOOST_AUTO_TEST_CASE(a_candidate_has_the_energy_of_shorter_bursts)
{
    for (double start : { 110.0, 140.0, 170.0 })
        ended(20.0, start, start + 12.0);
    BOOST_TEST(explain(100, 200, 100, 120, 15.0) == "sum");
    BOOST_TEST(explain(100, 200, 100, 120, 25.0) == "");
}

BOOST_AUTO_TEST_CASE(a_candidate_was_looked_at)
{
    s->add_seen({ 100.0 * MS, 200.0 * MS, 100.0 * KHZ, 120.0 * KHZ });
    BOOST_TEST(explain(150, 200, 105, 110, 5.0) == "seen");
    BOOST_TEST(explain(250, 280, 105, 110, 5.0) == "");
}

BOOST_AUTO_TEST_CASE(a_burst_lies_in_one_that_ended)
{
    ended(10.0, 100, 200);
    BOOST_TEST(judged(burst(150, 200, 105, 110, 5.0)) == "part-of-ended");
    BOOST_TEST(judged(burst(150, 240, 105, 110, 5.0)) == "");
}

BOOST_AUTO_TEST_CASE(a_burst_is_a_part_of_one_on_the_air)
{
    on_air(10.0);
    BOOST_TEST(judged(burst(150, 200, 105, 110, 5.0)) == "within");
    BOOST_TEST(judged(burst(150, 200, 120.2, 128, 4.0)) == "covers, widens");
    BOOST_TEST(judged(burst(150, 200, 120.2, 128, 30.0)) == "");
    BOOST_TEST(judged(burst(150, 200, 120.2, 128, 8.0)) == "covers, widens");
    BOOST_TEST(judged(burst(150, 200, 95, 140, 30.0)) == "covers, widens");
    BOOST_TEST(judged(burst(150, 200, 95, 160, 30.0)) == "");
}

BOOST_AUTO_TEST_CASE(a_burst_lies_in_the_band_that_one_on_the_air_has_now)
{
    on_air(10.0).latest.upper = 140.0 * KHZ;
    BOOST_TEST(judged(burst(150, 200, 125, 135, 5.0)) == "within");
    BOOST_TEST(judged(burst(150, 200, 145, 155, 5.0)) == "");
    s->live.back().spread = box{ 0.0, 0.0, 90.0 * KHZ, 160.0 * KHZ };
    BOOST_TEST(judged(burst(150, 200, 145, 155, 5.0)) == "within");
}

BOOST_AUTO_TEST_CASE(an_emission_is_asked_again_what_may_have_changed)
{
    on_air(1000.0);
    auto f = burst(102, 200, 125, 145, 300.0);
    f.id = 7;
    BOOST_TEST(judged(f) == "");
}

BOOST_AUTO_TEST_CASE(a_burst_begins_with_one_on_the_air)
{
    on_air(1000.0);
    BOOST_TEST(judged(burst(102, 200, 125, 145, 300.0)) == "begins-with, widens");
    BOOST_TEST(judged(burst(102, 200, 125, 145, 9.0)) == "begins-weak");
    BOOST_TEST(judged(burst(102, 102.5, 125, 145, 300.0)) == "begins-weak");
    BOOST_TEST(judged(burst(110, 200, 125, 145, 300.0)) == "");
    BOOST_TEST(judged(burst(102, 200, 155, 175, 300.0)) == "");
}

BOOST_AUTO_TEST_CASE(a_burst_has_power_where_one_on_the_air_has_less)
{
    // Tones of 0.5 ms at random: the second instead of the first, or beside it.
    for (const bool together : { false, true }) {
        auto values = ::noise(RATE, 0.3, 1.0, 1);
        std::mt19937 random(2);
        bool is_second = false;
        for (size_t i = 0; i < values.size(); i++) {
            if (i % 500 == 0)
                is_second = random() % 4 == 0;
            const auto tone = [&](double hz) {
                const double phase = 2.0 * M_PI * hz * static_cast<double>(i) / RATE;
                values[i] += gr_complex(std::polar(10.0, phase));
            };
            if (together || !is_second)
                tone(110.0 * KHZ);
            if (is_second)
                tone(150.0 * KHZ);
        }
        setup made(values);
        auto& e = made.on_air(2000.0);
        e.band.lower = 60.0 * KHZ;
        const auto f = burst(150, 200, 140, 160, 1000.0);
        BOOST_TEST((judge(f, *made.s, made.d).of == part::ALTERNATES) == !together);
        auto again = f;
        again.id = 7;
        BOOST_TEST((judge(again, *made.s, made.d).of == part::ALTERNATES) == !together);
        // Next to no power: also farther away, and where the other pauses.
        const auto weak = burst(150, 200, 140, 160, 20.0);
        e.has_paused = true;
        BOOST_TEST((judge(weak, *made.s, made.d).of == part::SPREADS) == !together);
        BOOST_TEST((judge(f, *made.s, made.d).of == part::NONE));
        e.has_paused = false;
        e.core = box{ 0.0, 0.0, 105.0 * KHZ, 115.0 * KHZ }; // too far away
        BOOST_TEST((judge(f, *made.s, made.d).of == part::NONE));
    }
}

BOOST_AUTO_TEST_CASE(a_burst_comes_with_the_pulses_of_one_that_is_stronger_then)
{
    // Pulses of 2 ms at both frequencies. The first emission was stronger before.
    for (const float amplitude : { 10.0f, 2.0f }) {
        auto values = ::noise(RATE, 0.3, 1.0, 1);
        for (size_t i = 0; i < values.size(); i++) {
            const double ms = static_cast<double>(i) / MS;
            if (ms < 100.0 || std::fmod(ms, 5.0) > 2.0)
                continue;
            const double turn = 2.0 * M_PI * static_cast<double>(i) / RATE;
            values[i] += std::polar(amplitude, static_cast<float>(turn * 110.0 * KHZ)) +
                         std::polar(1.0f, static_cast<float>(turn * 200.0 * KHZ));
        }
        setup made(values);
        made.on_air(1e5);
        const box b{ 150.0 * MS, 250.0 * MS, 190.0 * KHZ, 210.0 * KHZ };
        auto f = burst(150, 250, 190, 210, made.fit->measure_strength(b).excess);
        BOOST_TEST(made.judged(f) == (amplitude > 5.0f ? "keyed" : ""));
    }
}

BOOST_AUTO_TEST_CASE(a_burst_has_the_energy_of_shorter_ones)
{
    for (double start : { 110.0, 140.0, 170.0 })
        ended(20.0, start, start + 12.0);
    BOOST_TEST(judged(burst(100, 200, 100, 120, 15.0)) == "sum-of-bursts");
    BOOST_TEST(judged(burst(100, 200, 100, 120, 25.0)) == "");
    BOOST_TEST(judged(burst(100, 120, 100, 120, 15.0)) == "");
}

BOOST_AUTO_TEST_CASE(a_burst_is_spilt_right_beside_a_stronger_one)
{
    ended(1000.0, 100, 200);
    BOOST_TEST(judged(burst(120, 180, 125, 129, 30.0)) == "spilt-near");
    BOOST_TEST(judged(burst(120, 180, 131, 135, 30.0)) == "");
    BOOST_TEST(judged(burst(120, 180, 125, 129, 60.0)) == "");
    BOOST_TEST(judged(burst(190, 240, 125, 129, 30.0)) == "");
}

BOOST_AUTO_TEST_CASE(a_burst_is_spilt_in_the_time_of_a_far_denser_one)
{
    ended(1e6, 100, 200);
    BOOST_TEST(judged(burst(120, 180, 400, 404, 30.0)) == "spilt-under");
    BOOST_TEST(judged(burst(120, 180, 400, 404, 200.0)) == "");
    BOOST_TEST(judged(burst(120, 140, 400, 404, 30.0)) == "");
}

BOOST_AUTO_TEST_CASE(a_burst_is_spilt_by_one_that_it_begins_and_ends_with)
{
    ended(1000.0, 100, 200);
    BOOST_TEST(judged(burst(101, 201, 140, 180, 20.0)) == "spilt-with");
    BOOST_TEST(judged(burst(101, 201, 140, 180, 30.0)) == "");
    BOOST_TEST(judged(burst(101, 220, 140, 180, 20.0)) == "");
    BOOST_TEST(judged(burst(101, 201, 190, 230, 20.0)) == "");
}

BOOST_AUTO_TEST_CASE(a_burst_is_as_strong_as_the_skirts_of_others)
{
    auto& k = ended(100.0, 100, 200);
    k.spill = skirt(k.where.lower, k.where.upper, 50.0 * KHZ);
    k.spill.set(true, std::vector<float>(50, 2.0f), KHZ);
    BOOST_TEST(judged(burst(120, 160, 150, 160, 2.5)) == "spilt-skirt");
    BOOST_TEST(judged(burst(120, 160, 150, 160, 3.5)) == "");
}

BOOST_AUTO_TEST_CASE(the_emission_that_spills_a_burst_is_known)
{
    ended(1000.0, 100, 200);
    auto near = burst(120, 180, 125, 129, 30.0), under = burst(120, 180, 400, 404, 30.0);
    BOOST_TEST(spilt_by(near, *s, d).value() == 9u);
    BOOST_TEST(!spilt_by(under, *s, d));
    s->recent.back().excess = 1e6;
    BOOST_TEST(spilt_by(under, *s, d).value() == 9u);
    under.id = 3; // on the air for long, so that it has others within its time
    BOOST_TEST(!spilt_by(under, *s, d));
    near.id = 9; // its own
    BOOST_TEST(!spilt_by(near, *s, d));
    d.reset();
    near.id = 3; // a flag is no decision
    BOOST_TEST(spilt_by(near, *s, d).value() == 9u);
    BOOST_TEST(applied() == "");
}

BOOST_AUTO_TEST_CASE(emissions_on_the_air_have_the_same_band)
{
    const live_emission a = on_air(10.0);
    live_emission b = a;
    b.band.upper = 170.0 * KHZ;
    BOOST_TEST(have_same_band(a, b));
    b.band.upper = 181.0 * KHZ;
    BOOST_TEST(!have_same_band(a, b));
    b.band = { 0.0, 1.0, 109.0 * KHZ, 129.0 * KHZ };
    BOOST_TEST(!have_same_band(a, b));
}

BOOST_AUTO_TEST_CASE(a_candidate_is_compared_once_with_what_is_known)
{
    const box b{ 150.0 * MS, 200.0 * MS, 105.0 * KHZ, 110.0 * KHZ };
    candidate c{ b, 20.0, 5.0 * 250.0, false, { 0.0, 4.0 * MS, 0.0, KHZ } };
    ended(10.0, 100, 110);
    BOOST_TEST(!is_explained(c, *s, d));
    BOOST_TEST(c.compared == s->revision);
    s->recent.front().where.end = 250.0 * MS; // without a revision
    BOOST_TEST(!is_explained(c, *s, d));
    ended(10.0, 140, 210);
    BOOST_TEST(is_explained(c, *s, d));
    BOOST_TEST(applied() == "covered");
}

BOOST_AUTO_TEST_CASE(what_was_left_out_explains_nothing_and_another_name_is_refused)
{
    on_air(10.0);
    d.leave_out("within");
    d.leave_out("covers");
    BOOST_TEST(judged(burst(150, 200, 105, 110, 8.0)) == "");
    BOOST_CHECK_EXCEPTION(d.leave_out("spam"), std::invalid_argument, [](const auto& e) {
        const std::string text = e.what();
        return text.rfind("decision must be one of covered, skirt, ", 0) == 0 &&
               text.substr(text.size() - 10) == ", got spam";
    });
}

BOOST_AUTO_TEST_CASE(what_ended_long_ago_is_forgotten)
{
    ended(10.0, 100, 105);
    ended(10.0, 110, 120);
    s->now = 904.0 * MS;
    s->forget();
    BOOST_TEST(s->recent.size() == 2);
    s->now = 906.0 * MS;
    s->forget();
    BOOST_TEST(s->recent.size() == 1);
    s->now = 5121.0 * MS;
    s->forget();
    BOOST_TEST(s->recent.empty());
}

BOOST_AUTO_TEST_SUITE_END()
