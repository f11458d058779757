/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

// What the fits of band and time share: spectrograms for a box, and powers in it.

#include "burst_fit.h"
#include "fit_limits.h"
#include "spectra/cell_map.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <volk/volk.h>

namespace gr {
namespace rfattn {

namespace {

constexpr double MOST_EXCESS = 1e17; // its square, in single precision, is no infinity
constexpr double LEAKS = 10.0, NARROW = 0.25; // density and width of a line
constexpr double RESOLVED = 3;                // rows or bins of a resolution, that use it

} // namespace

bool burst_fit::neighbour::is_narrow_in(double width) const
{
    return upper - lower < NARROW * width;
}

bool burst_fit::neighbour::leaks_into(double width, double other_level) const
{
    return level > LEAKS * other_level && is_narrow_in(width);
}

// Those that leak where a box is measured: mostly none, and then nothing is measured.
burst_fit::neighbours burst_fit::lines_among(const neighbours& others, const box& b) const
{
    neighbours found;
    const auto is_narrow = [&](const auto& o) { return o.is_narrow_in(b.width()); };
    if (std::none_of(others.begin(), others.end(), is_narrow))
        return found;
    const double level = measure_strength(b).excess;
    std::copy_if(others.begin(),
                 others.end(),
                 std::back_inserter(found),
                 [&](const auto& o) { return o.leaks_into(b.width(), level); });
    return found;
}

// Which bins of a box others fill, with what the window leaks.
std::vector<bool>
burst_fit::bins_filled(const spectrogram& s, const box& b, const neighbours& others)
{
    const int from = s.bin_at(b.lower), to = std::max(from, s.bin_at(b.upper - 1e-6)) + 1;
    std::vector<bool> filled(to - from, false);
    const double leak = LEAK_BINS * s.bin_hz();
    for (const auto& other : others) {
        const int last = std::min(to - 1, s.bin_at(other.upper + leak));
        for (int i = std::max(from, s.bin_at(other.lower - leak)); i <= last; i++)
            filled[i - from] = true;
    }
    return filled;
}

burst_fit::burst_fit(double rate,
                     const spectrograms& all,
                     const bin_noise& noise,
                     const decisions& d)
    : d_rate(rate),
      d_all(all),
      d_noise(noise),
      d_decisions(d)
{
}

// The finest in time whose bins the band holds some of.
const spectrogram& burst_fit::for_time(double width) const
{
    for (const auto& s : d_all)
        if (width >= RESOLVED * s->bin_hz() && s->end() > 0)
            return *s;
    for (auto s = d_all.rbegin(); s != d_all.rend(); ++s)
        if ((*s)->end() > 0 && (*s)->bin_hz() > 100.0)
            return **s;
    return *d_all.front();
}

// The finest in frequency whose rows the burst holds some of.
const spectrogram& burst_fit::for_band(const box& b) const
{
    for (auto s = d_all.rbegin(); s != d_all.rend(); ++s)
        if (b.duration() >= RESOLVED * static_cast<double>((*s)->hop()) &&
            (*s)->end() > 0)
            return **s;
    return *d_all.front();
}

burst_fit::profile burst_fit::measure(const box& b, double lower, double upper) const
{
    const spectrogram& s = for_band(b);
    profile p;
    p.source = &s;
    p.first_bin = s.bin_at(lower);
    const int n = s.bin_at(upper) + 1 - p.first_bin;
    // Rows that lie within, or the nearest one.
    const double half = 0.25 * s.size();
    uint64_t first = s.row_at(b.start + half), end = s.row_at(b.end - half) + 1;
    if (end <= first)
        end = (first = s.row_at(0.5 * (b.start + b.end))) + 1;
    std::vector<float> sum(n, 0.0f);
    for (uint64_t r = first; r < end; r++) {
        const float* row = s.row(r) + p.first_bin;
        for (int i = 0; i < n; i++)
            sum[i] += row[i];
    }
    const double rows = static_cast<double>(end - first);
    p.looks = independent_rows(rows);
    p.excess.resize(n);
    const float* noise = d_noise.of(s).data() + p.first_bin;
    for (int i = 0; i < n; i++)
        p.excess[i] =
            static_cast<float>(std::min(sum[i] / rows / noise[i], MOST_EXCESS) - 1.0);
    return p;
}

// Mean over a band, but for the bins that are left out, less the floor.
std::vector<float> burst_fit::row_powers(const spectrogram& s,
                                         double lower,
                                         double upper,
                                         uint64_t first,
                                         uint64_t end,
                                         const std::vector<bool>& left_out) const
{
    const int from = s.bin_at(lower), to = std::max(from, s.bin_at(upper - 1e-6)) + 1;
    std::vector<float> inverse(to - from);
    const auto& noise = d_noise.of(s);
    const auto kept = static_cast<float>(
        to - from - std::count(left_out.begin(), left_out.end(), true));
    for (int i = from; i < to; i++)
        inverse[i - from] =
            left_out.empty() || !left_out[i - from] ? 1.0f / (noise[i] * kept) : 0.0f;
    std::vector<float> y;
    y.reserve(end - first);
    for (uint64_t r = first; r < end; r++) {
        const float* row = s.row(r) + from;
        float sum = 0.0f;
        volk_32f_x2_dot_prod_32f(&sum, row, inverse.data(), to - from);
        y.push_back(std::min(sum, static_cast<float>(MOST_EXCESS)) - 1.0f);
    }
    return y;
}

burst_fit::strength burst_fit::measure_strength(const box& b) const
{
    const auto p = measure(b, b.lower, b.upper - 1e-6);
    const float* noise = d_noise.of(*p.source).data() + p.first_bin;
    double excess = 0.0, power = 0.0;
    for (size_t i = 0; i < p.excess.size(); i++) {
        excess += p.excess[i];
        power += p.excess[i] * noise[i];
    }
    return { excess / static_cast<double>(p.excess.size()), power * p.source->bin_hz() };
}

int bins_for(double looks, int most)
{
    return std::clamp(static_cast<int>(std::ceil(25.0 * SIGMAS / (looks * 0.51) / 2.0)),
                      1,
                      std::max(1, most));
}

} // namespace rfattn
} // namespace gr
