/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "filter_bank.h"
#include "base/interpolation.h"

#include <volk/volk.h>

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

// Finer bins make larger FFTs, which leave the caches; coarser ones send more channels
// through a second bank. Between 300 and 2400 Hz the cost differs by a fifth.
constexpr double BIN_HZ = 600.0;
constexpr int SMALLEST_SIZE = 512;
constexpr int LARGEST_SIZE = 1 << 18;

// The response, in units of the channel's rate and of its samples.
constexpr double EDGE = 0.417;        // 6 dB down; 77 dB from 0.492
constexpr double LENGTH = 32.0;       // length of the impulse response
constexpr double KAISER_BETA = 7.527; // 0.1102 (77 dB - 8.7)

// A complex factor of single precision turns up to 6e-8 too far; after so many samples
// the rotator gets a phase of double precision.
constexpr int ROTATED_SAMPLES = 256;

/*
 * Response at a distance from one edge: the integral of the transform of the Kaiser
 * window, sinh(sqrt(beta^2 - (pi LENGTH x)^2)) / sqrt(...) * LENGTH / I0(beta). It is 0.5
 * at the edge, 1 far inside, and 0 far outside.
 */
class edge_response {
public:
    edge_response()
    {
        double integral = 0.5;
        double before = transform(0.0);
        for (size_t i = 0; i < d_table.size(); i++) {
            d_table[i] = integral;
            const double after = transform(static_cast<double>(i + 1) / STEPS);
            integral += 0.5 * (before + after) / STEPS;
            before = after;
        }
    }

    double operator()(double inside) const
    {
        const double value = value_at(d_table, std::min(std::abs(inside), 1.0) * STEPS);
        return inside < 0.0 ? 1.0 - value : value;
    }

private:
    static double transform(double x)
    {
        const double square = KAISER_BETA * KAISER_BETA - std::pow(M_PI * LENGTH * x, 2);
        const double root = std::sqrt(std::abs(square));
        const double wave = square > 0.0 ? std::sinh(root) : std::sin(root);
        const double peak = root > 0.0 ? wave / root : 1.0;
        return peak * LENGTH / std::cyl_bessel_i(0.0, KAISER_BETA);
    }

    static constexpr int STEPS = 8192; // steps of a channel's rate
    std::vector<double> d_table = std::vector<double>(STEPS + 2);
};

const edge_response& response_of_edge()
{
    static const edge_response response;
    return response;
}

double eighth_turns(int64_t n)
{
    return static_cast<double>(((n % 8) + 8) % 8) * 0.125;
}

} // namespace

filter_bank::filter_bank(int size, size_t kept)
    : d_size(size),
      d_forward(d_size, FFTW_FORWARD),
      d_kept(kept)
{
}

int filter_bank::size_for(double sample_rate)
{
    const double size = std::exp2(std::round(std::log2(sample_rate / BIN_HZ)));
    return static_cast<int>(std::clamp<double>(size, SMALLEST_SIZE, LARGEST_SIZE));
}

int filter_bank::nearest_size(double bins)
{
    double nearest = MIN_BINS;
    for (double octave = MIN_BINS; octave <= bins; octave *= 2.0)
        for (double quarter : { 1.0, 1.25, 1.5, 1.75, 2.0 }) {
            const double candidate = octave * quarter;
            if (std::abs(std::log(candidate / bins)) < std::abs(std::log(nearest / bins)))
                nearest = candidate;
        }
    return static_cast<int>(nearest);
}

double filter_bank::response(double distance)
{
    const edge_response& edge = response_of_edge();
    return edge(distance + EDGE) - edge(distance - EDGE);
}

filter_bank::channel filter_bank::make_channel(double centre, int bins) const
{
    if (bins >= d_size)
        return { d_size, 0, 0.0, {} };
    const edge_response& response = response_of_edge();
    const int bin = static_cast<int>(std::lround(centre));
    channel c{ bins, bin, centre - bin, volk::vector<float>(bins) };
    const double upper = std::min(EDGE, (0.5 * d_size - centre) / bins);
    const double lower = std::min(EDGE, (0.5 * d_size + centre) / bins);
    for (int i = 0; i < bins; i++) {
        const int from_centre = i - bins / 2;
        const double x = (from_centre - c.offset) / bins;
        const double gain = response(x + lower) - response(x - upper);
        c.weights[i] = static_cast<float>(gain / d_size);
    }
    return c;
}

void filter_bank::begin_block(int64_t number, const gr_complex* samples, uint64_t version)
{
    d_number = number;
    d_version = version;
    d_samples = samples;
    d_spectrum = nullptr;
}

void filter_bank::restart()
{
    for (auto& block : d_kept)
        block.number = -1;
}

void filter_bank::transform()
{
    if (d_kept.empty()) {
        d_forward.execute(d_samples);
        d_spectrum = d_forward.output();
        return;
    }
    kept_block& block = d_kept[static_cast<size_t>(d_number) % d_kept.size()];
    if (block.number != d_number || block.version != d_version) {
        d_forward.execute(d_samples);
        block.spectrum.assign(d_forward.output(), d_forward.output() + d_size);
        block.number = d_number;
        block.version = d_version;
    }
    d_spectrum = block.spectrum.data();
}

void filter_bank::extract(const channel& c, gr_complex* out)
{
    if (c.bins == d_size) {
        std::copy_n(d_samples + margin(), hop(), out);
        return;
    }
    if (!d_spectrum)
        transform();
    estimated_fft& back = inverse(c.bins);
    copy_weighted(c, back.input());
    back.execute();
    rotate(c, back.output() + c.bins / 8, out);
}

// The bins around the channel's, from 0 up and then the negative ones, as the FFT has
// them.
void filter_bank::copy_weighted(const channel& c, gr_complex* bins) const
{
    const int half = c.bins / 2;
    for (int side : { 0, 1 }) { // from the centre up, and from the lower edge up
        gr_complex* out = bins + side * half;
        const float* weights = c.weights.data() + (1 - side) * half;
        const int first = ((c.bin - side * half) % d_size + d_size) % d_size;
        const int before_end = std::min(half, d_size - first);
        volk_32fc_32f_multiply_32fc(out, d_spectrum + first, weights, before_end);
        volk_32fc_32f_multiply_32fc(
            out + before_end, d_spectrum, weights + before_end, half - before_end);
    }
}

// The block begins size (6 b - 1) / 8 samples after sample 0 of the band, in which the
// channel's bin turned bin (6 b - 1) / 8 times; what is left turns by -offset / bins a
// sample.
void filter_bank::rotate(const channel& c, const gr_complex* in, gr_complex* out) const
{
    const double block_turns = -eighth_turns(c.bin % 8 * ((6 * d_number - 1) % 8));
    const double turns_per_sample = -c.offset / c.bins;
    const gr_complex step(std::polar(1.0, 2.0 * M_PI * turns_per_sample));
    for (int i = 0; i < c.samples(); i += ROTATED_SAMPLES) {
        const double place = static_cast<double>(d_number * c.samples() + i);
        const double turns = block_turns + std::fmod(turns_per_sample * place, 1.0);
        gr_complex phase(std::polar(1.0, 2.0 * M_PI * turns));
        const int n = std::min(ROTATED_SAMPLES, c.samples() - i);
        volk_32fc_s32fc_x2_rotator2_32fc(out + i, in + i, &step, &phase, n);
    }
}

estimated_fft& filter_bank::inverse(int bins)
{
    auto& found = d_inverse[bins];
    if (!found)
        found = std::make_unique<estimated_fft>(bins, FFTW_BACKWARD);
    return *found;
}

} // namespace rfattn
} // namespace gr
