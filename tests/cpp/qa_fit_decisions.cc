/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Each decision of the fits, by name: something that it applies to, something that it
// does not apply to, and what is found without it.

#include "applied_decisions.h"
#include "fit/burst_fit.h"
#include "fitted_scene.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

using namespace gr::rfattn;

namespace {

// In Hz, without the time.
struct band {
    double lower, upper;
};

struct setup : fitted_scene {
    // Noise of a density, and a carrier, for the whole second.
    void add_band(const band& b, double density)
    {
        add(seconds(0.0, 1.0, b.lower, b.upper), density);
    }
    void add_line(double frequency, double power)
    {
        add_carrier(frequency, power, 0.0, 1.0);
    }

    bool does_apply(const std::string& name) const { return made.by_name().at(name) > 0; }

    // How many signals a split finds in 4 to 16 kHz, and whether the decision applied.
    size_t split(const std::string& name, double start = 0.1, double end = 0.9)
    {
        made.reset();
        const size_t n = fit().split(seconds(start, end, 4e3, 16e3)).size();
        d_applies = does_apply(name);
        return n;
    }

    // The band that is fitted to a box.
    box fitted(const std::string& name,
               const band& b,
               const burst_fit::neighbours& others = {})
    {
        made.reset();
        d_fitted = fit().fit_band(seconds(0.2, 0.8, b.lower, b.upper), others);
        d_applies = does_apply(name);
        return d_fitted.where;
    }
    const skirt& spill() const { return d_fitted.spill; }

    void check_applies(bool is_expected) const { BOOST_TEST(d_applies == is_expected); }

private:
    burst_fit::band_fit d_fitted{};
    bool d_applies = false;
};

void check_band(const box& found, double lower, double upper, double most = 150.0)
{
    BOOST_TEST(std::abs(found.lower - lower) < most, found.lower << " for " << lower);
    BOOST_TEST(std::abs(found.upper - upper) < most, found.upper << " for " << upper);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(fit_decisions, setup)

BOOST_AUTO_TEST_CASE(bands_that_do_not_belong_together_are_split)
{
    add(seconds(0.1, 0.5, 5e3, 8e3), 30.0);
    add(seconds(0.3, 0.9, 12e3, 15e3), 30.0);
    BOOST_TEST(split("split") == 2u);
    check_applies(true);
    made.leave_out("split");
    BOOST_TEST(split("split") == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_far_below_the_peak_is_its_skirt)
{
    add_line(7e3, 1e8);
    add(seconds(0.3, 0.9, 12e3, 15e3), 10.0);
    BOOST_TEST(split("faint") == 1u);
    check_applies(true);
    made.leave_out("faint");
    BOOST_TEST(split("faint") == 2u);
}

BOOST_AUTO_TEST_CASE(a_band_continues_beyond_the_box)
{
    add_band({ 5e3, 9e3 }, 30.0);
    check_band(fitted("grows", { 6e3, 8e3 }), 5e3, 9e3);
    check_applies(true);
    made.leave_out("grows");
    check_band(fitted("grows", { 6e3, 8e3 }), 6e3, 8e3);
    check_applies(false);
}

BOOST_AUTO_TEST_CASE(a_band_ends_where_another_rises)
{
    add_band({ 5e3, 9e3 }, 3.0);
    add_band({ 9.2e3, 12e3 }, 3000.0);
    check_band(fitted("rise", { 5e3, 8e3 }), 5e3, 9e3);
    check_applies(true);
    made.leave_out("rise");
    check_band(fitted("rise", { 5e3, 8e3 }), 9.2e3, 12e3);
}

BOOST_AUTO_TEST_CASE(what_mirrors_itself_around_a_carrier_is_its_band)
{
    made.leave_out("voice"); // which finds them, too
    add_line(7e3, 1e4);
    add_band({ 5e3, 6e3 }, 30.0);
    add_band({ 8e3, 9e3 }, 30.0);
    check_band(fitted("mirrored", { 6.9e3, 7.1e3 }), 5e3, 9e3);
    check_applies(true);
    made.leave_out("mirrored");
    BOOST_TEST(fitted("mirrored", { 6.9e3, 7.1e3 }).width() < 150.0);
}

BOOST_AUTO_TEST_CASE(a_weak_voice_on_both_sides_of_a_carrier_is_its_band)
{
    add_line(7e3, 1e5);
    add_band({ 5e3, 9e3 }, 0.45);
    check_band(fitted("voice", { 6.9e3, 7.1e3 }), 5e3, 9e3);
    check_applies(true);
    made.leave_out("voice");
    BOOST_TEST(fitted("voice", { 6.9e3, 7.1e3 }).width() < 150.0);
}

BOOST_AUTO_TEST_CASE(the_bands_of_others_are_not_a_part)
{
    add_band({ 5e3, 9e3 }, 30.0);
    add_band({ 9e3, 12e3 }, 60.0);
    const burst_fit::neighbours others{ { 9e3, 12.1e3, {}, 60.0 } };
    check_band(fitted("others", { 5e3, 12e3 }, others), 5e3, 9e3);
    check_applies(true);
    made.leave_out("others");
    check_band(fitted("others", { 5e3, 12e3 }, others), 5e3, 12e3);
}

BOOST_AUTO_TEST_CASE(the_skirts_of_others_are_not_a_part)
{
    add_band({ 5e3, 9e3 }, 30.0);
    add_band({ 9e3, 12e3 }, 3.0);
    skirt spilt(12e3, 14e3, 10e3);
    spilt.set(false, std::vector<float>(10, 3.0f), 1e3);
    const burst_fit::neighbours others{ { 12e3, 14e3, spilt, 60.0 } };
    check_band(fitted("others-skirt", { 5e3, 12e3 }, others), 5e3, 9e3);
    check_applies(true);
    made.leave_out("others-skirt");
    const box without = fitted("others-skirt", { 5e3, 12e3 }, others);
    BOOST_TEST(without.upper > 11e3);
}

BOOST_AUTO_TEST_CASE(what_a_line_leaks_is_not_a_part)
{
    add_band({ 5e3, 9e3 }, 30.0);
    add_line(9.5e3, 1e7);
    const burst_fit::neighbours line{ { 9.49e3, 9.51e3, {}, 1e5 } };
    check_band(fitted("leaks", { 5e3, 9.6e3 }, line), 5e3, 9e3);
    check_applies(true);
    made.leave_out("leaks");
    BOOST_TEST(fitted("leaks", { 5e3, 9.6e3 }, line).upper > 9.4e3);
}

BOOST_AUTO_TEST_CASE(a_skirt_holds_the_side_bands_that_are_seen)
{
    add_line(7e3, 1e7);
    add_band({ 6.5e3, 6.8e3 }, 30.0); // of so little power that the band ends before
    add_band({ 7.2e3, 7.5e3 }, 30.0);
    const auto spilt = [&] {
        fitted("own-rise", { 6.9e3, 7.1e3 });
        return spill().over(7.2e3, 7.4e3);
    };
    const double with = spilt();
    check_applies(true);
    made.leave_out("own-rise");
    BOOST_TEST(spilt() < 0.5 * with);
}

BOOST_AUTO_TEST_CASE(two_lines_are_narrower_than_the_window_shows_them)
{
    add_line(7e3, 1e5);
    add_line(7.07e3, 1e5);
    const double with = fitted("few-lines", { 6.9e3, 7.2e3 }).width();
    check_applies(true);
    made.leave_out("few-lines");
    BOOST_TEST(fitted("few-lines", { 6.9e3, 7.2e3 }).width() > with + 16.0);
}

BOOST_AUTO_TEST_CASE(a_burst_is_seen_beside_a_line_in_its_band)
{
    add(seconds(0.3, 0.6, 1e3, 21e3), 30.0);
    add_line(9e3, 1e6);
    const burst_fit::neighbours line{ { 8.95e3, 9.05e3, {}, 1e4 } };
    const auto length = [&] {
        made.reset();
        const auto found = fit().fit_times(seconds(0.2, 0.7, 1e3, 21e3), 0, 0, line);
        return found.bursts.front().duration() / RATE;
    };
    BOOST_TEST(std::abs(length() - 0.3) < 0.01);
    BOOST_TEST(does_apply("beside-lines"));
    made.leave_out("beside-lines");
    BOOST_TEST(length() > 0.48);
}

BOOST_AUTO_TEST_CASE(a_voice_may_pause)
{
    const auto pause = [&](double width) {
        return fit().longest_pause_s(width, 1e3, width);
    };
    BOOST_TEST(pause(3e3) == 0.5);
    BOOST_TEST(does_apply("voice-pause"));
    made.leave_out("voice-pause");
    BOOST_TEST(pause(3e3) == 0.1 / 3.0, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_SUITE_END()
