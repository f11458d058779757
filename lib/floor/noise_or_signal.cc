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
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t LEAST_BINS = 8;     // of the part
constexpr int LEVEL_PIECES = 16;     // of the part
constexpr float NARROW_RATIO = 2.0f; // least ratio of a narrow signal to its level
constexpr double MOST_NARROW = 0.5;
// Samples of the part that are independent: to tell anything, and to call it noise.
constexpr double LEAST_INDEPENDENT = 300.0, LEAST_FOR_NOISE = 3000.0;
constexpr double SMOOTH_PIECES = 64.0; // pieces: what repeats sooner is the band's shape
constexpr double SPREAD_SIGMAS = 6.0, LEAST_SPREAD = 0.05;
constexpr double LEAST_MISSING =
    0.1; // most spread of what is nearly constant, of that of noise
constexpr double SPREAD_VARIANCE = 20.0; // value of gaussian_test
constexpr double PIECE_SAMPLES = 64.0;   // independent ones, whose power is compared
constexpr double MOST_VARIANCE = 1.6; // most variance of these powers, of that of noise
constexpr double CLEAR_LINE = 2.0;    // times that: spurs of a receiver beat weakly
constexpr int LINE_BLOCKS = 64,
              LEAST_BLOCK = 24; // bins of the spectrum in which a line is looked for
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

double sum_of(const std::vector<float>& values)
{
    return std::accumulate(values.begin(), values.end(), 0.0);
}

} // namespace

// A part, with a sample rate of its own: twice its width, so that its power has no alias.
class part_judge::part {
public:
    part(const part_judge& band, size_t first, size_t end)
        : d_band(band),
          d_first(first),
          d_end(end),
          d_begin(band.place_of(first))
    {
        if (end <= first + LEAST_BINS)
            return;
        const auto at = band.d_power.begin();
        const std::vector<float> power(at + static_cast<long>(first),
                                       at + static_cast<long>(end));
        const auto level = medians_of_pieces(power, LEVEL_PIECES);
        const int count = static_cast<int>(power.size());
        d_kept.resize(power.size());
        for (int i = 0; i < count; i++)
            d_kept[i] =
                power[i] > 0.0f && power[i] < NARROW_RATIO * between(level, i, count)
                    ? 1.0f
                    : 0.0f;
        count_independent(power);
        if (d_independent >= LEAST_INDEPENDENT)
            measure_powers();
    }

    bool is_signal() const
    {
        return !d_powers.empty() &&
               ((!d_band.d_is_coarse &&
                 d_spread < 2.0 - SPREAD_SIGMAS * d_sigma - LEAST_MISSING) ||
                (d_spread < 2.0 + most_spread() && line() > CLEAR_LINE));
    }

    // What takes longest comes last.
    bool is_noise() const
    {
        return !d_powers.empty() && d_independent >= LEAST_FOR_NOISE &&
               std::abs(d_spread - 2.0) < most_spread() && is_stationary() &&
               line() < 1.0 && !repeats();
    }

private:
    // Of noise, from 2. That of bursts is more: they have lines, and are not all there
    // is.
    double most_spread() const { return std::max(LEAST_SPREAD, SPREAD_SIGMAS * d_sigma); }
    // Bins of the transform.
    int width() const { return d_band.place_of(d_end) - d_begin; }
    // Of these, the bin of the spectrogram that one lies in.
    size_t bin_of(int place) const
    {
        const auto& band = d_band;
        return static_cast<size_t>(d_begin + place) * band.d_power.size() /
               static_cast<size_t>(band.d_n);
    }
    float kept(int place) const { return d_kept[bin_of(place) - d_first]; }
    gr_complex amplitude(int place) const { return d_band.d_spectrum[d_begin + place]; }

    void count_independent(const std::vector<float>& power)
    {
        double kept = 0.0, all = 0.0, all_squares = 0.0;
        for (size_t i = 0; i < power.size(); i++) {
            const double seen = d_kept[i] * power[i];
            kept += d_kept[i];
            all += seen;
            all_squares += seen * seen;
        }
        if (kept >= (1.0 - MOST_NARROW) * static_cast<double>(power.size()))
            d_independent = all * all / all_squares * d_band.d_n /
                            static_cast<double>(d_band.d_power.size());
    }

    void measure_powers()
    {
        const int n = smooth_size(2 * width());
        estimated_fft transform(n, FFTW_BACKWARD);
        std::fill_n(transform.input(), n, gr_complex(0.0f, 0.0f));
        for (int i = 0; i < width(); i++)
            transform.input()[i] = kept(i) * amplitude(i);
        transform.execute();
        d_powers.resize(n);
        double squares = 0.0;
        for (int i = 0; i < n; i++) {
            const float power = std::norm(transform.output()[i]);
            d_powers[i] = power;
            squares += static_cast<double>(power) * power;
        }
        d_mean = sum_of(d_powers) / n;
        d_spread = squares / n / (d_mean * d_mean);
        d_sigma = std::sqrt(SPREAD_VARIANCE / d_independent);
    }

    bool is_stationary() const
    {
        const auto n = static_cast<double>(d_powers.size());
        const auto length = static_cast<size_t>(PIECE_SAMPLES * n / d_independent);
        double variance = 0.0, pieces = 0.0;
        for (size_t at = 0; at + length <= d_powers.size(); at += length, pieces++) {
            double sum = 0.0;
            for (size_t i = at; i < at + length; i++)
                sum += d_powers[i];
            const double off = sum / static_cast<double>(length) / d_mean - 1.0;
            variance += off * off;
        }
        // Of few pieces the variance itself scatters.
        const double most = MOST_VARIANCE + 5.0 * std::sqrt(2.0 / pieces);
        return variance / pieces * PIECE_SAMPLES < most;
    }

    // The strongest line of the power at a rate that symbols as wide may have, over the
    // most that noise has.
    double line() const
    {
        const int n = static_cast<int>(d_powers.size());
        estimated_fft transform(n, FFTW_FORWARD);
        for (int i = 0; i < n; i++)
            transform.input()[i] = d_powers[i] - static_cast<float>(d_mean);
        transform.execute();
        const auto from = static_cast<int>(LEAST_RATE * width());
        const int to = std::min(static_cast<int>(MOST_RATE * width()), n / 2);
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

    // Whether samples are like those some time later, longer than the shape of the band
    // explains.
    bool repeats() const
    {
        const auto ratios = ratios_to_shape();
        const int n = static_cast<int>(d_powers.size());
        estimated_fft transform(n, FFTW_BACKWARD);
        std::fill_n(transform.input(), n, gr_complex(0.0f, 0.0f));
        double sum = 0.0;
        for (int i = 0; i < width(); i++) {
            transform.input()[i] = ratios[i];
            sum += ratios[i] * ratios[i];
        }
        transform.execute();
        const int least = static_cast<int>(SMOOTH_PIECES * n / width());
        const double limit =
            sum * (std::log(static_cast<double>(d_band.d_n)) + LINE_MARGIN);
        for (int lag = least; lag < n / 2; lag++)
            if (std::norm(transform.output()[lag]) > limit)
                return true;
        return false;
    }

    // Of the power to the shape of the spectrogram, less 1; 0 in narrow signals.
    std::vector<float> ratios_to_shape() const
    {
        const int bins = static_cast<int>(d_end - d_first);
        const auto shape =
            boxcar(d_band.d_power, std::max(1, static_cast<int>(bins / SMOOTH_PIECES)));
        std::vector<float> ratios(width(), 0.0f);
        double count = 0.0;
        for (int i = 0; i < width(); i++)
            if (kept(i) > 0.0f) {
                ratios[i] = std::norm(amplitude(i)) / shape[bin_of(i)];
                count++;
            }
        const double mean = sum_of(ratios) / std::max(count, 1.0); // units differ
        for (int i = 0; i < width(); i++)
            if (kept(i) > 0.0f)
                ratios[i] = static_cast<float>(ratios[i] / mean) - 1.0f;
        return ratios;
    }

    const part_judge& d_band;
    const size_t d_first, d_end;
    const int d_begin;         // first bin of the transform
    std::vector<float> d_kept; // weight of each bin: 1, but 0 in narrow signals
    double d_independent = 0.0;
    std::vector<float> d_powers; // power of each sample
    double d_mean = 0.0, d_spread = 0.0, d_sigma = 0.0;
};

part_judge::part_judge(const gr_complex* samples,
                       size_t count,
                       std::vector<float> power,
                       bool is_coarse)
    : d_n(fast_size(count)),
      d_is_coarse(is_coarse),
      d_power(std::move(power)),
      d_spectrum(d_n)
{
    estimated_fft transform(d_n, FFTW_FORWARD);
    std::copy_n(samples, d_n, transform.input());
    transform.execute();
    const int half = d_n / 2;
    std::copy_n(transform.output() + half, half, d_spectrum.begin());
    std::copy_n(transform.output(), half, d_spectrum.begin() + half);
}

bool part_judge::holds(noise_or_signal what, size_t first, size_t end) const
{
    const part judged(*this, first, end);
    return what == noise_or_signal::NOISE ? judged.is_noise() : judged.is_signal();
}

// The first bin of the transform in one of the spectrogram.
int part_judge::place_of(size_t bin) const
{
    const size_t bins = d_power.size();
    return static_cast<int>((bin * static_cast<size_t>(d_n) + bins - 1) / bins);
}

} // namespace rfattn
} // namespace gr
