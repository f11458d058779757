/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#ifndef INCLUDED_RFATTN_QA_FITTED_SCENE_H
#define INCLUDED_RFATTN_QA_FITTED_SCENE_H

#include "base/estimated_fft.h"
#include "fit/burst_fit.h"
#include "fit/decisions.h"
#include "floor/noise_floor.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <memory>
#include <random>
#include <vector>

using samples = std::vector<gr_complex>;

constexpr int COUNT = 65536;   // samples: of a second
constexpr double RATE = COUNT; // Hz, so that a bin of all of them has 1 Hz

//! Noise of density 1 / Hz from one to another frequency, for all of the second.
inline samples band_noise(double lower, double upper, unsigned seed)
{
    std::mt19937 generator(seed);
    std::normal_distribution<float> part(0.0f, std::sqrt(0.5f));
    gr::rfattn::estimated_fft inverse(COUNT, FFTW_BACKWARD);
    std::fill_n(inverse.input(), COUNT, gr_complex());
    for (int k = static_cast<int>(lower); k < static_cast<int>(upper); k++)
        inverse.input()[(k + COUNT) % COUNT] = { part(generator), part(generator) };
    inverse.execute();
    return { inverse.output(), inverse.output() + COUNT };
}

inline gr::rfattn::box seconds(double start, double end, double lower, double upper)
{
    return { start * RATE, end * RATE, lower, upper };
}

//! \brief A second of noise of density 1, what is sent in it, and fits of it.
class fitted_scene {
public:
    fitted_scene() : values(band_noise(-0.5 * RATE, 0.5 * RATE, 1)) {}

    //! Noise of a density, in units of the floor, in a box.
    void add(const gr::rfattn::box& where, double density)
    {
        const auto sent = band_noise(where.lower, where.upper, ++d_seed);
        const auto scale = static_cast<float>(std::sqrt(density));
        for (auto i = static_cast<size_t>(where.start); i < where.end; i++)
            values[i] += scale * sent[i];
    }

    //! A carrier of so much power, in units of that of the floor in 1 Hz.
    void add_carrier(double frequency, double power, double start, double end)
    {
        for (auto i = static_cast<size_t>(start * RATE); i < end * RATE; i++)
            values[i] += gr_complex(std::polar(
                std::sqrt(power),
                std::remainder(2.0 * M_PI * frequency * double(i) / RATE, 2.0 * M_PI)));
    }

    //! Of what was sent before the first call. The floor is that of the noise alone.
    const gr::rfattn::burst_fit& fit()
    {
        if (d_fit)
            return *d_fit;
        gr::rfattn::spectrogram quiet(RATE, 512.0, 1.0, false);
        gr::rfattn::noise_floor floor(quiet, false);
        take(d_noise_values, quiet, [&] { floor.add_row(); });
        floor.estimate(true);
        for (const double hz : { 2048.0, 512.0, 128.0, 32.0 }) {
            rows.push_back(
                std::make_unique<gr::rfattn::spectrogram>(RATE, hz, 1.0, false));
            take(values, *rows.back(), [] {});
        }
        d_noise = std::make_unique<gr::rfattn::bin_noise>(rows);
        d_noise->update(floor);
        d_fit = std::make_unique<gr::rfattn::burst_fit>(RATE, rows, *d_noise, made);
        return *d_fit;
    }

    samples values;
    gr::rfattn::spectrograms rows;
    gr::rfattn::decisions made; //!< of which some may be left out

private:
    template <class Then>
    static void take(const samples& from, gr::rfattn::spectrogram& to, Then then)
    {
        while (to.end() * to.hop() + static_cast<uint64_t>(to.size()) <= from.size()) {
            to.add(&from[to.end() * to.hop()]);
            then();
        }
    }

    const samples d_noise_values = values;
    unsigned d_seed = 1;
    std::unique_ptr<gr::rfattn::bin_noise> d_noise;
    std::unique_ptr<gr::rfattn::burst_fit> d_fit;
};

#endif // INCLUDED_RFATTN_QA_FITTED_SCENE_H
