/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "bin_noise.h"

#include <algorithm>
#include <cmath>

namespace gr {
namespace rfattn {

namespace {

// Exponentially distributed power exceeds 20 times its mean with a probability of 2e-9.
constexpr double LOBE_GUARD = 20.0;
constexpr double LOBES = 1.75; // bins from the middle of the main lobe
constexpr double REACH = 40.0; // bins: beyond, a side lobe lies 110 dB below
constexpr double COARSE = 1.5; // points in a bin that are averaged over
constexpr int OUTERMOST = 2;   // bins
constexpr double FINE = 0.25;  // points in a bin whose side lobes matter

// The power of a Hann window at a distance in bins, of 1.5 in all.
double main_lobe(double x)
{
    const double d = std::abs(x);
    if (d < 1e-6)
        return 1.0;
    if (std::abs(d - 1.0) < 1e-6)
        return 0.25;
    const double a = std::sin(M_PI * d) / (M_PI * d * (1.0 - d * d));
    return a * a;
}

// Share of a window's power beyond a distance in bins on one side, by the mean of the
// side lobes, 1 / (2 pi^2 x^6).
double lobes_beyond(double x)
{
    const double d = std::max(x, LOBES);
    return 1.0 / (15.0 * M_PI * M_PI * d * d * d * d * d);
}

// Noise density of a bin.
double spread(const noise_floor& floor, double frequency, double bin_hz)
{
    const double points = floor.point_hz() / bin_hz; // bins in a point
    const double middle = (frequency - floor.point_edge(0)) / floor.point_hz();
    const auto first = static_cast<int>(std::floor(middle - REACH / points));
    const auto last = static_cast<int>(std::ceil(middle + REACH / points));
    const bool is_coarse = bin_hz > COARSE * floor.point_hz();
    double main = 0.0, weights = 0.0, lobes = 0.0;
    const int n = floor.n_points();
    // Beyond its ends the band of complex samples begins again; that of real ones turns.
    const auto beyond = [&](int i) {
        if (!floor.is_one_sided())
            return (i % n + n) % n;
        return std::clamp(i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i, 0, n - 1);
    };
    for (int i = first; i < last; i++) {
        const float density = floor.point(beyond(i));
        const double from = (i - middle) * points, to = from + points;
        const double near = std::max({ from, -to, 0.0 });
        if (is_coarse && near < LOBES) {
            const double weight = main_lobe(0.5 * (from + to));
            main += weight * density;
            weights += weight;
        }
        const double far = near + points;
        if (far > LOBES)
            lobes += (lobes_beyond(near) - lobes_beyond(far)) * density;
    }
    return (is_coarse ? main / weights : floor.at(frequency)) + LOBE_GUARD * lobes;
}

// The main lobe of the outermost bins reaches over the end of the band to the other end.
void join_ends(std::vector<float>& density)
{
    const auto n = static_cast<int>(density.size());
    for (int i = 0; i < OUTERMOST && i < n; i++) {
        auto &first = density[i], &last = density[n - 1 - i];
        first = last = std::max(first, last);
    }
}

} // namespace

bin_noise::bin_noise(const spectrograms& all) : d_all(all)
{
    for (const auto& s : all)
        d_density.emplace_back(s->n_bins(), 1.0f);
}

void bin_noise::update(const noise_floor& floor)
{
    for (size_t k = 0; k < d_all.size(); k++) {
        const auto& s = *d_all[k];
        const bool has_lobes = s.bin_hz() > FINE * floor.point_hz();
        for (int i = 0; i < s.n_bins(); i++) {
            const double frequency = s.lower_edge(i + 0.5);
            d_density[k][i] =
                has_lobes ? static_cast<float>(spread(floor, frequency, s.bin_hz()))
                          : floor.at(frequency);
        }
        if (!floor.is_one_sided())
            join_ends(d_density[k]);
    }
}

const std::vector<float>& bin_noise::of(const spectrogram& s) const
{
    const auto is_it = [&](const auto& one) { return one.get() == &s; };
    return d_density[std::find_if(d_all.begin(), d_all.end(), is_it) - d_all.begin()];
}

} // namespace rfattn
} // namespace gr
