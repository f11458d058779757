/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "modulation.h"

#include <gnuradio/math.h>

#include <algorithm>
#include <cmath>
#include <complex>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t BLOCK = modulation_meter::BLOCK, FINE = modulation_meter::FINE;
constexpr double MARGIN = 0.1;       // width kept on both sides, of that of the emission
constexpr double FIRST_LINE = 8.0;   // first line of power and of frequency, bins
constexpr size_t NEAR = 3, FAR = 12; // what surrounds a line, bins from it
constexpr uint64_t REST = 32;
constexpr uint64_t MEMORY = 256; // blocks
constexpr double LIMIT = 4.0;
constexpr double SYMBOL_RATE = 4800.0; // Hz
constexpr double LEAST = 1e-9;

double line_db(double ratio)
{
    return (10.0 * std::log10(ratio + LEAST) - 10.0) / 10.0;
}

double octaves(double rate)
{
    return 0.5 * std::log2((rate + LEAST) / SYMBOL_RATE);
}

} // namespace

void modulation_sums::scale(double factor)
{
    for (double* sum : { &weight, &carrier, &envelope, &square, &fourth })
        *sum *= factor;
    const auto f = static_cast<float>(factor);
    for (auto* lines : { &power_lines, &shift_lines, &lines_2, &lines_4 })
        for (float& value : *lines)
            value *= f;
}

modulation_meter::modulation_meter()
    : d_forward(BLOCK, FFTW_FORWARD),
      d_inverse(FINE, FFTW_BACKWARD),
      d_lines(FINE, FFTW_FORWARD),
      d_window(FINE),
      d_samples(FINE),
      d_shift(FINE)
{
    for (size_t n = 0; n < FINE; n++)
        d_window[n] = static_cast<float>(
            0.5 - 0.5 * std::cos(2.0 * GR_M_PI * static_cast<double>(n) / FINE));
}

void modulation_meter::add(const gr_complex* samples,
                           double lower,
                           double upper,
                           modulation_sums& sums)
{
    const double power = interpolate(samples, lower, upper);
    if (!(power > 0.0 && std::isfinite(power)))
        return;
    for (auto* lines :
         { &sums.power_lines, &sums.shift_lines, &sums.lines_2, &sums.lines_4 })
        lines->resize(FINE);
    if (power > sums.strongest) {
        const double ratio = sums.strongest / power;
        sums.scale(ratio * ratio);
        sums.strongest = power;
    }
    if (sums.blocks >= MEMORY)
        sums.scale(1.0 - 1.0 / MEMORY);
    const double relative = power / sums.strongest, weight = relative * relative;
    sums.blocks++;
    sums.weight += weight;
    sums.carrier += weight * strongest_line();
    add_frequency(weight, sums);
    add_real_lines(weight, sums);
    add_power_of_samples(weight, sums.lines_2);
    add_power_of_samples(weight, sums.lines_4);
}

// Removes what lies outside the edges, interpolates, and makes the mean power 1. Returns
// what it was.
double
modulation_meter::interpolate(const gr_complex* samples, double lower, double upper)
{
    std::copy_n(samples, BLOCK, d_forward.input());
    d_forward.execute();
    std::fill_n(d_inverse.input(), FINE, gr_complex(0.0f, 0.0f));
    const double margin = MARGIN * (upper - lower);
    double power = 0.0;
    for (size_t k = 0; k < BLOCK; k++) {
        const bool negative = k >= BLOCK / 2;
        const double bin = static_cast<double>(k) - (negative ? BLOCK : 0.0);
        if (bin < (lower - margin) * BLOCK || bin > (upper + margin) * BLOCK)
            continue;
        d_inverse.input()[negative ? k + FINE - BLOCK : k] = d_forward.output()[k];
        power += std::norm(d_forward.output()[k]);
    }
    d_inverse.execute();
    power /= 1.0 * BLOCK * BLOCK;
    const auto scale = static_cast<float>(1.0 / (BLOCK * std::sqrt(power + 1e-300)));
    for (size_t n = 0; n < FINE; n++)
        d_samples[n] = scale * d_inverse.output()[n];
    return power;
}

// The largest share of the power in three neighbouring bins.
double modulation_meter::strongest_line() const
{
    const gr_complex* bins = d_inverse.input();
    double sum = 0.0, most = 0.0;
    for (size_t k = 0; k < FINE; k++) {
        const double here = std::norm(bins[k]);
        sum += here;
        most = std::max(most,
                        here + std::norm(bins[(k + 1) % FINE]) +
                            std::norm(bins[(k + FINE - 1) % FINE]));
    }
    return most / sum;
}

// Each frequency counts by the magnitude of its two samples, so that a single sample has
// none.
void modulation_meter::add_frequency(double weight, modulation_sums& sums)
{
    std::array<double, FINE> frequency{}, magnitude{};
    double all = 0.0, mean = 0.0, envelope = 0.0;
    for (size_t n = 0; n < FINE; n++) {
        const gr_complex now = d_samples[n], before = d_samples[n > 0 ? n - 1 : 0];
        const double re = now.real() * before.real() + now.imag() * before.imag();
        const double im = now.imag() * before.real() - now.real() * before.imag();
        frequency[n] = modulation_meter::FINER * std::atan2(im, re) / (2.0 * GR_M_PI);
        magnitude[n] = n > 0 ? std::sqrt(re * re + im * im) : 0.0;
        all += magnitude[n];
        mean += magnitude[n] * frequency[n];
        const double power = std::norm(now);
        envelope += power * power;
    }
    all = std::max(all, LEAST);
    mean /= all;
    double square = 0.0, fourth = 0.0;
    for (size_t n = 0; n < FINE; n++) {
        const double shift = frequency[n] - mean, squared = shift * shift;
        d_shift[n] = static_cast<float>(magnitude[n] * squared);
        square += magnitude[n] * squared;
        fourth += magnitude[n] * squared * squared;
    }
    sums.envelope += weight * envelope / FINE;
    sums.square += weight * square / all;
    sums.fourth += weight * fourth / all;
}

// Two real series in one transform: the even part of the result belongs to one, the odd
// part to the other.
void modulation_meter::add_real_lines(double weight, modulation_sums& sums)
{
    float mean = 0.0f;
    for (const float shift : d_shift)
        mean += shift / FINE;
    gr_complex* in = d_lines.input();
    for (size_t n = 0; n < FINE; n++)
        in[n] =
            d_window[n] * gr_complex(std::norm(d_samples[n]) - 1.0f, d_shift[n] - mean);
    d_lines.execute();
    const gr_complex* out = d_lines.output();
    const auto quarter = static_cast<float>(0.25 * weight);
    for (size_t k = 0; k < FINE; k++) {
        const gr_complex mirror = std::conj(out[(FINE - k) % FINE]);
        sums.power_lines[k] += quarter * std::norm(out[k] + mirror);
        sums.shift_lines[k] += quarter * std::norm(out[k] - mirror);
    }
}

// Squares the samples, then adds their spectrum.
void modulation_meter::add_power_of_samples(double weight, std::vector<float>& lines)
{
    gr_complex* in = d_lines.input();
    for (size_t n = 0; n < FINE; n++) {
        const float re = d_samples[n].real(), im = d_samples[n].imag();
        d_samples[n] = gr_complex(re * re - im * im, 2.0f * re * im);
        in[n] = d_window[n] * d_samples[n];
    }
    d_lines.execute();
    for (size_t k = 0; k < FINE; k++)
        lines[k] += static_cast<float>(weight) * std::norm(d_lines.output()[k]);
}

// In one piece, with what surrounds the first and the last bin; all bins at once, since a
// compiler does that several at a time.
spectral_line
spectral_line::of(const std::vector<float>& power, double first, double last)
{
    const auto size = static_cast<ptrdiff_t>(power.size());
    const auto begin = static_cast<ptrdiff_t>(std::floor(first));
    const auto count = static_cast<ptrdiff_t>(std::ceil(last)) - begin + 1;
    const auto bin_at = [=](ptrdiff_t place) {
        return static_cast<size_t>(((begin + place) % size + size) % size);
    };
    if (count <= 0)
        return {};
    std::vector<float> near(static_cast<size_t>(count) + 2 * FAR);
    for (size_t i = 0; i < near.size(); i++)
        near[i] = power[bin_at(static_cast<ptrdiff_t>(i) - static_cast<ptrdiff_t>(FAR))];
    std::vector<double> around(static_cast<size_t>(count), 0.0);
    const float* const middle = near.data() + FAR;
    for (size_t d = NEAR; d <= FAR; d++)
        for (size_t i = 0; i < around.size(); i++)
            around[i] += middle[i + d] + middle[static_cast<ptrdiff_t>(i - d)];
    spectral_line found;
    for (size_t i = 0; i < around.size(); i++) {
        const double ratio = 2.0 * (FAR - NEAR + 1) * middle[i] / (around[i] + 1e-30);
        if (ratio > found.ratio)
            found = { static_cast<double>(bin_at(static_cast<ptrdiff_t>(i))), ratio };
    }
    return found;
}

void modulation::restart(double rate, double lower, double upper)
{
    *this = modulation();
    d_rate = rate;
    d_lower = lower / rate;
    d_upper = upper / rate;
    d_held.reserve(BLOCK);
}

void modulation::add(uint64_t first,
                     const gr_complex* samples,
                     size_t count,
                     modulation_meter& meter)
{
    if (first != d_next) {
        d_held.clear();
        d_rest = 0;
    }
    d_next = first + count;
    while (count > 0) {
        const size_t rest = std::min(d_rest, count);
        d_rest -= rest;
        const size_t taken = std::min(BLOCK - d_held.size(), count - rest);
        d_held.insert(d_held.end(), samples + rest, samples + rest + taken);
        samples += rest + taken;
        count -= rest + taken;
        if (d_held.size() < BLOCK)
            return;
        meter.add(d_held.data(), d_lower, d_upper, d_sums);
        d_held.clear();
        d_rest = d_sums.blocks / REST * BLOCK;
        if (d_sums.blocks > 0)
            evaluate();
    }
}

void modulation::evaluate()
{
    const double width = d_upper - d_lower, weight = d_sums.weight;
    const double square = d_sums.square / weight + LEAST * LEAST;
    // A power of x reaches as many times as far as x; there is nothing beyond.
    const double lowest = BLOCK * (d_lower - MARGIN * width);
    const double highest = BLOCK * (d_upper + MARGIN * width);
    const double most = std::min(highest - lowest, 0.5 * FINE);
    const auto in_power = [&](const std::vector<float>& lines, double power) {
        const double half = 0.5 * std::min(power * (highest - lowest), FINE - 1.0);
        const double middle = std::remainder(0.5 * power * (highest + lowest), FINE);
        return spectral_line::of(lines, middle - half, middle + half);
    };
    const auto of_power = spectral_line::of(d_sums.power_lines, FIRST_LINE, most);
    const auto of_shift = spectral_line::of(d_sums.shift_lines, FIRST_LINE, most);
    const double bin_hz = d_rate / BLOCK;
    const double values[COUNT] = {
        std::log2(1.0 + static_cast<double>(d_sums.blocks)) / 4.0,
        1.0 + std::log10(d_sums.carrier / weight),
        d_sums.envelope / weight - 1.5,
        4.0 * std::sqrt(square) / width - 1.0,
        std::log2(std::max(d_sums.fourth / weight / (square * square), LEAST)) - 1.0,
        octaves(of_power.bin * bin_hz),
        line_db(of_power.ratio),
        octaves(of_shift.bin * bin_hz),
        line_db(of_shift.ratio),
        line_db(in_power(d_sums.lines_2, 2.0).ratio),
        line_db(in_power(d_sums.lines_4, 4.0).ratio),
    };
    for (size_t i = 0; i < COUNT; i++)
        d_values[i] = static_cast<float>(std::clamp(values[i], -LIMIT, LIMIT));
}

} // namespace rfattn
} // namespace gr
