/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "gaussian_test.h"
#include "base/estimated_fft.h"
#include "base/levels.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace gr {
namespace rfattn {

namespace {

constexpr double LONGEST_S = 0.2, AUDIO_S = 1.0;
constexpr size_t MOST_SAMPLES = 1 << 19;
constexpr size_t LEAST_SAMPLES = 4096;
// Share of all power that the floor has at least: where it is less, signals above it
// explain the rest. A prefix is looked for in what the floor explains, and may be bursty.
constexpr double FLOOR_SHARE = 0.75, PREFIX_FLOOR_SHARE = 0.5;
constexpr size_t MOST_FRAME = 1 << 15, LEAST_FRAME = 1 << 9, FRAMES = 12;
constexpr double HANN_POWER = 3.0 / 8.0; // mean square of the window
constexpr float MOST_OVER_FLOOR = 8.0f;
constexpr float FULL_SCALE = 0.99f;
constexpr double CLIPPED = 1e-3; // share of the samples that a converter clips of noise
// Noise of few steps of the converter is not Gaussian. Among so many samples, powers.
constexpr size_t LOOKED_AT = 4096, LEAST_POWERS = 32;
constexpr double LEAST_MISSING = 0.25; // least distance from the spread of noise, 2
constexpr double SPREAD_SIGMAS = 8.0;
// Variance of the spread over the number of independent samples, for Gaussian noise.
constexpr double SPREAD_VARIANCE = 20.0;
constexpr double MOST_CONSTANT = 0.97;
constexpr double PIECE_S = 62.5e-6; // length of the pieces in which pauses are looked for
constexpr double PIECE_SAMPLES = 64; // least number of independent samples of a piece
constexpr size_t LEAST_PIECES = 200;
constexpr double QUIET_QUANTILE = 0.1, QUIET_SIGMAS = 1.28;
constexpr int LEAST_PAUSES = 5;
constexpr double MOST_PAUSING = 0.9995;

bool has_few_steps(const std::vector<gr_complex>& samples)
{
    std::set<float> powers;
    for (size_t i = 0; i < std::min(LOOKED_AT, samples.size()); i++)
        powers.insert(std::norm(samples[i]));
    return powers.size() < LEAST_POWERS;
}

bool is_clipped(const std::vector<gr_complex>& samples)
{
    const auto clips = std::count_if(samples.begin(), samples.end(), [](gr_complex x) {
        return std::abs(x.real()) >= FULL_SCALE || std::abs(x.imag()) >= FULL_SCALE;
    });
    return static_cast<double>(clips) > CLIPPED * static_cast<double>(samples.size());
}

double mean_power(const std::vector<gr_complex>& samples)
{
    double sum = 0.0;
    for (const auto& x : samples)
        sum += std::norm(x);
    return sum / static_cast<double>(samples.size());
}

} // namespace

gaussian_test::gaussian_test(double rate, bool is_audio)
    : d_rate(rate),
      d_is_audio(is_audio),
      d_most(std::clamp(static_cast<size_t>((is_audio ? AUDIO_S : LONGEST_S) * rate),
                        is_audio ? 0 : 4 * LEAST_SAMPLES,
                        MOST_SAMPLES)),
      d_wanted(d_most)
{
}

bool gaussian_test::can_judge() const
{
    return d_samples.size() >= d_most / 2;
}

void gaussian_test::forget()
{
    std::vector<gr_complex>().swap(d_samples);
    std::vector<float>().swap(d_spectrum);
    d_judge.reset();
}

void gaussian_test::restart()
{
    forget();
    d_wanted = d_most;
}

void gaussian_test::add(const gr_complex* samples, size_t count)
{
    const size_t n = d_is_audio ? count : std::min(count, d_wanted - d_samples.size());
    d_samples.insert(d_samples.end(), samples, samples + n);
    d_spectrum.clear(); // spectrum of the samples, made when it is asked for
    d_judge.reset();
    if (d_samples.size() < 2 * d_most)
        return;
    d_samples.erase(d_samples.begin(), d_samples.end() - static_cast<long>(d_most));
}

// Of half-overlapped frames, as long as there are enough of them: the longer a frame, the
// longer the symbols of OFDM that repeat within one.
void gaussian_test::measure_spectrum()
{
    size_t n = MOST_FRAME;
    while (n > LEAST_FRAME && d_samples.size() < FRAMES * n)
        n /= 2;
    d_spectrum.assign(n, 0.0f);
    estimated_fft transform(static_cast<int>(n), FFTW_FORWARD);
    std::vector<float> window(n);
    for (size_t i = 0; i < n; i++)
        window[i] = static_cast<float>(
            0.5 - 0.5 * std::cos(2.0 * M_PI * static_cast<double>(i) / double(n)));
    int frames = 0;
    for (size_t at = 0; at + n <= d_samples.size(); at += n / 2, frames++) {
        for (size_t i = 0; i < n; i++)
            transform.input()[i] = window[i] * d_samples[at + i];
        transform.execute();
        for (size_t i = 0; i < n; i++)
            d_spectrum[(i + n / 2) % n] += std::norm(transform.output()[i]);
    }
    for (auto& power : d_spectrum)
        power /= static_cast<float>(frames * HANN_POWER * double(n) * d_rate);
}

double gaussian_test::frequency_of(size_t bin) const
{
    const auto n = static_cast<double>(d_spectrum.size());
    return (static_cast<double>(bin) / n - 0.5) * d_rate;
}

size_t gaussian_test::bin_of(double frequency) const
{
    const auto n = static_cast<double>(d_spectrum.size());
    return static_cast<size_t>(
        std::clamp(std::round((frequency / d_rate + 0.5) * n), 0.0, n));
}

// Within a band where the floor explains it, else 0.
std::vector<float> gaussian_test::explained_spectrum(const noise_floor& floor,
                                                     double lower,
                                                     double upper) const
{
    auto power = d_spectrum;
    for (size_t i = 0; i < power.size(); i++) {
        const double f = frequency_of(i);
        if (f < lower || f > upper || power[i] > MOST_OVER_FLOOR * floor.at(f))
            power[i] = 0.0f;
    }
    return power;
}

// Within a band, else 0.
std::vector<float> gaussian_test::spectrum_of(double lower, double upper) const
{
    auto power = d_spectrum;
    std::fill_n(power.begin(), bin_of(lower), 0.0f);
    std::fill(power.begin() + static_cast<long>(bin_of(upper)), power.end(), 0.0f);
    return power;
}

// Whether the converter makes powers that noise does not have.
bool gaussian_test::is_coarse() const
{
    return is_clipped(d_samples) || has_few_steps(d_samples);
}

std::optional<cyclic_prefix>
gaussian_test::prefix_in(const std::vector<float>& power) const
{
    return find_cyclic_prefix(d_samples.data(), d_samples.size(), power);
}

bool gaussian_test::holds(noise_or_signal what, double lower, double upper)
{
    if (d_samples.size() < LEAST_SAMPLES)
        return false;
    if (d_spectrum.empty())
        measure_spectrum();
    if (!d_judge)
        d_judge.emplace(d_samples.data(), d_samples.size(), d_spectrum);
    return d_judge->holds(what, bin_of(lower), bin_of(upper));
}

bool gaussian_test::is_signal(const noise_floor& floor, double lower, double upper) const
{
    if (!(upper > lower) || d_spectrum.empty())
        return false;
    const auto power = explained_spectrum(floor, lower, upper);
    if (prefix_in(power))
        return true;
    const part_judge judge(d_samples.data(), d_samples.size(), power, is_coarse());
    return judge.holds(noise_or_signal::SIGNAL, bin_of(lower), bin_of(upper));
}

std::vector<box> gaussian_test::join_ofdm(const box& band, std::vector<box> parts) const
{
    if (parts.size() < 2)
        return parts;
    const auto power = spectrum_of(band.lower, band.upper);
    const auto prefix = prefix_in(power);
    if (!prefix)
        return parts;
    box joined{ band.start, band.end, band.upper, band.lower };
    for (const auto& p : parts)
        if (has_ripple(power, bin_of(p.lower), bin_of(p.upper), prefix->useful)) {
            joined.lower = std::min(joined.lower, p.lower);
            joined.upper = std::max(joined.upper, p.upper);
        }
    std::vector<box> all;
    if (joined.width() > 0.0)
        all.push_back(joined);
    for (const auto& p : parts)
        if (overlap(p.lower, p.upper, joined.lower, joined.upper) < 0.5 * p.width())
            all.push_back(p);
    return all;
}

double gaussian_test::signal_share(const noise_floor& floor)
{
    if (floor.is_one_sided())
        return 0.0;
    d_wanted = 0;
    if (d_samples.size() < LEAST_SAMPLES)
        return 0.0;
    measure_spectrum();
    double sum = 0.0, squares = 0.0;
    for (int i = 0; i < floor.n_points(); i++) {
        sum += floor.point(i);
        squares += floor.point(i) * floor.point(i);
    }
    const double flat = sum * sum / (squares * floor.n_points());
    const double explained = sum * floor.point_hz() / mean_power(d_samples);
    double share = 0.0;
    if (explained > FLOOR_SHARE && !is_coarse())
        share = constant_share(flat);
    if (explained > PREFIX_FLOOR_SHARE)
        if (const auto prefix =
                prefix_in(explained_spectrum(floor, floor.lower(), floor.upper())))
            share = std::max(std::min(prefix->share, MOST_CONSTANT), pausing_share(flat));
    return share;
}

// Share of a signal of constant power beside noise. The powers of noise spread by 2,
// those of the signal by 1, and those of a sum by 2 less the square of the share.
double gaussian_test::constant_share(double flat) const
{
    double sum = 0.0, squares = 0.0;
    for (const auto& x : d_samples) {
        const double power = std::norm(x);
        sum += power;
        squares += power * power;
    }
    const auto n = static_cast<double>(d_samples.size());
    const double missing = 2.0 - squares / (sum * sum) * n;
    const double sigma = std::sqrt(SPREAD_VARIANCE / (flat * n));
    return missing > std::max(LEAST_MISSING, SPREAD_SIGMAS * sigma)
               ? std::min(std::sqrt(std::min(missing, 1.0)), MOST_CONSTANT)
               : 0.0;
}

// Share of a signal with many pauses, in which the noise is seen.
double gaussian_test::pausing_share(double flat) const
{
    const double independent = std::max(PIECE_SAMPLES, PIECE_S * d_rate * flat);
    const auto length = static_cast<size_t>(independent / flat);
    std::vector<float> powers; // power of each piece; digital silence is no pause
    double mean = 0.0;
    for (size_t i = 0; i + length <= d_samples.size(); i += length) {
        double sum = 0.0;
        for (size_t k = i; k < i + length; k++)
            sum += std::norm(d_samples[k]);
        if (sum > 0.0)
            powers.push_back(static_cast<float>(sum / static_cast<double>(length)));
        mean += sum / static_cast<double>(d_samples.size());
    }
    if (powers.size() < LEAST_PIECES)
        return 0.0;
    const double low = quantile(powers, QUIET_QUANTILE);
    const double quiet = low / (1.0 - QUIET_SIGMAS / std::sqrt(independent));
    int pauses = 0;
    bool is_loud = false; // whether a loud piece came since the last pause
    for (const float power : powers) {
        pauses += is_loud && power <= low;
        is_loud = power > mean || (is_loud && power > low);
    }
    const double share = 1.0 - quiet / mean;
    return pauses >= LEAST_PAUSES ? std::min(share, MOST_PAUSING) : 0.0;
}

} // namespace rfattn
} // namespace gr
