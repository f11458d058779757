/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "preamble_meter.h"

#include <fftw3.h>
#include <gnuradio/math.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <map>
#include <memory>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t LEAST_SIZE = 32, MOST_SIZE = 4096; // samples that are looked at as one
constexpr size_t OFFSETS = 5; // half sizes from the start of a burst
constexpr size_t MOST_TURNS = MOST_SIZE + (OFFSETS - 1) * MOST_SIZE / 2;
constexpr size_t LEAST_PERIODS = 8, MOST_SHARE = 5; // of a size: two fifths
constexpr size_t HARMONICS[] = { 1, 3, 5 };
constexpr size_t SIDE = 2; // bins beside a line, and one more beside its harmonics
constexpr double LEAST_SHARE = 0.9; // of the power, in these lines
constexpr size_t MOST_BURSTS = 8;
constexpr size_t RISE = 16; // samples

// A plan takes as long as some transforms, and each burst needs several.
estimated_fft& fft_of(size_t size)
{
    thread_local std::map<size_t, std::unique_ptr<estimated_fft>> made;
    auto& fft = made[size];
    if (!fft)
        fft = std::make_unique<estimated_fft>(static_cast<int>(size), FFTW_FORWARD);
    return *fft;
}

double sum_around(const std::vector<double>& powers, size_t middle, size_t side)
{
    if (middle + side >= powers.size())
        return 0.0;
    const auto begin = powers.begin() + static_cast<ptrdiff_t>(middle - side);
    return std::accumulate(begin, begin + static_cast<ptrdiff_t>(2 * side + 1), 0.0);
}

// Where the amplitude first is half of its mean for some samples: what comes before the
// burst is noise.
size_t start_of(const std::vector<float>& amplitudes)
{
    const size_t count = amplitudes.size();
    const auto begin = amplitudes.begin(), end = amplitudes.end();
    const double least =
        0.5 * std::accumulate(begin, end, 0.0) / static_cast<double>(count);
    double sum = std::accumulate(begin, begin + RISE, 0.0);
    for (size_t n = 0; n + RISE < count; n++) {
        if (sum >= least * static_cast<double>(RISE))
            return n;
        sum += static_cast<double>(amplitudes[n + RISE] - amplitudes[n]);
    }
    return 0;
}

} // namespace

preamble_meter::preamble_meter(double rate)
    : burst_meter(LEAST_SIZE, MOST_TURNS, MOST_BURSTS),
      d_rate(rate)
{
}

void preamble_meter::look(const std::vector<float>& turns,
                          const std::vector<float>& amplitudes)
{
    const size_t begin = start_of(amplitudes), count = turns.size() - begin;
    double found = 0.0;
    for (size_t size = LEAST_SIZE; size <= MOST_SIZE && found <= 0.0; size *= 2) {
        if (count < size)
            break;
        estimated_fft& fft = fft_of(size);
        for (size_t k = 0; k < OFFSETS && found <= 0.0; k++)
            if (k * size / 2 + size <= count)
                found = rate_in(&turns[begin + k * size / 2], fft, size);
    }
    if (found > 0.0)
        d_found.push_back(found);
    d_common = common_rate(d_found, SAME);
}

double preamble_meter::rate_in(const float* turns, estimated_fft& fft, size_t size) const
{
    const float mean =
        std::accumulate(turns, turns + size, 0.0f) / static_cast<float>(size);
    for (size_t n = 0; n < size; n++) {
        const double turn =
            2.0 * GR_M_PI * static_cast<double>(n) / static_cast<double>(size);
        fft.input()[n] = (turns[n] - mean) * static_cast<float>(1.0 - std::cos(turn));
    }
    fft.execute();
    std::vector<double> powers(size / 2);
    for (size_t k = 0; k < powers.size(); k++)
        powers[k] = static_cast<double>(std::norm(fft.output()[k]));
    const auto highest = std::max_element(powers.begin(), powers.end());
    const auto line = static_cast<size_t>(highest - powers.begin());
    if (line < LEAST_PERIODS || MOST_SHARE * line > 2 * size)
        return 0.0;
    const double all = std::accumulate(powers.begin(), powers.end(), 0.0);
    double lines = 0.0;
    for (const size_t times : HARMONICS)
        lines += sum_around(powers, times * line, SIDE + (times > 1));
    if (!(lines >= LEAST_SHARE * all) || !(all > 0.0))
        return 0.0;
    // The top of the parabola through the logarithms of three bins.
    const double before = std::log(highest[-1] + 1e-30), top = std::log(*highest);
    const double behind = std::log(highest[1] + 1e-30);
    const double bend = before - 2.0 * top + behind;
    const double place =
        static_cast<double>(line) + (bend < 0.0 ? 0.5 * (before - behind) / bend : 0.0);
    return 2.0 * place * d_rate / static_cast<double>(size);
}

void preamble_meter::finish()
{
    break_off();
    d_settled = d_common;
}

// More bursts change the measured rate a little each time.
void preamble_meter::report(findings& found) const
{
    if (d_settled > 0.0)
        found.set("preamble_rate", d_settled, SAME);
}

} // namespace rfattn
} // namespace gr
