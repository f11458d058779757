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
      d_twice(rate, 2.0 * PILOT, BAND),
      d_fft(BLOCK, FFTW_FORWARD)
{
}

void pilot_sync::add(const std::vector<float>& audio)
{
    for (const float sample : audio) {
        d_twice.add(sample, [this](gr_complex x) { d_block_of_twice.push_back(x); });
        d_band.add(sample, [this](gr_complex x) { d_block.push_back(x); });
        if (d_block.size() == BLOCK)
            look();
    }
}

void pilot_sync::break_off()
{
    d_band.restart();
    d_twice.restart();
    d_block.clear();
    d_block_of_twice.clear();
}

// By bin, the one of 0 Hz in the middle.
std::vector<double> pilot_sync::powers_of(std::vector<gr_complex>& block)
{
    for (size_t n = 0; n < BLOCK; n++) {
        const double turn = 2.0 * GR_M_PI * static_cast<double>(n) / BLOCK;
        d_fft.input()[n] = block[n] * static_cast<float>(1.0 - std::cos(turn));
    }
    d_fft.execute();
    block.clear();
    std::vector<double> powers(BLOCK);
    for (size_t n = 0; n < BLOCK; n++)
        powers[(n + BLOCK / 2) % BLOCK] = std::norm(d_fft.output()[n]);
    return powers;
}

void pilot_sync::look()
{
    const auto powers = powers_of(d_block), of_twice = powers_of(d_block_of_twice);
    const double bin = d_band.rate() / static_cast<double>(BLOCK);
    const int most = static_cast<int>(0.35 * BAND / bin);
    const int near = static_cast<int>(std::ceil(CLOCK * PILOT / bin));
    const auto middle = powers.begin() + BLOCK / 2;
    const auto highest = std::max_element(middle - near, middle + near + 1);
    const int line = static_cast<int>(highest - middle);
    const auto twice = of_twice.begin() + BLOCK / 2 + 2 * line;
    const double other = std::max({ *std::max_element(middle - most, highest - SIDE),
                                    *std::max_element(highest + SIDE + 1, middle + most),
                                    *std::max_element(twice - 1, twice + 2) });
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
