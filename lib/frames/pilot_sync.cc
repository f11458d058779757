/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "pilot_sync.h"

#include <gnuradio/math.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace gr {
namespace rfattn {

namespace {

constexpr double PILOT = 19e3;       // Hz
constexpr double BAND = 2e3;         // that is looked at, Hz
constexpr double CLOCK = 0.003;      // sample rates of recordings are as wrong as this
constexpr size_t BLOCK = 128;        // samples
constexpr int SIDE = 3;              // bins on both sides that a line fills
constexpr double LEAST_ABOVE = 50.0; // times the mean beside it
constexpr int NEEDED = 4;            // blocks

} // namespace

pilot_sync::pilot_sync(double rate) : d_band(rate, PILOT, BAND)
{
}

void pilot_sync::add(const std::vector<float>& audio)
{
    for (const float sample : audio)
        d_band.add(sample, [this](gr_complex shifted) {
            d_block.emplace_back(shifted);
            if (d_block.size() == BLOCK)
                look();
        });
}

void pilot_sync::break_off()
{
    d_band.restart();
    d_block.clear();
}

// The powers of the bins within half of the band, by a sum for each: there are few.
void pilot_sync::look()
{
    static const auto turns = [] {
        std::array<std::complex<double>, BLOCK> found;
        for (size_t n = 0; n < BLOCK; n++)
            found[n] = std::polar(1.0, -2.0 * GR_M_PI * static_cast<double>(n) / BLOCK);
        return found;
    }();
    for (size_t n = 0; n < BLOCK; n++)
        d_block[n] *= 1.0 - turns[n].real();
    const double bin = d_band.rate() / static_cast<double>(BLOCK);
    const int most = static_cast<int>(0.25 * BAND / bin);
    const int near = static_cast<int>(std::ceil(CLOCK * PILOT / bin));
    std::vector<double> powers;
    for (int k = -most; k <= most; k++) {
        const auto step = static_cast<size_t>(k + static_cast<int>(BLOCK)) % BLOCK;
        double re = 0.0, im = 0.0;
        for (size_t n = 0; n < BLOCK; n++) {
            const auto turn = turns[n * step % BLOCK];
            re += d_block[n].real() * turn.real() - d_block[n].imag() * turn.imag();
            im += d_block[n].real() * turn.imag() + d_block[n].imag() * turn.real();
        }
        powers.push_back(re * re + im * im);
    }
    d_block.clear();
    const auto middle = powers.begin() + most;
    const auto highest = std::max_element(middle - near, middle + near + 1);
    const int line = static_cast<int>(highest - middle);
    double beside = 0.0;
    int count = 0;
    for (int k = -most; k <= most; k++)
        if (std::abs(k - line) > SIDE) {
            beside += middle[k];
            count++;
        }
    const bool is_line = *highest > 0.0 && *highest * count >= LEAST_ABOVE * beside;
    const bool is_same = d_blocks > 0 && std::abs(line - d_line) <= 1;
    d_blocks = !is_line ? 0 : is_same ? d_blocks + 1 : 1;
    d_line = line;
    d_most = std::max(d_most, d_blocks);
}

sync_found pilot_sync::found() const
{
    return d_most < NEEDED
               ? sync_found()
               : sync_found{ "FM stereo", d_most, false, proof::PROVED * d_most };
}

} // namespace rfattn
} // namespace gr
