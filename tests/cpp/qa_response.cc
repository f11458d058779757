/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "floor/response.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <functional>
#include <random>
#include <utility>

using namespace gr::rfattn;

namespace {

constexpr int N = 128;         // pieces
constexpr double ERROR = 0.05; // dB
const std::pair INNER(35, 93), NOTHING(0, 0);

using shape = std::function<double(double)>; // dB by share of the band from -0.5 to 0.5

double place(int k)
{
    return (k + 0.5) / N - 0.5;
}

// Levels of noise behind a receiver, less the scatter.
curve behind(const shape& gain)
{
    curve y(N);
    for (int k = 0; k < N; k++)
        y[k] = gain(place(k));
    return y;
}

curve with_scatter(curve y, double error = ERROR, unsigned seed = 1)
{
    std::mt19937 generator(seed);
    std::normal_distribution<double> draw(0.0, error);
    for (double& level : y)
        level += draw(generator);
    return y;
}

// Adds a signal whose edges are as steep as those of symbols with an excess of a third.
void add_signal(curve& y, double centre, double width, double snr_db)
{
    for (int k = 0; k < N; k++) {
        const double beyond = (std::abs(place(k) - centre) - width / 2.0) / width;
        const double passed = std::clamp(0.5 - beyond / 0.33, 0.0, 1.0);
        y[k] += 10.0 * std::log10(1.0 + passed * std::pow(10.0, snr_db / 10.0));
    }
}

double slope_and_ripple(double f)
{
    return 6.0 * f + 0.75 * std::cos(2.0 * M_PI * 7.0 * f + 1.0);
}

// Passes the inner three quarters of the band; 40 dB less beyond slopes of 0.03.
double filter(double f)
{
    return -40.0 * std::clamp((std::abs(f) - 0.375) / 0.03, 0.0, 1.0);
}

double farthest(const curve& a, const curve& b, int first = 0, int end = N)
{
    double most = 0.0;
    for (int k = first; k < end; k++)
        most = std::max(most, std::abs(a[k] - b[k]));
    return most;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_receiver_with_slope_ripple_and_roll_off_is_followed)
{
    const auto gain = behind([](double f) {
        return slope_and_ripple(f) - 130.0 * std::max(0.0, std::abs(f) - 0.44);
    });
    for (unsigned seed = 1; seed < 6; seed++)
        for (const double error : { 0.02, 0.15 }) { // of 2 s, and of 0.16 s
            const auto found =
                find_response(with_scatter(gain, error, seed), error, INNER, NOTHING);
            BOOST_TEST(farthest(found.level, gain) < 0.25 + 2.0 * error);
        }
}

BOOST_AUTO_TEST_CASE(humps_of_a_receiver_are_followed)
{
    for (const auto& [periods, db] :
         { std::pair(0.7, 6.0), { 1.3, 6.0 }, { 3.0, 4.0 } }) {
        const auto gain = behind([p = periods, d = db](double f) {
            return d / 2.0 * std::cos(2.0 * M_PI * p * f);
        });
        const auto found = find_response(with_scatter(gain), ERROR, INNER, NOTHING);
        BOOST_TEST(farthest(found.level, gain) < 0.4, periods << " humps of " << db);
    }
}

BOOST_AUTO_TEST_CASE(signals_are_no_noise)
{
    const auto gain = behind(slope_and_ripple);
    for (const auto& [centre, width, snr_db] : { std::tuple(-0.2, 0.01, 3.0),
                                                 { 0.1, 0.06, 10.0 },
                                                 { 0.1, 0.06, 40.0 },
                                                 { -0.15, 0.25, 6.0 },
                                                 { 0.33, 0.2, 10.0 } }) {
        auto y = gain;
        add_signal(y, centre, width, snr_db);
        const auto found = find_response(with_scatter(y), ERROR, INNER, NOTHING);
        // Within, the ripple of the receiver is not seen.
        BOOST_TEST(farthest(found.level, gain) < 2.0,
                   snr_db << " dB in " << width << " at " << centre);
    }
}

BOOST_AUTO_TEST_CASE(below_a_signal_the_noise_is_a_line)
{
    const auto gain = behind([](double f) { return 8.0 * f; });
    auto y = gain;
    add_signal(y, 0.05, 0.4, 15.0);
    const auto found = find_response(with_scatter(y), ERROR, INNER, NOTHING);
    BOOST_TEST(farthest(found.level, gain) < 0.3);
    const auto [first, end] = found.signal;
    BOOST_TEST(place(first) < -0.15);
    BOOST_TEST(place(first) > -0.25);
    BOOST_TEST(place(end) > 0.25);
    BOOST_TEST(place(end) < 0.35);
}

BOOST_AUTO_TEST_CASE(a_piece_below_the_noise_is_ignored)
{
    const auto gain = behind(slope_and_ripple);
    auto y = gain;
    y[N / 2] -= 6.0; // where a receiver's offset was taken out
    const auto found = find_response(with_scatter(y), ERROR, INNER, NOTHING);
    BOOST_TEST(farthest(found.level, gain) < 0.3);
}

BOOST_AUTO_TEST_CASE(a_filter_ends_where_the_noise_falls)
{
    auto y = behind(filter);
    add_signal(y, 0.1, 0.02, 30.0);
    const auto found = find_response(with_scatter(y), ERROR, INNER, NOTHING);
    BOOST_TEST(std::abs(place(found.first) + 0.375) < 0.015);
    BOOST_TEST(std::abs(place(found.end) - 0.375) < 0.015);
    const auto [first, end] = found.with_slopes;
    BOOST_TEST(std::abs(place(first) + 0.405) < 0.02);
    BOOST_TEST(std::abs(place(end) - 0.405) < 0.02);
    BOOST_TEST(farthest(found.level, behind(filter), found.first, found.end) < 0.3);
    // A band that falls by itself has none.
    const auto level =
        find_response(with_scatter(behind(slope_and_ripple)), ERROR, INNER, NOTHING);
    BOOST_TEST(level.first == 0);
    BOOST_TEST(level.end == N);
}

BOOST_AUTO_TEST_CASE(within_the_inner_part_no_filter_ends)
{
    curve gain(N, 0.0), y = gain;
    add_signal(y, 0.0, 0.6, 15.0);
    const auto filtered = find_response(with_scatter(y), ERROR, INNER, NOTHING);
    BOOST_TEST(filtered.level[N / 2] > 14.0); // whatever passes, looks like this
    const auto found = find_response(with_scatter(y), ERROR, { 6, N - 6 }, NOTHING);
    BOOST_TEST(farthest(found.level, gain) < 0.3);
}

BOOST_AUTO_TEST_CASE(a_known_signal_tells_no_noise)
{
    curve gain(N, 0.0), y = gain;
    for (int k = 0; k < N; k++) // like a hump
        y[k] += 6.0 * std::exp(-0.5 * std::pow(place(k) / 0.15, 2.0));
    const auto hump = find_response(with_scatter(y), ERROR, INNER, NOTHING);
    BOOST_TEST(farthest(hump.level, y) < 0.4);
    const auto found = find_response(with_scatter(y), ERROR, { 10, 118 }, { 12, 116 });
    BOOST_TEST(farthest(found.level, gain) < 0.5);
}

BOOST_AUTO_TEST_CASE(a_band_of_few_pieces_and_of_silence_has_a_response)
{
    const auto few = find_response({ 1.0, 1.0, 1.0, 1.0 }, ERROR, { 1, 3 }, NOTHING);
    for (const double level : few.level)
        BOOST_TEST(std::abs(level - 1.0) < 0.11);
    auto y = behind(slope_and_ripple);
    std::fill_n(y.begin(), 20, -300.0);
    std::fill(y.end() - 20, y.end(), -300.0);
    const auto found = find_response(y, ERROR, INNER, NOTHING);
    BOOST_TEST(farthest(found.level, y, 22, N - 22) < 0.3);
}
