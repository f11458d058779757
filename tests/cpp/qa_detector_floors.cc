/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// Receivers whose noise is not level: it is no signal, and signals are found in it.

#include "detector_samples.h"
#include "floor/noise_floor.h"
#include "spectra/spectrogram.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <tuple>
#include <vector>

using namespace gr::rfattn;

namespace {

constexpr double RATE = 960e3;
constexpr double NOISE = 1e-4; // power

// Amplitude of a gain in dB that goes up and down so often over the band.
auto humps(double periods, double db, double phase)
{
    return [=](double f) {
        const double gain_db = db / 2.0 * std::cos(2.0 * M_PI * periods * f + phase);
        return static_cast<float>(std::pow(10.0, gain_db / 20.0));
    };
}

// Passes three quarters of the band; 40 dB below that beyond slopes of 0.02.
float passes_middle(double f)
{
    const double below_db = 40.0 * std::clamp((std::abs(f) - 0.375) / 0.02, 0.0, 1.0);
    return static_cast<float>(std::pow(10.0, -below_db / 20.0));
}

// From a converter of 8 bits, the noise of I and of Q at so many of its steps.
samples quantised(const samples& values, double noise_steps)
{
    double power = 0.0;
    for (const auto& value : values)
        power += std::norm(value) / static_cast<double>(values.size());
    const double scale = noise_steps / std::sqrt(power / 2.0);
    const auto part = [&](float value) {
        const double step = std::round(value * scale - 0.5) + 0.5;
        return static_cast<float>(std::clamp(step, -127.5, 127.5) / 127.5);
    };
    samples result;
    for (const auto& value : values)
        result.emplace_back(part(value.real()), part(value.imag()));
    return result;
}

} // namespace

BOOST_AUTO_TEST_CASE(nothing_is_found_in_humps_of_noise)
{
    const auto white = noise(RATE, 0.6, NOISE, 4);
    for (const auto& [periods, db] : { std::pair(1.3, 3.0), { 1.3, 6.0 }, { 3.0, 3.0 } })
        for (const double phase : { 0.0, 2.0 })
            BOOST_TEST(found(filtered(white, humps(periods, db, phase)), RATE).empty(),
                       periods << " humps of " << db << " dB, phase " << phase);
}

// The gain raises the noise and the signal alike, so that the SNR is that of the same
// samples without it.
BOOST_AUTO_TEST_CASE(a_signal_on_a_hump_of_noise_is_found_once_with_its_snr)
{
    constexpr double CENTRE = 60e3;
    auto values = noise(RATE, 1.0, NOISE, 4);
    add_fsk(values, RATE, CENTRE, 4.8e3, 0.2e-3, 0.5, 0.9, 0.3 * NOISE);
    const auto there = [&](double periods, double db) {
        const double to_top = -2.0 * M_PI * periods * CENTRE / RATE;
        std::vector<emission> all;
        for (const auto& [id, e] :
             found(filtered(values, humps(periods, db, to_top)), RATE))
            if (e.freq_lower < CENTRE && e.freq_upper > CENTRE)
                all.push_back(e);
        BOOST_TEST_REQUIRE(all.size() == 1u);
        return all.front();
    };
    const auto expected = there(0.0, 0.0);
    for (const double periods : { 1.3, 3.0 })
        for (const double db : { 3.0, periods < 3.0 ? 6.0 : 4.0 })
            BOOST_TEST_CONTEXT(periods << " humps of " << db << " dB")
            {
                const auto one = there(periods, db);
                BOOST_TEST(std::abs(one.snr_db - expected.snr_db) < 0.5);
                BOOST_TEST(std::abs(one.freq_lower - expected.freq_lower) < 500.0);
                BOOST_TEST(std::abs(one.freq_upper - expected.freq_upper) < 500.0);
                BOOST_TEST(std::abs(one.sample_start / RATE - 0.5) < 0.005);
                BOOST_TEST(one.burst_count == 1u);
            }
}

BOOST_AUTO_TEST_CASE(nothing_is_found_in_noise_of_half_a_step_of_a_converter)
{
    for (const unsigned seed : { 4, 5 }) {
        const auto white = noise(RATE, 1.0, NOISE, seed);
        BOOST_TEST(found(quantised(filtered(white, passes_middle), 0.5), RATE).empty());
    }
}

// Slope, ripple and roll-off at once, and lines that are there before, begin or end.
BOOST_AUTO_TEST_CASE(nothing_is_found_in_noise_with_slope_ripple_and_roll_off)
{
    const auto gain = [](double f) {
        const double db = -4.0 * f + 0.5 * std::cos(2.0 * M_PI * 7.0 * f) -
                          130.0 * std::max(0.0, std::abs(f) - 0.44);
        return static_cast<float>(std::pow(10.0, db / 20.0));
    };
    for (const unsigned seed : { 11, 12, 14, 18 }) {
        auto values = noise(RATE, 1.5, NOISE, seed);
        for (const auto& [hz, start, end] : { std::tuple(0.2317, 0.0, 1.5),
                                              { -0.3391, 0.5, 1.5 },
                                              { -0.0411, 0.0, 0.3 } })
            for (auto i = static_cast<size_t>(start * RATE); i < end * RATE; i++)
                values[i] += std::polar(
                    static_cast<float>(std::sqrt(10.0 * NOISE * 1e3 / RATE)),
                    static_cast<float>(2.0 * M_PI * std::fmod(hz * double(i), 1.0)));
        const auto all = found(filtered(values, gain), RATE);
        BOOST_TEST(all.size() == 3u, "seed " << seed);
        for (const auto& [id, e] : all)
            BOOST_TEST(e.freq_upper - e.freq_lower < 1500.0, "seed " << seed);
    }
}

// A signal in three quarters of the band, beside noise that rolls off.
BOOST_AUTO_TEST_CASE(a_signal_in_most_of_the_band_has_its_own_box_and_snr)
{
    for (const double start : { 0.0, 0.6 }) {
        auto wide = noise(RATE, 1.2, 1.0, 3);
        for (auto& value : wide) // constant power, so that it is no noise
            value /= 1.3f * std::max(std::abs(value), 1e-3f);
        auto values = noise(RATE, 1.2, NOISE, 4);
        const auto shaped =
            filtered(wide, [](double f) { return std::abs(f) < 0.38 ? 1.0f : 0.0f; });
        double power = 0.0;
        for (const auto& value : shaped)
            power += std::norm(value) / static_cast<double>(shaped.size());
        const auto scale = static_cast<float>(std::sqrt(10.0 * 0.76 * NOISE / power));
        for (auto i = static_cast<size_t>(start * RATE); i < values.size(); i++)
            values[i] += scale * shaped[i];
        const auto roll_off = [](double f) {
            return static_cast<float>(
                std::pow(10.0, -6.5 * std::max(0.0, std::abs(f) - 0.44)));
        };
        std::vector<emission> all;
        for (const auto& [id, e] : found(filtered(values, roll_off), RATE))
            if (!(e.flags & emission::SIDEBAND))
                all.push_back(e);
        BOOST_TEST_REQUIRE(all.size() == 1u, "from " << start << " s");
        const auto& one = all.front();
        BOOST_TEST(std::abs(one.freq_lower + 0.38 * RATE) < 0.02 * RATE);
        BOOST_TEST(std::abs(one.freq_upper - 0.38 * RATE) < 0.02 * RATE);
        BOOST_TEST(std::abs(one.snr_db - 10.0) < 1.5);
    }
}

// The falls on both sides of a signal could be those of a filter; its symbols tell.
BOOST_AUTO_TEST_CASE(symbols_that_fill_most_of_a_narrow_band_are_a_signal)
{
    constexpr double NARROW = 9600.0, EXCESS = 0.4;
    samples impulses(static_cast<size_t>(4.0 * NARROW));
    std::mt19937 generator(5);
    for (size_t i = 0; i < impulses.size(); i += 2)
        impulses[i] = { generator() % 2 ? 1.0f : -1.0f, generator() % 2 ? 1.0f : -1.0f };
    const auto root_raised_cosine = [](double f) {
        const double x = (std::abs(f) / 0.5 - 0.5 * (1.0 - EXCESS)) / EXCESS;
        return static_cast<float>(std::cos(M_PI / 2.0 * std::clamp(x, 0.0, 1.0)));
    };
    auto values = filtered(impulses, root_raised_cosine);
    const auto beside = noise(NARROW, 4.0, 0.03, 6);
    for (size_t i = 0; i < values.size(); i++)
        values[i] += beside[i];
    const auto all = found(values, NARROW);
    BOOST_TEST_REQUIRE(all.size() == 1u);
    const auto& one = all.begin()->second;
    BOOST_TEST(std::abs(one.freq_upper - one.freq_lower - 5500.0) < 700.0);
    BOOST_TEST(std::abs(one.snr_db - 15.0) < 2.0);
}

// A receiver that was once seen to pass the whole band does so after a retune.
BOOST_AUTO_TEST_CASE(what_a_receiver_passes_is_kept_over_a_retune)
{
    const auto quiet = noise(RATE, 0.4, NOISE, 7);
    const auto wide = filtered(noise(RATE, 0.6, 20.0 * NOISE, 8),
                               [](double f) { return std::abs(f) < 0.3 ? 1.0f : 0.0f; });
    auto values = noise(RATE, 0.6, NOISE, 9);
    for (size_t i = 0; i < values.size(); i++)
        values[i] += wide[i];
    for (const uint64_t segment : { 1, 0 }) { // segment 0 is that of another receiver
        detector d({ RATE, 0.01, false });
        d.restart(0, 0);
        d.add(quiet.data(), quiet.size());
        d.finish();
        d.restart(segment, quiet.size());
        std::map<uint64_t, emission> all;
        const auto keep = [&all](const std::vector<emission>& reports) {
            for (const auto& e : reports)
                if (!(e.flags & emission::SIDEBAND))
                    all[e.id] = e;
        };
        keep(d.add(values.data(), values.size()));
        keep(d.finish());
        BOOST_TEST(all.size() == segment);
        for (const auto& [id, e] : all)
            BOOST_TEST(std::abs(e.freq_upper - e.freq_lower - 0.6 * RATE) < 0.02 * RATE);
    }
}

// Pulses in each block of the floor, as of many aircraft: the noise shows between them.
BOOST_AUTO_TEST_CASE(pulses_that_come_all_the_time_are_not_in_the_floor)
{
    auto values = noise(RATE, 1.0, NOISE, 10);
    std::mt19937 generator(11);
    std::uniform_int_distribution<size_t> any(0, values.size() - 200);
    for (int pulse = 0; pulse < 1500; pulse++) {
        const auto shape = noise(RATE, 120e-6, 300.0 * NOISE, generator());
        const size_t start = any(generator);
        for (size_t i = 0; i < shape.size(); i++)
            values[start + i] += shape[i];
    }
    spectrogram slow(RATE, 250.0, 0.5, false), fast(RATE, 8000.0, 0.25, false);
    noise_floor floor(slow, false, &fast);
    for (auto* s : { &fast, &slow })
        for (size_t i = 0; i + s->size() <= values.size(); i += s->hop()) {
            s->add(&values[i]);
            if (s == &slow)
                floor.add_row();
        }
    const auto mean_db = [&floor] {
        double sum = 0.0;
        for (int i = 0; i < floor.n_points(); i++)
            sum += floor.point(i) * RATE / NOISE / floor.n_points();
        return 10.0 * std::log10(sum);
    };
    BOOST_TEST_REQUIRE(floor.estimate());
    BOOST_TEST(mean_db() > 10.0);
    floor.cut_to_pauses();
    BOOST_TEST(std::abs(mean_db()) < 1.0);
}
