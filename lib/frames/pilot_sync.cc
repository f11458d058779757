/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "pilot_sync.h"

#include <gnuradio/math.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace gr {
namespace rfattn {

namespace {

constexpr double PILOT = 19e3; // Hz
constexpr double BAND = 4e3;   // its rate, at which music is in the zeros of a mean, Hz
constexpr size_t BLOCK = 256;  // samples
constexpr int SIDE = 3;        // bins on both sides that a line fills
// Times each other line of the band: the sound of FM broadcasting has none, and that of
// codes and sweeps, which repeat, has several. Noise has it in one of a thousand million.
constexpr double LEAST_ALONE = 8.0;
constexpr double SWING = 6.75e3; // by which it moves the frequency, Hz; noise adds to it
constexpr int NEEDED = 4;        // blocks

} // namespace

pilot_sync::pilot_sync(double rate)
    : d_rate(rate),
      d_band(rate, PILOT, BAND),
      d_fft(BLOCK, FFTW_FORWARD)
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

void pilot_sync::look()
{
    for (size_t n = 0; n < BLOCK; n++) {
        const double turn = 2.0 * GR_M_PI * static_cast<double>(n) / BLOCK;
        d_fft.input()[n] = d_block[n] * static_cast<float>(1.0 - std::cos(turn));
    }
    d_fft.execute();
    d_block.clear();
    const double bin = d_band.rate() / static_cast<double>(BLOCK);
    const int most = static_cast<int>(0.35 * BAND / bin);
    const int near = static_cast<int>(std::ceil(CLOCK * PILOT / bin));
    std::vector<double> powers;
    for (int k = -most; k <= most; k++)
        powers.push_back(std::norm(d_fft.output()[static_cast<size_t>(k) % BLOCK]));
    const auto middle = powers.begin() + most;
    const auto highest = std::max_element(middle - near, middle + near + 1);
    const int line = static_cast<int>(highest - middle);
    double other = 0.0;
    for (int k = -most; k <= most; k++)
        if (std::abs(k - line) > SIDE)
            other = std::max(other, middle[k]);
    const double swing = std::sqrt(*highest) / BLOCK * d_rate / GR_M_PI;
    const bool is_line =
        1.5 * swing >= SWING && swing <= 1.5 * SWING && *highest >= LEAST_ALONE * other;
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
