/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "spectral_kurtosis.h"
#include "base/estimated_fft.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t MOST_BINS = 1024, LEAST_BINS = 64, FRAMES = 100;
constexpr double SIGMAS = 5.0;

} // namespace

std::vector<bool> noise_like_bins(const gr_complex* samples, size_t count)
{
    size_t n = MOST_BINS;
    while (n > LEAST_BINS && count < FRAMES * n)
        n /= 2;
    std::vector<bool> result(n, true);
    if (count < FRAMES * n)
        return result;
    std::vector<float> window(n);
    for (size_t i = 0; i < n; i++)
        window[i] = static_cast<float>(
            0.5 - 0.5 * std::cos(2.0 * M_PI * static_cast<double>(i) / double(n)));
    estimated_fft transform(static_cast<int>(n), FFTW_FORWARD);
    std::vector<double> sums(n, 0.0), squares(n, 0.0);
    double frames = 0.0;
    for (size_t at = 0; at + n <= count; at += n, frames++) {
        for (size_t i = 0; i < n; i++)
            transform.input()[i] = window[i] * samples[at + i];
        transform.execute();
        for (size_t i = 0; i < n; i++) {
            const double power = std::norm(transform.output()[i]);
            sums[(i + n / 2) % n] += power;
            squares[(i + n / 2) % n] += power * power;
        }
    }
    // The estimator has mean 1, and variance 4 / frames, for many of them.
    const double most = SIGMAS * std::sqrt(4.0 / frames);
    for (size_t i = 0; i < n; i++) {
        const double ratio = frames * squares[i] / (sums[i] * sums[i]);
        const double kurtosis = (frames + 1.0) / (frames - 1.0) * (ratio - 1.0);
        result[i] = std::abs(kurtosis - 1.0) <= most;
    }
    return result;
}

} // namespace rfattn
} // namespace gr
