/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "fit/burst_fit.h"
#include "fit/fit_limits.h"
#include "fitted_scene.h"
#include "spectra/cell_map.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>

using namespace gr::rfattn;
using boost::test_tools::tolerance;

namespace {

void check_near(double found, double expected, double most)
{
    BOOST_TEST(std::abs(found - expected) <= most, found << " for " << expected);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_neighbour_is_a_line_where_it_is_narrow_and_dense)
{
    const burst_fit::neighbour line{ 1000.0, 1200.0, {}, 50.0 };
    BOOST_TEST(line.is_narrow_in(801.0)); // less than a quarter
    BOOST_TEST(!line.is_narrow_in(800.0));
    BOOST_TEST(line.leaks_into(1000.0, 4.9)); // more than ten times
    BOOST_TEST(!line.leaks_into(1000.0, 5.0));
    BOOST_TEST(!line.leaks_into(800.0, 4.9));
}

BOOST_AUTO_TEST_CASE(so_many_bins_bring_noise_below_half_of_the_floor)
{
    for (const double looks : { 1.0, 3.0, 10.0, 50.0 }) {
        const int bins = bins_for(looks, 1000);
        const auto deviation = [&](int n) {
            return 1.0 / std::sqrt(looks * independent_bins(n));
        };
        BOOST_TEST(SIGMAS * deviation(bins) < 0.55);
        if (bins > 2)
            BOOST_TEST(SIGMAS * deviation(bins / 2) > 0.5);
    }
    BOOST_TEST(bins_for(1e6, 1000) == 1);
    BOOST_TEST(bins_for(1.0, 7) == 7);
    BOOST_TEST(bins_for(1.0, 0) == 1);
}

BOOST_AUTO_TEST_CASE(the_longest_pause_follows_from_the_width)
{
    fitted_scene s;
    const auto& fit = s.fit();
    const auto pause = [&](double width, double pulse_s = 1e3 /* no pulses */) {
        return fit.longest_pause_s(width, pulse_s, width);
    };
    BOOST_TEST(pause(10e3) == 0.01, tolerance(1e-9));
    BOOST_TEST(pause(1e6) == 400e-6);                           // at least
    BOOST_TEST(pause(10.0) == 1.0);                             // at most
    BOOST_TEST(pause(3e3) == 0.5);                              // a voice
    BOOST_TEST(pause(100e3, 100e-6) == 0.001, tolerance(1e-9)); // too short for a row
    BOOST_TEST(pause(20e3, 500e-6) == 0.01);                    // a keyed carrier
    BOOST_TEST(pause(20e3, 700e-6) == 0.005, tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(bands_and_bursts_have_the_resolution_that_shows_them)
{
    fitted_scene s;
    const auto& fit = s.fit();
    BOOST_TEST(fit.for_time(10e3).bin_hz() == 2048.0); // three bins or more
    BOOST_TEST(fit.for_time(6e3).bin_hz() == 512.0);
    BOOST_TEST(fit.for_time(400.0).bin_hz() == 128.0);
    BOOST_TEST(fit.for_time(10.0).bin_hz() == 128.0);
    BOOST_TEST(fit.for_band(seconds(0.1, 0.2, 0, 1)).bin_hz() == 32.0); // three rows
    BOOST_TEST(fit.for_band(seconds(0.1, 0.14, 0, 1)).bin_hz() == 128.0);
    BOOST_TEST(fit.for_band(seconds(0.1, 0.1001, 0, 1)).bin_hz() == 2048.0);
    BOOST_TEST(fit.forgotten() == 16.0); // the middle of the first row
    s.rows.front()->forget_before(3200);
    BOOST_TEST(fit.forgotten() == 3216.0);
}

BOOST_AUTO_TEST_CASE(a_profile_is_the_power_above_the_floor_in_its_units)
{
    fitted_scene s;
    const box sent = seconds(0.2, 0.8, 5e3, 9e3);
    s.add(sent, 10.0);
    const auto& fit = s.fit();
    const auto p = fit.measure(sent, -20e3, 20e3);
    BOOST_TEST(p.source->bin_hz() == 32.0);
    BOOST_TEST(p.first_bin == p.source->bin_at(-20e3));
    BOOST_TEST(p.excess.size() == 1251u); // both ends have one
    const auto mean_of = [&](double lower, double upper) {
        double sum = 0.0;
        const int first = p.source->bin_at(lower), end = p.source->bin_at(upper);
        for (int i = first; i < end; i++)
            sum += p.excess[static_cast<size_t>(i - p.first_bin)];
        return sum / (end - first);
    };
    check_near(mean_of(5.2e3, 8.8e3), 10.0, 1.0); // the floor has an error, too
    check_near(mean_of(10e3, 19e3), 0.0, 0.1);
    const double rows = 0.6 * RATE / static_cast<double>(p.source->hop());
    check_near(p.looks, independent_rows(rows), 2.0);
}

BOOST_AUTO_TEST_CASE(strength_is_the_mean_excess_and_the_power_above_the_floor)
{
    fitted_scene s;
    s.add(seconds(0.2, 0.8, 5e3, 9e3), 10.0);
    const auto& fit = s.fit();
    const auto all = fit.measure_strength(seconds(0.25, 0.75, 5e3, 9e3));
    check_near(all.excess, 10.0, 1.0);
    BOOST_TEST(all.power == 10.0 * 4e3, tolerance(0.05));
    const auto wide = fit.measure_strength(seconds(0.25, 0.75, 3e3, 11e3));
    check_near(wide.excess, 5.0, 0.5);
    BOOST_TEST(wide.power == 10.0 * 4e3, tolerance(0.05));
    check_near(fit.measure_strength(seconds(0.2, 0.8, -20e3, -10e3)).excess, 0.0, 0.1);
}

BOOST_AUTO_TEST_CASE(a_band_is_fitted_whatever_part_of_it_the_box_has)
{
    fitted_scene s;
    s.add(seconds(0.2, 0.8, 5e3, 9e3), 30.0);
    const auto& fit = s.fit();
    for (const auto& b : { seconds(0.2, 0.8, 5e3, 9e3),
                           seconds(0.3, 0.7, 6e3, 8e3),
                           seconds(0.2, 0.8, 3e3, 12e3) }) {
        const auto found = fit.fit_band(b, {});
        BOOST_TEST(!found.is_empty);
        check_near(found.where.lower, 5e3, 100.0); // half a hundredth, and three bins
        check_near(found.where.upper, 9e3, 100.0);
        BOOST_TEST(found.where.start == b.start); // its time stays
        BOOST_TEST(found.where.end == b.end);
        BOOST_TEST(found.effective_width == 4e3, tolerance(0.15));
        check_near(found.seen_lower, 5e3, 150.0);
        check_near(found.seen_upper, 9e3, 150.0);
        BOOST_TEST(!found.has_weak_side_bands);
        BOOST_TEST(found.spill.over(10e3, 20e3) < 0.02 * 30.0 * 4e3);
    }
}

BOOST_AUTO_TEST_CASE(a_carrier_is_a_line_of_a_few_bins)
{
    fitted_scene s;
    s.add_carrier(7e3, 1e5, 0.0, 1.0);
    const auto found = s.fit().fit_band(seconds(0.0, 1.0, 6.9e3, 7.1e3), {});
    check_near(0.5 * (found.where.lower + found.where.upper), 7e3, 16.0);
    BOOST_TEST(found.where.width() <= 3 * 32.0);
}

BOOST_AUTO_TEST_CASE(the_bands_of_other_signals_are_left_out)
{
    fitted_scene s;
    s.add(seconds(0.2, 0.8, 5e3, 9e3), 30.0);
    s.add(seconds(0.2, 0.8, 9e3, 12e3), 60.0);
    const auto& fit = s.fit();
    const box all = seconds(0.2, 0.8, 5e3, 12e3);
    // The window smears their edges.
    const burst_fit::neighbour first{ 4.9e3, 9e3, {}, 30.0 },
        second{ 9e3, 12.1e3, {}, 60.0 };
    check_near(fit.fit_band(all, {}).where.width(), 7e3, 200.0);
    const auto found = fit.fit_band(all, { second });
    check_near(found.where.lower, 5e3, 100.0);
    check_near(found.where.upper, 9e3, 100.0);
    BOOST_TEST(fit.fit_band(all, { first, second }).is_empty);
}

BOOST_AUTO_TEST_CASE(bursts_are_fitted_in_time)
{
    fitted_scene s;
    // The band is that of four bins of 2048 Hz.
    s.add(seconds(0.2, 0.3, 5120.0, 13312.0), 30.0);
    s.add(seconds(0.5, 0.65, 5120.0, 13312.0), 30.0);
    const auto& fit = s.fit();
    const auto found = fit.fit_times(seconds(0.22, 0.6, 5120.0, 13312.0), 6000.0, 6000.0);
    BOOST_TEST_REQUIRE(found.bursts.size() == 2u);
    const double row = 32.0; // samples, of 2048 Hz
    check_near(found.bursts[0].start, 0.2 * RATE, 2.0 * row);
    check_near(found.bursts[0].end, 0.3 * RATE, 2.0 * row);
    check_near(found.bursts[1].start, 0.5 * RATE, 2.0 * row);
    check_near(found.bursts[1].end, 0.65 * RATE, 2.0 * row);
    BOOST_TEST(found.bursts[0].lower == 5120.0); // its band stays
    BOOST_TEST(found.bursts[0].upper == 13312.0);
    check_near(found.level, 30.0, 5.0); // the window smears some of it out of the band
    BOOST_TEST(found.pause == 100.0 / 8192.0 * RATE, tolerance(0.01));
    BOOST_TEST(found.has_paused);
    // A pause that is stated, longer than that between them.
    const auto one = fit.fit_times(
        seconds(0.22, 0.6, 5120.0, 13312.0), 6000.0, 6000.0, {}, 0.0, 0.25 * RATE);
    BOOST_TEST_REQUIRE(one.bursts.size() == 1u);
    check_near(one.bursts[0].duration(), 0.45 * RATE, 4.0 * row);
}

BOOST_AUTO_TEST_CASE(the_length_of_pulses_is_their_median)
{
    fitted_scene s;
    s.add_carrier(9e3, 1e6, 0.05, 0.07);
    s.add_carrier(9e3, 1e6, 0.2, 0.23);
    s.add_carrier(9e3, 1e6, 0.35, 0.5);
    s.add_carrier(-9e3, 1e6, 0.0, 1.0);
    const auto& fit = s.fit();
    const auto found = fit.fit_times(seconds(0.01, 0.6, 5e3, 13e3), 0.0, 0.0);
    BOOST_TEST(found.bursts.size() == 3u);
    check_near(found.pulse_s, 0.03, 0.001);
    BOOST_TEST(!fit.fit_times(seconds(0.01, 0.6, -13e3, -5e3), 0.0, 0.0).has_paused);
}

BOOST_AUTO_TEST_CASE(pauses_of_speech_do_not_end_a_burst)
{
    fitted_scene s;
    s.add(seconds(0.2, 0.3, 5e3, 8e3), 30.0);
    s.add(seconds(0.5, 0.65, 5e3, 8e3), 30.0);
    const auto found = s.fit().fit_times(seconds(0.2, 0.65, 5e3, 8e3), 6000.0, 6000.0);
    BOOST_TEST_REQUIRE(found.bursts.size() == 1u);
    check_near(found.bursts[0].start, 0.2 * RATE, 300.0);
    check_near(found.bursts[0].end, 0.65 * RATE, 300.0);
    BOOST_TEST(found.has_paused);
}

BOOST_AUTO_TEST_CASE(a_line_in_the_band_counts_for_nothing)
{
    fitted_scene s;
    s.add(seconds(0.3, 0.6, 1e3, 21e3), 30.0);
    s.add_carrier(9e3, 1e6, 0.0, 1.0);
    const auto& fit = s.fit();
    const box around = seconds(0.2, 0.7, 1e3, 21e3);
    const auto with = fit.fit_times(around, 0.0, 0.0);
    BOOST_TEST_REQUIRE(with.bursts.size() == 1u);
    BOOST_TEST(with.bursts[0].duration() > 0.48 * RATE);
    const burst_fit::neighbour line{ 8.95e3, 9.05e3, {}, 1e4 };
    const auto without = fit.fit_times(around, 0.0, 0.0, { line });
    BOOST_TEST_REQUIRE(without.bursts.size() == 1u);
    check_near(without.bursts[0].start, 0.3 * RATE, 500.0);
    check_near(without.bursts[0].end, 0.6 * RATE, 500.0);
}

BOOST_AUTO_TEST_CASE(what_a_stronger_signal_covers_is_left_out)
{
    fitted_scene s;
    s.add(seconds(0.1, 0.9, 10e3, 16e3), 10.0);
    s.add(seconds(0.5, 0.7, 2e3, 26e3), 5000.0);
    const auto& fit = s.fit();
    const auto found = fit.longest_uncovered(seconds(0.1, 0.9, 10e3, 16e3));
    check_near(found.start, 0.1 * RATE, 100.0);
    check_near(found.end, 0.5 * RATE, 100.0);
    const auto all = fit.longest_uncovered(seconds(0.1, 0.4, 10e3, 16e3));
    BOOST_TEST(all.end == 0.4 * RATE);
}

BOOST_AUTO_TEST_CASE(a_box_of_two_signals_is_split)
{
    fitted_scene s;
    s.add(seconds(0.1, 0.9, 5e3, 8e3), 30.0);
    s.add(seconds(0.3, 0.6, 15e3, 18e3), 30.0);
    const auto& fit = s.fit();
    const auto found = fit.split(seconds(0.1, 0.9, 4e3, 19e3));
    BOOST_TEST_REQUIRE(found.size() == 2u);
    check_near(found[0].lower, 5e3, 150.0);
    check_near(found[0].upper, 8e3, 150.0);
    check_near(found[1].lower, 15e3, 150.0);
    check_near(found[1].upper, 18e3, 150.0);
    const auto one = fit.split(seconds(0.1, 0.9, 5e3, 8e3));
    BOOST_TEST_REQUIRE(one.size() == 1u);
    BOOST_TEST(one[0].lower == 5e3);
    BOOST_TEST(one[0].upper == 8e3);
}

BOOST_AUTO_TEST_CASE(tones_alternate_where_one_has_power_and_the_other_has_none)
{
    fitted_scene s;
    std::mt19937 generator(1);
    for (int symbol = 10; symbol < 90; symbol++) { // of 10 ms
        const double start = 0.01 * symbol, end = start + 0.01;
        const bool is_mark = generator() % 2;
        s.add_carrier(is_mark ? 10e3 : 14e3, 1e6, start, end);
        s.add_carrier(-8e3, 1e6, start, end); // all the time
        if (is_mark) {
            s.add_carrier(-12e3, 1e6, start, end);
            s.add_carrier(-16e3, 1e6, start, end);
        }
    }
    const auto& fit = s.fit();
    const auto tone = [](double centre) {
        return seconds(0.1, 0.9, centre - 200.0, centre + 200.0);
    };
    BOOST_TEST(fit.alternate(tone(10e3), tone(14e3)));
    BOOST_TEST(fit.alternate(tone(14e3), tone(10e3)));
    BOOST_TEST(!fit.alternate(tone(-12e3), tone(-16e3))); // together
    BOOST_TEST(!fit.alternate(tone(10e3), tone(-8e3)));
}

// One stays, both are there by turns for a while, the other stays.
BOOST_AUTO_TEST_CASE(slots_of_two_stations_are_no_tones)
{
    fitted_scene s;
    std::mt19937 generator(2);
    s.add_carrier(10e3, 1e6, 0.1, 0.4);
    for (int symbol = 40; symbol < 60; symbol++)
        s.add_carrier(
            generator() % 2 ? 10e3 : 14e3, 1e6, 0.01 * symbol, 0.01 * symbol + 0.01);
    s.add_carrier(14e3, 1e6, 0.6, 0.9);
    const auto tone = [](double centre) {
        return seconds(0.1, 0.9, centre - 120.0, centre + 120.0);
    };
    BOOST_TEST(!s.fit().alternate(tone(10e3), tone(14e3)));
}

BOOST_AUTO_TEST_CASE(what_a_strong_signal_spills_comes_with_its_pulses)
{
    fitted_scene s;
    const auto pulses = [&](double from, double first_s, double density, int count) {
        for (int k = 0; k < count; k++) {
            const double start = first_s + 0.1 * k;
            s.add(seconds(start, start + 0.03, from, from + 4.5e3), density);
        }
    };
    for (int k = 0; k < 6; k++)
        s.add_carrier(4e3, 2e7, 0.2 + 0.1 * k, 0.23 + 0.1 * k);
    pulses(16e3, 0.2, 10.0, 6);   // with them
    pulses(-12e3, 0.25, 10.0, 6); // between them
    pulses(-22e3, 0.2, 10.0, 6);
    s.add(seconds(0.1, 0.9, -22e3, -17.5e3), 10.0); // also between them
    const auto& fit = s.fit();
    const auto band = [](double from, double end = 0.85) {
        return seconds(0.15, end, from, from + 4.5e3);
    };
    const box strong = band(2e3);
    BOOST_TEST(fit.comes_with(band(16e3), strong, {}));
    BOOST_TEST(!fit.comes_with(band(-12e3), strong, {}));
    BOOST_TEST(!fit.comes_with(band(-22e3), strong, {}));
    BOOST_TEST(!fit.comes_with(band(25e3), strong, {}));       // noise
    BOOST_TEST(!fit.comes_with(band(16e3, 0.34), strong, {})); // two pulses
    BOOST_TEST(!fit.comes_with(band(16e3), strong, { { 15e3, 21e3, {}, 10.0 } }));
}

BOOST_AUTO_TEST_CASE(without_rows_there_is_nothing)
{
    fitted_scene s;
    s.values.clear();
    const auto& fit = s.fit();
    const box b = seconds(0.1, 0.2, 5e3, 9e3);
    BOOST_TEST(fit.fit_times(b, 0.0, 0.0).bursts.empty());
    BOOST_TEST(fit.longest_uncovered(b).start == b.start);
    BOOST_TEST(fit.longest_uncovered(b).end == b.end);
    BOOST_TEST(!fit.alternate(b, seconds(0.1, 0.2, 15e3, 19e3)));
    BOOST_TEST(!fit.comes_with(b, seconds(0.1, 0.2, 15e3, 19e3), {}));
    BOOST_TEST(fit.power_correlation(b, b, b.start, b.end) == 0.0);
}
