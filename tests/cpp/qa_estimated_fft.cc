/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "base/estimated_fft.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdlib>
#include <random>
#include <sstream>
#include <string>
#include <vector>

using gr::rfattn::estimated_fft;
using vector = std::vector<gr_complex>;

BOOST_AUTO_TEST_CASE(sizes_of_fast_transforms)
{
    BOOST_TEST(estimated_fft::power_of_two(1.0) == 1u);
    BOOST_TEST(estimated_fft::power_of_two(8192.0) == 8192u);
    BOOST_TEST(estimated_fft::power_of_two(8192.5) == 16384u);
}

namespace {

constexpr int SIZES[] = { 480, 512, 8192, 16384 };

vector noise(int n)
{
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    vector x(n);
    for (auto& value : x)
        value = { normal(random), normal(random) };
    return x;
}

vector transformed(int n)
{
    estimated_fft fft(n, FFTW_FORWARD);
    const vector x = noise(n);
    std::copy(x.begin(), x.end(), fft.input());
    fft.execute();
    return { fft.output(), fft.output() + n };
}

// As gr-fft does, without its file.
void measure_plan(int n)
{
    volk::vector<gr_complex> in(n), out(n);
    fftwf_destroy_plan(fftwf_plan_dft_1d(n,
                                         reinterpret_cast<fftwf_complex*>(in.data()),
                                         reinterpret_cast<fftwf_complex*>(out.data()),
                                         FFTW_FORWARD,
                                         FFTW_MEASURE));
}

// Lines of what FFTW has learnt, which it writes in any order.
std::vector<std::string> wisdom()
{
    char* const text = fftwf_export_wisdom_to_string();
    std::istringstream stream(text);
    std::free(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    std::sort(lines.begin(), lines.end());
    return lines;
}

} // namespace

BOOST_AUTO_TEST_CASE(it_is_the_discrete_fourier_transform)
{
    constexpr int N = 24;
    const vector x = noise(N);
    const vector found = transformed(N);
    for (int k = 0; k < N; k++) {
        std::complex<double> sum = 0.0;
        for (int i = 0; i < N; i++)
            sum += std::complex<double>(x[i]) * std::polar(1.0, -2.0 * M_PI * k * i / N);
        BOOST_TEST(std::abs(std::complex<double>(found[k]) - sum) < 1e-5);
    }
}

BOOST_AUTO_TEST_CASE(plans_that_others_measured_do_not_count)
{
    std::vector<vector> before;
    for (int n : SIZES)
        before.push_back(transformed(n));
    for (int n : SIZES)
        measure_plan(n);
    const std::vector<std::string> measured = wisdom();
    for (size_t i = 0; i < before.size(); i++)
        BOOST_TEST((transformed(SIZES[i]) == before[i]));
    BOOST_TEST((wisdom() == measured)); // others still have them
}

BOOST_AUTO_TEST_CASE(threads_that_others_use_do_not_count)
{
    constexpr int MANY[] = { 64, 480, 512, 8192, 16384 };
    std::vector<vector> before;
    for (int n : MANY)
        before.push_back(transformed(n));
    BOOST_REQUIRE(fftwf_init_threads());
    fftwf_plan_with_nthreads(4);
    for (size_t i = 0; i < before.size(); i++)
        BOOST_TEST((transformed(MANY[i]) == before[i]));
    BOOST_TEST(fftwf_planner_nthreads() == 4); // others still have them
    fftwf_plan_with_nthreads(1);
}
