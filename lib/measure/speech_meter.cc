/*
 * Copyright 2026 gr-rfattn authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 */

#include "speech_meter.h"
#include "base/boxcar.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gr {
namespace rfattn {

namespace {

constexpr size_t RISE = 10; // cells at the start of a burst that may lie before it
// Syllables pass means over 50 ms and not those over 310 ms.
constexpr int SHORT = 5, LONG = 31; // cells

constexpr size_t LEAST_CONSTANT = 40; // cells
constexpr double CONSTANT = 1.4;      // kurtosis of the amplitude, at most

// A single sideband: the peaks of a voice stand out, unlike those of data.
constexpr double MOST_SIDEBAND = 5e3;           // Hz
constexpr double LEAST_KURTOSIS = 1.7;          // of the amplitude; of noise it is 2
constexpr double LEAST_CHANGE_AMPLITUDE = 0.08; // of the mean
constexpr double LEAST_RATIO_AMPLITUDE = 1.1;   // to what changes faster
// FM: the amplitude is constant.
constexpr double LEAST_FM = 4e3; // Hz
constexpr double MOST_KURTOSIS = 1.15;
constexpr double LEAST_CHANGE_FREQUENCY = 0.2, LEAST_RATIO_FREQUENCY = 1.1;

double mean(const std::vector<float>& values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) /
           static_cast<double>(values.size());
}

double deviation(const std::vector<float>& values)
{
    const double middle = mean(values);
    double squares = 0.0;
    for (const float value : values)
        squares += (value - middle) * (value - middle);
    return std::sqrt(squares / static_cast<double>(values.size()));
}

// Whether values, one a cell, change in syllables, by shares of their mean.
bool has_syllables(const std::vector<float>& values, double least, double least_ratio)
{
    constexpr size_t END = SHORT / 2 + LONG / 2; // on both sides means are of fewer
    const auto smooth = boxcar(values, SHORT), slow = boxcar(smooth, LONG);
    std::vector<float> syllables, faster;
    for (size_t n = END; n + END < values.size(); n++) {
        syllables.push_back(smooth[n] - slow[n]);
        faster.push_back(values[n] - smooth[n]);
    }
    const double change = deviation(syllables);
    return change > 0.0 && change >= least * mean(values) &&
           change >= least_ratio * deviation(faster);
}

} // namespace

speech_meter::speech_meter(double rate, double width)
    : d_cell_samples(
          std::max<size_t>(1, static_cast<size_t>(std::lround(CELL_S * rate)))),
      d_width(width),
      d_skip(RISE)
{
}

void speech_meter::add(const channel_piece& piece)
{
    for (size_t n = 0; n < piece.turns.size() && is_reading(); n++) {
        const auto turn = static_cast<double>(piece.turns[n]);
        const auto power = static_cast<double>(piece.amplitudes[n] * piece.amplitudes[n]);
        d_sum.turn += turn;
        d_sum.turn_squared += turn * turn;
        d_sum.power += power;
        d_sum.power_squared += power * power;
        if (++d_count == d_cell_samples)
            end_cell();
    }
}

void speech_meter::end_cell()
{
    const auto count = static_cast<double>(d_count);
    if (d_skip > 0)
        d_skip--;
    else
        d_cells.push_back({ d_sum.turn / count,
                            d_sum.turn_squared / count,
                            d_sum.power / count,
                            d_sum.power_squared / count });
    d_sum = {};
    d_count = 0;
    if (d_cells.size() == LOOK)
        look();
}

void speech_meter::break_off()
{
    if (d_looks == 0 && d_cells.size() >= LEAST_CONSTANT && is_constant(kurtosis())) {
        d_looks++;
        d_constant++;
    }
    d_sum = {};
    d_count = 0;
    d_skip = RISE;
    d_cells.clear();
}

// Of the amplitude; 0 without power.
double speech_meter::kurtosis() const
{
    double power = 0.0, squared = 0.0;
    for (const auto& c : d_cells) {
        power += c.power;
        squared += c.power_squared;
    }
    const auto count = static_cast<double>(d_cells.size());
    return power > 0.0 ? count * squared / (power * power) : 0.0;
}

void speech_meter::look()
{
    const double peaks = kurtosis();
    d_looks++;
    d_constant += is_constant(peaks);
    d_in_amplitude += is_speech_in_amplitude(peaks);
    d_in_frequency += is_speech_in_frequency(peaks);
    d_cells.clear();
}

bool speech_meter::is_constant(double kurtosis) const
{
    return d_width <= MOST_SIDEBAND && kurtosis > 0.0 && kurtosis < CONSTANT;
}

bool speech_meter::is_speech_in_amplitude(double kurtosis) const
{
    if (d_width > MOST_SIDEBAND || kurtosis < LEAST_KURTOSIS)
        return false;
    std::vector<float> amplitudes;
    for (const auto& c : d_cells)
        amplitudes.push_back(static_cast<float>(std::sqrt(c.power)));
    return has_syllables(amplitudes, LEAST_CHANGE_AMPLITUDE, LEAST_RATIO_AMPLITUDE);
}

bool speech_meter::is_speech_in_frequency(double kurtosis) const
{
    if (d_width < LEAST_FM || kurtosis > MOST_KURTOSIS)
        return false;
    double middle = 0.0;
    for (const auto& c : d_cells)
        middle += c.turn / LOOK;
    std::vector<float> shifts;
    for (const auto& c : d_cells)
        shifts.push_back(static_cast<float>(std::sqrt(
            std::max(0.0, c.turn_squared - 2.0 * c.turn * middle + middle * middle))));
    return has_syllables(shifts, LEAST_CHANGE_FREQUENCY, LEAST_RATIO_FREQUENCY);
}

// Later looks may show that there is none.
void speech_meter::report(findings& found) const
{
    if (d_looks > 0)
        found.set("speech", kind());
}

std::string_view speech_meter::kind() const
{
    if (2 * std::max(d_in_amplitude, d_in_frequency) < d_looks)
        return 2 * d_constant < d_looks ? "" : "constant";
    return d_in_amplitude > d_in_frequency ? "amplitude" : "frequency";
}

} // namespace rfattn
} // namespace gr
