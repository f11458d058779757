/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "detect/detector.h"
#include "floor/noise_floor.h"
#include "spectra/cell_map.h"
#include "spectra/spectrogram.h"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <complex>
#include <random>
#include <vector>

using namespace gr::rfattn;

namespace {

constexpr double RATE = 240e3;
constexpr float DENSITY = 1e-9f; // of the noise, per Hz

using samples = std::vector<gr_complex>;

samples noise(double seconds)
{
    std::mt19937 generator(1);
    std::normal_distribution<float> part(0.0f, std::sqrt(DENSITY * float(RATE) / 2));
    samples values(static_cast<size_t>(seconds * RATE));
    for (auto& value : values)
        value = { part(generator), part(generator) };
    return values;
}

// A carrier of a power between two times, s.
void add_carrier(samples& to, double frequency, double power, double start, double end)
{
    const auto amplitude = static_cast<float>(std::sqrt(power));
    for (auto i = static_cast<size_t>(start * RATE); i < end * RATE; i++)
        to[i] += std::polar(amplitude,
                            static_cast<float>(std::remainder(
                                2.0 * M_PI * frequency * i / RATE, 2.0 * M_PI)));
}

void fill(spectrogram& rows, noise_floor& floor, const samples& values)
{
    while ((rows.end() + 2) * rows.hop() <= values.size()) {
        rows.add(&values[rows.end() * rows.hop()]);
        floor.add_row();
    }
}

// Rows of ones with a few louder cells: (row, cell).
std::vector<cell_map::component> components(const std::vector<std::pair<int, int>>& loud,
                                            int n_rows)
{
    constexpr int N = 32;
    cell_map map(N, 1, 1, 8.0);
    std::vector<cell_map::component> found;
    for (int r = 0; r < n_rows; r++) {
        std::vector<float> row(N, 1.0f);
        for (const auto& [at, cell] : loud)
            if (at == r)
                row[cell] = 10.0f;
        map.add(row.data(), r + 1);
        map.collect(0.0, found);
        map.forget_closed();
        found.erase(std::remove_if(
                        found.begin(), found.end(), [](const auto& c) { return c.open; }),
                    found.end());
    }
    return found;
}

} // namespace

BOOST_AUTO_TEST_CASE(smooth_sizes_have_small_factors)
{
    BOOST_TEST(smooth_size(16000.0) == 16000);
    BOOST_TEST(smooth_size(7679.4) == 7680);
    BOOST_TEST(smooth_size(7.0) == 8);
    BOOST_TEST(smooth_size(22.0) == 24);
}

BOOST_AUTO_TEST_CASE(noise_quantiles_are_those_of_the_gamma_distribution)
{
    // From the inverse of the regularised upper incomplete gamma function.
    BOOST_TEST(noise_quantile(8.0, 1e-3) == 2.4534, boost::test_tools::tolerance(0.01));
    BOOST_TEST(noise_quantile(32.0, 1e-5) == 1.9535, boost::test_tools::tolerance(0.02));
}

BOOST_AUTO_TEST_CASE(white_noise_reads_its_density_at_every_resolution)
{
    const auto values = noise(0.5);
    for (double resolution : { 8000.0, 250.0 }) {
        spectrogram rows(RATE, resolution, 0.6, false);
        noise_floor floor(rows, false);
        fill(rows, floor, values);
        double sum = 0.0;
        for (uint64_t r = 0; r < rows.end(); r++)
            for (int i = 0; i < rows.n_bins(); i++)
                sum += rows.row(r)[i];
        BOOST_TEST(sum / (rows.end() * rows.n_bins()) == DENSITY,
                   boost::test_tools::tolerance(0.05)); // bins at 0 Hz read less
    }
}

BOOST_AUTO_TEST_CASE(a_bin_lies_around_its_frequency)
{
    const spectrogram rows(RATE, 250.0, 0.1, false);
    BOOST_TEST(rows.lower_edge(rows.n_bins() / 2) == -125.0);
    BOOST_TEST(rows.bin_at(0.0) == rows.n_bins() / 2);
    BOOST_TEST(rows.bin_at(-124.0) == rows.n_bins() / 2);
}

BOOST_AUTO_TEST_CASE(the_floor_lies_below_what_never_pauses)
{
    auto values = noise(1.5);
    for (int k = 0; k < 40; k++) // 40 of 240 kHz, 13 dB above the noise
        add_carrier(values, 20e3 + 1e3 * k, 20.0 * DENSITY * 1e3, 0.0, 1.5);
    spectrogram rows(RATE, 250.0, 0.5, false);
    noise_floor floor(rows, false);
    fill(rows, floor, values);
    BOOST_TEST(floor.warm());
    BOOST_TEST(floor.estimate());
    for (double frequency : { -80e3, 0.0, 40e3, 90e3 }) {
        const double error = 10.0 * std::log10(floor.at(frequency) / DENSITY);
        BOOST_TEST(std::abs(error) < 1.0,
                   "at " << frequency << " Hz: " << error << " dB");
    }
}

BOOST_AUTO_TEST_CASE(the_receivers_ripple_continues_under_signals)
{
    // The gain 1 + 0.08 cos(4 pi f / RATE), whose swing is 1.4 dB.
    const samples white = noise(2.5);
    samples values(white.size() - 4);
    for (size_t i = 0; i < values.size(); i++)
        values[i] = white[i + 2] + 0.04f * (white[i] + white[i + 4]);
    for (double frequency = -10e3; frequency <= 10e3; frequency += 800.0)
        add_carrier(values, frequency, 1e-5, 0.0, 2.49);
    spectrogram rows(RATE, 250.0, 0.5, false);
    noise_floor floor(rows, false);
    fill(rows, floor, values);
    BOOST_TEST(floor.estimate());
    for (double frequency : { -8e3, 0.0, 8e3, 60e3 }) {
        const double gain = 1.0 + 0.08 * std::cos(4.0 * M_PI * frequency / RATE);
        const double error =
            10.0 * std::log10(floor.at(frequency) / (DENSITY * gain * gain));
        BOOST_TEST(std::abs(error) < 0.5,
                   "at " << frequency << " Hz: " << error << " dB");
    }
}

BOOST_AUTO_TEST_CASE(cells_that_touch_by_a_corner_or_over_a_row_are_one)
{
    const auto found = components({ { 1, 10 }, { 2, 11 }, { 4, 12 }, { 1, 20 } }, 8);
    BOOST_REQUIRE(found.size() == 2);
    const auto& one = found[0].first_bin == 10 ? found[0] : found[1];
    BOOST_TEST(one.first_bin == 10);
    BOOST_TEST(one.end_bin == 13);
    BOOST_TEST(one.first_row == 1);
    BOOST_TEST(one.end_row == 5);
    BOOST_TEST(one.cells == 24.0);   // three cells of eight looks
    BOOST_TEST(one.energy == 216.0); // nine floors above it in each
    BOOST_TEST(one.likelihood() == 216.0 - 24.0 * std::log(10.0),
               boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(overload_is_flagged)
{
    auto values = noise(1.0);
    add_carrier(values, 30e3, 1.2, 0.4, 0.8);
    detector found({ RATE, 0.01, false });
    found.restart(0, 0);
    unsigned flags = 0;
    for (const auto& report : found.add(values.data(), values.size()))
        flags |= report.flags;
    for (const auto& report : found.finish())
        flags |= report.flags;
    BOOST_TEST((flags & emission::OVERLOAD) != 0u);
}

BOOST_AUTO_TEST_CASE(without_samples_there_is_no_report)
{
    detector found({ RATE, 0.01, false });
    found.restart(0, 0);
    BOOST_TEST(found.add(nullptr, 0).empty());
    BOOST_TEST(found.finish().empty());
}

BOOST_AUTO_TEST_CASE(reports_do_not_depend_on_the_chunks)
{
    auto values = noise(1.0);
    add_carrier(values, 30e3, DENSITY * 10e3, 0.3, 0.7);
    const auto run = [&values](size_t chunk) {
        detector found({ RATE, 0.01, false });
        found.restart(3, 1000);
        std::vector<std::pair<uint64_t, uint64_t>> reports;
        for (size_t i = 0; i < values.size(); i += chunk)
            for (const auto& r :
                 found.add(&values[i], std::min(chunk, values.size() - i)))
                reports.push_back({ r.sample_now, r.sample_count });
        for (const auto& r : found.finish())
            reports.push_back({ r.sample_now, r.sample_count });
        return reports;
    };
    const auto whole = run(values.size());
    BOOST_TEST(whole.size() >= 2u);
    BOOST_TEST((run(777) == whole));
}
