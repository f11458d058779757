/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "spectrum.h"
#include "checks.h"

#include <gnuradio/fft/window.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <volk/volk.h>

namespace gr {
namespace rfattn {

namespace {

using gr::fft::window;

constexpr float POWER_FLOOR = 1e-20f;
constexpr float MOST_POWER = 1e25f; // samples that sample_check.cc takes stay below
constexpr float DB_FLOOR = -200.0f;
constexpr float DB_PER_OCTAVE = 3.01029995663981195f; // 10 log10(2)

const std::map<std::string, window::win_type> WINDOWS = {
    { "hann", window::WIN_HANN },
    { "hamming", window::WIN_HAMMING },
    { "blackman", window::WIN_BLACKMAN },
    { "blackmanharris", window::WIN_BLACKMAN_HARRIS },
    { "flattop", window::WIN_FLATTOP },
    { "rectangular", window::WIN_RECTANGULAR },
};

std::vector<std::string> window_names()
{
    std::vector<std::string> names;
    for (const auto& entry : WINDOWS)
        names.push_back(entry.first);
    return names;
}

bool is_power_of_two(int n)
{
    return n > 0 && (n & (n - 1)) == 0;
}

const spectrum::settings& checked(const spectrum::settings& s, const std::string& block)
{
    const checks check(block);
    check.require(is_power_of_two(s.fft_size) && s.fft_size >= 8 && s.fft_size <= 65536,
                  "fft_size",
                  "a power of two from 8 to 65536",
                  s.fft_size);
    check.one_of({ "two", "one" }, "sides", s.sides);
    const int kept = s.sides == "one" ? s.fft_size / 2 : s.fft_size;
    check.require(is_power_of_two(s.n_bins) && s.n_bins <= kept,
                  "n_bins",
                  "a power of two from 1 to " + std::to_string(kept),
                  s.n_bins);
    check.one_of(window_names(), "window", s.window);
    check.at_least(1, "averaging", s.averaging);
    check.one_of({ "db", "linear" }, "scale", s.scale);
    check.one_of({ "keep", "remove" }, "dc", s.dc);
    return s;
}

} // namespace

spectrum::spectrum(const settings& s, const std::string& block)
    : d_fft_size(checked(s, block).fft_size),
      d_kept_bins(s.sides == "one" ? s.fft_size / 2 : s.fft_size),
      d_n_bins(s.n_bins),
      d_averaging(s.averaging),
      d_db(s.scale == "db"),
      d_remove_dc(s.dc == "remove"),
      d_one_sided(s.sides == "one"),
      d_fft(s.fft_size, FFTW_FORWARD),
      d_window(s.fft_size),
      d_sum(d_kept_bins),
      d_power(d_kept_bins)
{
    const auto taps =
        window::build(WINDOWS.at(s.window), d_fft_size, window::INVALID_WIN_PARAM);
    double gain = 0.0;
    for (float tap : taps)
        gain += tap;
    // The window contains the factors of averaging, pooling and one-sided power.
    const int pooled_bins = d_kept_bins / d_n_bins;
    const double power_factor = (d_one_sided ? 2.0 : 1.0) / (d_averaging * pooled_bins);
    const double scale = std::sqrt(power_factor) / gain;
    for (int i = 0; i < d_fft_size; i++)
        d_window[i] = static_cast<float>(taps[i] * scale);
}

void spectrum::add(const gr_complex* frame)
{
    volk_32fc_32f_multiply_32fc(d_fft.input(), frame, d_window.data(), d_fft_size);
    d_fft.execute();
    if (d_frames == 0) {
        power_of_bins(d_sum.data());
    } else {
        power_of_bins(d_power.data());
        volk_32f_x2_add_32f(d_sum.data(), d_sum.data(), d_power.data(), d_kept_bins);
    }
    d_frames++;
}

void spectrum::power_of_bins(float* power)
{
    const gr_complex* bins = d_fft.output();
    const int half = d_fft_size / 2;
    if (d_one_sided) {
        volk_32fc_magnitude_squared_32f(power, bins, half);
        power[0] *= 0.5f; // DC has no mirror image to stand for
    } else {              // DC goes to the middle
        volk_32fc_magnitude_squared_32f(power, bins + half, half);
        volk_32fc_magnitude_squared_32f(power + half, bins, half);
    }
}

void spectrum::take(float* token)
{
    float* power = d_sum.data();
    if (d_remove_dc)
        remove_dc(power);
    const float* pooled = pool(power);
    if (d_db)
        to_decibel(token, pooled);
    else
        to_power(token, pooled);
    d_frames = 0;
}

void spectrum::remove_dc(float* power) const
{
    if (d_one_sided) {
        power[0] = power[1] = power[2];
        return;
    }
    const int dc = d_fft_size / 2;
    const float outside = 0.5f * (power[dc - 2] + power[dc + 2]);
    std::fill_n(power + dc - 1, 3, outside);
}

// Sums neighbours in pairs until n_bins are left: vectorises, and rounds less than a
// running sum.
const float* spectrum::pool(float* power)
{
    float* from = power;
    float* to = d_power.data();
    for (int n = d_kept_bins / 2; n >= d_n_bins; n /= 2) {
        const float* __restrict in = from;
        float* __restrict out = to;
        for (int i = 0; i < n; i++)
            out[i] = in[2 * i] + in[2 * i + 1];
        std::swap(from, to);
    }
    return from;
}

// Of samples that are not finite nothing is left: the running level of a model would keep
// it without end.
void spectrum::to_power(float* token, const float* power) const
{
    for (int i = 0; i < d_n_bins; i++)
        token[i] = power[i] <= MOST_POWER ? power[i] : 0.0f;
}

// volk_32f_log2_32f is good to 4e-5 dB. It is not used below the floor, where its kernels
// differ (zero, denormals, NaN).
void spectrum::to_decibel(float* token, const float* power) const
{
    for (int i = 0; i < d_n_bins; i++)
        token[i] = power[i] > POWER_FLOOR ? power[i] : POWER_FLOOR;
    volk_32f_log2_32f(token, token, d_n_bins);
    for (int i = 0; i < d_n_bins; i++)
        token[i] = std::max(DB_PER_OCTAVE * token[i], DB_FLOOR);
}

} // namespace rfattn
} // namespace gr
