/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "cyclic_prefix.h"
#include "base/estimated_fft.h"
#include "base/levels.h"
#include "floor_curve.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

constexpr int LEVEL_PIECES = 32;   // pieces of the band that are searched for a ripple
constexpr float MOST_RATIO = 1.6f; // most ratio to the level of a piece; a line has more
constexpr float LEAST = 1e-30f;
constexpr int LEAST_LAG = 64;    // samples: shorter ones are the shape of the band
constexpr double MOST_LAG = 0.4; // longest lag, of a frame, whose window hides others
constexpr double RIPPLE_SIGMAS = 7.0;
constexpr int MOST_RIPPLES = 12; // those of echoes and pilots, too
constexpr int RIPPLE_WIDTH = 3;  // lags on each side of one
constexpr size_t LEAST_SAMPLES = 1 << 16;
constexpr int BLOCKS = 64; // blocks of a lag over which products are added up
// A symbol over its useful part: prefixes of 1/32 to 1/4, and some more on each side.
constexpr double LEAST_SYMBOL = 1.02, MOST_SYMBOL = 1.3;
constexpr double LINE_RATIO = 40.0; // line's power over that of noise: chance e^-40
constexpr double LEAST_SHARE = 0.35;
constexpr size_t BAND_PARTS = 8;
constexpr long LEAST_PARTS = 7; // least number of parts of the band that the signal fills
constexpr double PART_RIPPLE = 0.3; // least ripple of a part, of the largest one
constexpr double LEAST_PERIODS = 4.0;
constexpr double CLEAR_SIGMAS = 4.0; // least height of a ripple, standard deviations

// What is left of a repetition after a part of a frame under a Hann window.
double window_at(double part)
{
    const double angle = 2.0 * M_PI * part;
    return (1.0 - part) * (2.0 + std::cos(angle)) / 3.0 + std::sin(angle) / (2.0 * M_PI);
}

// The spectrum without its coarse shape and without lines: 1 on average.
std::vector<float> flattened(const std::vector<float>& power)
{
    const int n = static_cast<int>(power.size());
    const auto level = medians_of_pieces(power, LEVEL_PIECES);
    std::vector<float> ratio(n);
    for (int i = 0; i < n; i++)
        ratio[i] = power[i] > 0.0f
                       ? std::min(power[i] / (between(level, i, n) + LEAST), MOST_RATIO)
                       : 1.0f;
    const double mean = std::accumulate(ratio.begin(), ratio.end(), 0.0) / n;
    for (auto& value : ratio)
        value /= static_cast<float>(mean);
    return ratio;
}

// Correlation of the samples with those so many samples later, by lag.
std::vector<float> correlations(const std::vector<float>& ratio)
{
    const int n = static_cast<int>(ratio.size());
    estimated_fft transform(n, FFTW_BACKWARD);
    for (int i = 0; i < n; i++)
        transform.input()[i] = ratio[i] - 1.0f;
    transform.execute();
    std::vector<float> found(std::max(0, static_cast<int>(MOST_LAG * n)), 0.0f);
    for (int lag = LEAST_LAG; lag < static_cast<int>(found.size()); lag++)
        found[lag] =
            static_cast<float>(std::abs(transform.output()[lag]) / static_cast<float>(n) /
                               window_at(static_cast<double>(lag) / n));
    return found;
}

// Size of the ripple of a lag in bins from first to before end.
double ripple_of(const std::vector<float>& ratio, size_t first, size_t end, size_t lag)
{
    const size_t n = ratio.size();
    std::complex<double> sum = 0.0;
    for (size_t i = first; i < end; i++)
        sum += std::polar<double>(ratio[i] - 1.0,
                                  2.0 * M_PI * static_cast<double>(i * lag % n) /
                                      static_cast<double>(n));
    return std::abs(sum);
}

// Whether the ripple of a lag is in nearly all of the band that is looked at: beside a
// narrower signal there is noise, so that it is found without this.
bool fills_band(const std::vector<float>& ratio, const std::vector<float>& power, int lag)
{
    const auto has_power = [](float p) { return p > 0.0f; };
    const auto at = std::find_if(power.begin(), power.end(), has_power);
    const auto past = std::find_if(power.rbegin(), power.rend(), has_power).base();
    const auto first = static_cast<size_t>(at - power.begin());
    const size_t width = at < past ? static_cast<size_t>(past - at) / BAND_PARTS : 0;
    std::vector<double> ripple;
    for (size_t part = 0; part < BAND_PARTS; part++)
        ripple.push_back(
            ripple_of(ratio, first + part * width, first + (part + 1) * width, lag));
    const double most = *std::max_element(ripple.begin(), ripple.end());
    const auto with_it = std::count_if(
        ripple.begin(), ripple.end(), [&](double v) { return v > PART_RIPPLE * most; });
    return with_it >= LEAST_PARTS;
}

// The lags whose correlations stand out, the largest first.
std::vector<int> ripples(std::vector<float> correlation)
{
    std::vector<int> lags;
    const int n = static_cast<int>(correlation.size());
    if (n < 2 * LEAST_LAG)
        return lags;
    // The median of a Rayleigh distribution is 1.177 of its sigma.
    const double sigma =
        quantile({ correlation.begin() + LEAST_LAG, correlation.end() }, 0.5) / 1.177;
    for (int k = 0; k < MOST_RIPPLES; k++) {
        const auto most = std::max_element(correlation.begin(), correlation.end());
        if (!(*most > RIPPLE_SIGMAS * sigma))
            break;
        const int lag = static_cast<int>(most - correlation.begin());
        lags.push_back(lag);
        std::fill(correlation.begin() + std::max(0, lag - RIPPLE_WIDTH),
                  correlation.begin() + std::min(n, lag + RIPPLE_WIDTH + 1),
                  0.0f);
    }
    return lags;
}

// Whether samples so far apart are equal once a symbol.
std::optional<cyclic_prefix> confirm(const gr_complex* samples, size_t count, int lag)
{
    const int block = std::max(1, lag / BLOCKS);
    int n = 1;
    while (2 * n <= static_cast<int>((count - lag) / block))
        n *= 2;
    estimated_fft transform(n, FFTW_FORWARD);
    double power = 0.0;
    for (int i = 0; i < n; i++) {
        gr_complex sum = 0.0f;
        const gr_complex* x = samples + static_cast<size_t>(i) * block;
        for (int k = 0; k < block; k++) {
            // Not the operator of std::complex, which looks for NaN.
            const gr_complex a = x[k + lag], b = x[k];
            sum += gr_complex(a.real() * b.real() + a.imag() * b.imag(),
                              a.imag() * b.real() - a.real() * b.imag());
            power += b.real() * b.real() + b.imag() * b.imag();
        }
        transform.input()[i] = sum;
    }
    transform.execute();
    const double length = static_cast<double>(n) * block;
    const int first = static_cast<int>(std::floor(length / (MOST_SYMBOL * lag)));
    const int last = static_cast<int>(std::ceil(length / (LEAST_SYMBOL * lag)));
    if (first < 2 || last >= n / 2)
        return std::nullopt;
    const auto at = [&](int i) { return std::norm(transform.output()[i]); };
    std::vector<float> lines;
    int peak = first;
    for (int i = first; i <= last; i++) {
        lines.push_back(at(i));
        if (at(i) > at(peak))
            peak = i;
    }
    // Exponential, so that its median is ln 2 of its mean.
    const double noise = quantile(lines, 0.5) / M_LN2;
    if (!(at(peak) > LINE_RATIO * noise))
        return std::nullopt;
    // Between two bins the line has power in both.
    const double line =
        std::sqrt(std::max(0.0, at(peak - 1) + at(peak) + at(peak + 1) - 3.0 * noise));
    const double symbol = length / peak;
    if (!(symbol > lag)) // of few symbols the lines are coarse
        return std::nullopt;
    const double share = line / power * symbol / (symbol - lag);
    return cyclic_prefix{ static_cast<double>(lag), symbol, std::min(share, 1.0) };
}

} // namespace

std::optional<cyclic_prefix> find_cyclic_prefix(const gr_complex* samples,
                                                size_t count,
                                                const std::vector<float>& power)
{
    std::optional<cyclic_prefix> best;
    if (count < LEAST_SAMPLES || power.empty())
        return best;
    const auto ratio = flattened(power);
    for (int lag : ripples(correlations(ratio))) {
        if (!fills_band(ratio, power, lag)) // takes less time than what follows
            continue;
        const auto found = confirm(samples, count, lag);
        if (found && found->share > (best ? best->share : LEAST_SHARE))
            best = found;
    }
    return best;
}

bool has_ripple(const std::vector<float>& power, size_t first, size_t end, double useful)
{
    const auto lag = static_cast<size_t>(useful);
    const auto count = static_cast<double>(end - first);
    if (count * useful < LEAST_PERIODS * static_cast<double>(power.size()))
        return false;
    const auto ratio = flattened(power);
    double squares = 0.0;
    for (size_t i = first; i < end; i++)
        squares += (ratio[i] - 1.0) * (ratio[i] - 1.0);
    return ripple_of(ratio, first, end, lag) > CLEAR_SIGMAS * std::sqrt(0.5 * squares);
}

} // namespace rfattn
} // namespace gr
