/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "noise_or_signal.h"
#include "base/boxcar.h"
#include "base/estimated_fft.h"
#include "base/levels.h"
#include "floor_curve.h"
#include "spectra/spectrogram.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t LEAST_BINS = 8;     // of the part
constexpr int LEVEL_PIECES = 16;     // of the part
constexpr float NARROW_RATIO = 2.0f; // to its level: what is more is a narrow signal
constexpr double MOST_NARROW = 0.5;
// Samples of the part that are independent: to tell anything, and to call it noise.
constexpr double LEAST_INDEPENDENT = 300.0, LEAST_FOR_NOISE = 3000.0;
constexpr double SMOOTH_PIECES = 64.0; // of the part; what repeats sooner is its shape
constexpr double SPREAD_SIGMAS = 6.0, LEAST_SPREAD = 0.05;
constexpr double LEAST_MISSING =
    0.1; // of the spread of noise, in what is nearly constant
constexpr double SPREAD_VARIANCE = 20.0; // as in gaussian_test
constexpr double PIECE_SAMPLES = 64.0;   // independent ones, whose power is compared
constexpr double MOST_VARIANCE = 1.6;    // of these powers, of that of noise
constexpr double CLEAR_LINE = 2.0;       // times that: spurs of a receiver beat weakly
constexpr int LINE_BLOCKS = 64,
              LEAST_BLOCK = 24; // of a spectrum in which a line is looked for
// Of the width of the part: rates of symbols that fill it.
constexpr double LEAST_RATE = 0.3, MOST_RATE = 0.93;
constexpr double LINE_MARGIN = 14.0; // above what noise has at most on average, powers

// The largest size up to n that an FFT is fast with.
int fast_size(size_t n)
{
    int size = static_cast<int>(n) / 2 * 2;
    while (size > 2 && smooth_size(size) != size)
        size -= 2;
    return size;
}

class part_of_band {
public:
    part_of_band(const gr_complex* samples,
                 size_t count,
                 const std::vector<float>& power,
                 size_t first,
                 size_t end)
        : d_first(first),
          d_end(end),
          d_bins(power.size()),
          d_n(fast_size(count)),
          d_power(power),
          d_kept(power.size(), 0.0f)
    {
        if (end <= first + LEAST_BINS)
            return;
        const std::vector<float> part(power.begin() + static_cast<long>(first),
                                      power.begin() + static_cast<long>(end));
        d_level = medians_of_pieces(part, LEVEL_PIECES);
        for (size_t i = first; i < end; i++)
            d_kept[i] = power[i] < NARROW_RATIO * level_at(i) ? 1.0f : 0.0f;
        judge(samples);
    }

    noise_or_signal verdict() const { return d_verdict; }

private:
    float level_at(size_t bin) const
    {
        return between(d_level,
                       static_cast<double>(bin - d_first),
                       static_cast<int>(d_end - d_first));
    }

    // The bin of the spectrogram that one of the transform lies in.
    size_t bin_of(int k) const
    {
        const int shifted = (k + d_n / 2) % d_n;
        return static_cast<size_t>(shifted) * d_bins / static_cast<size_t>(d_n);
    }

    std::vector<gr_complex> transformed(const gr_complex* samples) const
    {
        estimated_fft transform(d_n, FFTW_FORWARD);
        std::copy_n(samples, d_n, transform.input());
        transform.execute();
        return { transform.output(), transform.output() + d_n };
    }

    // Whether samples are like those some time later, longer than the shape of the band
    // explains.
    bool repeats() const
    {
        const auto width = static_cast<double>(d_end - d_first);
        const auto shape =
            boxcar(d_power, std::max(1, static_cast<int>(width / SMOOTH_PIECES)));
        estimated_fft transform(d_n, FFTW_BACKWARD);
        double sum = 0.0;
        const double scale = mean_ratio(shape);
        for (int k = 0; k < d_n; k++) {
            const size_t bin = bin_of(k);
            const float ratio =
                d_kept[bin] > 0.0f
                    ? static_cast<float>(std::norm(d_spectrum[k]) / shape[bin] / scale) -
                          1.0f
                    : 0.0f;
            transform.input()[k] = ratio;
            sum += ratio * ratio;
        }
        transform.execute();
        const int least =
            static_cast<int>(SMOOTH_PIECES * static_cast<double>(d_bins) / width);
        const double limit = sum * (std::log(static_cast<double>(d_n)) + LINE_MARGIN);
        for (int lag = least; lag < d_n / 2; lag++)
            if (std::norm(transform.output()[lag]) > limit)
                return true;
        return false;
    }

    // Of the transform to the shape of the spectrogram, whose units differ.
    double mean_ratio(const std::vector<float>& shape) const
    {
        double sum = 0.0, count = 0.0;
        for (int k = 0; k < d_n; k++)
            if (const size_t bin = bin_of(k); d_kept[bin] > 0.0f) {
                sum += std::norm(d_spectrum[k]) / shape[bin];
                count++;
            }
        return sum / std::max(count, 1.0);
    }

    std::vector<float> powers() const
    {
        estimated_fft transform(d_n, FFTW_BACKWARD);
        for (int k = 0; k < d_n; k++)
            transform.input()[k] = d_kept[bin_of(k)] * d_spectrum[k];
        transform.execute();
        std::vector<float> found(d_n);
        for (int i = 0; i < d_n; i++)
            found[i] = std::norm(transform.output()[i]);
        return found;
    }

    void judge(const gr_complex* samples)
    {
        double kept = 0.0, all = 0.0, all_squares = 0.0;
        for (size_t i = d_first; i < d_end; i++) {
            const double power = d_kept[i] * d_power[i];
            kept += d_kept[i];
            all += power;
            all_squares += power * power;
        }
        if (kept < (1.0 - MOST_NARROW) * static_cast<double>(d_end - d_first))
            return;
        d_independent = all * all / all_squares * d_n / static_cast<double>(d_bins);
        if (d_independent < LEAST_INDEPENDENT)
            return;
        d_spectrum = transformed(samples);
        const auto power = powers();
        double sum = 0.0, squares = 0.0;
        for (const float p : power) {
            sum += p;
            squares += static_cast<double>(p) * p;
        }
        const double mean = sum / d_n;
        const double spread = squares / d_n / (mean * mean);
        const double sigma = std::sqrt(SPREAD_VARIANCE / d_independent);
        const double line_ratio = line(power, mean);
        if (line_ratio > CLEAR_LINE ||
            spread < 2.0 - SPREAD_SIGMAS * sigma - LEAST_MISSING) {
            d_verdict = noise_or_signal::SIGNAL;
            return;
        }
        if (line_ratio < 1.0 && d_independent >= LEAST_FOR_NOISE && !repeats() &&
            std::abs(spread - 2.0) < std::max(LEAST_SPREAD, SPREAD_SIGMAS * sigma) &&
            is_stationary(power, mean))
            d_verdict = noise_or_signal::NOISE;
    }

    bool is_stationary(const std::vector<float>& powers, double mean) const
    {
        const auto length = static_cast<int>(PIECE_SAMPLES * d_n / d_independent);
        double variance = 0.0, pieces = 0.0;
        for (int at = 0; at + length <= d_n; at += length, pieces++) {
            double sum = 0.0;
            for (int i = at; i < at + length; i++)
                sum += powers[i];
            const double off = sum / length / mean - 1.0;
            variance += off * off;
        }
        // Of few pieces the variance itself scatters.
        const double most = MOST_VARIANCE + 5.0 * std::sqrt(2.0 / pieces);
        return variance / pieces * PIECE_SAMPLES < most;
    }

    // The strongest line of the power at a rate that symbols as wide may have, over the
    // most that noise has.
    double line(const std::vector<float>& powers, double mean) const
    {
        estimated_fft transform(d_n, FFTW_FORWARD);
        for (int i = 0; i < d_n; i++)
            transform.input()[i] = powers[i] - static_cast<float>(mean);
        transform.execute();
        const double width =
            static_cast<double>(d_end - d_first) / static_cast<double>(d_bins) * d_n;
        const auto from = static_cast<int>(LEAST_RATE * width);
        const int to = std::min(static_cast<int>(MOST_RATE * width), d_n / 2);
        const int blocks = std::clamp((to - from) / LEAST_BLOCK, 1, LINE_BLOCKS);
        const int block = (to - from) / blocks;
        const double most = std::log(static_cast<double>(to - from)) + LINE_MARGIN;
        double strongest = 0.0;
        for (int at = from; at + block <= to; at += block) {
            std::vector<float> lines;
            for (int i = at; i < at + block; i++)
                lines.push_back(std::norm(transform.output()[i]));
            // Exponential, so that the median is ln 2 of the mean.
            const double highest = *std::max_element(lines.begin(), lines.end());
            const double noise = quantile(lines, 0.5) / M_LN2;
            strongest = std::max(strongest, highest / (most * noise));
        }
        return strongest;
    }

    const size_t d_first, d_end, d_bins;
    const int d_n;
    const std::vector<float>& d_power;
    std::vector<float> d_kept; // by bin: 1 within the part, but in narrow signals
    std::vector<float> d_level;
    double d_independent = 0.0;
    std::vector<gr_complex> d_spectrum;
    noise_or_signal d_verdict = noise_or_signal::UNKNOWN;
};

} // namespace

noise_or_signal judge_part(const gr_complex* samples,
                           size_t count,
                           const std::vector<float>& power,
                           size_t first,
                           size_t end)
{
    return part_of_band(samples, count, power, first, end).verdict();
}

} // namespace rfattn
} // namespace gr
