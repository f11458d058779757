/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "spectrogram.h"

#include <gnuradio/fft/window.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sys/mman.h>
#include <unistd.h>
#include <volk/volk.h>

namespace gr {
namespace rfattn {

namespace {

constexpr double DC_HZ = 1200.0;  // half the width of a receiver's offset at most
constexpr int DC_NEIGHBOURS = 16; // bins whose mean takes its place, at least
constexpr int DC_BINS = 2;        // bins on each side that the window spreads it to
constexpr double OFFSET_S = 1e-3; // time in which it changes
// Times in which what is left of the offset rises and falls.
constexpr double DC_RISE_S = 2.0, DC_FALL_S = 0.005;
constexpr float DC_RATIO = 4.0f; // least ratio of a signal to that power

// A band's bins of all rows lie in as many pages as there are rows, so a processor finds
// them much sooner where pages are large. It is a hint: without it all works the same.
void ask_for_large_pages([[maybe_unused]] float* memory, [[maybe_unused]] size_t bytes)
{
#ifdef MADV_HUGEPAGE
    const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    const uintptr_t begin =
        (reinterpret_cast<uintptr_t>(memory) + page - 1) / page * page;
    const uintptr_t end = (reinterpret_cast<uintptr_t>(memory) + bytes) / page * page;
    if (begin < end)
        madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

bool is_smooth(int n)
{
    for (int prime : { 2, 3, 5 })
        while (n % prime == 0)
            n /= prime;
    return n == 1;
}

// Share of the energy of a Hann window that lies before a part x of it.
double energy_before(double x)
{
    return x >= 1.0 ? 1.0
                    : x - 2.0 * std::sin(2.0 * M_PI * x) / (3.0 * M_PI) +
                          std::sin(4.0 * M_PI * x) / (12.0 * M_PI);
}

} // namespace

int smooth_size(double n)
{
    int size = 2 * static_cast<int>(std::ceil(n / 2.0 - 1e-9));
    while (!is_smooth(size))
        size += 2;
    return size;
}

spectrogram::spectrogram(double rate, double resolution, double kept_s, bool one_sided)
    : d_rate(rate),
      d_size(smooth_size(rate / resolution)),
      d_one_sided(one_sided),
      d_n_bins(one_sided ? d_size / 2 : d_size),
      d_bin_hz(rate / d_size),
      d_first_hz((one_sided ? 0.0 : -0.5 * rate) - 0.5 * d_bin_hz),
      d_dc_bins(std::clamp(
          static_cast<int>(DC_HZ / d_bin_hz), DC_BINS, std::max(DC_BINS, d_size / 64))),
      d_capacity(
          static_cast<uint64_t>(std::ceil(kept_s * rate / static_cast<double>(hop()))) +
          1),
      d_fft(d_size, FFTW_FORWARD),
      d_window(d_size)
{
    const size_t kept = d_capacity * d_n_bins;
    d_ring.reserve(kept);
    ask_for_large_pages(d_ring.data(), kept * sizeof(float));
    d_ring.resize(kept);
    // Periodic: half a symmetric window of one more sample leaves no seam.
    double energy = 0.0;
    for (int i = 0; i < d_size; i++) {
        const double w = 0.5 - 0.5 * std::cos(2.0 * M_PI * i / d_size);
        d_window[i] = static_cast<float>(w);
        energy += w * w;
    }
    const double scale = std::sqrt((one_sided ? 2.0 : 1.0) / (rate * energy));
    for (auto& w : d_window)
        w = static_cast<float>(w * scale);
}

uint64_t spectrogram::row_at(double sample) const
{
    const double r = std::round((sample - 0.5 * d_size) / static_cast<double>(hop()));
    const double last = end() ? static_cast<double>(end() - 1) : 0.0;
    const auto first = static_cast<double>(begin());
    return static_cast<uint64_t>(std::clamp(r, first, std::max(first, last)));
}

void spectrogram::add(const gr_complex* samples)
{
    volk_32fc_32f_multiply_32fc(d_fft.input(), samples, d_window.data(), d_size);
    d_fft.execute();
    if (has_wide_bins() && !d_one_sided)
        remove_offset();
    const gr_complex* bins = d_fft.output();
    float* to = &d_ring[(d_rows % d_capacity) * d_n_bins];
    const int half = d_size / 2;
    if (d_one_sided) {
        volk_32fc_magnitude_squared_32f(to, bins, half);
    } else {
        volk_32fc_magnitude_squared_32f(to, bins + half, half);
        volk_32fc_magnitude_squared_32f(to + half, bins, half);
    }
    replace_dc(to);
    d_has_frame = true;
    d_rows++;
}

void spectrogram::add_empty()
{
    std::fill_n(&d_ring[(d_rows % d_capacity) * d_n_bins], d_n_bins, 0.0f);
    d_rows++;
}

void spectrogram::replace(uint64_t r, const std::vector<float>& power)
{
    std::copy(power.begin(), power.end(), &d_ring[(r % d_capacity) * d_n_bins]);
}

void spectrogram::scale(uint64_t r, float factor)
{
    float* row = &d_ring[(r % d_capacity) * d_n_bins];
    volk_32f_s32f_multiply_32f(row, row, factor, d_n_bins);
}

// A row that holds both gains is divided by the mean of them.
void spectrogram::scale_before(uint64_t sample, float factor)
{
    for (uint64_t r = begin(); r < end() && row_begin(r) < sample; r++) {
        const auto share = static_cast<float>(
            energy_before(static_cast<double>(sample - row_begin(r)) / d_size));
        scale(r, factor / (share + factor * (1.0f - share)));
    }
    d_offset *= std::sqrt(factor);
    for (auto& power : d_steady)
        power *= factor;
}

// Whether signals beside an offset lie in its bins.
bool spectrogram::has_wide_bins() const
{
    return d_bin_hz > DC_HZ;
}

// A signal differs from the offset in frequency, if it is not exactly at 0 Hz.
void spectrogram::remove_offset()
{
    gr_complex* bins = d_fft.output();
    if (!d_has_frame)
        d_offset = bins[0];
    d_offset +=
        static_cast<float>(-std::expm1(-row_s() / OFFSET_S)) * (bins[0] - d_offset);
    bins[0] -= d_offset;
    bins[1] += 0.5f * d_offset; // side bins of a Hann window
    bins[d_size - 1] += 0.5f * d_offset;
}

void spectrogram::replace_dc(float* row)
{
    const auto mean = [row](int first, int n) {
        return std::accumulate(row + first, row + first + n, 0.0f) /
               static_cast<float>(n);
    };
    // Real samples have no receiver's offset, and audio begins near 0 Hz.
    if (d_one_sided) {
        const int n = std::min(DC_BINS, d_n_bins - DC_BINS);
        const float least = *std::min_element(row + DC_BINS, row + DC_BINS + n);
        for (int i = 0; i < DC_BINS; i++)
            row[i] = std::min(row[i], least);
        return;
    }
    // Wide signals lie on both sides and stay whole; the offset has no neighbours.
    const int dc = d_size / 2;
    const int n = std::min(d_dc_bins, (dc - 1) / 2);
    const int m = std::min(std::max(n, DC_NEIGHBOURS), dc - n - 1);
    const float lesser = std::min(mean(dc - n - m, m), mean(dc + n + 1, m));
    if (has_wide_bins())
        keep_unsteady(row + dc - n, 2 * n + 1, lesser);
    else
        std::fill_n(row + dc - n, 2 * n + 1, lesser);
}

// What is left of an offset fluctuates about a power that changes slowly.
void spectrogram::keep_unsteady(float* bins, int n, float least)
{
    if (!d_has_frame)
        d_steady.assign(bins, bins + n);
    const auto rise = static_cast<float>(-std::expm1(-row_s() / DC_RISE_S));
    const auto fall = static_cast<float>(-std::expm1(-row_s() / DC_FALL_S));
    for (int i = 0; i < n; i++) {
        const float rest = bins[i] - DC_RATIO * d_steady[i];
        d_steady[i] += (bins[i] > d_steady[i] ? rise : fall) * (bins[i] - d_steady[i]);
        bins[i] = std::max(least, rest);
    }
}

} // namespace rfattn
} // namespace gr
